//! Which cluster a connection leads to, as far as its evidence shows. An address in the configuration can lead to any.
//!
//! Two things tell clusters apart: the issuer of the API server's own ServiceAccount tokens, which on CKS ends in the cluster's id, and the
//! uid of the namespace `kube-system`, which a state remembers. Kubernetes may forbid the caller to read either. Clusters can agree in one
//! of them: a control plane that was restored from a backup keeps the uid, one that was made again keeps the id.

use std::fmt;

use tokio::sync::OnceCell;

/// The cluster that a session must reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExpectedCluster {
    /// Id of the cluster.
    pub id: String,
    /// What the issuers of all CKS clusters begin with; the rest is the cluster's id.
    pub issuer_base: String,
    /// UID of the namespace `kube-system` that the state remembers; `None` if it remembers none, as before the first create.
    pub uid: Option<String>,
}

/// What shows that the expected cluster is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// CoreWeave's API named the endpoint for the cluster's id.
    Endpoint,
    /// The API server's issuer ends in the cluster's id.
    Issuer,
    /// The namespace `kube-system` has the uid that the state remembers.
    Uid,
}

/// What shows that another cluster is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The API server's issuer ends in the id of another cluster.
    Issuer {
        /// Id of the other cluster.
        found: String,
    },
    /// The namespace `kube-system` has another uid than the state remembers.
    Uid {
        /// UID that the state remembers.
        expected: String,
        /// UID of the `kube-system` that was found.
        found: String,
    },
}

/// Evidence that something does not exist in the right cluster, or is irrevocably being deleted there. Only a [`Session`] makes one.
#[derive(Debug)]
#[must_use = "a state ends with this evidence"]
pub struct Gone(());

/// Outcome of a search that a state depends on.
#[derive(Debug)]
pub enum Presence<T> {
    /// It exists.
    Present(T),
    /// It does not.
    Gone(Gone),
}

impl Gone {
    /// For what a session found and confirmed.
    pub(super) fn confirmed() -> Self {
        Self(())
    }
}

/// Findings about one server, each requested once; `None` if the server does not return it to this caller.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub(super) issuer: OnceCell<Option<String>>,
    pub(super) uid: OnceCell<Option<String>>,
}

/// What one finding says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    Other(Mismatch),
    Nothing,
}

impl Evidence {
    /// Whether what was found shows this cluster.
    pub(super) fn shows(&self, expected: &ExpectedCluster) -> bool {
        let found = |cell: &OnceCell<Option<String>>| cell.get().cloned().flatten();
        let (issuer, uid) = (found(&self.issuer), found(&self.uid));
        let verdicts = [expected.by_issuer(issuer.as_deref()), expected.by_uid(uid.as_deref())];
        verdicts.contains(&Verdict::Same)
            && !verdicts.iter().any(|verdict| matches!(verdict, Verdict::Other(_)))
    }
}

impl ExpectedCluster {
    /// An issuer of another form says nothing: a proxy before the API server may serve a document of its own at this path.
    pub(super) fn by_issuer(&self, issuer: Option<&str>) -> Verdict {
        let id = issuer.and_then(|issuer| issuer.trim_end_matches('/').strip_prefix(&self.issuer_base));
        match id {
            Some(id) if id.eq_ignore_ascii_case(&self.id) => Verdict::Same,
            Some(id) if !id.is_empty() => Verdict::Other(Mismatch::Issuer { found: id.to_owned() }),
            _ => Verdict::Nothing,
        }
    }

    pub(super) fn by_uid(&self, uid: Option<&str>) -> Verdict {
        match (&self.uid, uid) {
            (Some(expected), Some(found)) if expected == found => Verdict::Same,
            (Some(expected), Some(found)) => {
                Verdict::Other(Mismatch::Uid { expected: expected.clone(), found: found.to_owned() })
            }
            _ => Verdict::Nothing,
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issuer { found } => write!(out, "its API server's issuer is that of cluster {found}"),
            Self::Uid { expected, found } => {
                write!(out, "its namespace kube-system has the uid {found}, and the state has {expected}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://oidc.cks.example.com/id/";

    fn expected(uid: Option<&str>) -> ExpectedCluster {
        ExpectedCluster { id: "8154-a".to_owned(), issuer_base: BASE.to_owned(), uid: uid.map(str::to_owned) }
    }

    #[test]
    fn an_issuer_of_ours_names_the_cluster_and_any_other_says_nothing() {
        #[track_caller]
        fn check(issuer: Option<&str>, expected_verdict: &Verdict) {
            assert_eq!(expected(None).by_issuer(issuer), *expected_verdict, "{issuer:?}");
        }
        let other = |found: &str| Verdict::Other(Mismatch::Issuer { found: found.to_owned() });
        check(Some(&format!("{BASE}8154-a")), &Verdict::Same);
        check(Some(&format!("{BASE}8154-A/")), &Verdict::Same);
        check(Some(&format!("{BASE}8154-b")), &other("8154-b"));
        check(Some(&format!("{BASE}8154-a2")), &other("8154-a2"));
        check(Some(&format!("{BASE}8154")), &other("8154"));
        for silent in [BASE, "https://kubernetes.default.svc.cluster.local", "8154-a", ""] {
            check(Some(silent), &Verdict::Nothing);
        }
        check(None, &Verdict::Nothing);
    }

    #[test]
    fn the_uid_of_kube_system_counts_if_the_state_remembers_one() {
        let other = Mismatch::Uid { expected: "u-1".to_owned(), found: "u-2".to_owned() };
        assert_eq!(expected(Some("u-1")).by_uid(Some("u-1")), Verdict::Same);
        assert_eq!(expected(Some("u-1")).by_uid(Some("u-2")), Verdict::Other(other));
        assert_eq!(expected(Some("u-1")).by_uid(None), Verdict::Nothing);
        assert_eq!(expected(None).by_uid(Some("u-2")), Verdict::Nothing);
    }
}
