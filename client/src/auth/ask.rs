//! Asking for a token, or for what brings one, and asking again where that may help: nothing is changed by it.

use crate::chain::chain;
use crate::error::{Error, Outcome};
use crate::retry;
use crate::transport::Transport;
use bytes::Bytes;
use flightline_protocol::route::Effect;
use http::{Request, Response};

/// Sends a request until it is granted, or until asking again would not help. `unreachable` says what could not be done where no
/// answer came; `refusal` reads an answer that grants nothing.
pub(super) async fn ask(
    transport: &dyn Transport,
    unreachable: &str,
    request: impl Fn() -> Result<Request<Bytes>, Error>,
    refusal: impl Fn(&Response<Bytes>) -> Error,
) -> Result<Response<Bytes>, Error> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let (error, failure, asked) = match transport.send(request()?).await {
            Ok(answer) if answer.status().is_success() => return Ok(answer),
            Ok(answer) => {
                let failure = retry::Failure::Status(answer.status().as_u16());
                (refusal(&answer), failure, retry::asked_wait(&answer, ""))
            }
            Err(source) => {
                let failure = retry::Failure::of(&source);
                let error = Error::Transport { what: unreachable.to_owned(), effect: Outcome::NotDone, source };
                (error, failure, None)
            }
        };
        match retry::wait(Effect::Read, failure, attempt, asked, retry::jitter()) {
            Some(wait) => {
                tracing::info!(error = %chain(&error), attempt, wait_ms = wait.as_millis(), "could not sign in; trying again");
                tokio::time::sleep(wait).await;
            }
            None => return Err(error),
        }
    }
}
