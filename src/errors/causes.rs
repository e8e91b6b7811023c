//! Why something is not in a list, for its warning. The diagnostics of the same errors are about a plan or an apply, and end with what to do
//! about its state.

use kubernetes::Error as K;

use super::{ClientError as _, kubernetes::PRIVATE_CLUSTER, sentence};

/// The error, and what to do about it, without advice that only a plan or an apply can follow.
pub(crate) fn cause_of(error: clusters::Error) -> String {
    use clusters::Error as E;
    match &error {
        E::Kubernetes(refused) => match &**refused {
            K::Unreachable { explained: Some(explained), .. } => {
                format!("{} {}", sentence(refused), sentence(explained))
            }
            K::Unreachable { reached: false, .. } => format!("{} {PRIVATE_CLUSTER}", sentence(refused)),
            K::Unusable { .. } | K::Tls { .. } | K::Unauthorized { .. } | K::Forbidden { .. } => {
                diagnosed(error)
            }
            _ => sentence(refused),
        },
        E::WrongEndpoint { .. } | E::ForeignHost { .. } => diagnosed(error),
        E::NoEndpoint { id, problem } => {
            format!("The Kubernetes API of cluster {id} has no address: {problem}.")
        }
        _ => sentence(&error),
    }
}

fn diagnosed(error: clusters::Error) -> String {
    let messages = error.into_diagnostics().into_messages().into_iter();
    messages.map(|message| message.detail).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;
    use kubernetes::{Action, Api};

    use super::*;

    #[test]
    fn a_cause_has_what_to_do_but_nothing_about_an_apply() {
        let bindings = Api {
            group_version: "rbac.authorization.k8s.io/v1",
            kind: "RoleBinding",
            plural: "rolebindings",
        };
        let action = || Box::new(Action { verb: "list", api: bindings, place: None, subresource: None });
        let unreachable = |reached, explained: Option<&str>| K::Unreachable {
            action: action(),
            title: "the managed endpoint of cluster 8154".to_owned(),
            server: "https://example.com".to_owned(),
            attempts: 12,
            lasted: Duration::from_secs(25),
            reached,
            cause: "connection refused".to_owned(),
            explained: explained.map(Into::into),
        };
        let causes: Vec<String> = [
            unreachable(false, None).into(),
            unreachable(true, None).into(),
            unreachable(true, Some("cluster 8154 is STATUS_ERROR")).into(),
            K::Forbidden { action: action(), message: String::new() }.into(),
            K::Timeout { what: "listing RoleBindings".to_owned(), lasted: Duration::from_secs(30) }.into(),
            clusters::Error::NoEndpoint { id: "8154".to_owned(), problem: "it is being created".to_owned() },
            clusters::Error::NotFound { id: "8154".to_owned() },
        ]
        .map(cause_of)
        .into();
        for cause in &causes {
            assert!(!cause.to_lowercase().contains("apply again") && !cause.contains("state"), "{cause}");
        }
        expect![[r#"
            No useful response from the managed endpoint of cluster 8154 (https://example.com) in 12 attempts over 25 s to list any RoleBinding: connection refused. If the cluster is private (`public = false`), run Terraform inside its network, or add a `kubernetes` entry with `proxy_url`. Otherwise check HTTPS_PROXY and the provider's `proxy_url` and `ca_certificate`.
            No useful response from the managed endpoint of cluster 8154 (https://example.com) in 12 attempts over 25 s to list any RoleBinding: connection refused.
            No useful response from the managed endpoint of cluster 8154 (https://example.com) in 12 attempts over 25 s to list any RoleBinding: connection refused. Cluster 8154 is STATUS_ERROR.
            The caller may not list any RoleBinding. The caller needs this rule for the whole cluster: apiGroups ["rbac.authorization.k8s.io"], resources ["rolebindings"], verbs ["list"]. Ask an administrator to bind a role with it to the caller, or use other credentials.
            Listing RoleBindings did not end within 30 s.
            The Kubernetes API of cluster 8154 has no address: it is being created.
            There is no cluster 8154.
        "#]]
        .assert_eq(&(causes.join("\n") + "\n"));
    }
}
