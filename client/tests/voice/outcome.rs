//! Every fault against every kind of call: how often it is sent, and what is known afterwards.

use crate::line::{Act, PAGE, Seen, Service, answer};
use crate::scene::{Scene, target};
use bytes::Bytes;
use flightline_client::api::Writer;
use flightline_client::error::{Error, Kind, Outcome};
use flightline_client::upload::UploadReceipt;
use flightline_protocol::id::SubmissionId;
use http::Response;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Look,
    Update,
    Create,
    Commit,
    Delete,
}

impl Call {
    const ALL: [Self; 5] = [Self::Look, Self::Update, Self::Create, Self::Commit, Self::Delete];

    async fn make(self, writer: &Writer, id: &SubmissionId) -> Result<(), Error> {
        match self {
            Self::Look => writer.reader().status(&target(), id).await.map(drop),
            Self::Update => {
                let draft = writer.reader().submission(&target(), id).await.unwrap();
                writer.update_submission(&target(), &draft.submission).await.map(drop)
            }
            Self::Create => writer.create_submission(&target()).await.map(drop),
            Self::Commit => writer.commit(&target(), &UploadReceipt::nothing_to_upload(id.clone())).await.map(drop),
            Self::Delete => writer.delete_submission(&target(), id).await,
        }
    }

    /// Whether a request is the one that this call is about.
    fn is(self, seen: &Seen) -> bool {
        let call = seen.call();
        match self {
            Self::Look => call.ends_with("/status"),
            Self::Update => call.starts_with("PUT "),
            Self::Create => call.starts_with("POST ") && call.ends_with("/submissions"),
            Self::Commit => call.ends_with("/commit"),
            Self::Delete => call.starts_with("DELETE "),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing could be sent.
    Refused,
    LostRequest,
    LostAnswer,
    /// A status without a word.
    Status(u16),
    /// A status without a word, after the work was done.
    Done(u16),
    /// A page of something else with this status.
    Page(u16),
}

impl Fault {
    fn act(self) -> Act {
        let page = |status| -> Response<Bytes> { answer(status, PAGE) };
        match self {
            Self::Refused => Act::Refused,
            Self::LostRequest => Act::LoseRequest,
            Self::LostAnswer => Act::LoseAnswer,
            Self::Status(status) => Act::Instead(answer(status, "")),
            Self::Done(status) => Act::Disguise(answer(status, "")),
            Self::Page(status) => Act::Instead(page(status)),
        }
    }
}

/// Requests sent, and what is known and what kind it is where it did not work out, with a fault that stays.
async fn suffer(call: Call, fault: Fault) -> (usize, Option<(Outcome, Kind)>) {
    let scene = Scene::new();
    let writer = scene.writer();
    let id = match call {
        Call::Create => "1".parse().unwrap(),
        _ => scene.draft(&writer).await.0,
    };
    scene.line.rule(move |seen| if call.is(seen) { fault.act() } else { Act::Pass });
    scene.line.forget();
    let result = call.make(&writer, &id).await;
    let sent = scene.line.of(Service::Api).iter().filter(|seen| call.is(seen)).count();
    (sent, result.err().map(|error| (error.outcome(), error.kind())))
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_again_and_what_is_known_after_each_fault() {
    let faults = [
        Fault::Refused,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::Status(400),
        Fault::Status(401),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(408),
        Fault::Status(409),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(501),
        Fault::Status(502),
        Fault::Status(503),
        Fault::Status(504),
        Fault::Done(503),
        Fault::Done(504),
        Fault::Page(200),
        Fault::Page(302),
        Fault::Page(403),
        Fault::Page(500),
        Fault::Page(502),
        Fault::Page(503),
    ];
    let mut table = format!("\n{:<12}", "");
    for call in Call::ALL {
        table += &format!(" {:<12}", format!("{call:?}"));
    }
    for fault in faults {
        table = table.trim_end().to_owned() + &format!("\n{:<12}", format!("{fault:?}"));
        let mut kinds = Vec::new();
        for call in Call::ALL {
            let (sent, failed) = suffer(call, fault).await;
            let known = failed.map_or("fine".to_owned(), |(outcome, _)| format!("{outcome:?}"));
            table += &format!(" {:<12}", format!("{sent} {known}"));
            kinds.extend(failed.map(|(_, kind)| kind));
        }
        kinds.dedup();
        table += &kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join(" ");
    }
    let expected = "
             Look         Update       Create       Commit       Delete
Refused      5 NotDone    5 NotDone    5 NotDone    5 NotDone    5 NotDone   Trouble
LostRequest  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
LostAnswer   5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(400)  1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   Invalid
Status(401)  2 NotDone    2 NotDone    2 NotDone    2 NotDone    2 NotDone   Credentials
Status(403)  1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   Credentials
Status(404)  1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   NotFound
Status(408)  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(409)  1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   Conflict
Status(429)  5 NotDone    5 NotDone    5 NotDone    5 NotDone    5 NotDone   Throttled
Status(500)  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(501)  1 NotDone    1 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(502)  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(503)  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Status(504)  5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Done(503)    5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Done(504)    5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Page(200)    1 NotDone    1 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Page(302)    1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   Trouble
Page(403)    1 NotDone    1 NotDone    1 NotDone    1 NotDone    1 NotDone   Trouble
Page(500)    5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Page(502)    5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
Page(503)    5 NotDone    5 Unknown    1 Unknown    1 Unknown    1 Unknown   Trouble
";
    assert_eq!(table + "\n", expected);
}

/// The same faults, but only once: reads and updates shrug them off.
#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_does_not_stop_what_may_be_sent_twice() {
    for fault in [Fault::Refused, Fault::LostRequest, Fault::LostAnswer, Fault::Status(503), Fault::Done(504), Fault::Status(429)]
    {
        for call in [Call::Look, Call::Update] {
            let scene = Scene::new();
            let writer = scene.writer();
            let (id, _) = scene.draft(&writer).await;
            scene.line.rule(move |seen| if call.is(seen) && seen.again < 4 { fault.act() } else { Act::Pass });
            call.make(&writer, &id).await.unwrap_or_else(|error| panic!("{call:?} {fault:?}: {error}"));
        }
    }
}

/// An update whose answer was lost may be there, whatever comes of sending it again.
#[tokio::test(start_paused = true)]
async fn a_later_refusal_does_not_undo_an_earlier_doubt() {
    for later in [Fault::Refused, Fault::Status(409), Fault::Status(429), Fault::Page(403)] {
        let scene = Scene::new();
        let writer = scene.writer();
        let draft = writer.create_submission(&target()).await.unwrap();
        scene.line.rule(move |seen| match (seen.method.as_str(), seen.again) {
            ("PUT", 0) => Act::LoseAnswer,
            ("PUT", _) => later.act(),
            _ => Act::Pass,
        });
        let error = writer.update_submission(&target(), &draft.submission).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{later:?}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_cannot_be_reached_was_not_asked_anything() {
    let scene = Scene::with(Service::Api, |_| Act::Refused);
    let error = scene.writer().create_submission(&target()).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.code().as_str()), (Kind::Trouble, Outcome::NotDone, "ConnectionFailed"));
    assert!(error.hint().unwrap().contains("FLIGHTLINE_CA_FILE"));
    assert_eq!((error.status(), error.correlation_id(), error.retry_after()), (None, None, None));
}

/// A lost answer to a create is not asked for again: the draft that it made is there, once.
#[tokio::test(start_paused = true)]
async fn a_create_whose_answer_was_lost_is_not_sent_again() {
    let scene = Scene::new();
    let writer = scene.writer();
    scene.line.rule(|seen| if seen.method == "POST" && seen.service == Service::Api { Act::LoseAnswer } else { Act::Pass });
    let error = writer.create_submission(&target()).await.unwrap_err();
    assert_eq!((error.outcome(), error.code().as_str()), (Outcome::Unknown, "ConnectionBroken"));
    assert!(error.hint().unwrap().contains("looks at the Store first"));
    assert_eq!(scene.line.of(Service::Api).len(), 1);
    assert!(writer.reader().app(&crate::scene::app()).await.unwrap().pending.is_some());
}
