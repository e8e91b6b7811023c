//! The Secrets of tokens in the clusters of a list: what the provider wrote about each token, without the token.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use clusters::{Clusters, Operation};
use futures_util::{StreamExt as _, stream};
use kubernetes::ListScope;
use service_account_tokens::{TokenSecret, list_in};
use tfplugin::{Context, Diagnostic, Error};

use super::Filters;
use crate::{
    errors::{self, ClientError as _},
    operation::ReachClusters as _,
};

/// Clusters that are read at once.
const AT_ONCE: usize = 8;

/// Time limit of one of all clusters, so that one that does not respond holds up the others no longer.
const LISTED_LIMIT: Duration = Duration::from_secs(30);

/// The Secrets of one cluster.
#[derive(Debug)]
pub(crate) struct TokenSecrets {
    /// Of all ServiceAccounts.
    pub(crate) secrets: Vec<TokenSecret>,
    /// Time by the cluster's clock, in seconds since 1970.
    pub(crate) now: i64,
}

/// The Secrets in the namespaces of the filters, by cluster. One that cannot be read is left out, and a single warning names them all,
/// unless `cluster_id` names it and it is no lack of a permission: that is an error.
pub(crate) async fn all<F: Filters>(
    filters: &F,
    clusters: BTreeSet<String>,
    context: &Context<Clusters>,
) -> Result<BTreeMap<String, TokenSecrets>, Error> {
    let is_named = filters.objects().clusters.cluster_id.is_some();
    let scope = filters.namespace().map_or(ListScope::AllNamespaces, ListScope::Namespace);
    let operation =
        if is_named { context.clusters().reading() } else { context.clusters().within(LISTED_LIMIT) };
    let reading = clusters.into_iter().map(|id| async move {
        let read = read(&id, scope, operation).await;
        (id, read)
    });
    let mut outcomes = stream::iter(reading).buffered(AT_ONCE);
    let (mut found, mut unread) = (BTreeMap::new(), Vec::new());
    while let Some((id, outcome)) = outcomes.next().await {
        match outcome {
            Ok(secrets) => drop(found.insert(id, secrets)),
            Err(error) if is_named && !is_forbidden(&error) => {
                return Err(error.into_diagnostics().at("cluster_id"));
            }
            Err(error) => unread.push((id, errors::cause_of(error))),
        }
    }
    if let Some(warning) = warning(&unread, scope) {
        context.warn(warning);
    }
    Ok(found)
}

async fn read(
    id: &str,
    scope: ListScope<'_>,
    operation: Operation<'_>,
) -> Result<TokenSecrets, clusters::Error> {
    let kubernetes = operation.kubernetes(id).await?;
    let secrets = list_in(&kubernetes, scope).await?;
    Ok(TokenSecrets { secrets, now: kubernetes.now() })
}

fn is_forbidden(error: &clusters::Error) -> bool {
    matches!(error, clusters::Error::Kubernetes(error) if matches!(**error, kubernetes::Error::Forbidden { .. }))
}

/// Names each cluster whose Secrets could not be listed, with the cause. `None` if there are none.
fn warning(unread: &[(String, String)], scope: ListScope<'_>) -> Option<Diagnostic> {
    if unread.is_empty() {
        return None;
    }
    let clusters: Vec<_> = unread.iter().map(|(id, cause)| format!("cluster {id}: {cause}")).collect();
    let place = match scope {
        ListScope::Namespace(namespace) => format!("in namespace {namespace}"),
        ListScope::AllNamespaces | ListScope::Cluster => "in all namespaces, or set `namespace`".to_owned(),
    };
    Some(Diagnostic::warning(
        "Tokens of ServiceAccounts are not listed",
        format!(
            "The Secrets that the provider creates for tokens could not be listed, so `tokens` is null for the ServiceAccounts there. Causes: {} \
             To list ServiceAccounts without tokens, set `include_tokens = false`. To list the tokens, grant the provider's caller `list` on \
             `secrets` {place}. That permission shows the content of all Secrets there.",
            clusters.join(" ")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn one_warning_names_every_cluster_whose_tokens_are_not_listed() {
        let mut messages = vec![Diagnostic::error("", "")];
        assert_eq!(warning(&[], ListScope::AllNamespaces), None);
        let cause = |id: &str| (id.to_owned(), "The caller may not list any Secret.".to_owned());
        messages.extend(warning(&[cause("8154")], ListScope::Namespace("shop")));
        messages.extend(warning(&[cause("8154"), cause("9000")], ListScope::AllNamespaces));
        check_messages(
            Error::all(messages).expect("an error"),
            &expect![[r#"
                 @ 

                Tokens of ServiceAccounts are not listed @ 
                The Secrets that the provider creates for tokens could not be listed, so `tokens` is null for the ServiceAccounts there. Causes: cluster 8154: The caller may not list any Secret. To list ServiceAccounts without tokens, set `include_tokens = false`. To list the tokens, grant the provider's caller `list` on `secrets` in namespace shop. That permission shows the content of all Secrets there.
                Tokens of ServiceAccounts are not listed @ 
                The Secrets that the provider creates for tokens could not be listed, so `tokens` is null for the ServiceAccounts there. Causes: cluster 8154: The caller may not list any Secret. cluster 9000: The caller may not list any Secret. To list ServiceAccounts without tokens, set `include_tokens = false`. To list the tokens, grant the provider's caller `list` on `secrets` in all namespaces, or set `namespace`. That permission shows the content of all Secrets there.
            "#]],
        );
    }
}
