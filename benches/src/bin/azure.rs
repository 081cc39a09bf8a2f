//! A rival: the managed upload of the crate `azure_storage_blob` from a signed address, with its own defaults.
//!
//! `azure URL FILE`; the authority is taken from `SSL_CERT_FILE`.

use azure_core::http::{Body, Url};
use azure_storage_blob::BlobClient;
use azure_storage_blob::stream::tokio::FileStream;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(file)) = (args.next(), args.next()) else { return Err("usage: azure URL FILE".into()) };
    let client = BlobClient::new(Url::parse(&url)?, None, None)?;
    let file = tokio::fs::File::open(file).await?;
    let body: Body = FileStream::builder(file).build().await?.into();
    client.upload(body.into(), None).await?;
    Ok(())
}
