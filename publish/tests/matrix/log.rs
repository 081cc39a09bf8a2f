//! All that is logged while a schedule runs, so that secrets can be looked for in it.

use std::cell::RefCell;
use std::fmt::{Debug, Write as _};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

thread_local! {
    /// What this thread has logged: a schedule runs on one.
    static LOGGED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What was logged on this thread since the last time.
pub(crate) fn take() -> String {
    LOGGED.take()
}

/// Begins to listen, once for the process.
pub(crate) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Listener).expect("nobody else listens"));
}

/// Hears all that we log, at any level; the emulator is not ours.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("flightline_client") || metadata.target().starts_with("flightline_publish")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        LOGGED.with_borrow_mut(|logged| attributes.record(&mut Words(logged)));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        LOGGED.with_borrow_mut(|logged| values.record(&mut Words(logged)));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        LOGGED.with_borrow_mut(|logged| {
            event.record(&mut Words(logged));
            logged.push('\n');
        });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Words<'a>(&'a mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).expect("a text takes it");
    }
}
