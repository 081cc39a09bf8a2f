//! What people read: steps on stderr, tables on stdout.

use crate::view::auth::{Check, State};
use crate::view::screen;
use anstream::println;
use anstyle::{AnsiColor, Style};
use comfy_table::presets::{NOTHING, UTF8_HORIZONTAL_ONLY};
use comfy_table::{ContentArrangement, Table};
use flightline_client::secret::redact;
use flightline_protocol::explanation::Explanation;
use flightline_protocol::id::SubmissionId;
use flightline_protocol::submission::{StatusDetails, StatusReport, Submission};
use flightline_protocol::target::Target;
use flightline_publish::apply::Outcome;
use flightline_publish::deliver::package_list;
use flightline_publish::observe::Observed;
use flightline_publish::plan::{PackageLine, Plan, Verb};
use flightline_publish::slot::Slot;
use flightline_publish::ticket::Ticket;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;

const NAME: Style = AnsiColor::Cyan.on_default();
const COME: Style = AnsiColor::Green.on_default();
const GO: Style = AnsiColor::Red.on_default();
const REMARK: Style = AnsiColor::Yellow.on_default();

/// One step, on stderr.
pub(crate) fn step(name: &str, text: &str) {
    screen::line(&format!("  {NAME}{name:<11}{NAME:#} {text}"));
}

/// A line that belongs to the step above.
pub(crate) fn continued(text: &str) {
    screen::line(&format!("  {:<11} {text}", ""));
}

/// A remark that stops nothing, on stderr.
pub(crate) fn remark(text: &str) {
    screen::line(&format!("  {:<11} {REMARK}note:{REMARK:#} {text}", ""));
}

/// The plan as a step of a publish: what comes, stays and goes.
pub(crate) fn plan_steps(plan: &Plan) {
    let mut name = "plan";
    if plan.is_empty() {
        step(name, "nothing to do: customers have these packages already");
        name = "";
    }
    for line in &plan.packages {
        let (verb, end) = (verb_style(line.verb), verb_style(line.verb).render_reset());
        step(name, &format!("{verb}{:<4}{end} {}  {}", line.verb.as_str(), package(line), line.reason));
        name = "";
    }
    for change in plan.fields.iter().filter(|_| !plan.is_empty()) {
        step(name, &format!("set  {} = {}", change.field, short(&change.to)));
        name = "";
    }
    if !plan.is_empty() {
        plan.remarks.iter().for_each(|text| remark(text));
    }
}

/// The plan as data, on stdout.
pub(crate) fn plan(plan: &Plan) {
    println!("{} ({}), live submission {}", plan.name, place(&plan.target), plan.base);
    let mut table = table(&["", "package", "version", "architecture", "device families", "why"]);
    for line in &plan.packages {
        let version = line.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
        let families: Vec<String> = line.device_families.iter().map(|family| family.name.clone()).collect();
        let row = [line.verb.as_str().to_owned(), line.file_name.clone(), version, architectures(line), families.join(", ")];
        table.add_row(row.into_iter().chain([line.reason.clone()]));
    }
    println!("{table}");
    for change in &plan.fields {
        println!("set {} = {}", change.field, short(&change.to));
    }
    for text in &plan.remarks {
        println!("{REMARK}note:{REMARK:#} {text}");
    }
    match &plan.slot {
        Slot::Free => {}
        Slot::UntouchedClone(id) => println!("{REMARK}note:{REMARK:#} draft {id} is an untouched clone, and would be used"),
        Slot::SameDraft(id) => println!("{REMARK}note:{REMARK:#} draft {id} says the same already, and would be used"),
        Slot::OnItsWay(id, status) => {
            println!("{REMARK}note:{REMARK:#} submission {id} with these packages is in {status} already")
        }
        Slot::Busy(busy) => println!(
            "{REMARK}note:{REMARK:#} submission {} ({}) is in the way: publish would stop unless --if-busy says otherwise",
            busy.id, busy.status
        ),
    }
    if let Some(rollout) = plan.rollout.as_ref().filter(|_| !plan.is_empty()) {
        println!(
            "{REMARK}note:{REMARK:#} the rollout of submission {} is at {}%: publish would stop unless --existing-rollout says otherwise",
            plan.base, rollout.percentage
        );
    }
    if plan.is_empty() {
        println!("Nothing to do.");
    } else {
        let count = |verb| plan.packages.iter().filter(|line| line.verb == verb).count();
        println!("{} come, {} stay, {} go.", count(Verb::Come), count(Verb::Stay), count(Verb::Go));
    }
}

/// How a publish ended, on stdout.
pub(crate) fn outcome(outcome: &Outcome, ticket: Option<&(PathBuf, Ticket)>) {
    match outcome {
        Outcome::NothingToDo(id) => println!("Nothing to do: submission {id} is live and has these packages."),
        Outcome::Skipped(busy) => {
            println!("Skipped: submission {} is in {}.", busy.id, busy.status);
            if let Some((file, ticket)) = ticket {
                println!("The ticket is {}; `{}` does it later.", file.display(), ticket.command);
            }
        }
        Outcome::Draft(id) => println!(
            "Draft {id} is ready and not committed. Commit it with `flightline submission commit`: finishing it in Partner Center would \
             drop these packages."
        ),
        Outcome::Reached(id, status) => println!("Submission {id} is in {status}."),
        Outcome::Resting(id) => println!(
            "Submission {id} has passed certification and goes live when its publish mode says so; in mode Manual a person has to press \
             \"Publish now\" in Partner Center."
        ),
        Outcome::Delivered(id) => println!("{COME}Delivered:{COME:#} submission {id} is live."),
    }
}

/// That something is gone, on stdout.
pub(crate) fn deleted(kind: &str, id: &str) {
    println!("The {kind} {id} is deleted.");
}

/// That no publish waits to be gone on with, on stdout.
pub(crate) fn nothing_to_resume() {
    println!("Nothing to resume: no interrupted publish is known on this machine.");
}

/// Where a support bundle is, and what is in it, on stdout.
pub(crate) fn bundle<'a>(file: &std::path::Path, entries: impl Iterator<Item = (&'a str, u64)>) {
    println!("{} is made, of", file.display());
    for (name, length) in entries {
        println!("  {NAME}{name:<40}{NAME:#} {:>10}", bytes(length));
    }
    println!("Look through it before you send it: it is plain text, and nothing was sent by this command.");
}

/// That no publish is known, on stdout.
pub(crate) fn no_history() {
    println!("No publish is known on this machine.");
}

/// A table, on stdout.
pub(crate) fn print_table(table: &Table) {
    println!("{table}");
}

/// What a doctor found, on stdout.
pub(crate) fn checks(checks: &[Check]) {
    for Check { name, state, message, remedy } in checks {
        let style = match state {
            State::Good => COME,
            State::Warning => REMARK,
            State::Failed => GO,
            State::Skipped => Style::new(),
        };
        println!("  {NAME}{name:<11}{NAME:#} {style}{:<8}{style:#} {}", state.name(), redact(message));
        for line in remedy.iter().flat_map(|remedy| remedy.lines()) {
            println!("  {:<11} {:<8} {}", "", "", redact(line));
        }
    }
}

/// What codes mean, on stdout.
pub(crate) fn explanations(found: &[Explanation]) {
    for (at, known) in found.iter().enumerate() {
        let gap = if at > 0 { "\n" } else { "" };
        println!("{gap}{NAME}{}{NAME:#} ({})", known.code, known.family.title());
        let mut rows = table(&["", ""]);
        rows.load_style(NOTHING);
        rows.add_row(["meaning", known.meaning]);
        let causes: Vec<String> = known.causes.iter().map(|cause| format!("- {cause}")).collect();
        if !causes.is_empty() {
            rows.add_row(["causes", &causes.join("\n")]);
        }
        rows.add_row(["what to do", known.remedy]);
        println!("{rows}");
        // Addresses are not broken, so that they can be clicked on and copied.
        for (at, source) in known.sources.iter().enumerate() {
            let place = if source.starts_with("O-") { " (docs/observed.md)" } else { "" };
            println!(" {:<12}{source}{place}", if at == 0 { "known from" } else { "" });
        }
    }
}

/// The members of a resource, on stdout.
pub(crate) fn members(document: &Map<String, Value>) {
    let mut table = table(&["", ""]);
    for (name, value) in document {
        let text = match value {
            serde_json::Value::Object(reference) => reference.get("id").map(short).unwrap_or_default(),
            other => short(other),
        };
        table.add_row([name.clone(), text]);
    }
    println!("{table}");
}

/// What is live and what is on its way, on stdout.
pub(crate) fn status(observed: &Observed) {
    println!("{} ({})", observed.name(), place(&observed.target()));
    match &observed.live {
        Some(live) => submission("live", live),
        None => println!("  live        nothing"),
    }
    match &observed.pending {
        Some(pending) => submission("pending", &pending.submission),
        None => println!("  pending     nothing"),
    }
}

fn submission(name: &str, submission: &Submission) {
    println!("  {NAME}{name:<11}{NAME:#} {} {}", submission.id(), submission.status());
    for (package, entry) in package_list(submission).iter().zip(submission.packages()) {
        match entry.file_status() {
            "PendingUpload" => println!("              {COME}new{COME:#}  {}", entry.file_name()),
            "PendingDelete" => println!("              {GO}goes{GO:#} {package}"),
            _ => println!("              {package}"),
        }
    }
    remarks(&submission.status_details());
}

/// Where one submission stands, on stdout.
pub(crate) fn report(id: &SubmissionId, report: &StatusReport) {
    println!("{id} {}", report.status);
    remarks(&report.details);
}

fn remarks(details: &StatusDetails) {
    for error in &details.errors {
        println!("              {GO}{}:{GO:#} {}", error.code, redact(&error.details));
    }
    for warning in details.telling_warnings() {
        println!("              {REMARK}{}:{REMARK:#} {}", warning.code, redact(&warning.details));
    }
    for report in &details.certification_reports {
        println!("              report: {}", redact(report));
    }
}

/// The ids of a product.
pub(crate) fn place(target: &Target) -> String {
    match target {
        Target::App(app) => app.to_string(),
        Target::Flight(app, flight) => format!("{app}, {flight}"),
        Target::AddOn(add_on) => add_on.to_string(),
    }
}

/// A number of bytes in words.
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// A time in words: exact below a minute, rounded above.
pub(crate) fn time(time: Duration) -> String {
    match time.as_secs() {
        0..=9 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

fn package(line: &PackageLine) -> String {
    let version = line.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
    format!("{} {version} {}", line.file_name, architectures(line))
}

fn architectures(line: &PackageLine) -> String {
    let names: Vec<&str> = line.architectures.iter().map(|architecture| architecture.as_str()).collect();
    if names.is_empty() { "?".to_owned() } else { names.join(" ") }
}

fn verb_style(verb: Verb) -> Style {
    match verb {
        Verb::Come => COME,
        Verb::Go => GO,
        Verb::Stay => Style::new(),
    }
}

/// A value on one line, cut to what a line holds.
fn short(value: &serde_json::Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), |text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.chars().count() <= 60 { text } else { text.chars().take(59).chain(['…']).collect() }
}

/// An empty table.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    // Some pseudo-terminals say that they are no column wide.
    if table.width() == Some(0) {
        table.set_width(80);
    }
    if header.iter().any(|name| !name.is_empty()) {
        table.set_header(header.iter().copied());
    }
    table
}
