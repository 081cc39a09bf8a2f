//! Every call of the API as one value, and the request line that it becomes.
//!
//! A [`Call`] turns into a [`Route`] for whoever sends it, and [`Call::parse`] turns a request line back for whoever answers.

use crate::id::{AddOnId, AppId, FlightId, SubmissionId};
use crate::target::Target;

/// The path that every method of the API lies under.
///
/// <https://learn.microsoft.com/windows/uwp/monetize/create-and-manage-submissions-using-windows-store-services>
pub const ROOT: &str = "/v1.0/my/";

/// The HTTP methods that the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, commits, and the rollout verbs.
    Post,
    /// Replaces a submission's document.
    Put,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What sending a request twice does. Whether a lost answer may simply be asked for again hangs on this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something, and twice is the same as once.
    Repeatable,
    /// Twice is not once: after a lost answer the Store has to be looked at first.
    Once,
}

/// The window of a collection that one page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Page {
    /// How many entries to pass over.
    pub skip: Option<u32>,
    /// How many entries to show at most.
    pub top: Option<u32>,
}

/// One method of the API with its ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `GET applications`
    Applications(Page),
    /// `GET applications/{id}`
    Application(AppId),
    /// `GET applications/{id}/listinappproducts`
    ApplicationAddOns(AppId, Page),
    /// `GET applications/{id}/listflights`
    ApplicationFlights(AppId, Page),
    /// `GET inappproducts`
    AddOns(Page),
    /// `GET inappproducts/{id}`
    AddOn(AddOnId),
    /// `POST inappproducts`
    CreateAddOn,
    /// `DELETE inappproducts/{id}`
    DeleteAddOn(AddOnId),
    /// `POST applications/{id}/flights`
    CreateFlight(AppId),
    /// `GET applications/{id}/flights/{flight}`
    Flight(AppId, FlightId),
    /// `DELETE applications/{id}/flights/{flight}`
    DeleteFlight(AppId, FlightId),
    /// `POST …/submissions`
    CreateSubmission(Target),
    /// `GET …/submissions/{id}`
    Submission(Target, SubmissionId),
    /// `PUT …/submissions/{id}`
    UpdateSubmission(Target, SubmissionId),
    /// `DELETE …/submissions/{id}`
    DeleteSubmission(Target, SubmissionId),
    /// `POST …/submissions/{id}/commit`
    CommitSubmission(Target, SubmissionId),
    /// `GET …/submissions/{id}/status`
    SubmissionStatus(Target, SubmissionId),
    /// `GET …/submissions/{id}/packagerollout`; add-ons have none of the four.
    Rollout(Target, SubmissionId),
    /// `POST …/submissions/{id}/updatepackagerolloutpercentage?percentage=…`, with the percentage as it stands in the query.
    SetRollout(Target, SubmissionId, String),
    /// `POST …/submissions/{id}/haltpackagerollout`
    HaltRollout(Target, SubmissionId),
    /// `POST …/submissions/{id}/finalizepackagerollout`
    FinalizeRollout(Target, SubmissionId),
}

/// A request line in the making: method, path below [`ROOT`], and what sending it twice does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// Path and query below [`ROOT`], without a leading slash.
    pub path: String,
    /// What sending it twice does.
    pub effect: Effect,
}

impl Call {
    /// The request line of this call.
    pub fn route(&self) -> Route {
        let (method, effect, path) = match self {
            Self::Applications(page) => (Method::Get, Effect::Read, paged("applications".into(), *page)),
            Self::Application(app) => (Method::Get, Effect::Read, format!("applications/{app}")),
            Self::ApplicationAddOns(app, page) => {
                (Method::Get, Effect::Read, paged(format!("applications/{app}/listinappproducts"), *page))
            }
            Self::ApplicationFlights(app, page) => {
                (Method::Get, Effect::Read, paged(format!("applications/{app}/listflights"), *page))
            }
            Self::AddOns(page) => (Method::Get, Effect::Read, paged("inappproducts".into(), *page)),
            Self::AddOn(add_on) => (Method::Get, Effect::Read, format!("inappproducts/{add_on}")),
            Self::CreateAddOn => (Method::Post, Effect::Once, "inappproducts".into()),
            Self::DeleteAddOn(add_on) => (Method::Delete, Effect::Once, format!("inappproducts/{add_on}")),
            Self::CreateFlight(app) => (Method::Post, Effect::Once, format!("applications/{app}/flights")),
            Self::Flight(app, flight) => (Method::Get, Effect::Read, format!("applications/{app}/flights/{flight}")),
            Self::DeleteFlight(app, flight) => (Method::Delete, Effect::Once, format!("applications/{app}/flights/{flight}")),
            Self::CreateSubmission(target) => (Method::Post, Effect::Once, format!("{}/submissions", target.path())),
            Self::Submission(target, id) => (Method::Get, Effect::Read, submission(target, id)),
            Self::UpdateSubmission(target, id) => (Method::Put, Effect::Repeatable, submission(target, id)),
            Self::DeleteSubmission(target, id) => (Method::Delete, Effect::Once, submission(target, id)),
            Self::CommitSubmission(target, id) => (Method::Post, Effect::Once, submission(target, id) + "/commit"),
            Self::SubmissionStatus(target, id) => (Method::Get, Effect::Read, submission(target, id) + "/status"),
            Self::Rollout(target, id) => (Method::Get, Effect::Read, submission(target, id) + "/packagerollout"),
            Self::SetRollout(target, id, percentage) => {
                let verb = format!("/updatepackagerolloutpercentage?percentage={percentage}");
                (Method::Post, Effect::Repeatable, submission(target, id) + &verb)
            }
            Self::HaltRollout(target, id) => (Method::Post, Effect::Once, submission(target, id) + "/haltpackagerollout"),
            Self::FinalizeRollout(target, id) => (Method::Post, Effect::Once, submission(target, id) + "/finalizepackagerollout"),
        };
        Route { method, path, effect }
    }

    /// The call that a request line means, or `None` where the API has no such method.
    ///
    /// `path` is the path and query of the request, [`ROOT`] included. Case and a trailing slash do not matter (O-001), and query
    /// parameters that the call does not know are passed over.
    pub fn parse(method: Method, path: &str) -> Option<Self> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let page = Page { skip: number(query, "skip"), top: number(query, "top") };
        let head = path.get(..ROOT.len()).filter(|head| head.eq_ignore_ascii_case(ROOT))?;
        let segments: Vec<&str> = path[head.len()..].split('/').filter(|segment| !segment.is_empty()).collect();
        let lowered: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        let words: Vec<&str> = lowered.iter().map(String::as_str).collect();

        match (method, words.as_slice()) {
            (Method::Get, ["applications"]) => Some(Self::Applications(page)),
            (Method::Get, ["applications", _]) => Some(Self::Application(segments[1].parse().ok()?)),
            (Method::Get, ["applications", _, "listinappproducts"]) => {
                Some(Self::ApplicationAddOns(segments[1].parse().ok()?, page))
            }
            (Method::Get, ["applications", _, "listflights"]) => Some(Self::ApplicationFlights(segments[1].parse().ok()?, page)),
            (Method::Get, ["applications", _, "flights", _]) => {
                Some(Self::Flight(segments[1].parse().ok()?, segments[3].parse().ok()?))
            }
            (Method::Post, ["applications", _, "flights"]) => Some(Self::CreateFlight(segments[1].parse().ok()?)),
            (Method::Delete, ["applications", _, "flights", _]) => {
                Some(Self::DeleteFlight(segments[1].parse().ok()?, segments[3].parse().ok()?))
            }
            (Method::Get, ["inappproducts"]) => Some(Self::AddOns(page)),
            (Method::Post, ["inappproducts"]) => Some(Self::CreateAddOn),
            (Method::Get, ["inappproducts", _]) => Some(Self::AddOn(segments[1].parse().ok()?)),
            (Method::Delete, ["inappproducts", _]) => Some(Self::DeleteAddOn(segments[1].parse().ok()?)),
            (_, ["applications", _, "flights", _, "submissions", ..]) => {
                let target = Target::Flight(segments[1].parse().ok()?, segments[3].parse().ok()?);
                Self::of_submissions(method, target, &segments[5..], query)
            }
            (_, ["applications", _, "submissions", ..]) => {
                Self::of_submissions(method, Target::App(segments[1].parse().ok()?), &segments[3..], query)
            }
            (_, ["inappproducts", _, "submissions", ..]) => {
                Self::of_submissions(method, Target::AddOn(segments[1].parse().ok()?), &segments[3..], query)
            }
            _ => None,
        }
    }

    fn of_submissions(method: Method, target: Target, rest: &[&str], query: &str) -> Option<Self> {
        let Some((id, verb)) = rest.split_first() else {
            return (method == Method::Post).then_some(Self::CreateSubmission(target));
        };
        let id: SubmissionId = id.parse().ok()?;
        let verb: Vec<String> = verb.iter().map(|word| word.to_ascii_lowercase()).collect();
        let verb: Vec<&str> = verb.iter().map(String::as_str).collect();
        match (method, verb.as_slice()) {
            (Method::Get, []) => Some(Self::Submission(target, id)),
            (Method::Put, []) => Some(Self::UpdateSubmission(target, id)),
            (Method::Delete, []) => Some(Self::DeleteSubmission(target, id)),
            (Method::Post, ["commit"]) => Some(Self::CommitSubmission(target, id)),
            (Method::Get, ["status"]) => Some(Self::SubmissionStatus(target, id)),
            _ if matches!(target, Target::AddOn(_)) => None,
            (Method::Get, ["packagerollout"]) => Some(Self::Rollout(target, id)),
            (Method::Post, ["updatepackagerolloutpercentage"]) => {
                Some(Self::SetRollout(target, id, parameter(query, "percentage").unwrap_or_default().to_owned()))
            }
            (Method::Post, ["haltpackagerollout"]) => Some(Self::HaltRollout(target, id)),
            (Method::Post, ["finalizepackagerollout"]) => Some(Self::FinalizeRollout(target, id)),
            _ => None,
        }
    }
}

fn submission(target: &Target, id: &SubmissionId) -> String {
    format!("{}/submissions/{id}", target.path())
}

fn paged(path: String, page: Page) -> String {
    let query: Vec<String> = [("skip", page.skip), ("top", page.top)]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

fn number(query: &str, name: &str) -> Option<u32> {
    parameter(query, name)?.parse().ok()
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::IdError;

    fn targets() -> Result<Vec<Target>, IdError> {
        let app: AppId = "9P4XKD7QH2LM".parse()?;
        Ok(vec![
            Target::App(app.clone()),
            Target::Flight(app, "0a1b2c3d-0000-4000-8000-000000000001".parse()?),
            Target::AddOn("9N2HJX60VQPD".parse()?),
        ])
    }

    #[test]
    fn every_call_survives_the_way_to_the_server() -> Result<(), IdError> {
        let id: SubmissionId = "1152921505699000247".parse()?;
        let page = Page { skip: Some(20), top: Some(10) };
        let app: AppId = "9P4XKD7QH2LM".parse()?;
        let mut calls = vec![
            Call::Applications(page),
            Call::Applications(Page::default()),
            Call::Application(app.clone()),
            Call::ApplicationAddOns(app.clone(), page),
            Call::ApplicationFlights(app.clone(), Page::default()),
            Call::AddOns(page),
            Call::AddOn("9N2HJX60VQPD".parse()?),
            Call::CreateAddOn,
            Call::DeleteAddOn("9N2HJX60VQPD".parse()?),
            Call::CreateFlight(app.clone()),
            Call::Flight(app.clone(), "0a1b2c3d-0000-4000-8000-000000000001".parse()?),
            Call::DeleteFlight(app, "0a1b2c3d-0000-4000-8000-000000000001".parse()?),
        ];
        for target in targets()? {
            calls.push(Call::CreateSubmission(target.clone()));
            calls.push(Call::Submission(target.clone(), id.clone()));
            calls.push(Call::UpdateSubmission(target.clone(), id.clone()));
            calls.push(Call::DeleteSubmission(target.clone(), id.clone()));
            calls.push(Call::CommitSubmission(target.clone(), id.clone()));
            calls.push(Call::SubmissionStatus(target.clone(), id.clone()));
            if !matches!(target, Target::AddOn(_)) {
                calls.push(Call::Rollout(target.clone(), id.clone()));
                calls.push(Call::SetRollout(target.clone(), id.clone(), "12.5".into()));
                calls.push(Call::HaltRollout(target.clone(), id.clone()));
                calls.push(Call::FinalizeRollout(target, id.clone()));
            }
        }
        for call in calls {
            let route = call.route();
            assert_eq!(Call::parse(route.method, &format!("{ROOT}{}", route.path)), Some(call));
        }
        Ok(())
    }

    #[test]
    fn case_and_trailing_slash_do_not_matter() -> Result<(), IdError> {
        let expected = Call::CommitSubmission(Target::App("9P4XKD7QH2LM".parse()?), "11".parse()?);
        let given = "/V1.0/My/Applications/9P4XKD7QH2LM/Submissions/11/Commit/";
        assert_eq!(Call::parse(Method::Post, given), Some(expected));
        let page = Page { skip: Some(2), top: Some(2) };
        assert_eq!(Call::parse(Method::Get, "/v1.0/my/inappproducts/?skip=2&top=2"), Some(Call::AddOns(page)));
        Ok(())
    }

    #[test]
    fn a_method_the_api_lacks_is_no_call() {
        for (method, path) in [
            (Method::Post, "/v1.0/my/applications"),
            (Method::Delete, "/v1.0/my/applications/9P4XKD7QH2LM"),
            (Method::Get, "/v1.0/my/applications/9P4XKD7QH2LM/submissions"),
            (Method::Get, "/v2.0/my/applications"),
            (Method::Get, "/v1.0/my/applications/..%2f/submissions/1"),
            (Method::Get, "/"),
        ] {
            assert_eq!(Call::parse(method, path), None, "{path}");
        }
    }
}
