//! Panics: one line in the log each, and a message that the host recognises as a crash only if the process ends.
//!
//! Hosts take a line that begins with `panic: ` for the plugin's death and show it to the user even when logging is off
//! (go-plugin client.go). A panic that the caller of a resource catches is no death.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    panic::PanicHookInfo,
    sync::{Mutex, PoisonError},
};

/// Location of the last panic, which the payload that `catch_unwind` returns does not have.
static LAST_LOCATION: Mutex<Option<String>> = Mutex::new(None);

/// The text of a panic, from what `catch_unwind` or a task's `JoinError` returned.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without a message"
    }
}

/// Replaces Rust's own message on standard error by a line in the log, which carries the fields of the current span.
pub(crate) fn install_hook() {
    std::panic::set_hook(Box::new(log));
}

/// What to print when a panic ends the process.
pub(crate) fn crash_message(payload: &(dyn Any + Send)) -> String {
    let location = LAST_LOCATION.lock().unwrap_or_else(PoisonError::into_inner).take();
    let location = location.as_deref().unwrap_or("an unknown place");
    format!(
        "panic: {}\n\nat {location}\nThis is a bug in the provider. Please report it with these lines.\n",
        message(payload)
    )
}

fn log(info: &PanicHookInfo<'_>) {
    let location = info.location().map(ToString::to_string);
    let shown = location.as_deref().unwrap_or_default();
    let text = message(payload(info));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(panic = text, location = shown, %backtrace, "panicked");
    } else {
        tracing::error!(panic = text, location = shown, "panicked");
    }
    *LAST_LOCATION.lock().unwrap_or_else(PoisonError::into_inner) = location;
}

fn payload<'a>(info: &'a PanicHookInfo<'_>) -> &'a (dyn Any + Send) {
    info.payload()
}
