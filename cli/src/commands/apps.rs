//! `flightline apps`.

use crate::args::{AppsCommand, Common, Output};
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use crate::view::{View, human};

pub(crate) async fn run(command: AppsCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    let session = session(common)?;
    match command {
        AppsCommand::List => {
            let apps = session.reader.apps().await?;
            match view.output {
                Output::Table => human::apps(&apps),
                Output::Json => json::print(&apps.iter().map(json::app).collect(), Lines::Many),
                Output::Ndjson => apps.iter().for_each(|app| json::print(&json::app(app), Lines::One)),
            }
        }
        AppsCommand::Get { app } => {
            let app = session.reader.app(&app).await?;
            match view.output {
                Output::Table => human::app(&app),
                Output::Json => json::print(&json::app(&app), Lines::Many),
                Output::Ndjson => json::print(&json::app(&app), Lines::One),
            }
        }
    }
    Ok(Exit::Done)
}
