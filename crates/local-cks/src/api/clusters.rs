//! ClusterService: list, get, create, update and delete, without HTTP.
//!
//! Rule: everything is filtered by the caller's organisation; the raw body is checked before the mask is applied; a body version
//! other than the current one is an upgrade.

use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    errors::{ApiError, Code},
    mask::Mask,
    schema::{self, Object},
    style,
    validate::{Findings, VersionChange, version_change},
};
use crate::{
    accounts::{Account, Role},
    behaviour::{Behaviour, EmptyPatch, MalformedId, PatchAnswer, WhileDeleting, WhileUpdating},
    cluster::ClusterSpec,
    control::{Control, State, Stored},
    launcher::Launcher,
};

/// ListClusters: all zones at once, no pages.
pub(crate) fn list(control: &Control, caller: &Account, behaviour: &Behaviour) -> Result<Value, ApiError> {
    caller.expect_role(Role::Viewer)?;
    let mut state = control.state();
    let own = |cluster: &&mut Stored| cluster.organisation == caller.organisation;
    let clusters: Vec<Object> = state.clusters.values_mut().filter(own).map(Stored::read).collect();
    Ok(style::show_list(&clusters, behaviour))
}

/// GetCluster.
pub(crate) fn get(
    control: &Control,
    caller: &Account,
    id: &str,
    behaviour: &Behaviour,
) -> Result<Value, ApiError> {
    caller.expect_role(Role::Viewer)?;
    let mut state = control.state();
    let cluster = find(&mut state, caller, id)?;
    Ok(json!({"cluster": style::show(&cluster.read(), behaviour)}))
}

/// CreateCluster.
pub(crate) fn create(
    launcher: &Arc<Launcher>,
    caller: &Account,
    body: &Object,
    behaviour: &Behaviour,
) -> Result<Value, ApiError> {
    caller.expect_role(Role::Admin)?;
    let mut fields = schema::canonical(schema::CREATE, body)
        .map_err(|message| ApiError::new(Code::InvalidArgument, message))?;
    let mut findings = Findings::default();
    findings.check_new(&fields);
    findings.check_blocks(&fields, behaviour.check_ca);
    findings.into_result().map_err(ApiError::invalid)?;
    fields.remove("sharedStorageClusterId");

    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (name, zone) = (text("name"), text("zone"));
    let mut state = launcher.control.state();
    let taken = |cluster: &Stored| {
        cluster.organisation == caller.organisation
            && cluster.text("name") == name
            && cluster.text("zone") == zone
    };
    if state.clusters.values().any(taken) {
        return Err(ApiError::cluster_exists(&name, &zone));
    }
    let spec = ClusterSpec::new(&name).zone(&zone);
    let id = spec.id().to_owned();
    let mut cluster = Stored::new(&caller.organisation, spec.fields(&caller.organisation));
    // Not sent means private, other than for clusters of the builder.
    cluster.fields.remove("public");
    cluster.fields.extend(fields);
    cluster.launching = launcher.creates_kubernetes;
    let revision = cluster.touch("STATUS_CREATING");
    let answer = json!({"cluster": style::show(&cluster.fields, behaviour)});
    state.clusters.insert(id.clone(), cluster);
    drop(state);
    launcher.bring_up(&id, revision);
    Ok(answer)
}

/// UpdateCluster: merge by mask.
pub(crate) fn update(
    control: &Arc<Control>,
    caller: &Account,
    id: &str,
    body: &Object,
    behaviour: &Behaviour,
) -> Result<Value, ApiError> {
    caller.expect_role(Role::Admin)?;
    let invalid = |message: String| ApiError::new(Code::InvalidArgument, message);
    let wanted = schema::canonical(schema::UPDATE, body).map_err(invalid)?;
    let mask = Mask::read(body, behaviour).map_err(|bad| invalid(bad.0))?;
    check_body(id, body, &wanted, behaviour)?;
    let names_nothing = mask == Mask::WholeBody && wanted.keys().all(|name| name == "version");
    if names_nothing && behaviour.empty_patch == EmptyPatch::Refused {
        return Err(ApiError::violation("update_mask", "value is required"));
    }

    let mut state = control.state();
    let cluster = find(&mut state, caller, id)?;
    let asked = wanted.get("version").and_then(Value::as_str).unwrap_or_default();
    let change = version_change(cluster.text("version"), asked)
        .map_err(|description| ApiError::violation("version", description))?;
    if change == VersionChange::Upgrade && wanted.contains_key("network") {
        return Err(ApiError::violation("network", "cannot change network config during an upgrade"));
    }
    expect_changeable(cluster, id, behaviour)?;

    let before = cluster.fields.clone();
    let mut after = before.clone();
    mask.apply(&mut after, &wanted, behaviour);
    check_result(&after)?;
    let status = match change {
        VersionChange::Upgrade => {
            after.insert("version".to_owned(), json!(asked));
            "STATUS_UPGRADING"
        }
        VersionChange::None => "STATUS_UPDATING",
    };
    if after == before {
        return Ok(json!({"cluster": style::show(&before, behaviour)}));
    }
    cluster.fields = after;
    cluster.stale = Some((before, behaviour.stale_reads_after_patch));
    let revision = cluster.touch(status);
    let mut answer = cluster.fields.clone();
    if behaviour.patch_answer == PatchAnswer::Running {
        answer.insert("status".to_owned(), json!("STATUS_RUNNING"));
    }
    drop(state);
    control.settle(id, revision);
    Ok(json!({"cluster": style::show(&answer, behaviour)}))
}

/// DeleteCluster.
pub(crate) fn delete(
    control: &Arc<Control>,
    caller: &Account,
    id: &str,
    behaviour: &Behaviour,
) -> Result<Value, ApiError> {
    caller.expect_role(Role::Admin)?;
    let mut state = control.state();
    let cluster = find(&mut state, caller, id)?;
    if cluster.text("status") != "STATUS_FAILED" {
        expect_changeable(cluster, id, behaviour)?;
    }
    cluster.stale = None;
    cluster.touch("STATUS_DELETING");
    let answer = json!({"cluster": style::show(&cluster.fields, behaviour)});
    drop(state);
    control.remove_later(id);
    Ok(answer)
}

/// The caller's cluster with this id.
fn find<'a>(state: &'a mut State, caller: &Account, id: &str) -> Result<&'a mut Stored, ApiError> {
    if state.behaviour.malformed_id == MalformedId::InvalidArgument && Uuid::parse_str(id).is_err() {
        return Err(ApiError::violation("id", "value must be a valid UUID"));
    }
    state
        .clusters
        .get_mut(id)
        .filter(|cluster| cluster.organisation == caller.organisation)
        .ok_or_else(|| ApiError::no_cluster(id))
}

/// The published rules for all fields of the body, masked or not.
fn check_body(id: &str, body: &Object, wanted: &Object, behaviour: &Behaviour) -> Result<(), ApiError> {
    let mut findings = Findings::default();
    match body.get("id").and_then(Value::as_str) {
        None | Some("") => findings.add("id", "value is required"),
        Some(other) if other != id => findings.add("id", "value must be the id in the path"),
        Some(_) => {}
    }
    if behaviour.version_required {
        findings.required(wanted, "version", "version");
    }
    findings.check_blocks(wanted, behaviour.check_ca);
    findings.into_result().map_err(ApiError::invalid)
}

/// The result must be complete: a block has its required fields, or none at all.
fn check_result(after: &Object) -> Result<(), ApiError> {
    let mut findings = Findings::default();
    for (block, required) in [
        ("oidc", &[("issuerUrl", "oidc.issuer_url"), ("clientId", "oidc.client_id")][..]),
        ("authnWebhook", &[("server", "authn_webhook.server")]),
        ("authzWebhook", &[("server", "authz_webhook.server")]),
    ] {
        let Some(block) = after.get(block).and_then(Value::as_object).filter(|block| !block.is_empty())
        else {
            continue;
        };
        for (name, field) in required {
            findings.required(block, name, field);
        }
    }
    findings.into_result().map_err(ApiError::invalid)
}

/// Rejects changes that the cluster's status does not allow.
fn expect_changeable(cluster: &Stored, id: &str, behaviour: &Behaviour) -> Result<(), ApiError> {
    let status = cluster.text("status");
    let refusal = ApiError::precondition(format!("cluster {id} is in state {status}"));
    match status {
        "STATUS_DELETING" | "STATUS_DELETED" => match behaviour.while_deleting {
            WhileDeleting::FailedPrecondition => Err(refusal),
            WhileDeleting::NotFound => Err(ApiError::no_cluster(id)),
        },
        "STATUS_CREATING" | "STATUS_UPDATING" | "STATUS_UPGRADING" => match behaviour.while_updating {
            WhileUpdating::FailedPrecondition => Err(refusal),
            WhileUpdating::Aborted => Err(ApiError::new(Code::Aborted, refusal.message)),
            WhileUpdating::Queued => Ok(()),
        },
        "STATUS_FAILED" => Err(refusal),
        _ => Ok(()),
    }
}
