//! `flightline api`: any method, signed in, with retries; signatures taken out of what is printed.

use crate::args::{ApiArgs, Common, MethodArg};
use crate::commands::submission::read_json;
use crate::profile::session;
use crate::report::{Exit, Failure};
use crate::view::json::{self, Lines};
use flightline_client::api::Writer;
use flightline_protocol::route::{Effect, Method, ROOT, Route};

pub(crate) async fn run(args: ApiArgs, common: &Common) -> Result<Exit, Failure> {
    let (method, effect) = match args.method {
        MethodArg::Get => (Method::Get, Effect::Read),
        MethodArg::Post => (Method::Post, Effect::Once),
        MethodArg::Put => (Method::Put, Effect::Repeatable),
        MethodArg::Delete => (Method::Delete, Effect::Once),
    };
    let path = args.path.trim_start_matches('/');
    let path = path.strip_prefix(ROOT.trim_start_matches('/')).unwrap_or(path);
    if !path.bytes().all(|byte| byte.is_ascii_graphic()) || path.contains("..") || path.contains("://") {
        return Err(
            Failure::usage("bad-path", format!("{path:?} is no path below {ROOT}")).hint("for example: applications?top=5")
        );
    }
    let body = args.input.as_deref().map(read_json).transpose()?;
    let session = session(common)?;
    let route = Route { method, path: path.to_owned(), effect };
    if let Some(answer) = Writer::new(session.reader).raw(&route, body.as_ref()).await? {
        json::print(&json::redacted(answer), Lines::Many);
    }
    Ok(Exit::Done)
}
