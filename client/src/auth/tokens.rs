//! The token of the moment: asked for when it is first needed, and again only when it is about to end.

use super::entra::{self, Proof};
use super::identity::Identity;
use super::{Application, Credential, Fault};
use crate::clock;
use crate::error::Error;
use crate::secret::Token;
use crate::transport::Transport;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long before its end a token is renewed.
const AHEAD: Duration = Duration::from_secs(300);

/// Longer than any token lives.
const LONGEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// Gives out tokens, and asks for a new one only when the last is about to end.
pub(crate) struct Tokens {
    transport: Arc<dyn Transport>,
    login_url: String,
    credential: Credential,
    held: Mutex<Option<Held>>,
}

/// A token as it was handed out.
pub(super) struct Grant {
    pub(super) token: Token,
    life: Duration,
    /// How long it is used.
    good: Duration,
}

impl Grant {
    /// A token that another can follow.
    pub(super) fn renewable(token: Token, life: Duration) -> Self {
        let life = life.min(LONGEST_LIFE);
        Self { token, life, good: life.saturating_sub(AHEAD).max(life / 2) }
    }

    /// A token that is used to its end.
    fn last(token: Token, life: Duration) -> Self {
        let life = life.min(LONGEST_LIFE);
        Self { token, life, good: life }
    }
}

struct Held {
    token: Token,
    good_until: Instant,
    ends: Instant,
    /// The machine's clock at which it is good no longer, in seconds since 1970.
    good_until_by_the_clock: i64,
}

impl Held {
    fn new(Grant { token, life, good }: Grant, now: Instant, clock: i64) -> Self {
        let good_until_by_the_clock = clock.saturating_add(i64::try_from(good.as_secs()).unwrap_or(i64::MAX));
        Self { token, good_until: now + good, ends: now + life, good_until_by_the_clock }
    }

    /// Whether it is good by either clock. One of them stands still while a machine sleeps, and the other may be set: where they differ,
    /// a new token costs one request, and an old one costs a refusal.
    fn is_good(&self, now: Instant, clock: i64) -> bool {
        now < self.good_until && clock < self.good_until_by_the_clock
    }
}

impl Tokens {
    pub(crate) fn new(transport: Arc<dyn Transport>, login_url: String, credential: Credential) -> Self {
        Self { transport, login_url, credential, held: Mutex::new(None) }
    }

    /// A token that is good for a while yet.
    pub(crate) async fn token(&self) -> Result<Token, Error> {
        self.held(|held| held.token.clone()).await
    }

    /// What the token says about its bearer.
    pub(crate) async fn identity(&self) -> Result<Identity, Error> {
        self.held(|held| Identity::of(&held.token, held.ends.saturating_duration_since(Instant::now()))).await
    }

    /// Whether another token can follow one that was refused.
    pub(crate) fn renews(&self) -> bool {
        !matches!(self.credential, Credential::Token(_))
    }

    /// Forgets a token that the service refused, unless it was renewed meanwhile.
    pub(crate) async fn forget(&self, refused: &Token) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|held| held.token == *refused) {
            *held = None;
        }
    }

    async fn held<T>(&self, read: impl FnOnce(&Held) -> T) -> Result<T, Error> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| held.is_good(Instant::now(), clock::now())) {
            return Ok(read(held));
        }
        let grant = self.sign_in().await?;
        Ok(read(held.insert(Held::new(grant, Instant::now(), clock::now()))))
    }

    async fn sign_in(&self) -> Result<Grant, Error> {
        let transport = self.transport.as_ref();
        match &self.credential {
            Credential::Secret(credentials) => {
                let application =
                    Application { tenant_id: credentials.tenant_id.clone(), client_id: credentials.client_id.clone() };
                let proof = Proof::Secret(&credentials.client_secret);
                entra::token(transport, &self.login_url, &application, &proof).await
            }
            Credential::Certificate(application, certificate) => {
                let audience = entra::endpoint(&self.login_url, application);
                let assertion = certificate.assertion(&application.client_id, &audience, clock::now())?;
                entra::token(transport, &self.login_url, application, &Proof::Assertion(&assertion)).await
            }
            Credential::Federated(application, issuer) => {
                let assertion = issuer.assertion(transport).await?;
                entra::token(transport, &self.login_url, application, &Proof::Assertion(&assertion)).await
            }
            Credential::ManagedIdentity(identity) => identity.token(transport).await,
            Credential::AzureCli(cli) => cli.token().await,
            Credential::Token(token) => ready(token),
        }
    }
}

/// A token that was handed in, if it can still be used.
fn ready(token: &Token) -> Result<Grant, Error> {
    let failed = |what: String| Error::Credential { what, fault: Fault::TokenExpired, source: None };
    if !token.is_sendable() {
        return Err(failed("what was given as an access token is none: it cannot be sent in a header".to_owned()));
    }
    let Some(end) = Identity::of(token, Duration::ZERO).expires_at else {
        // Whoever cannot be looked into is tried.
        return Ok(Grant::last(token.clone(), LONGEST_LIFE));
    };
    let now = clock::now();
    match u64::try_from(end.saturating_sub(now)) {
        Ok(left) if left > 0 => Ok(Grant::last(token.clone(), Duration::from_secs(left))),
        _ => {
            let ago = now.saturating_sub(end) / 60;
            Err(failed(format!("the access token that was given has run out, {ago} minutes ago")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine that slept, or whose clock was set, does not go on with a token that is dead, and does not ask for one again and again.
    #[test]
    fn a_token_is_judged_by_both_clocks() {
        const HOUR: i64 = 3600;
        let (now, clock) = (Instant::now(), 1_763_000_000);
        let later = |seconds| now + Duration::from_secs(seconds);
        let held = Held::new(Grant::renewable(Token::new("t"), Duration::from_secs(3600)), now, clock);
        assert!(held.is_good(now, clock) && held.is_good(later(3299), clock + 3299));
        assert!(!held.is_good(later(3300), clock + 3300), "its time is over");
        assert!(!held.is_good(later(60), clock + 9 * HOUR), "the machine has slept");
        assert!(!held.is_good(later(3300), clock - HOUR), "the clock was set back");
        assert!(held.is_good(later(60), clock - 24 * HOUR), "the clock was set back, and the token is young");
        let next = Held::new(Grant::renewable(Token::new("u"), Duration::from_secs(3600)), later(60), clock + 9 * HOUR);
        assert!(next.is_good(later(120), clock + 9 * HOUR + 60), "one new token is enough");
    }
}
