//! Objects that a `moved` block brings from hashicorp/kubernetes: what their state becomes, and the first plan and update here.
//!
//! The state of that provider does not say in which cluster the object is. Its `cluster_id` is null here until the configuration names the
//! cluster; the plan and the update then find the object there by its UID, as an import would, before anything else.

use std::collections::BTreeMap;

use clusters::{ClusterKubernetes, Clusters};
use kubernetes::{Mode, Object, ObjectPlace, Update};
use serde::Deserialize;
use serde_json::Value as Json;
use tfplugin::{Context, Diagnostic, Diagnostics, Error, MoveSource, Plan, Value};

use super::{ObjectFields, ObjectResource, Written, found, kind_at, messages, version};
use crate::{
    errors::IntoDiagnostics as _,
    operation::ReachClusters as _,
    resources::provenance::{Provenance, warn_if_unverified},
};

/// The addresses of the provider whose objects move here: in both public registries, and as OpenTofu before 1.12.4 sends it. One of the same
/// name elsewhere may have other types.
const PROVIDERS: [&str; 3] = [
    "registry.terraform.io/hashicorp/kubernetes",
    "registry.opentofu.org/hashicorp/kubernetes",
    "kubernetes",
];

/// Key of the private state of a plan: whether its object was just moved here.
const MOVED: &str = "moved";

/// A type of that provider, without `_v1`, which both the type with and without it have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MovesFrom {
    pub(crate) type_name: &'static str,
    /// Whether its objects are in a namespace.
    pub(crate) namespaced: bool,
}

/// The attributes of an object as that provider stores them. Types of the state are those of the documented schemas, versions 2 and 3.
#[derive(Debug, Deserialize)]
pub(crate) struct MovedState {
    metadata: Vec<MovedMetadata>,
    #[serde(flatten)]
    attributes: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
struct MovedMetadata {
    name: Option<String>,
    namespace: Option<String>,
    generate_name: Option<String>,
    uid: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
}

impl MovedState {
    /// The objects of a block, such as `rule`; none if the state does not have it.
    pub(crate) fn blocks(&self, name: &str) -> impl Iterator<Item = &Json> {
        self.attributes.get(name).and_then(Json::as_array).into_iter().flatten()
    }

    /// An attribute; null if the state does not have it.
    pub(crate) fn attribute(&self, name: &str) -> &Json {
        self.attributes.get(name).unwrap_or(&Json::Null)
    }
}

/// The text of a member; empty if it is null.
pub(crate) fn text(object: &Json, member: &str) -> String {
    object[member].as_str().unwrap_or_default().to_owned()
}

/// The texts of a member; none if it is null.
pub(crate) fn texts(object: &Json, member: &str) -> Vec<String> {
    let texts = object[member].as_array().into_iter().flatten();
    texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The error of a state that lacks a block.
pub(crate) fn incomplete(kind: &str, place: &ObjectPlace, block: &str) -> Error {
    Error::new(
        format!("Moved {kind} has no {block}"),
        format!(
            "The state of {kind} {place} has no `{block}`, which every {kind} has, so that it was edited or is damaged. Nothing was changed. \
             Remove the `moved` block, take the object out of the state with a `removed` block, and import it."
        ),
    )
}

/// A warning of what does not move.
pub(crate) fn not_moved(what: &str, advice: &str) -> Diagnostic {
    Diagnostic::warning(format!("{what} is not moved"), advice)
}

/// The state of a moved object; none for a source that is not of that provider, or of no type that is the same kind.
pub(super) fn move_from<R: ObjectResource>(
    source: &MoveSource,
    report: &mut Diagnostics,
) -> Result<Option<R>, Error> {
    let type_name = source.type_name.strip_suffix("_v1").unwrap_or(&source.type_name);
    let from = R::MOVES_FROM.iter().find(|from| from.type_name == type_name);
    let (Some(from), true) = (from, PROVIDERS.contains(&source.provider.as_str())) else { return Ok(None) };
    let state: MovedState = source.state.parse()?;
    let metadata = state.metadata.first();
    let given = |text: Option<&String>| text.filter(|text| !text.is_empty()).cloned();
    let uid = metadata.and_then(|metadata| given(metadata.uid.as_ref()));
    let name = metadata.and_then(|metadata| given(metadata.name.as_ref()));
    let (Some(metadata), Some(uid), Some(name)) = (metadata, uid, name) else {
        return Err(messages::moved_without_uid(&source.type_name));
    };
    let namespace = given(metadata.namespace.as_ref()).unwrap_or_else(|| "default".to_owned());
    let place = ObjectPlace { namespace: from.namespaced.then_some(namespace), name };
    if given(metadata.generate_name.as_ref()).is_some() {
        report.push(not_moved(
            "generate_name",
            &format!("Set `name = {:?}` in the configuration of the moved object.", place.name),
        ));
    }
    let content = R::moved_content(&state, &place, report)?;
    let mut resource = R::at(place).with_content(&content);
    let fields: &mut ObjectFields = resource.as_mut();
    let given =
        |entries: &Option<BTreeMap<String, String>>| entries.clone().filter(|entries| !entries.is_empty());
    fields.labels = given(&metadata.labels);
    fields.annotations = given(&metadata.annotations);
    fields.uid = Value::Known(uid);
    Ok(Some(resource))
}

/// Whether the state does not know the cluster of the object yet.
pub(super) fn is_incomplete<R: ObjectResource>(resource: &R) -> bool {
    resource.as_ref().cluster_id.is_unset()
}

/// Completes the prior state of the first plan here with what the cluster has, as a refresh would. Returns `false` while the cluster is not
/// known.
pub(super) async fn complete_plan<R: ObjectResource>(
    plan: &mut Plan<R>,
    context: &Context<Clusters>,
) -> Result<bool, Error> {
    let Some(prior) = &plan.prior else { return Ok(true) };
    context.set_private_state(MOVED, &true);
    plan.planned.as_mut().uid = prior.as_ref().uid.clone();
    let Value::Known(cluster_id) = plan.planned.as_ref().cluster_id.clone() else { return Ok(false) };
    let prior = in_cluster(prior.clone(), cluster_id);
    let id = prior.object_id();
    let kubernetes = context.clusters().reading().kubernetes(&id.cluster_id).await.into_diagnostics()?;
    let live = find(&prior, &kubernetes).await?;
    let differences = prior.owned().differences(&live);
    if !differences.is_empty() {
        context.warn(messages::changed_outside(&id, R::NAME, &differences, &live));
    }
    plan.prior = Some(found::as_found(prior, &live));
    Ok(true)
}

/// Fails in the plan of the second half of a replacement, if the object was just moved: where the new object is created first, the old one
/// has a state without a cluster, from which it could not be destroyed.
pub(super) fn refuse_replacement(
    kind: &str,
    place: &ObjectPlace,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    match context.private_state(MOVED) {
        Some(true) => Err(messages::replaced_while_moved(kind, place)),
        _ => Ok(()),
    }
}

/// The first update here. Writes only what the configuration changes, and remembers the cluster as an import does.
pub(super) async fn update<R: ObjectResource>(
    resource: &R,
    prior: R,
    context: &Context<Clusters>,
) -> Result<String, Error> {
    let prior = in_cluster(prior, resource.cluster_id().to_owned());
    let id = resource.object_id();
    let kubernetes = context.clusters().kubernetes(&id.cluster_id).await.into_diagnostics()?;
    warn_if_unverified(&id.cluster_id, &kubernetes, context).await?;
    let live = find(&prior, &kubernetes).await?;
    let prior = found::as_found(prior, &live);
    let (before, after) = (prior.owned(), resource.owned());
    if before == after {
        version::remember(resource, &live, context);
    } else {
        let update = Update { place: &id.place, uid: Some(&live.uid), before: Some(&before), after: &after };
        let written = kubernetes.update(update, Mode::Write).await.into_diagnostics()?;
        version::remember(resource, &written, context);
        resource.written(Written::update(&prior, &written), &kubernetes).await;
    }
    found::warn_of_found::<R>(&live, &id, context);
    found::show_warnings(&kubernetes, context);
    Provenance::of_object(Some(&live.uid), &kubernetes, context).await.keep(context);
    context.set_private_state(MOVED, &());
    Ok(live.uid)
}

/// Fails if the state does not know the cluster of the object yet, so that it cannot be destroyed.
pub(super) fn expect_complete<R: ObjectResource>(resource: &R) -> Result<(), Error> {
    if is_incomplete(resource) {
        let place = resource.place();
        return Err(messages::destroyed_while_moved(kind_at::<R::Kind>(&place), &place));
    }
    Ok(())
}

fn in_cluster<R: ObjectResource>(mut resource: R, cluster_id: String) -> R {
    resource.as_mut().cluster_id = cluster_id.into();
    let uid = resource.as_ref().known_uid().unwrap_or_default().to_owned();
    found::completed(resource, uid)
}

/// The very object that was moved, in the cluster of its configuration.
async fn find<R: ObjectResource>(
    prior: &R,
    kubernetes: &ClusterKubernetes,
) -> Result<Object<R::Kind>, Error> {
    let id = prior.object_id();
    let object = kubernetes.find::<R::Kind>(&id.place).await.into_diagnostics()?;
    let Some(live) = object.filter(|live| !live.deleting) else {
        return Err(messages::moved_object_is_absent(kind_at::<R::Kind>(&id.place), &id));
    };
    if prior.as_ref().known_uid() != Some(live.uid.as_str()) {
        return Err(messages::moved_object_is_another(kind_at::<R::Kind>(&id.place), &id));
    }
    R::refuse(&live)?;
    Ok(live)
}
