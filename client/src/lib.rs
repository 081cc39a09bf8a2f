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
//! | [`budget`] | how many requests the Store allows in a minute |
//! | `retry` | whether a request may be sent again, and when |
//! | [`upload`] | a blob in blocks named by their content, and the receipt without which nothing is committed |
//! | [`watch`] | a submission followed to where somebody waits for it |
//! | [`transport`] | the one seam: a request goes in, a response comes out |
//! | [`wire`] | the transport of production, HTTP over TLS |
//! | [`secret`] | tokens, secrets and signed addresses, none of which can be printed |
//! | [`error`] | what went wrong, as answers to the questions that a caller has |
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
//! use flightline_client::upload::Content;
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
//! struct Archive(Bytes);
//!
//! impl Content for Archive {
//!     fn len(&self) -> u64 {
//!         self.0.len() as u64
//!     }
//!
//!     fn read_at(&self, offset: u64, length: usize) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
//!         let from = usize::try_from(offset)?;
//!         Ok(self.0.slice(from..from + length))
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
//! let receipt = writer.upload(id, &url, Arc::new(Archive(Bytes::from_static(b"PK"))), &|_| {}).await?;
//! let report = writer.commit(&app, &receipt).await?;
//! assert_eq!(report.status, SubmissionStatus::CommitStarted);
//! # Ok(())
//! # }
//! ```

pub mod api;
pub mod auth;
pub mod budget;
mod clock;
pub mod error;
pub mod list;
mod retry;
pub mod secret;
mod service;
pub mod transport;
mod trust;
pub mod upload;
pub mod watch;
pub mod wire;

pub use service::Addresses;
