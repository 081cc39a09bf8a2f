//! Looks at the Store: what is live, and what is on its way.

use flightline_client::api::{Fetched, Reader};
use flightline_client::error::Error;
use flightline_protocol::application::Application;
use flightline_protocol::id::AppId;
use flightline_protocol::submission::Submission;
use flightline_protocol::target::Target;

/// An app as the Store has it.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The app.
    pub app: Application,
    /// The submission that customers have today.
    pub live: Option<Submission>,
    /// The one that is not through yet.
    pub pending: Option<Fetched>,
}

impl Observed {
    /// Looks at an app: one request, and one more for each submission that it has.
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached.
    pub async fn look(reader: &Reader, app: &AppId) -> Result<Self, Error> {
        let target = Target::App(app.clone());
        let app = reader.app(app).await?;
        let live = match &app.last_published {
            Some(id) => Some(reader.submission(&target, id).await?.submission),
            None => None,
        };
        let pending = match &app.pending {
            Some(id) => Some(reader.submission(&target, id).await?),
            None => None,
        };
        Ok(Self { app, live, pending })
    }
}
