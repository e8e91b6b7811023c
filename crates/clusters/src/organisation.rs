//! Which organisation a cluster belongs to, so that "not found" is believed only from the API of that organisation.
//!
//! A CoreWeave token of another organisation answers 404 for every cluster, and something before the API may answer 404 for anything. So
//! the list of the organisation's clusters must lack the cluster too. Two things tell organisations apart: the
//! `orgUid` of `/v1beta1/auth/whoami`, and the first part of a cluster's host name (`ORG-HASH.k8s.ZONE.coreweave.com`).

use coreweave::{Cluster, Principal};
use serde::{Deserialize, Serialize};

/// What is remembered of a cluster's organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// As in the cluster's host name.
    host: Option<String>,
    /// As `whoami` said when the cluster was seen.
    uid: Option<String>,
}

/// Why a "not found" is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The state does not remember which organisation the cluster belongs to.
    NotRemembered,
    /// The token is of another organisation.
    OtherOrganisation {
        /// The organisation that had the cluster.
        expected: String,
        /// The organisation of the token.
        found: String,
    },
    /// The API does not return the token's organisation.
    CannotTell,
    /// The list of the organisation's clusters has the cluster, although a read of it did not find it.
    Listed,
}

impl Organisation {
    pub(super) fn of(cluster: &Cluster, principal: Option<&Principal>) -> Self {
        Self {
            host: cluster.organisation(),
            uid: principal.map(|principal| principal.org_uid.clone()).filter(|uid| !uid.is_empty()),
        }
    }

    /// Whether the token's owner is of this organisation. No says nothing: the two ways to name one may differ.
    fn is_of(&self, principal: Option<&Principal>) -> bool {
        let Some(uid) = principal.map(|principal| principal.org_uid.as_str()).filter(|uid| !uid.is_empty())
        else {
            return false;
        };
        self.uid.as_deref() == Some(uid) || self.host.as_deref() == Some(uid)
    }

    /// Whether all clusters that the token sees, without the one that was not found, are those of this organisation.
    pub(super) fn confirmed_by(
        &self,
        id: &str,
        clusters: &[Cluster],
        principal: Option<&Principal>,
    ) -> Result<(), Doubt> {
        if clusters.iter().any(|cluster| cluster.id.eq_ignore_ascii_case(id)) {
            return Err(Doubt::Listed);
        }
        if self.is_of(principal) {
            return Ok(());
        }
        let seen: Vec<String> = clusters.iter().filter_map(Cluster::organisation).collect();
        if self.host.is_some() && seen.iter().any(|host| Some(host) == self.host.as_ref()) {
            return Ok(());
        }
        let found = seen.first().cloned().or_else(|| principal.map(|principal| principal.org_uid.clone()));
        match (self.host.clone().or_else(|| self.uid.clone()), found.filter(|found| !found.is_empty())) {
            (Some(expected), Some(found)) => Err(Doubt::OtherOrganisation { expected, found }),
            (None, _) => Err(Doubt::NotRemembered),
            (Some(_), None) => Err(Doubt::CannotTell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(host: Option<&str>, uid: Option<&str>) -> Organisation {
        Organisation { host: host.map(str::to_owned), uid: uid.map(str::to_owned) }
    }

    fn principal(org_uid: &str) -> Principal {
        Principal { uid: "user".to_owned(), org_uid: org_uid.to_owned() }
    }

    fn cluster_of(organisation: &str) -> Cluster {
        serde_json::from_value(serde_json::json!({
            "id": "81540112-93fc-4d39-af10-fe6c2f4b8824",
            "apiServerEndpoint": format!("{organisation}-22df2adc.k8s.us-east-04a.coreweave.com"),
        }))
        .expect("a cluster")
    }

    #[test]
    fn the_same_organisation_is_known_by_either_name() {
        assert!(organisation(Some("ab1cd2"), None).is_of(Some(&principal("ab1cd2"))));
        assert!(organisation(Some("ab1cd2"), Some("5f0e")).is_of(Some(&principal("5f0e"))));
        assert!(!organisation(Some("ab1cd2"), Some("5f0e")).is_of(Some(&principal("ffffff"))));
        assert!(!organisation(None, None).is_of(Some(&principal(""))));
        assert!(!organisation(Some("ab1cd2"), None).is_of(None));
    }

    #[test]
    fn another_organisation_is_named_and_silence_is_no_proof() {
        let ours = organisation(Some("ab1cd2"), None);
        assert_eq!(ours.confirmed_by("gone", &[cluster_of("ab1cd2")], None), Ok(()));
        let other = Doubt::OtherOrganisation { expected: "ab1cd2".to_owned(), found: "ffffff".to_owned() };
        assert_eq!(ours.confirmed_by("gone", &[cluster_of("ffffff")], None), Err(other.clone()));
        assert_eq!(ours.confirmed_by("gone", &[], Some(&principal("ffffff"))), Err(other));
        assert_eq!(ours.confirmed_by("gone", &[], None), Err(Doubt::CannotTell));
        assert_eq!(organisation(None, None).confirmed_by("gone", &[], None), Err(Doubt::NotRemembered));
        assert_eq!(ours.confirmed_by("gone", &[], Some(&principal("ab1cd2"))), Ok(()));
    }

    #[test]
    fn a_cluster_that_the_list_has_is_not_gone_whatever_else_agrees() {
        let ours = organisation(Some("ab1cd2"), Some("5f0e"));
        let listed = [cluster_of("ab1cd2")];
        for principal in [None, Some(&principal("5f0e")), Some(&principal("ffffff"))] {
            for id in ["81540112-93fc-4d39-af10-fe6c2f4b8824", "81540112-93FC-4d39-af10-fe6c2f4b8824"] {
                assert_eq!(ours.confirmed_by(id, &listed, principal), Err(Doubt::Listed));
            }
        }
    }
}
