//! `flightline auth`.

use crate::args::{AuthCommand, Common};
use crate::profile::{Connection, connection};
use crate::report::{Exit, Failure};
use crate::view::View;
use crate::view::auth::{self, Check, State};
use flightline_client::auth::{Bearer, Identity, RESOURCE};
use flightline_client::error::Kind;
use serde_json::Value;

/// By how many seconds clocks may differ before somebody minds: Entra and the Store allow five minutes.
const SKEW: i64 = 300;

pub(crate) async fn run(command: AuthCommand, common: &Common, view: View) -> Result<Exit, Failure> {
    let connection = connection(common)?;
    match command {
        AuthCommand::Status => {
            let identity = connection.reader.identity().await;
            auth::status(&connection, identity.as_ref().ok(), view);
            identity?;
            Ok(Exit::Done)
        }
        AuthCommand::Doctor => doctor(&connection, view).await,
    }
}

/// Tries each step, shows all of them, and ends as the first that failed.
async fn doctor(connection: &Connection, view: View) -> Result<Exit, Failure> {
    let chosen = &connection.chosen;
    let mut checks = vec![Check::good("credential", format!("{}: {}", chosen.method.name(), chosen.because))];
    let signed_in = connection.reader.identity().await.map_err(Failure::from);
    checks.push(match &signed_in {
        Ok(identity) => token(connection, identity),
        Err(failure) => Check::failed("sign-in", failure),
    });
    let asked = match &signed_in {
        Ok(_) => Some(apps(connection).await),
        Err(_) => None,
    };
    // After the last answer, whose date is the freshest.
    checks.push(clock(connection.line.ahead()));
    checks.push(match &asked {
        Some(Ok(count)) => Check::good("store", format!("the Store answers, and the account has {count}")),
        Some(Err(failure)) => Check::failed("store", failure),
        None => Check { name: "store", state: State::Skipped, message: "not asked without a token".to_owned(), remedy: None },
    });
    auth::checks(&checks, view);
    signed_in?;
    asked.transpose()?;
    Ok(Exit::Done)
}

/// Whether the token is what the Store wants.
fn token(connection: &Connection, identity: &Identity) -> Check {
    let warning = |message: String, remedy: &str| Check {
        name: "sign-in",
        state: State::Warning,
        message,
        remedy: Some(remedy.to_owned()),
    };
    if let Some(audience) = identity.audience.as_deref().filter(|audience| *audience != RESOURCE) {
        let remedy = "ask for a token for https://manage.devcenter.microsoft.com, without a slash at the end";
        return warning(format!("the token is for {audience}, and the Store will not take it"), remedy);
    }
    if identity.bearer == Bearer::Person {
        let remedy = "sign in as an Entra application, such as with `az login --service-principal`";
        return warning("the token is a person's, and the Store wants an application's".to_owned(), remedy);
    }
    // A tenant may be given by the name of its domain, which the token does not have.
    let given = connection.chosen.tenant_id.as_deref().filter(|tenant| !tenant.contains('.'));
    if let Some((given, tenant)) =
        given.zip(identity.tenant_id.as_deref()).filter(|(given, tenant)| !given.eq_ignore_ascii_case(tenant))
    {
        let remedy = "see that FLIGHTLINE_TENANT_ID is the tenant that Partner Center is associated with";
        return warning(format!("the token is of the tenant {tenant}, and not of {given}"), remedy);
    }
    let minutes = identity.expires_in.as_secs().div_ceil(60);
    Check::good("sign-in", format!("there is a token, good for {minutes} minutes"))
}

fn clock(ahead: Option<i64>) -> Check {
    let Some(ahead) = ahead else {
        let message = "no answer said what time it is".to_owned();
        return Check { name: "clock", state: State::Skipped, message, remedy: None };
    };
    if ahead.abs() <= SKEW {
        return Check::good("clock", "this machine's clock is right".to_owned());
    }
    let (minutes, which) = (ahead.abs() / 60, if ahead > 0 { "behind" } else { "ahead" });
    Check {
        name: "clock",
        state: State::Warning,
        message: format!("this machine's clock is {minutes} minutes {which}"),
        remedy: Some("set the clock: tokens and signed assertions have their time".to_owned()),
    }
}

/// How many apps the account has, in words.
async fn apps(connection: &Connection) -> Result<String, Failure> {
    let list = match connection.reader.raw("applications?top=1").await {
        Ok(list) => list.unwrap_or_default(),
        // An account without any app has no list of them either.
        Err(error) if error.kind() == Kind::NotFound => Value::Null,
        Err(error) => return Err(error.into()),
    };
    let listed = list.get("value").and_then(Value::as_array).map_or(0, Vec::len);
    let total = list.get("totalCount").and_then(Value::as_u64).unwrap_or(0);
    match (listed, total) {
        (0, _) => Err(Failure::of(Exit::Credentials, "no-apps", "the Store takes these credentials, and their account has no app")
            .hint(
                "this is probably another account than the one that owns the app: see which tenant and application are associated \
                 with it in Partner Center (Account settings > User management > Microsoft Entra applications). A first app is made \
                 there, too",
            )),
        (_, 1) => Ok("1 app".to_owned()),
        (_, 0) => Ok("apps".to_owned()),
        (_, total) => Ok(format!("{total} apps")),
    }
}
