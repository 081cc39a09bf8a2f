//! The arguments of `flightline auth`.

use clap::Subcommand;

const ORDER: &str = "\
The first of these that is there is used, unless FLIGHTLINE_AUTH (or `auth` in the profile) names another:
  access-token      FLIGHTLINE_ACCESS_TOKEN
  client-secret     FLIGHTLINE_CLIENT_SECRET, or AZURE_CLIENT_SECRET
  certificate       FLIGHTLINE_CERTIFICATE_FILE (and …_PASSWORD), or AZURE_CLIENT_CERTIFICATE_PATH
  token-file        FLIGHTLINE_FEDERATED_TOKEN_FILE, or AZURE_FEDERATED_TOKEN_FILE
  federated-token   FLIGHTLINE_FEDERATED_TOKEN, or GITLAB_OIDC_TOKEN
  github            GitHub Actions with `id-token: write`
  azure-devops      Azure DevOps with SYSTEM_ACCESSTOKEN and FLIGHTLINE_SERVICE_CONNECTION_ID
  managed-identity  App Service's IDENTITY_ENDPOINT; a virtual machine's where it is asked for
  az                the signed-in Azure CLI, where no application is named
`federated` stands for the four in the middle. All but the first and the last two need FLIGHTLINE_TENANT_ID and
FLIGHTLINE_CLIENT_ID, or Azure's names for them.";

/// How we sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
#[command(after_help = ORDER)]
pub(crate) enum AuthCommand {
    /// Show which credential is used and why, and what its token says
    Status,
    /// Try each step from the credential to the Store, and say what is wrong
    Doctor,
}
