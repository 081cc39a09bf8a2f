//! `flightline apps`.

use crate::args::{AppsCommand, Common};
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::{View, list};

pub(crate) async fn run(command: AppsCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    match command {
        AppsCommand::List => {
            let mut pages = session.reader.list_apps();
            let mut apps = list::List::new(view, &["id", "name", "package identity", "live", "pending"]);
            while let Some(page) = pages.next().await? {
                page.iter().for_each(|app| apps.add(list::app(app), &app.document));
            }
            apps.end();
        }
        AppsCommand::Get { app } => list::one(&session.reader.app(&app).await?.document, view),
    }
    Ok(Exit::Done)
}
