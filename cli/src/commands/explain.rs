//! `flightline explain`.

use crate::args::ExplainArgs;
use crate::explanation::{self, Found};
use crate::report::{Exit, Failure};
use crate::view::{View, explain};

/// Where Entra explains every number that it has.
const ENTRA: &str = "https://login.microsoftonline.com/error?code=";

pub(crate) fn run(args: &ExplainArgs, view: View) -> Result<Exit, Failure> {
    let (code, words) = (args.code.join(" "), args.search.join(" "));
    if !args.search.is_empty() {
        let found = explanation::search(&words);
        if found.is_empty() {
            let failure = Failure::of(Exit::NotFound, "unknown-code", format!("nothing is said about {words:?} in any code"));
            return Err(failure.hint("use fewer or other words; `flightline explain` lists every code"));
        }
        explain::list(&found, view);
    } else if args.code.is_empty() {
        explain::list(&explanation::all(), view);
    } else {
        match explanation::find(&code) {
            Found::These(found) => explain::these(&found, view),
            Found::Nothing(near) => return Err(unknown(&code, &near)),
        }
    }
    Ok(Exit::Done)
}

/// Nobody is served by a guess: says that it is not known, and who may know.
fn unknown(code: &str, near: &[&str]) -> Failure {
    let shown: String = code.chars().take(80).collect();
    let mut failure = Failure::of(Exit::NotFound, "unknown-code", format!("{shown:?} is no code that this version knows"));
    if !near.is_empty() {
        failure = failure.hint(format!("did you mean {}?", near.join(", ")));
    }
    let number: String = code.chars().filter(char::is_ascii_digit).collect();
    let asks_entra = code.to_ascii_uppercase().contains("AADSTS") && !number.is_empty() && number.len() < 12;
    if asks_entra {
        failure = failure.hint(format!("Entra knows all of its numbers: {ENTRA}{number}"));
    }
    failure.hint(
        "`flightline explain --search <WORDS>` looks for words of the message. Ask Microsoft's support for Partner Center \
         (https://partner.microsoft.com/support) with the correlation id; where flightline is at fault, report it with \
         `flightline support bundle`",
    )
}
