//! The id of an object: its cluster, and its place there. It is the attribute `id`, the id of an import, and the resource identity.

use std::fmt;

use kubernetes::ObjectPlace;
use tfplugin::{GivenIdentity, IdentitySchema};

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
    /// Whether Terraform can keep its name and its namespace as they are.
    pub(super) fn expect_normal_form(&self) -> Result<(), String> {
        expect_normal_form(&self.place.to_string())
    }

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

    /// The attributes that identify an object.
    pub(super) const fn identity(self) -> IdentitySchema {
        IdentitySchema::of(match self {
            Self::Cluster => &["cluster_id", "name"],
            Self::Namespace | Self::Either => &["cluster_id", "namespace", "name"],
        })
    }

    /// The object with this identity, which has what an import needs.
    pub(super) fn identified(identity: &GivenIdentity) -> Result<ObjectId, String> {
        let place = ObjectPlace {
            namespace: identity.value("namespace").as_str().map(str::to_owned),
            name: identity.text("name").to_owned(),
        };
        let parts = [("namespace", place.namespace.as_deref()), ("name", Some(place.name.as_str()))];
        for (attribute, part) in parts {
            let Some(part) = part else { continue };
            expect_normal_form(part)?;
            if part.is_empty() {
                return Err(format!("`{attribute}` is empty."));
            }
            if part.contains('/') {
                return Err(format!("`{attribute}` is {part:?}, and no name contains `/`."));
            }
        }
        let cluster_id = identity.text("cluster_id").to_owned();
        checks::cluster_id(&cluster_id)?;
        Ok(ObjectId { cluster_id, place })
    }

    /// The object with this id.
    pub(crate) fn parse(self, id: &str) -> Result<ObjectId, String> {
        expect_normal_form(id)?;
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

fn expect_normal_form(text: &str) -> Result<(), String> {
    if normal_form::normalized(text) == text {
        return Ok(());
    }
    Err(format!(
        "{text:?} is not in Unicode normal form C (NFC). Terraform keeps every name in that form, so no refresh could find the object. \
         Rename it, or manage it outside of Terraform."
    ))
}

#[cfg(test)]
mod tests {
    use tfplugin::Value;

    use super::*;

    const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

    #[test]
    fn an_identity_is_a_cluster_and_a_place() {
        #[track_caller]
        fn check(cluster_id: &str, namespace: Option<&str>, name: &str, expected: Result<&str, &str>) {
            let namespace = namespace.map_or(Value::Null, Value::string);
            let members = [
                ("cluster_id", Value::string(cluster_id)),
                ("namespace", namespace),
                ("name", Value::string(name)),
            ];
            let found = Scope::identified(&GivenIdentity::new(Value::mapping(members)));
            match expected {
                Ok(id) => assert_eq!(found.map(|found| found.to_string()), Ok(format!("{ID}/{id}"))),
                Err(part) => assert!(found.as_ref().is_err_and(|why| why.contains(part)), "{found:?}"),
            }
        }
        check(ID, None, "system:admins", Ok("system:admins"));
        check(ID, Some("ci"), "deployer", Ok("ci/deployer"));
        check(ID, Some(""), "deployer", Err("`namespace` is empty"));
        check(ID, None, "ci/deployer", Err("no name contains `/`"));
        check(ID, Some("a\u{308}"), "deployer", Err("normal form"));
        check("train-1", None, "deployer", Err("UUID"));
    }

    #[test]
    fn an_id_is_a_cluster_and_a_place() {
        #[track_caller]
        fn check(scope: Scope, id: &str, expected: Option<&ObjectPlace>) {
            let found = scope.parse(id).ok();
            assert_eq!(found.as_ref().map(|id| &id.place), expected, "{scope:?} {id}");
            assert!(found.is_none_or(|found| found.to_string() == id), "{scope:?} {id}");
        }
        let (name, namespaced) = (format!("{ID}/team"), format!("{ID}/ci/system:deployer"));
        let (name, namespaced) = (name.as_str(), namespaced.as_str());
        let (in_cluster, in_namespace) =
            (ObjectPlace::cluster("team"), ObjectPlace::namespaced("ci", "system:deployer"));
        check(Scope::Either, name, Some(&in_cluster));
        check(Scope::Either, namespaced, Some(&in_namespace));
        check(Scope::Cluster, name, Some(&in_cluster));
        check(Scope::Cluster, namespaced, None);
        check(Scope::Namespace, name, None);
        check(Scope::Namespace, namespaced, Some(&in_namespace));
        for wrong in ["", ID, "/team", "Name/team", "train-1/team", "81540112/team"] {
            check(Scope::Either, wrong, None);
        }
        for wrong in ["/", "/a/b/c", "//x", "/a\u{308}"] {
            check(Scope::Either, &format!("{ID}{wrong}"), None);
        }
    }
}
