//! A Store, the line to it, and the two hands of a client at its other end.

use crate::line::{Act, Line, Seen, Service};
use bytes::Bytes;
use flightline_client::Addresses;
use flightline_client::api::{Reader, Writer};
use flightline_client::auth::Credentials;
use flightline_client::budget::Budget;
use flightline_client::error::Error;
use flightline_client::secret::{ClientSecret, SasUrl};
use flightline_client::upload::{Content, UploadReceipt};
use flightline_emulator::{Account, Emulator, Options, Pace};
use flightline_protocol::id::{AppId, SubmissionId};
use flightline_protocol::target::Target;
use http::{Request, Response};
use serde_json::Value;
use std::sync::Arc;

/// The app of the sample account.
pub(crate) const APP: &str = "9NHRBRL1GHTS";

pub(crate) struct Scene {
    pub(crate) emulator: Emulator,
    pub(crate) account: Account,
    pub(crate) line: Arc<Line>,
}

impl Scene {
    /// The sample account, where nothing moves by itself.
    pub(crate) fn new() -> Self {
        Self::of(Account::sample().unwrap())
    }

    pub(crate) fn of(account: Account) -> Self {
        let options = Options { pace: Pace::Manual, ..Options::new(account.clone()) };
        let emulator = Emulator::open(options).unwrap();
        let line = Arc::new(Line::new(emulator.clone()));
        Self { emulator, account, line }
    }

    /// The sample account, and a line that does to requests of one service what `rule` says.
    pub(crate) fn with(service: Service, rule: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let scene = Self::new();
        scene.line.rule(move |seen| if seen.service == service { rule(seen) } else { Act::Pass });
        scene
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            tenant_id: self.account.tenant_id().to_owned(),
            client_id: self.account.client_id().to_owned(),
            client_secret: ClientSecret::new(self.account.client_secret()),
        }
    }

    pub(crate) fn reader(&self) -> Reader {
        self.reader_as(self.credentials())
    }

    pub(crate) fn reader_as(&self, credentials: Credentials) -> Reader {
        let budget = Budget::per_minute(Budget::PER_MINUTE);
        Reader::new(Arc::<Line>::clone(&self.line), Addresses::default(), credentials, budget)
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::new(self.reader())
    }

    /// A draft made by `writer`: its id, and its upload address as the Store wrote it.
    pub(crate) async fn draft(&self, writer: &Writer) -> (SubmissionId, String) {
        let draft = writer.create_submission(&target()).await.unwrap();
        let id = draft.submission.id().clone();
        let document = writer.reader().raw(&format!("applications/{APP}/submissions/{id}")).await.unwrap().unwrap();
        (id, document["fileUploadUrl"].as_str().unwrap().to_owned())
    }

    /// What the blob holds, asked for past the line.
    pub(crate) async fn blob(&self, address: &str) -> Response<Bytes> {
        self.past("GET", address, &[], Bytes::new()).await
    }

    /// A request of somebody else to the blob service.
    pub(crate) async fn past(&self, method: &str, address: &str, headers: &[(&str, &str)], body: Bytes) -> Response<Bytes> {
        let address = address.replace('+', "%2B");
        let mut request = Request::builder().method(method).uri(address).header("x-ms-version", "2021-12-02");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.emulator.answer(request.body(body).unwrap()).await
    }

    /// What a person does in the portal.
    pub(crate) async fn control(&self, path: &str) -> Value {
        let request = Request::post(path).body(Bytes::new()).unwrap();
        let answer = self.emulator.control(request).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }
}

pub(crate) fn app() -> AppId {
    APP.parse().unwrap()
}

pub(crate) fn target() -> Target {
    Target::App(app())
}

/// Uploads, and answers with what came of it.
pub(crate) async fn upload(
    writer: &Writer,
    draft: &(SubmissionId, String),
    content: &Arc<impl Content + 'static>,
) -> Result<UploadReceipt, Error> {
    let url = SasUrl::parse(&draft.1).unwrap();
    writer.upload(&target(), &draft.0, &url, Arc::<_>::clone(content) as Arc<dyn Content>, &|_| {}).await
}
