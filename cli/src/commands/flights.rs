//! `flightline flights`.

use crate::args::{AppArg, Common, FlightsCommand, PublishArgs};
use crate::commands::{publish, submission};
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::{View, list};
use flightline_client::api::{NewFlight, Writer};
use flightline_publish::{once, promote};

pub(crate) async fn run(command: FlightsCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    match command {
        FlightsCommand::List { app } => {
            let mut pages = session(common)?.reader.list_flights(&app);
            let mut flights = list::List::new(view, &["id", "name", "groups", "ranks above", "live", "pending"]);
            while let Some(page) = pages.next().await? {
                page.iter().for_each(|flight| flights.add(list::flight(flight), &flight.document));
            }
            flights.end();
        }
        FlightsCommand::Get(flight) => {
            let flight = session(common)?.reader.flight(&flight.app, &flight.flight).await?;
            list::one(&flight.document, view);
        }
        FlightsCommand::Create { app, name, groups, rank_higher_than } => {
            let flight = NewFlight { friendly_name: name, group_ids: groups, rank_higher_than };
            let flight = once::create_flight(&Writer::new(session(common)?.reader), &app, &flight).await?;
            list::one(&flight.document, view);
        }
        FlightsCommand::Delete { flight, yes } => {
            if !yes {
                submission::confirm(&format!("Delete flight {} of app {}?", flight.flight, flight.app))?;
            }
            once::delete_flight(&Writer::new(session(common)?.reader), &flight.app, &flight.flight).await?;
            list::deleted("flight", flight.flight.as_str(), view);
        }
        FlightsCommand::Publish(args) if args.app.flight.is_some() => return publish::run(args, common, view).await,
        FlightsCommand::Promote(PublishArgs { app: AppArg { app, flight: Some(flight) }, wish, course }) => {
            let wished = publish::read_wish(&wish)?;
            promote::check(&session(common)?.reader, &app, &flight, &wished).await?;
            let everybody = AppArg { app, flight: None };
            return publish::run(PublishArgs { app: everybody, wish, course }, common, view).await;
        }
        FlightsCommand::Publish(_) | FlightsCommand::Promote(_) => {
            return Err(Failure::usage("no-flight", "no flight is named").hint("say --flight <ID>"));
        }
        FlightsCommand::Submission(command) => return submission::run(command, common, view).await,
    }
    Ok(Exit::Done)
}
