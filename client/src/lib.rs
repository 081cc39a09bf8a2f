//! Speaks the Microsoft Store submission API over HTTP: it signs in, retries where that is safe, keeps to the rate budget, uploads
//! and watches. What should be done is for others to decide.
//!
//! # Rooms
//!
//! | room | what is in it |
//! |---|---|
//! | [`api`] | the calls, in two hands: a `Reader` that can only look, and a `Writer` that can change the Store |
//! | [`Addresses`] | where the API and the token endpoint are |
//! | [`auth`] | who we are, and a token that is renewed before it runs out |
//! | [`budget`] | how many requests the Store allows in a minute, shared by all processes of a machine |
//! | [`pulse`] | signs of life: what is waited for, what is being changed, and the last exchanges as support asks for them |
//! | `retry` | whether a request may be sent again, and when |
//! | [`upload`] | a blob in blocks named by their content, and the receipt without which nothing is committed |
//! | [`watch`] | a submission followed to where somebody waits for it |
//! | [`transport`] | the one seam: a request goes in, a response comes out |
//! | [`wire`] | the transport of production, HTTP over TLS |
//! | [`secret`] | tokens, secrets and signed addresses, none of which can be printed |
//! | [`error`] | what went wrong, as answers to the questions that a caller has |
//! | [`chain`] | an error with all that lies behind it, for logs and for people |
//!
//! # Guide
//!
//! A [`Reader`](api::Reader) takes a transport, the addresses of the services, a way to sign in and a rate budget; a
//! [`Writer`](api::Writer) is made from it. Both are cheap to clone and share one token and one budget. App, package flight and add-on
//! are each a `Target`, and the verbs of submissions are the same for all three. A document is edited and sent back whole
//! ([`Fetched`](api::Fetched)), and a commit wants the [receipt](upload::UploadReceipt) of the upload.
//!
//! After an error, [`outcome`](error::Error::outcome) says whether the Store has been changed: what may be sent twice was sent again
//! already, and for the rest only a look at the Store can tell. [`kind`](error::Error::kind) says what kind of trouble it is, and
//! [`hint`](error::Error::hint) what a person should do.
//!
//! Each job of the manual has an example that runs as it is, against a Store of its own; `cargo run -p flightline-client --example`
//! and its name.
//!
//! | job | example |
//! |---|---|
//! | an access token, and what it is good for | `access_token` |
//! | a new version of an app: draft, update, upload, commit, and the way to publication | `app_submission` |
//! | the same for an add-on, with an icon | `add_on_submission` |
//! | the same for a package flight | `flight_submission` |
//! | make, find and delete an add-on | `add_on` |
//! | make, find and delete a package flight | `flight` |
//!
//! `docs/methods.md` in the repository has all 37 methods of the API with the call for each. `tests/conformance.rs` asks a Store for all
//! that this crate relies on: the emulator always, and the real one, which it only reads, where credentials are given.
//!
//! # Example
//!
//! A draft of an app, from nothing to its commit, in a Store that lives in this process.
//!
//! ```
//! use async_trait::async_trait;
//! use bytes::Bytes;
//! use flightline_client::Addresses;
//! use flightline_client::api::{Reader, Writer};
//! use flightline_client::auth::Credentials;
//! use flightline_client::budget::Budget;
//! use flightline_client::secret::ClientSecret;
//! use flightline_client::transport::{Transport, TransportError};
//! use flightline_emulator::{Account, Emulator, Options};
//! use flightline_protocol::status::SubmissionStatus;
//! use flightline_protocol::target::Target;
//! use http::{Request, Response};
//! use std::error::Error;
//! use std::sync::Arc;
//!
//! struct InProcess(Emulator);
//!
//! #[async_trait]
//! impl Transport for InProcess {
//!     async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
//!         Ok(self.0.answer(request).await)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn Error>> {
//! let account = Account::sample()?;
//! let credentials = Credentials {
//!     tenant_id: account.tenant_id().to_owned(),
//!     client_id: account.client_id().to_owned(),
//!     client_secret: ClientSecret::new(account.client_secret()),
//! };
//! let transport = Arc::new(InProcess(Emulator::open(Options::new(account))?));
//! let reader = Reader::new(transport, Addresses::default(), credentials, Budget::per_minute(Budget::PER_MINUTE));
//!
//! let apps = reader.apps().await?;
//! assert_eq!(apps[0].primary_name, "Harbour Lights");
//! let app = Target::App(apps[0].id.clone());
//!
//! let writer = Writer::new(reader);
//! let draft = writer.create_submission(&app).await?;
//! assert_eq!(draft.submission.status(), SubmissionStatus::PendingCommit);
//!
//! let id = draft.submission.id();
//! let url = draft.upload_url.ok_or("made in Partner Center")?;
//! let receipt = writer.upload(&app, id, &url, Arc::new(Bytes::from_static(b"PK")), &|_| {}).await?;
//! let report = writer.commit(&app, &receipt).await?;
//! assert_eq!(report.status, SubmissionStatus::CommitStarted);
//! # Ok(())
//! # }
//! ```

pub mod api;
pub mod auth;
pub mod budget;
pub mod chain;
mod clock;
pub mod error;
pub mod list;
pub mod pulse;
mod retry;
pub mod secret;
mod service;
pub mod transport;
mod trust;
pub mod upload;
pub mod watch;
pub mod wire;

pub use service::Addresses;
