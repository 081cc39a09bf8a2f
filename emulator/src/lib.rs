//! A Microsoft Store to rehearse against: the token endpoint, the submission API and the blob service.
//!
//! # Rooms
//!
//! | room | what is in it |
//! |---|---|
//! | [`Emulator`] | the whole: opens everything, answers in process |
//! | [`Account`] | what the Store knows at first: a principal, apps, add-ons, flights and what is live of them |
//! | [`serve`] | real ports, TLS and its certificates |
//! | `front` | finds out whom a request is for, looks at tokens and at the limit |
//! | `dispatch` | the calls of the API, each with what does it |
//! | `limit` | how many requests a minute are let through |
//! | `entra` | the token endpoints, managed identity, and what sign-in libraries look at first |
//! | `products` | apps, add-ons and flights |
//! | `submissions` | their submissions, and the rollouts of those |
//! | `check` | what a request may say |
//! | `ingest` | what the Store reads out of an uploaded archive |
//! | [`lifecycle`] | the way of a submission from commit to publication |
//! | [`blobs`] | the blob service that files are uploaded to |
//! | [`fault`] | what goes wrong on demand; [`Broken`] is what that comes to without a socket |
//! | `control` | what a person does in the portal, and faults, for tests |
//! | [`store`], [`clock`] | the database and the time |
//!
//! The room shares words with the client (ids, routes, status names, error codes) and nothing else: submissions are raw JSON here and
//! are judged by rules of their own. All 37 methods of the API are answered.
//!
//! # What the emulator does not imitate
//!
//! - Age ratings, reserved names beyond a title being there, prices beyond their ids, and image sizes and formats, those of icons
//!   included.
//! - The service's slowness; its faults only where they are asked for ([`Options::faults`]). It throttles when it is asked to ([`Options::per_minute`]), by one limit for all calls:
//!   commits have no lower one, and there is none for a day.
//! - Groups of customers: any number is taken for the id of one. Nobody gets anything from a flight or a rollout.
//! - References with the id `"0"`: where there is no submission, the reference is left out.
//! - Where reports and the manual differ on words, the wider list is taken: all documented content types of add-ons, and product
//!   types beyond the two documented ones.
//! - People who sign in, and other principals than the one in the account. Keys of other issuers stand in the account file, they
//!   are not fetched. Certificates are known by their thumbprint alone: chains (`x5c`) are passed over. Of managed identities there
//!   are those of virtual machines and App Service, not those of Azure Arc and Cloud Shell.
//! - Signatures of packages; of their content only manifests and block maps are read, and hashes in block maps are not compared.
//! - Cancelling a submission and other edits in the portal, beyond what the control port offers.
//!
//! # Example
//!
//! ```
//! use bytes::Bytes;
//! use flightline_emulator::{Account, Emulator, Options};
//! use http::Request;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = Account::sample()?;
//! let emulator = Emulator::open(Options::new(account.clone()))?;
//!
//! let form = format!(
//!     "grant_type=client_credentials&client_id={}&client_secret={}&resource=https://manage.devcenter.microsoft.com",
//!     account.client_id(),
//!     account.client_secret(),
//! );
//! let request = Request::post(format!("/{}/oauth2/token", account.tenant_id())).body(Bytes::from(form))?;
//! let token: serde_json::Value = serde_json::from_slice(emulator.answer(request).await.body())?;
//!
//! let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or_default());
//! let request = Request::get("/v1.0/my/applications").header("Authorization", bearer).body(Bytes::new())?;
//! let apps: serde_json::Value = serde_json::from_slice(emulator.answer(request).await.body())?;
//! assert_eq!(apps["value"][0]["primaryName"], "Harbour Lights");
//! # Ok(())
//! # }
//! ```

mod account;
pub mod blobs;
mod check;
pub mod clock;
mod control;
mod date;
mod dispatch;
mod emulator;
mod entra;
mod error;
pub mod fault;
mod front;
mod in_process;
mod ingest;
pub mod lifecycle;
mod limit;
mod log;
mod members;
mod products;
mod reply;
mod row;
mod sample;
pub mod serve;
pub mod store;
mod submissions;

pub use account::Account;
pub use emulator::{Emulator, Options};
pub use error::{Error, Fault};
pub use in_process::Broken;
pub use lifecycle::Pace;
