//! What the Microsoft Store submission API says: its ids, routes, documents, statuses and errors. No I/O, no clock, no opinion.
//!
//! | room | what it holds |
//! |---|---|
//! | [`id`], [`target`], [`route`] | names, the three products that have submissions, and every call as a request line |
//! | [`application`], [`flight`], [`add_on`], [`submission`] | the documents: whole and lossless, with typed views on top |
//! | [`package`], [`pricing`], [`rollout`], [`schedule`] | the parts of a document that a publish has to understand |
//! | [`status`] | the fifteen states and what each one means |
//! | [`error`], [`json`] | what a refusal says, and JSON as the Store writes it |
//! | [`explanation`] | what the codes of the Store, of Entra and of Azure mean, and what helps |
//!
//! A document is edited in place and sent back whole; members that nobody here knows keep their value and their position:
//!
//! ```
//! use flightline_protocol::submission::Submission;
//!
//! let text = r#"{"id":"1152921505690000001","7":false,"visibility":"Public","fileUploadUrl":"https://b/c?sig=s"}"#;
//! let (mut submission, upload_url) = Submission::read(serde_json::from_str(text)?)?;
//! submission.document_mut()["visibility"] = "Private".into();
//!
//! assert_eq!(upload_url.as_deref(), Some("https://b/c?sig=s"));
//! assert_eq!(submission.to_update().to_string(), r#"{"id":"1152921505690000001","7":false,"visibility":"Private"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod add_on;
pub mod application;
pub mod error;
pub mod explanation;
pub mod flight;
pub mod id;
pub mod json;
pub mod package;
pub mod pricing;
pub mod rollout;
pub mod route;
pub mod schedule;
pub mod status;
pub mod submission;
pub mod target;
