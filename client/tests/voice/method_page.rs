//! `docs/methods.md` and the code speak of the same methods: none is missing, and every call, command and test that a row names is
//! there.

use crate::method::number;
use flightline_protocol::route::{Call, Method, ROOT};
use std::path::Path;

/// One row of the page.
struct Row {
    number: u8,
    request: String,
    library: String,
    command: String,
    client_test: String,
    emulator_test: String,
}

/// What the rows speak of.
struct Code {
    api: String,
    surface: String,
    client_tests: String,
    /// By file.
    emulator_tests: fn(&str) -> Option<String>,
}

impl Code {
    fn read() -> Self {
        Self {
            api: text("client/src/api.rs").unwrap(),
            surface: text("cli/tests/surface.txt").unwrap(),
            client_tests: text("client/tests/voice/method.rs").unwrap(),
            emulator_tests: |file| text(&format!("emulator/tests/{file}")),
        }
    }
}

fn text(path: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(path)).ok().map(|text| text.replace("\r\n", "\n"))
}

fn rows(page: &str) -> Vec<Row> {
    let row = |line: &str| {
        let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        let number = cells.next()?.parse().ok()?;
        let mut next = || cells.next().unwrap_or_default();
        let (request, library, command) = (next(), next(), next());
        Some(Row { number, request, library, command, client_test: next(), emulator_test: next() })
    };
    page.lines().filter_map(row).collect()
}

/// The call that a request of the page means.
fn call(request: &str) -> Option<Call> {
    let (method, path) = request.split_once(' ')?;
    let method = [Method::Get, Method::Post, Method::Put, Method::Delete].into_iter().find(|one| one.as_str() == method)?;
    let path = path
        .replace("{applicationId}", "9NHRBRL1GHTS")
        .replace("{inAppProductId}", "9NBQY01TDES5")
        .replace("{flightId}", "e2a4b9d7-05c6-4f18-93be-7d60a1c2f384")
        .replace("{submissionId}", "1152921505700310001")
        .replace("{percentage}", "50.0");
    let call = Call::parse(method, &format!("{ROOT}{path}"))?;
    // What was read is all that there is in it.
    (call.route().path == path).then_some(call)
}

/// The lines of a test, and the numbers of the methods that it proves.
fn proven(tests: &str, name: &str) -> Option<Vec<String>> {
    let body = tests.split_once(&format!("\nasync fn {name}() {{\n"))?.1.split("\n}\n").next()?;
    let numbers = body.split_once("proves(&scene, &[")?.1.split(']').next()?;
    Some(numbers.split(',').map(|number| number.trim().to_owned()).collect())
}

/// All that is wrong with a row.
fn faults(row: &Row, code: &Code) -> Vec<String> {
    let Row { number: given, request, library, command, client_test, emulator_test } = row;
    let mut faults = Vec::new();
    let mut expect = |is_so: bool, fault: String| faults.extend((!is_so).then_some(fault));
    expect(call(request).as_ref().and_then(number) == Some(*given), format!("{request} is not number {given}"));
    let function = library.split_once("::").filter(|(hand, _)| matches!(*hand, "Reader" | "Writer")).map(|(_, name)| name);
    let is_there = |name| [format!("pub fn {name}("), format!("pub async fn {name}(")].iter().any(|head| code.api.contains(head));
    expect(function.is_some_and(is_there), format!("{given}: there is no call {library}"));
    let (words, option) = command.split_once(" --").map_or((command.as_str(), None), |(words, option)| (words, Some(option)));
    let help = code.surface.split(&format!("=== flightline {words}\n")).nth(1).map(|rest| rest.split("\n=== ").next());
    expect(help.is_some(), format!("{given}: there is no command {words:?}"));
    let has = |option: &str| help.flatten().is_some_and(|help| help.contains(&format!("--{option} ")));
    expect(option.is_none_or(has), format!("{given}: {words:?} has no such option as in {command:?}"));
    let proven = proven(&code.client_tests, client_test).unwrap_or_default();
    expect(proven.contains(&given.to_string()), format!("{given}: {client_test:?} does not prove it"));
    let (file, test) = emulator_test.split_once("::").unwrap_or_default();
    let tests = (code.emulator_tests)(file).unwrap_or_default();
    expect(tests.contains(&format!("fn {test}() {{")), format!("{given}: there is no {emulator_test:?}"));
    faults
}

#[test]
fn every_method_has_its_row_and_every_row_is_true() {
    let rows = rows(&text("docs/methods.md").unwrap());
    let numbers: Vec<u8> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=37).collect::<Vec<u8>>());
    let code = Code::read();
    assert_eq!(rows.iter().flat_map(|row| faults(row, &code)).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_row_that_is_not_true_is_seen() {
    let code = Code::read();
    let page = text("docs/methods.md").unwrap();
    for (true_words, other) in [
        ("DELETE applications/{applicationId}/flights/{flightId}`", "GET applications/{applicationId}/flights/{flightId}`"),
        ("Writer::halt_rollout", "Writer::stop_rollout"),
        ("`flights submission commit`", "`flights commit`"),
        ("rollout get --flight", "rollout get --add-on"),
        ("`a_draft_is_committed_once`", "`a_draft_is_deleted_and_what_is_live_is_not`"),
        ("rollout.rs::", "rollouts.rs::"),
        ("flight.rs::a_flight_of_another_app_is_a_conflict", "flight.rs::a_flight_of_another"),
    ] {
        let changed = page.replace(true_words, other);
        assert_ne!(changed, page, "{true_words:?} is not on the page");
        assert!(rows(&changed).iter().any(|row| !faults(row, &code).is_empty()), "{other:?} was not seen");
    }
}
