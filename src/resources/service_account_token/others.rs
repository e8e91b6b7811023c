//! Valid tokens of the same ServiceAccount that belong to other resources. Most are in a state. One may be in none: the run that issued it
//! was killed before it saved its state, or its resource was removed from the state without a destroy.
//!
//! No provider sees whether a state has a token, so it is said as a question, and once: each resource remembers of whom it said it. Of those
//! that this run itself meets nothing is said.

use std::collections::BTreeSet;

use clusters::Clusters;
use kubernetes::ObjectPlace;
use serde::{Deserialize, Serialize};
use service_account_tokens::TokenSecret;
use tfplugin::Context;

use super::messages;

/// Key in the private state.
const KEY: &str = "others";

/// Ids of other resources of which the user was told.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    ids: BTreeSet<String>,
}

impl Told {
    /// What is to be said of these Secrets; remembers it. Ids that have no valid token any more are forgotten.
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
    account: &ObjectPlace,
    cluster_id: &str,
    found: &[TokenSecret],
    context: &Context<Clusters>,
) {
    let ledger = context.provider().ledger();
    let mut told = context.private_state::<Told>(KEY).unwrap_or_default();
    let news = told.news(found, |id| ledger.has_met_token(cluster_id, id));
    if !news.is_empty() {
        context.warn(messages::others_are_valid(account, news));
        context.set_private_state(KEY, &told);
    }
}

#[cfg(test)]
mod tests {
    use service_account_tokens::State;

    use super::*;

    fn secret(id: &str, name: &str) -> TokenSecret {
        TokenSecret {
            id: id.to_owned(),
            place: ObjectPlace::namespaced("ci", name),
            uid: "u-1".to_owned(),
            resource_version: "7".to_owned(),
            account: "deployer".to_owned(),
            created: 0,
            state: State::Unclear,
        }
    }

    #[test]
    fn each_resource_is_told_of_once_unless_this_run_has_met_it() {
        let mut told = Told::default();
        let names = |news: Vec<&TokenSecret>| -> Vec<String> {
            news.into_iter().map(|secret| secret.place.name.clone()).collect()
        };
        let found = [secret("a", "a-1"), secret("a", "a-2"), secret("b", "b-1")];
        assert_eq!(names(told.news(&found, |id| id == "b")), ["a-1", "a-2"]);
        // Rotated since; and of the other one nothing was said, which may be in no state although this run met it.
        let found = [secret("a", "a-3"), secret("b", "b-1")];
        assert_eq!(names(told.news(&found, |_| false)), ["b-1"]);
        assert_eq!(names(told.news(&found, |_| false)), [""; 0]);
        assert_eq!(names(told.news(&[], |_| false)), [""; 0]);
        assert_eq!(told, Told::default(), "what is gone is forgotten");
    }
}
