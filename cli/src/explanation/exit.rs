//! The exit codes, for whoever finds one in the log of a job.

use flightline_protocol::explanation::{Explanation, Family};

const fn row(code: &'static str, meaning: &'static str, causes: &'static [&'static str], remedy: &'static str) -> Explanation {
    Explanation { family: Family::Exit, code, meaning, causes, remedy, sources: &[] }
}

pub(super) const TABLE: &[Explanation] = &[
    row(
        "0",
        "done, or there was nothing to do",
        &["customers get the packages, or have had them already"],
        "nothing is to be done",
    ),
    row(
        "1",
        "trouble that is none of the others",
        &["the network or a proxy", "the Store itself has trouble", "a disk or a folder of this machine"],
        "read the error, and run the same command again: it goes on where it stopped",
    ),
    row(
        "2",
        "the input is wrong, and nothing was sent",
        &["an argument, a setting or a file", "a package that the Store would not take"],
        "correct what the error names; all that is wrong is listed at once",
    ),
    row(
        "3",
        "the credentials are not accepted, or may not do this",
        &["a secret or certificate that has expired", "the application lacks the role Manager, or is of another account"],
        "`flightline auth doctor` tries each step and says which one fails",
    ),
    row(
        "4",
        "the state of the product does not allow it",
        &["another submission is pending", "a rollout is still going on", "somebody works on it in Partner Center"],
        "`flightline status --app <ID>` shows what is in the way; `--if-busy` says what publish does about it",
    ),
    row(
        "5",
        "the Store allows no more requests for now",
        &["other jobs of the same tenant", "many add-ons at once"],
        "run the same command again later",
    ),
    row(
        "6",
        "there is no such app, flight, add-on or submission, or no such code",
        &["an id that is mistyped, or is of another account"],
        "`flightline apps list` shows the apps of the account",
    ),
    row(
        "7",
        "the submission has failed",
        &["packages that the Store does not accept", "certification"],
        "correct what the error names and run publish again: a failed submission of our own is replaced",
    ),
    row(
        "8",
        "the time to wait is over, and the submission is still on its way",
        &["certification takes hours, at times days", "a submission that hangs in CommitStarted"],
        "`flightline resume` goes on waiting; `--timeout` says how long, and `--wait committed` how far",
    ),
    row(
        "9",
        "published, and not as planned: the Store's package list lacks something",
        &["the Store has dropped a package without an error, such as from an upload file that was zipped by hand"],
        "stop the release, and look at the package in Partner Center",
    ),
    row("10", "there are differences", &["`plan --detailed-exitcode` found something to do"], "`flightline publish` does it"),
    row(
        "11",
        "left for later, as `--if-busy skip` asks",
        &["another submission is pending"],
        "`flightline resume` picks up the ticket that was left, once that one is through; so does the same command",
    ),
    row(
        "130",
        "interrupted from the keyboard",
        &["Ctrl-C, or a job that was cancelled"],
        "`flightline resume` goes on where this stopped, and so does the same command",
    ),
    row(
        "143",
        "ended by the system, with SIGTERM",
        &["a job that was cancelled or took too long", "a machine that is shut down"],
        "`flightline resume` goes on where this stopped, and so does the same command",
    ),
];
