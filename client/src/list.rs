//! The lists of the API, page by page to the end.

use crate::error::{Error, Outcome};
use crate::service::Service;
use flightline_protocol::application::{Collection, DocumentError};
use flightline_protocol::id::AppId;
use flightline_protocol::route::{Call, Page, Route};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// Entries that one page is asked for.
pub(crate) const PAGE: u32 = 100;

/// Pages that a list may have: a hundred thousand entries.
const MOST_PAGES: usize = 1000;

/// Reads one entry, and names it.
type Read<T> = fn(Value) -> Result<(String, T), DocumentError>;

/// A list, read page by page as it is asked for.
pub struct Pages<T> {
    service: Arc<Service>,
    next: Option<Route>,
    /// The app whose list it is: tells an empty list from an app that does not exist.
    owner: Option<AppId>,
    known: HashSet<String>,
    pages: usize,
    read: Read<T>,
}

impl<T> Pages<T> {
    pub(crate) fn new(service: Arc<Service>, list: impl FnOnce(Page) -> Call, owner: Option<AppId>, read: Read<T>) -> Self {
        let first = list(Page { skip: None, top: Some(PAGE) }).route();
        Self { service, next: Some(first), owner, known: HashSet::new(), pages: 0, read }
    }

    /// The entries of the next page, or `None` when there are no more. An empty list is empty, however the Store words that (O-028).
    ///
    /// # Errors
    /// When the Store refuses or cannot be reached, or its pages never end.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(route) = self.next.take() else { return Ok(None) };
        let answer = match self.service.send(&route, None).await {
            Err(error) if error.status() == Some(404) && self.pages == 0 => return self.nothing(error).await,
            answer => answer?,
        };
        self.pages += 1;
        let unusable = |source| Error::Document { what: answer.what.clone(), source, effect: Outcome::NotDone };
        let page = answer.read(Collection::read)?;
        let is_last = page.value.is_empty();
        let mut entries = Vec::new();
        for value in page.value {
            let (name, entry) = (self.read)(value).map_err(unusable)?;
            // An entry that was added meanwhile moves others onto the next page.
            if self.known.insert(name) {
                entries.push(entry);
            }
        }
        if let Some(link) = page.next_link.filter(|link| !link.is_empty() && !is_last) {
            if entries.is_empty() || self.pages >= MOST_PAGES {
                return Err(unusable(DocumentError { document: "page", member: "@nextLink" }));
            }
            self.next = Some(self.service.linked(&link));
        }
        Ok(Some(entries))
    }

    /// All entries.
    ///
    /// # Errors
    /// Like [`Pages::next`].
    pub async fn all(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// A list that is not found is empty if the app is there that it belongs to.
    async fn nothing(&self, error: Error) -> Result<Option<Vec<T>>, Error> {
        let Some(owner) = &self.owner else { return Ok(None) };
        match self.service.send(&Call::Application(owner.clone()).route(), None).await {
            Ok(_) => Ok(None),
            Err(_) => Err(error),
        }
    }
}
