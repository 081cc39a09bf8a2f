//! Whoever is signed in to the Azure CLI: it is asked for a token, without a shell between.
//!
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>

use super::identity::Identity;
use super::tokens::Grant;
use super::{Fault, RESOURCE};
use crate::clock;
use crate::error::Error;
use crate::secret::{Token, redact};
use flightline_protocol::json;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use zeroize::Zeroizing;

/// How long it may take. It is slow by nature, and it never asks anything here.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a token is used whose end is nowhere said.
const SHORT: Duration = Duration::from_secs(300);

/// The Azure CLI on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzureCli {
    /// The program: `az`, or `az.cmd` on Windows, with its folder.
    pub program: PathBuf,
    /// The tenant to sign in to, where it is not the one that the CLI is at.
    pub tenant_id: Option<String>,
}

impl AzureCli {
    /// Asks for a token.
    pub(super) async fn token(&self) -> Result<Grant, Error> {
        let failed = |what: String| Error::Credential { what, fault: Fault::AzureCli, source: None };
        let mut command = Command::new(&self.program);
        command.args(["account", "get-access-token", "--resource", RESOURCE, "--output", "json"]);
        if let Some(tenant_id) = &self.tenant_id {
            command.args(["--tenant", tenant_id]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let output = match tokio::time::timeout(PATIENCE, command.output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(source)) => {
                let what = format!("could not run {}", self.program.display());
                return Err(Error::Credential { what, fault: Fault::AzureCli, source: Some(source.into()) });
            }
            Err(_) => return Err(failed(format!("`az` was not done after {} seconds", PATIENCE.as_secs()))),
        };
        let stdout = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(failed(format!("`az` gave no token: {}", said(&output.stderr))));
        }
        let answer = json::parse(&stdout).ok();
        let members = answer.as_ref().and_then(Value::as_object);
        let token = members.and_then(|members| json::field(members, "accessToken")?.as_str()).map(Token::new);
        let Some(token) = token.filter(Token::is_sendable) else {
            return Err(failed("`az` gave no token: its answer has none in it".to_owned()));
        };
        // Older versions say the end in local time alone; the token itself knows better.
        let end = members.and_then(|members| json::field(members, "expires_on")?.as_i64());
        let end = end.or_else(|| Identity::of(&token, Duration::ZERO).expires_at);
        let left = end.map(|end| u64::try_from(end.saturating_sub(clock::now())).unwrap_or(0));
        Ok(Grant::renewable(token, left.map_or(SHORT, Duration::from_secs)))
    }
}

/// The line in which the program says what is wrong.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(&stderr[..stderr.len().min(16 << 10)]);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines().find(|line| line.starts_with("ERROR")).or_else(|| lines().next_back()).unwrap_or("it said nothing");
    redact(&line.chars().take(400).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_with_the_error_is_shown_and_no_token() {
        let stderr = b"WARNING: old\nERROR: Please run 'az login' to setup account.\n\nmore\n";
        assert_eq!(said(stderr), "ERROR: Please run 'az login' to setup account.");
        assert_eq!(said(b"Traceback\nKeyError: eyJ0eXAiOiJKV1Qi.a.b\n"), "KeyError: [redacted]");
        assert_eq!(said(b"\n"), "it said nothing");
    }
}
