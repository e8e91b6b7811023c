//! Import ids: the cluster and a place in it. Names hold no `/`.

use kubernetes::Place;

use crate::checks;

pub(crate) const CLUSTER_FORM: &str = "CLUSTER_ID/NAME";
pub(crate) const NAMESPACED_FORM: &str = "CLUSTER_ID/NAMESPACE/NAME";
pub(crate) const CLUSTER_OR_NAMESPACED_FORM: &str = "CLUSTER_ID/NAME or CLUSTER_ID/NAMESPACE/NAME";

/// `CLUSTER_ID/NAME`.
pub(crate) fn cluster_import(id: &str) -> Result<(String, Place), String> {
    match either_import(id)? {
        (cluster_id, place @ Place { namespace: None, .. }) => Ok((cluster_id, place)),
        _ => Err(format!("{id:?} has three parts.")),
    }
}

/// `CLUSTER_ID/NAMESPACE/NAME`.
pub(crate) fn namespaced_import(id: &str) -> Result<(String, Place), String> {
    match either_import(id)? {
        (cluster_id, place @ Place { namespace: Some(_), .. }) => Ok((cluster_id, place)),
        _ => Err(format!("{id:?} has two parts.")),
    }
}

/// Either.
pub(crate) fn either_import(id: &str) -> Result<(String, Place), String> {
    let parts: Vec<&str> = id.split('/').collect();
    if let Some(position) = parts.iter().position(|part| part.is_empty()) {
        return Err(format!("Part {} of {id:?} is empty.", position + 1));
    }
    let (cluster_id, place) = match parts.as_slice() {
        [cluster_id, name] => (*cluster_id, Place::cluster(*name)),
        [cluster_id, namespace, name] => (*cluster_id, Place::namespaced(*namespace, *name)),
        _ => return Err(format!("{id:?} has {} parts.", parts.len())),
    };
    checks::cluster_id(cluster_id)?;
    Ok((cluster_id.to_owned(), place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_cluster_and_a_place() {
        assert_eq!(either_import("81540112/team"), Ok(("81540112".to_owned(), Place::cluster("team"))));
        assert_eq!(
            either_import("81540112/ci/system:deployer"),
            Ok(("81540112".to_owned(), Place::namespaced("ci", "system:deployer")))
        );
        for wrong in ["", "81540112", "81540112/", "/team", "81540112/a/b/c", "Name/team", "81540112//x"] {
            assert!(either_import(wrong).is_err(), "{wrong}");
        }
        assert!(cluster_import("81540112/ci/x").is_err() && namespaced_import("81540112/x").is_err());
    }
}
