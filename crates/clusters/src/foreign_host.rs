//! Hosts that are not CoreWeave's and that an API which is not CoreWeave's either names: credentials go there, unchecked, so that it is said.

use std::sync::{Mutex, PoisonError};

use coreweave::{ForeignApi, NamedEndpoint};
use request_pipeline::is_loopback;

/// A host to which credentials go, and the API that named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignHost {
    /// The host.
    pub host: String,
    /// URL of the API.
    pub api: String,
    /// Source of that URL, for messages.
    pub api_source: String,
}

impl ForeignHost {
    /// `None` if there is nothing to say: the host is CoreWeave's, or everything is on this machine.
    pub(super) fn of(api: ForeignApi, named: &NamedEndpoint) -> Option<Self> {
        let host = named.url.trim_start_matches("https://");
        let is_local = api.is_loopback && is_loopback(host);
        (!named.is_coreweaves && !is_local).then(|| Self {
            host: host.to_owned(),
            api: api.url,
            api_source: api.source,
        })
    }
}

/// The first of a run, until it is taken.
#[derive(Debug, Default)]
pub(super) struct FirstForeignHost(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    None,
    Noted(ForeignHost),
    Taken,
}

impl FirstForeignHost {
    pub(super) fn note(&self, host: ForeignHost) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::None) {
            *state = State::Noted(host);
        }
    }

    pub(super) fn take(&self) -> Option<ForeignHost> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::None) {
            return None;
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Noted(host) => Some(host),
            State::None | State::Taken => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(is_loopback: bool, host: &str, is_coreweaves: bool) -> Option<String> {
        let api = ForeignApi { url: "http://api".to_owned(), source: "the test".to_owned(), is_loopback };
        let named = NamedEndpoint { url: format!("https://{host}"), is_coreweaves };
        ForeignHost::of(api, &named).map(|found| found.host)
    }

    #[test]
    fn a_host_is_foreign_unless_it_is_coreweaves_or_all_is_on_this_machine() {
        let coreweaves = "ab1cd2-test.k8s.rno2a.coreweave.com";
        for is_loopback in [true, false] {
            assert_eq!(found(is_loopback, coreweaves, true), None);
            for other in ["evil.example.com", "api.evil.example.com", "10.0.0.1"] {
                assert_eq!(found(is_loopback, other, false).as_deref(), Some(other));
            }
        }
        for local in ["127.0.0.1", "localhost", "api.localhost"] {
            assert_eq!(found(true, local, false), None);
            assert_eq!(found(false, local, false).as_deref(), Some(local));
        }
    }

    #[test]
    fn only_the_first_of_a_run_is_taken_and_only_once() {
        let host =
            |host: &str| ForeignHost { host: host.to_owned(), api: String::new(), api_source: String::new() };
        let first = FirstForeignHost::default();
        assert_eq!(first.take(), None);
        first.note(host("a"));
        first.note(host("b"));
        assert_eq!(first.take(), Some(host("a")));
        first.note(host("c"));
        assert_eq!(first.take(), None);
    }
}
