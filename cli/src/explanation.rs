//! All codes that somebody may have in hand: those of the Store, Entra and Azure, and our own. And how one is found.

mod cause;
mod exit;
mod own;

use flightline_protocol::explanation::{self, Explanation, Family};
use flightline_publish::package::FaultCode;

/// Every code, family by family.
pub(crate) fn all() -> Vec<Explanation> {
    let packages = FaultCode::ALL.iter().map(|code| Explanation {
        family: Family::Package,
        code: code.as_str(),
        meaning: code.meaning().trim_end_matches('.'),
        causes: &[],
        remedy: code.remedy().trim_end_matches('.'),
        sources: &["https://learn.microsoft.com/windows/apps/publish/publish-your-app/msix/app-package-requirements"],
    });
    let ours = exit::TABLE.iter().chain(own::TABLE).chain(cause::TABLE).copied().chain(packages);
    let mut all: Vec<Explanation> = ours.chain(explanation::all().copied()).collect();
    all.sort_by_key(|known| Family::ALL.iter().position(|family| *family == known.family));
    all
}

/// What is known about what somebody typed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The codes that it is, or that stand in it: one, or one in several families, or several in a pasted text.
    These(Vec<Explanation>),
    /// None, and the codes that it may have been meant to be, the likeliest first.
    Nothing(Vec<&'static str>),
}

/// Looks up a code, however it is written, or a pasted message that holds some.
pub(crate) fn find(text: &str) -> Found {
    let all = all();
    let these = |found: Vec<Explanation>| (!found.is_empty()).then_some(Found::These(found));
    if let Some(found) = these(exact(&all, text.trim())) {
        return found;
    }
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && !"-.".contains(letter));
    let words: Vec<&str> = words.map(|word| word.trim_matches(['.', '-'])).filter(|word| !word.is_empty()).collect();
    if words.len() > 1 {
        // A number, or a word that any sentence may have, says too little by itself.
        let tells = |word: &&&str| word.len() > 5 && has_the_form_of_a_code(word);
        let mut found: Vec<Explanation> = Vec::new();
        for known in words.iter().filter(tells).flat_map(|word| exact(&all, word)) {
            if !found.contains(&known) {
                found.push(known);
            }
        }
        if let Some(found) = these(found) {
            return found;
        }
    }
    let typed = plain(text);
    // The better half of a word stands for it. The beginning of a number is another number.
    let begins = |code: &str| typed.len() > 5 && typed.len() * 2 >= code.len() && code.starts_with(&typed);
    let mut beginning = all.iter().filter(|known| !known.family.is_numbered() && begins(&plain(known.code)));
    if let (Some(only), None) = (beginning.next(), beginning.next()) {
        return Found::These(vec![*only]);
    }
    Found::Nothing(like(&all, &typed))
}

/// The codes whose row has every one of these words, in whatever case.
pub(crate) fn search(words: &str) -> Vec<Explanation> {
    let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    let has_all = |known: &Explanation| {
        let causes = known.causes.join(" ");
        let text = format!("{} {} {causes} {} {}", known.code, known.meaning, known.remedy, known.family.title()).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    all().into_iter().filter(has_all).collect()
}

/// The code in an error that `explain` has more to say about than its hint: one of somebody else's.
pub(crate) fn worth_asking(code: &str) -> bool {
    let ours = [Family::Exit, Family::Package, Family::Flightline];
    exact(&all(), code).iter().any(|known| !ours.contains(&known.family))
}

/// Where the code of an error comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An answer that refuses.
    Answer,
    /// Anything else.
    Elsewhere,
}

/// What to read about the code of an error: the page that it is known from, or else its place in our own page of codes.
/// What came with an answer of the Store is a refusal before it is anything else.
pub(crate) fn docs(code: &str, origin: Origin) -> Option<String> {
    let found = exact(&all(), code);
    let is_refusal = |known: &&Explanation| origin == Origin::Answer && known.family == Family::Refusal;
    let known = *found.iter().find(is_refusal).or(found.first())?;
    let page = known.sources.iter().find(|source| source.starts_with("https://"));
    let place = || known.code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect::<String>();
    Some(page.map_or_else(|| format!("docs/codes.md#{}", place().to_ascii_lowercase()), |page| (*page).to_owned()))
}

/// The rows of a code, in each family that has it.
fn exact(all: &[Explanation], text: &str) -> Vec<Explanation> {
    let typed = plain(text);
    let rest = |prefix: &str| typed.strip_prefix(prefix).filter(|rest| is_number(rest)).map(str::to_owned);
    let is = |known: &Explanation| match known.family {
        Family::Entra => plain(known.code) == typed || known.code.strip_prefix("AADSTS") == Some(typed.as_str()),
        Family::Http => known.code == typed || rest("http").as_deref() == Some(known.code),
        Family::Exit => known.code == typed || rest("exit").or_else(|| rest("exitcode")).as_deref() == Some(known.code),
        Family::Policy => known.code == text || text.to_ascii_lowercase().strip_prefix("policy ") == Some(known.code),
        _ => plain(known.code) == typed,
    };
    let found: Vec<Explanation> = all.iter().filter(|known| is(known)).copied().collect();
    if found.is_empty() { wider(all, text) } else { found }
}

/// A status or a policy that is not known by itself belongs to one that is: 418 to 400, and 10.1.1.3 to 10.1.1.
fn wider(all: &[Explanation], text: &str) -> Vec<Explanation> {
    let typed = plain(text);
    let number = typed.strip_prefix("http").unwrap_or(&typed);
    if let Some(status) = number.parse().ok().filter(|status| (300..600).contains(status)) {
        return explanation::http(status).copied().into_iter().collect();
    }
    let is_policy = text.contains('.') && text.split('.').all(is_number);
    let (Some((outer, _)), true) = (text.rsplit_once('.'), is_policy) else { return Vec::new() };
    let known: Vec<Explanation> =
        all.iter().filter(|known| known.family == Family::Policy && known.code == outer).copied().collect();
    if known.is_empty() { wider(all, outer) } else { known }
}

/// Whether a word is written as words of a language are not: with a dash, with digits behind letters, or with a capital inside.
fn has_the_form_of_a_code(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(2).any(|pair| {
        let [first, second] = *pair else { return false };
        let is_inner_capital = first.is_ascii_lowercase() && second.is_ascii_uppercase();
        is_inner_capital || first.is_ascii_alphabetic() && (second == '-' || second.is_ascii_digit())
    })
}

/// The codes that look like what was typed.
fn like(all: &[Explanation], typed: &str) -> Vec<&'static str> {
    let mut near: Vec<(usize, &'static str)> = Vec::new();
    for known in all {
        let code = plain(known.code);
        let distance = distance(typed, &code);
        let is_part = typed.len() > 2 && code.contains(typed);
        if is_part || distance <= code.len().min(typed.len()) / 4 + usize::from(typed.len() > 3) {
            near.push((if code.starts_with(typed) { 0 } else { distance }, known.code));
        }
    }
    near.sort();
    near.dedup_by_key(|(_, code)| *code);
    // Those that begin so are what somebody is looking for who typed the beginning.
    let beginning = near.iter().filter(|(distance, _)| *distance == 0).count();
    near.into_iter().map(|(_, code)| code).take(beginning.clamp(6, 16)).collect()
}

/// A code in small letters, without what people write differently.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).take(64).collect()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How many letters have to be put in, taken out or changed to make one word of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut corner = at;
        let mut last = at + 1;
        for (place, other) in right.iter().enumerate() {
            let above = row.get(place + 1).copied().unwrap_or_default();
            let changed = corner + usize::from(letter != *other);
            corner = above;
            if let Some(cell) = row.get_mut(place) {
                *cell = last;
            }
            last = changed.min(above + 1).min(last + 1);
        }
        if let Some(cell) = row.last_mut() {
            *cell = last;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, as `family code`.
    fn found(text: &str) -> Vec<String> {
        match find(text) {
            Found::These(known) => known.iter().map(|known| format!("{} {}", known.family.name(), known.code)).collect(),
            Found::Nothing(near) => near.into_iter().map(|code| format!("? {code}")).collect(),
        }
    }

    #[test]
    fn a_code_is_found_however_it_is_written() {
        for (text, expected) in [
            ("AADSTS7000215", "entra AADSTS7000215"),
            ("aadsts7000215", "entra AADSTS7000215"),
            ("7000215", "entra AADSTS7000215"),
            ("AADSTS7000222: The provided client secret keys are expired", "entra AADSTS7000222"),
            ("CommitFailed", "status CommitFailed"),
            ("commit failed", "status CommitFailed"),
            ("preprocessing-failed", "status PreProcessingFailed"),
            ("Http429", "http 429"),
            ("HTTP 429", "http 429"),
            ("429", "http 429"),
            ("418", "http 400"),
            ("7", "exit 7"),
            ("exit 7", "exit 7"),
            ("exit code 130", "exit 130"),
            ("slot-busy", "flightline slot-busy"),
            ("SLOT_BUSY", "flightline slot-busy"),
            ("zip-truncated", "package zip-truncated"),
            ("10.1.1", "policy 10.1.1"),
            ("10.1.1.3", "policy 10.1.1"),
            ("Policy 11.11", "policy 11.11"),
            ("11.2.9.9", "policy 11.2"),
            ("AuthenticationFail", "azure AuthenticationFailed"),
            ("error: 409 Conflict, MissingFiles: a.msix", "detail MissingFiles"),
            ("", "? "),
        ] {
            let found = found(text);
            assert_eq!(found.first().map_or("? ", String::as_str), expected, "{text}: {found:?}");
        }
        assert!(matches!(find("error: the command has no certificate, and was interrupted"), Found::Nothing(_)));
        assert_eq!(found("InvalidState"), ["detail InvalidState", "refusal InvalidState"]);
        assert_eq!(found("ResourceNotFound").len(), 3);
    }

    #[test]
    fn what_is_like_a_code_is_proposed_and_what_is_not_is_not() {
        assert_eq!(found("MisingFiles").first().map(String::as_str), Some("? MissingFiles"));
        assert!(found("AADSTS7000").iter().any(|near| near == "? AADSTS7000215"), "{:?}", found("AADSTS7000"));
        assert!(found("AADSTS7000216 7").first().is_some_and(|code| code == "entra AADSTS7000216"));
        for nothing in ["xyzzy", "AADSTS1", "99999999999999999999", "200", "nope", "12", "12.99", "…", &"a".repeat(10_000)] {
            let found = found(nothing);
            assert!(found.iter().all(|near| near.starts_with("? ")), "{nothing}: {found:?}");
        }
    }

    #[test]
    fn a_search_wants_every_word() {
        let codes = |words: &str| -> Vec<&str> { search(words).into_iter().map(|known| known.code).collect() };
        assert!(codes("secret EXPIRED").contains(&"AADSTS7000222"));
        assert!(codes("age rating").contains(&"InvalidMicrosoftAgeRating"));
        assert!(codes("secret xyzzy").is_empty());
        assert_eq!(codes("").len(), all().len());
    }

    #[test]
    fn distances_are_those_of_the_book() {
        for (left, right, expected) in [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(distance(left, right), expected, "{left} {right}");
            assert_eq!(distance(right, left), expected, "{right} {left}");
        }
    }

    #[test]
    fn no_code_stands_twice_in_a_family() {
        let mut seen = std::collections::BTreeSet::new();
        for known in all() {
            assert!(seen.insert((known.family, known.code.to_ascii_lowercase())), "{}", known.code);
            assert!(!known.meaning.is_empty() && !known.remedy.is_empty() && !known.meaning.ends_with('.'), "{}", known.code);
        }
    }
}
