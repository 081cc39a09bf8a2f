//! One client: its connection, its token, and what it has seen.

use crate::Failure;
use crate::dice::Dice;
use crate::tally::Tally;
use crate::wire::{Answer, Wire};
use serde_json::Value;
use std::time::Instant;

/// A client that is signed in.
pub(crate) struct Client {
    wire: Wire,
    host: String,
    sign_in: (String, String),
    token: String,
    pub(crate) number: u64,
    /// How many jobs it has done: names that nobody else has are made of it.
    pub(crate) jobs: u64,
    pub(crate) dice: Dice,
    pub(crate) tally: Tally,
}

impl Client {
    /// `ready` is what the emulator says when it is ready.
    pub(crate) fn open(ready: &Value, number: u64, dice: Dice) -> Result<Self, Failure> {
        let said = |name: &str| ready[name].as_str().ok_or_else(|| format!("the emulator says no {name}"));
        let host = said("api")?.strip_prefix("http://").ok_or("a plain http address is needed")?.to_owned();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&resource=https%3A%2F%2Fmanage.devcenter.microsoft.com",
            escaped(said("clientId")?),
            escaped(said("clientSecret")?)
        );
        let sign_in = (format!("/{}/oauth2/token", said("tenantId")?), form);
        let (wire, token, tally) = (Wire::open(&host)?, String::new(), Tally::default());
        let mut client = Self { wire, host, sign_in, token, number, jobs: 0, dice, tally };
        client.sign_in();
        Ok(client)
    }

    /// Gets a token.
    pub(crate) fn sign_in(&mut self) {
        let (path, form) = self.sign_in.clone();
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        if let Some(answer) = self.ask("sign in", ("POST", &path), headers, form.as_bytes(), &[200]) {
            answer.json()["access_token"].as_str().unwrap_or_default().clone_into(&mut self.token);
        }
    }

    /// A call of the API. `None` where the answer is none of those that are right, which is noted.
    pub(crate) fn call(&mut self, what: &'static str, request: (&str, &str), body: &Value, right: &[u16]) -> Option<Answer> {
        let headers = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", self.token);
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let target = format!("/v1.0/my/{}", request.1);
        self.ask(what, (request.0, &target), &headers, &body, right)
    }

    /// Puts bytes into an upload address.
    pub(crate) fn put(&mut self, what: &'static str, url: &str, query: &str, body: &[u8]) -> Option<Answer> {
        let Some((_, target)) = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')) else {
            self.tally.wrong("an upload address that is none".to_owned());
            return None;
        };
        let target = format!("/{target}&{query}");
        self.ask(what, ("PUT", &target), "x-ms-version: 2021-12-02\r\n", body, &[201])
    }

    /// Any request.
    fn ask(
        &mut self,
        what: &'static str,
        (method, target): (&str, &str),
        headers: &str,
        body: &[u8],
        right: &[u16],
    ) -> Option<Answer> {
        let began = Instant::now();
        let path = target.split('?').next().unwrap_or_default();
        match self.wire.ask(method, target, headers, body) {
            Ok(answer) => {
                self.tally.took(what, began.elapsed());
                if right.contains(&answer.status) {
                    return Some(answer);
                }
                let said = String::from_utf8_lossy(&answer.body);
                self.tally.wrong(format!("{method} {path}: {} {said:.300}", answer.status));
            }
            Err(error) => {
                self.tally.wrong(format!("{method} {path}: {error}"));
                if let Ok(wire) = Wire::open(&self.host) {
                    self.wire = wire;
                }
            }
        }
        None
    }

    /// Notes what should not be, unless it is as it should.
    pub(crate) fn holds(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.tally.wrong(what());
        }
    }
}

/// For a form.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
