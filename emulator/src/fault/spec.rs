//! How a fault is read, and what is said where it is none.

use super::trouble::{Trouble, Wait, time};
use super::when::{KINDS, METHODS, Place, When};
use super::{Chance, Effect, Fault};
use crate::lifecycle;
use flightline_protocol::status::{Phase, SubmissionStatus};
use http::StatusCode;
use std::str::FromStr;
use std::time::Duration;

/// How a fault is written, for people.
pub const GRAMMAR: &str = "\
WHEN=WHAT[@N][xN][~P%]

WHEN is a kind of request, with a method before it if need be, as in \"PUT upload\":
  any, api, token, upload, list, product, create, get, update, delete, commit, status
  /PATH        a path with * for anything, as in \"POST /v1.0/my/*/commit\" or \"PUT *?comp=block&*\"
WHAT is one of:
  STATUS       a refusal, 300 to 599; STATUS:30s has Retry-After in seconds, STATUS:date:30s as a date,
               STATUS:words:30s the seconds in its text alone
  page         a page in HTML with status 200
  broken-json  half a JSON document with status 200
  lose         the connection closes without an answer
  reset        the same, by a TCP reset
  cut          the head of an answer, and the connection breaks
  delay:TIME   the service waits (500ms, 30s, 5m, 2h, 1d)
  slow:BYTES   bodies, both ways, at so many bytes a second
  truncate[:BYTES]       half of the answer, or so many bytes of it, and the connection breaks
  expire-token           the token has expired: 401 from then on
  expire-url             the upload address has expired: 403 from then on
  stick[:STATE][:TIME]   what is committed stays in CommitStarted, or in STATE, until it is released, or for TIME
  drop[:FILE]            pre-processing loses a new package of what is committed, or that one, silently
  fail[:STATE][:CODE]    what is committed ends in CertificationFailed, or in STATE, with a report or an error
  STATUS, page, broken-json, lose, reset, cut and delay strike before anything is done. With -after behind the
  word, as in 504-after or delay-after:5s, they strike when the work is done.
@N  from the N-th such request on [1]      xN  N times, x* always [1, and * with ~P%]
~P% each time with this probability";

/// Mistakes in faults: every one of them, each with the fault that it is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; a fault is written WHEN=WHAT[@N][xN][~P%]", mistakes.join("; "))]
pub struct FaultError {
    mistakes: Vec<String>,
}

impl FaultError {
    /// What is wrong, one sentence each.
    pub fn mistakes(&self) -> &[String] {
        &self.mistakes
    }
}

/// Reads all faults, or finds all mistakes in them.
///
/// # Errors
/// When one of them is no fault.
pub fn read_all<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Vec<Fault>, FaultError> {
    let (mut faults, mut mistakes) = (Vec::new(), Vec::new());
    for given in given {
        match given.parse::<Fault>() {
            Ok(fault) => faults.push(fault),
            Err(error) => mistakes.extend(error.mistakes),
        }
    }
    if mistakes.is_empty() { Ok(faults) } else { Err(FaultError { mistakes }) }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        read(text.trim()).map_err(|mistakes| {
            let given: String = text.chars().take(80).collect();
            FaultError { mistakes: mistakes.into_iter().map(|mistake| format!("{given:?}: {mistake}")).collect() }
        })
    }
}

/// Reads one. A path may have an `=`, what goes wrong has none.
fn read(text: &str) -> Result<Fault, Vec<String>> {
    let Some((when, what)) = text.rsplit_once('=') else {
        return Err(vec!["it has no =, as in create=504-after".to_owned()]);
    };
    let mut mistakes = Vec::new();
    let when = when_of(when).map_err(|mistake| mistakes.push(mistake)).ok();
    let (what, ends) = ends(what.trim(), &mut mistakes);
    let trouble = trouble(what).map_err(|mistake| mistakes.push(mistake)).ok();
    if let (Some(when), Some((trouble, _))) = (&when, &trouble) {
        mistakes.extend(trouble.misfit(when).map(str::to_owned));
    }
    match (when, trouble) {
        (Some(when), Some((trouble, effect))) if mistakes.is_empty() => {
            let chance = ends.chance.unwrap_or(Chance::SURE);
            let times = ends.times.unwrap_or(if chance == Chance::SURE { Some(1) } else { None });
            Ok(Fault { when, trouble, effect, first: ends.first.unwrap_or(1), times, chance })
        }
        _ => Err(mistakes),
    }
}

fn when_of(text: &str) -> Result<When, String> {
    let (method, place) = match text.trim().split_once(char::is_whitespace) {
        None => (None, text.trim()),
        Some((method, place)) => {
            let known = METHODS.into_iter().find(|known| known.eq_ignore_ascii_case(method));
            let known = known.ok_or_else(|| format!("{method:?} is no method: {}", METHODS.join(", ")))?;
            (Some(known), place.trim())
        }
    };
    if place.starts_with(['/', '*']) {
        return Ok(When { method, place: Place::Path(place.to_owned()) });
    }
    match KINDS.into_iter().find(|kind| kind.eq_ignore_ascii_case(place)) {
        Some(kind) => Ok(When { method, place: Place::Kind(kind) }),
        None if METHODS.contains(&place) => Err(format!("a method stands before a kind of request: \"{place} any\"")),
        None => Err(format!("{place:?} is no kind of request: {}, or a path that begins with / or *", KINDS.join(", "))),
    }
}

/// What stands at the end of a fault, in any order.
#[derive(Default)]
struct Ends {
    first: Option<u32>,
    times: Option<Option<u32>>,
    chance: Option<Chance>,
}

/// Takes the ends off.
fn ends<'a>(what: &'a str, mistakes: &mut Vec<String>) -> (&'a str, Ends) {
    let (mut rest, mut ends) = (what, Ends::default());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let count = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    loop {
        let Some(at) = rest.rfind(['@', 'x', '~']) else { return (rest, ends) };
        let (before, end) = rest.split_at(at);
        let (sign, value) = end.split_at(1);
        let is_known = match sign {
            "@" => is_number(value),
            "x" => is_number(value) || value == "*",
            _ => true,
        };
        if !is_known {
            return (rest, ends);
        }
        rest = before;
        let is_new = match sign {
            "@" => {
                let first = count(value);
                mistakes.extend(first.is_none().then(|| format!("@{value}: requests are counted from 1")));
                ends.first.replace(first.unwrap_or(1)).is_none()
            }
            "x" if value == "*" => ends.times.replace(None).is_none(),
            "x" => {
                let times = count(value);
                mistakes.extend(times.is_none().then(|| format!("x{value}: it happens once or more often")));
                ends.times.replace(times).is_none()
            }
            _ => {
                let chance = value.strip_suffix('%').and_then(chance);
                mistakes
                    .extend(chance.is_none().then(|| format!("~{value}: a probability is written ~20%, above 0 and up to 100")));
                ends.chance.replace(chance.unwrap_or(Chance::SURE)).is_none()
            }
        };
        mistakes.extend((!is_new).then(|| format!("{sign} is said twice")));
    }
}

fn chance(percent: &str) -> Option<Chance> {
    let percent: f64 = percent.parse().ok().filter(|percent| (0.0001..=100.0).contains(percent))?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and a million")]
    let parts = (percent * 10_000.0).round() as u32;
    Some(Chance(parts))
}

fn trouble(what: &str) -> Result<(Trouble, Effect), String> {
    let mut given = what.split(':').map(str::trim);
    let word = given.next().unwrap_or_default();
    let (name, effect) = match word.strip_suffix("-after") {
        Some(name) => (name, Effect::Done),
        None => (word, Effect::Lost),
    };
    let given: Vec<&str> = given.collect();
    let trouble = named(&name.to_ascii_lowercase(), &given)?;
    if effect == Effect::Done && !trouble.has_after() {
        return Err(format!("{name} happens when the work is done anyway, so it has no -after"));
    }
    Ok((trouble, effect))
}

fn named(name: &str, given: &[&str]) -> Result<Trouble, String> {
    let plain = |trouble: Trouble| match given {
        [] => Ok(trouble),
        [first, ..] => Err(format!("{name} takes nothing behind it, and {first:?} is there")),
    };
    match (name, given) {
        ("page", _) => plain(Trouble::Page),
        ("broken-json", _) => plain(Trouble::BrokenJson),
        ("cut", _) => plain(Trouble::Cut),
        ("lose", _) => plain(Trouble::Lose),
        ("reset", _) => plain(Trouble::Reset),
        ("expire-token", _) => plain(Trouble::ExpireToken),
        ("expire-url", _) => plain(Trouble::ExpireUrl),
        ("delay", [given]) => span(given).map(Trouble::Delay),
        ("delay", _) => Err("delay says for how long, as in delay:30s".to_owned()),
        ("slow", [rate]) => match rate.parse() {
            Ok(rate) if rate > 0 => Ok(Trouble::Slow(rate)),
            _ => Err(format!("{rate:?} is no number of bytes a second, as in slow:1000")),
        },
        ("slow", _) => Err("slow says how many bytes a second, as in slow:1000".to_owned()),
        ("truncate", []) => Ok(Trouble::Truncate(None)),
        ("truncate", [bytes]) => {
            let bytes = bytes.parse().map_err(|_| format!("{bytes:?} is no number of bytes, as in truncate:100"))?;
            Ok(Trouble::Truncate(Some(bytes)))
        }
        ("stick", given) => stick(given),
        ("drop", []) => Ok(Trouble::Drop(None)),
        ("drop", [file]) if !file.is_empty() => Ok(Trouble::Drop(Some((*file).to_owned()))),
        ("fail", given) => fail(given),
        (status, given) => refusal(status, given),
    }
}

fn refusal(status: &str, given: &[&str]) -> Result<Trouble, String> {
    let unknown = || {
        let known = "page, broken-json, lose, reset, cut, delay, slow, truncate, expire-token, expire-url, stick, drop, fail";
        format!("{status:?} is nothing that can go wrong: a status from 300 to 599, or one of {known}")
    };
    let code: u16 = status.parse().ok().filter(|code| (300..=599).contains(code)).ok_or_else(unknown)?;
    let seconds = |text: &str| match span(text)? {
        time if time.subsec_nanos() == 0 => Ok(time.as_secs()),
        _ => Err(format!("{text:?} is no whole number of seconds, and Retry-After knows no other")),
    };
    let wait = match given {
        [] => Wait::Usual,
        [text] => Wait::Seconds(seconds(text)?),
        [form, text] if form.eq_ignore_ascii_case("date") => Wait::Date(seconds(text)?),
        [form, text] if form.eq_ignore_ascii_case("words") => Wait::Words(seconds(text)?),
        _ => {
            return Err(format!(
                "behind {status} stands when to come back: {status}:30s, {status}:date:30s or {status}:words:30s"
            ));
        }
    };
    Ok(Trouble::Status(StatusCode::from_u16(code).map_err(|_| unknown())?, wait))
}

fn stick(given: &[&str]) -> Result<Trouble, String> {
    let (state, rest) = match given {
        [first, rest @ ..] if time(first).is_none() => (state(first, lifecycle::is_moving)?, rest),
        rest => (SubmissionStatus::CommitStarted, rest),
    };
    match rest {
        [] => Ok(Trouble::Stick(state, None)),
        [given] => Ok(Trouble::Stick(state, Some(span(given)?))),
        _ => Err("stick says a state and a time at most, as in stick:Certification:2h".to_owned()),
    }
}

fn fail(given: &[&str]) -> Result<Trouble, String> {
    let is_failure = |state: &SubmissionStatus| state.phase() == Phase::Failed;
    let is_code = |code: &&str| !code.is_empty() && code.chars().all(|letter| letter.is_ascii_alphanumeric());
    match given {
        [] => Ok(Trouble::Fail(SubmissionStatus::CertificationFailed, None)),
        [given] => Ok(Trouble::Fail(state(given, is_failure)?, None)),
        [given, code] if is_code(code) => Ok(Trouble::Fail(state(given, is_failure)?, Some((*code).to_owned()))),
        _ => Err("fail says a state and a code at most, as in fail:CommitFailed:InvalidArchive".to_owned()),
    }
}

/// A state that is fit for something.
fn state(given: &str, is_fit: impl Fn(&SubmissionStatus) -> bool) -> Result<SubmissionStatus, String> {
    let Ok(found) = given.parse::<SubmissionStatus>();
    if is_fit(&found) {
        return Ok(found);
    }
    let fit: Vec<String> = SubmissionStatus::all().filter(is_fit).map(|state| state.to_string()).collect();
    Err(format!("{given:?} is none of {}", fit.join(", ")))
}

fn span(given: &str) -> Result<Duration, String> {
    time(given).ok_or_else(|| format!("{given:?} is no time: 500ms, 30s, 5m, 2h or 1d, a year at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_as_it_is_written() {
        for (text, full) in [
            ("create=504-after", "create=504-after@1x1"),
            ("commit=503x2", "commit=503@1x2"),
            ("upload=cut@2x*", "upload=cut@2x*"),
            ("any=page", "any=page@1x1"),
            ("GET=503", "get=503@1x1"),
            ("api=429:30s", "api=429:30s@1x1"),
            ("api=503-after:date:90", "api=503-after:date:90s@1x1"),
            ("api=429:words:14s", "api=429:words:14s@1x1"),
            ("put upload=reset-after", "PUT upload=reset-after@1x1"),
            ("PUT *?comp=block&*=cut@3", "PUT *?comp=block&*=cut@3x1"),
            ("/v1.0/my/*/commit=lose", "/v1.0/my/*/commit=lose@1x1"),
            ("any=503~20%", "any=503@1x*~20%"),
            ("any=503x3~0.5%@2", "any=503@2x3~0.5%"),
            ("any=delay-after:1500ms", "any=delay-after:1500ms@1x1"),
            ("upload=slow:1000x*", "upload=slow:1000@1x*"),
            ("get=truncate", "get=truncate@1x1"),
            ("get=truncate:10", "get=truncate:10@1x1"),
            ("api=expire-token", "api=expire-token@1x1"),
            ("any=expire-url@2", "any=expire-url@2x1"),
            ("commit=stick", "commit=stick:CommitStarted@1x1"),
            ("commit=stick:2h", "commit=stick:CommitStarted:2h@1x1"),
            ("commit=stick:certification:1d", "commit=stick:Certification:1d@1x1"),
            ("commit=drop:*x64*", "commit=drop:*x64*@1x1"),
            ("commit=fail", "commit=fail:CertificationFailed@1x1"),
            ("commit=fail:CommitFailed:InvalidArchive", "commit=fail:CommitFailed:InvalidArchive@1x1"),
            ("any=broken-json-after", "any=broken-json-after@1x1"),
        ] {
            assert_eq!(text.parse::<Fault>().map(|fault| fault.to_string()), Ok(full.to_owned()));
            assert_eq!(full.parse::<Fault>(), text.parse());
        }
    }

    #[test]
    fn what_is_no_fault_is_told_what_is_wrong_with_it() {
        for (bad, why) in [
            ("", "no ="),
            ("create", "no ="),
            ("create=", "\"\" is nothing that can go wrong"),
            ("create=200", "300 to 599"),
            ("create=600", "300 to 599"),
            ("nothing=503", "no kind of request"),
            ("POST=503", "\"POST any\""),
            ("FETCH any=503", "no method"),
            ("create=503x0", "once or more often"),
            ("create=503@0", "from 1"),
            ("create=503x", "\"503x\""),
            ("create=503x99999999999", "once or more often"),
            ("create=503x1x2", "said twice"),
            ("create=-after", "\"\" is nothing"),
            ("create=503~", "a probability"),
            ("create=503~0%", "a probability"),
            ("create=503~101%", "a probability"),
            ("create=503:500ms", "whole number of seconds"),
            ("create=503:date", "is no time"),
            ("create=503:a:b", "503:date:30s"),
            ("create=page:1", "takes nothing"),
            ("create=delay", "for how long"),
            ("create=delay:soon", "is no time"),
            ("create=slow", "how many bytes"),
            ("create=slow:0", "no number of bytes"),
            ("create=truncate:x", "no number of bytes"),
            ("create=truncate-after", "no -after"),
            ("token=expire-token", "present a token"),
            ("create=expire-url", "upload address"),
            ("status=stick", "commit="),
            ("commit=stick:Published", "none of CommitStarted"),
            ("commit=fail:Published", "none of CommitFailed"),
            ("commit=fail:CommitFailed:a b", "fail:CommitFailed:InvalidArchive"),
        ] {
            let error = bad.parse::<Fault>().expect_err(bad);
            assert!(error.to_string().contains(why), "{bad}: {error}");
        }
    }

    #[test]
    fn all_mistakes_are_found_at_once() {
        let error = read_all(["nothing=200", "create=503", "commit=503x0@0"]).expect_err("mistakes");
        assert_eq!(error.mistakes().len(), 4, "{error}");
        assert_eq!(read_all(["create=503", "commit=page"]).map(|faults| faults.len()), Ok(2));
    }

    #[test]
    fn the_grammar_names_every_kind() {
        assert!(GRAMMAR.contains(&KINDS.join(", ")), "{}", KINDS.join(", "));
    }
}
