//! Valid tokens of the same ServiceAccount that belong to other resources. Most are in a state. One may be in none: the run that issued it
//! was killed before it saved its state, or its resource was removed from the state without a destroy.
//!
//! No provider sees whether a state has a token, so a warning says both, once for each other resource: the private state has the ids that
//! were in such a warning. Resources that this run itself meets are left out.

use std::collections::BTreeSet;

use clusters::Clusters;
use serde::{Deserialize, Serialize};
use service_account_tokens::{Account, TokenSecret};
use tfplugin::Context;

use super::messages;

/// Key in the private state.
const KEY: &str = "others";

/// Ids of other resources that were in a warning.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reported {
    ids: BTreeSet<String>,
}

impl Reported {
    /// The Secrets to warn of, whose ids are remembered. Ids that have no valid token any more are forgotten.
    fn news<'a>(&mut self, found: &'a [TokenSecret], is_met: impl Fn(&str) -> bool) -> Vec<&'a TokenSecret> {
        let is_found = |id: &String| found.iter().any(|secret| secret.id == *id);
        self.ids.retain(is_found);
        let news: Vec<_> =
            found.iter().filter(|secret| !is_met(&secret.id) && !self.ids.contains(&secret.id)).collect();
        self.ids.extend(news.iter().map(|secret| secret.id.clone()));
        news
    }
}

/// Warns of valid tokens of other resources, once for each of them.
pub(super) fn warn(
    account: Account<'_>,
    cluster_id: &str,
    found: &[TokenSecret],
    context: &Context<Clusters>,
) {
    let ledger = context.provider().ledger();
    let mut reported = context.private_state::<Reported>(KEY).unwrap_or_default();
    let news = reported.news(found, |id| ledger.has_met_token(cluster_id, id));
    if !news.is_empty() {
        context.warn(messages::others_are_valid(account, news));
        context.set_private_state(KEY, &reported);
    }
}

#[cfg(test)]
mod tests {
    use kubernetes::ObjectPlace;
    use service_account_tokens::State;

    use super::*;

    fn secret(id: &str, name: &str) -> TokenSecret {
        TokenSecret {
            id: id.to_owned(),
            place: ObjectPlace::namespaced("ci", name),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            for_one_run: false,
            created: 0,
            credential_id: None,
            state: State::Unclear,
        }
    }

    #[test]
    fn each_resource_is_in_one_warning_unless_this_run_has_met_it() {
        let mut reported = Reported::default();
        let names = |news: Vec<&TokenSecret>| -> Vec<String> {
            news.into_iter().map(|secret| secret.place.name.clone()).collect()
        };
        let found = [secret("a", "a-1"), secret("a", "a-2"), secret("b", "b-1")];
        assert_eq!(names(reported.news(&found, |id| id == "b")), ["a-1", "a-2"]);
        // The first one was rotated; the other one was in no warning, and may be in no state although that run met it.
        let found = [secret("a", "a-3"), secret("b", "b-1")];
        assert_eq!(names(reported.news(&found, |_| false)), ["b-1"]);
        assert_eq!(names(reported.news(&found, |_| false)), [""; 0]);
        assert_eq!(names(reported.news(&[], |_| false)), [""; 0]);
        assert_eq!(reported, Reported::default(), "what is gone is forgotten");
    }
}
