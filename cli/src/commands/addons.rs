//! `flightline addons`.

use crate::args::{AddOnsCommand, Common};
use crate::commands::{publish, submission};
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::{View, list};
use flightline_client::api::Writer;
use flightline_publish::once;

pub(crate) async fn run(command: AddOnsCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    match command {
        AddOnsCommand::List { app: None } => {
            let mut pages = session(common)?.reader.list_add_ons();
            let mut add_ons = list::List::new(view, &["id", "product id", "type", "app", "live", "pending"]);
            while let Some(page) = pages.next().await? {
                page.iter().for_each(|add_on| add_ons.add(list::add_on(add_on), &add_on.document));
            }
            add_ons.end();
        }
        AddOnsCommand::List { app: Some(app) } => {
            let mut pages = session(common)?.reader.list_add_ons_of(&app);
            let mut ids = list::List::new(view, &["id"]);
            while let Some(page) = pages.next().await? {
                for id in page {
                    let document = [("inAppProductId".to_owned(), id.as_str().into())].into_iter().collect();
                    ids.add(vec![id.to_string()], &document);
                }
            }
            ids.end();
        }
        AddOnsCommand::Get { add_on } => {
            let add_on = session(common)?.reader.add_on(&add_on).await?;
            list::one(&add_on.document, view);
        }
        AddOnsCommand::Create { app, product_id, product_type } => {
            let writer = Writer::new(session(common)?.reader);
            let add_on = once::create_add_on(&writer, &app, &product_id, &product_type).await?;
            list::one(&add_on.document, view);
        }
        AddOnsCommand::Delete { add_on, yes } => {
            if !yes {
                submission::confirm(&format!("Delete add-on {add_on}?"))?;
            }
            once::delete_add_on(&Writer::new(session(common)?.reader), &add_on).await?;
            list::deleted("add-on", add_on.as_str(), view);
        }
        AddOnsCommand::Publish(args) => return publish::run_add_on(args, common, view).await,
        AddOnsCommand::Submission(command) => return submission::run(command, common, view).await,
    }
    Ok(Exit::Done)
}
