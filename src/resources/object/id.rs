//! The id of an object: its cluster, and its place there. It is the attribute `id`, and the id of an import.

use std::fmt;

use kubernetes::ObjectPlace;

use crate::checks;

/// One object of one cluster. Written as `CLUSTER_ID/NAME` or `CLUSTER_ID/NAMESPACE/NAME`: no name contains `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectId {
    pub(crate) cluster_id: String,
    pub(crate) place: ObjectPlace,
}

/// Where objects of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All are cluster-wide.
    Cluster,
    /// Each is in a namespace.
    Namespace,
    /// Each is in a namespace, or cluster-wide.
    Either,
}

impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.cluster_id, self.place)
    }
}

impl ObjectId {
    /// The object in messages: `NAME in cluster CLUSTER_ID`.
    pub(crate) fn in_words(&self) -> String {
        format!("{} in cluster {}", self.place, self.cluster_id)
    }
}

impl Scope {
    /// The form of an id, for messages.
    pub(super) fn form(self) -> &'static str {
        match self {
            Self::Cluster => "CLUSTER_ID/NAME",
            Self::Namespace => "CLUSTER_ID/NAMESPACE/NAME",
            Self::Either => "CLUSTER_ID/NAME or CLUSTER_ID/NAMESPACE/NAME",
        }
    }

    /// The object with this id.
    pub(crate) fn parse(self, id: &str) -> Result<ObjectId, String> {
        if normal_form::normalized(id) != id {
            return Err(format!(
                "{id:?} is not in Unicode normal form C (NFC). Terraform keeps every name in that form, so no refresh could find the object. \
                 Rename it, or manage it outside of Terraform."
            ));
        }
        let parts: Vec<&str> = id.split('/').collect();
        if let Some(position) = parts.iter().position(|part| part.is_empty()) {
            return Err(format!("Part {} of {id:?} is empty.", position + 1));
        }
        let (cluster_id, place) = match (parts.as_slice(), self) {
            ([cluster_id, name], Self::Cluster | Self::Either) => (*cluster_id, ObjectPlace::cluster(*name)),
            ([cluster_id, namespace, name], Self::Namespace | Self::Either) => {
                (*cluster_id, ObjectPlace::namespaced(*namespace, *name))
            }
            _ => return Err(format!("{id:?} has {} parts.", parts.len())),
        };
        checks::cluster_id(cluster_id)?;
        Ok(ObjectId { cluster_id: cluster_id.to_owned(), place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_cluster_and_a_place() {
        #[track_caller]
        fn check(scope: Scope, id: &str, expected: Option<&ObjectPlace>) {
            let found = scope.parse(id).ok();
            assert_eq!(found.as_ref().map(|id| &id.place), expected, "{scope:?} {id}");
            assert!(found.is_none_or(|found| found.to_string() == id), "{scope:?} {id}");
        }
        let (name, namespaced) = ("81540112/team", "81540112/ci/system:deployer");
        let (in_cluster, in_namespace) =
            (ObjectPlace::cluster("team"), ObjectPlace::namespaced("ci", "system:deployer"));
        check(Scope::Either, name, Some(&in_cluster));
        check(Scope::Either, namespaced, Some(&in_namespace));
        check(Scope::Cluster, name, Some(&in_cluster));
        check(Scope::Cluster, namespaced, None);
        check(Scope::Namespace, name, None);
        check(Scope::Namespace, namespaced, Some(&in_namespace));
        for wrong in [
            "",
            "81540112",
            "81540112/",
            "/team",
            "81540112/a/b/c",
            "Name/team",
            "81540112//x",
            "81540112/a\u{308}",
        ] {
            check(Scope::Either, wrong, None);
        }
    }
}
