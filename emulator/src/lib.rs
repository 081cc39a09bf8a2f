//! A Microsoft Store to rehearse against: the token endpoint, the submission API and the blob service.

pub mod clock;
pub mod store;
