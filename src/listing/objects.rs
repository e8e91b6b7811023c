//! The objects of a kind, of several clusters at once.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use clusters::Clusters;
use kubernetes::{Kind, LARGEST_PAGE, ListScope, Object, Pages};
use tfplugin::{Context, Diagnostic, Error, Found, Resource, Schema};

use super::{
    ObjectFilters,
    clusters::{Chosen, chosen},
    left_out::{LeftOut, manageable},
    several::{self, Pages as Gathered},
    system::{is_system, is_system_namespace},
};
use crate::{
    errors::ClientError as _,
    operation::ReachClusters as _,
    resources::{ObjectResource, Scope, of_object, provenance::warn_if_unverified},
};

/// Objects in one request: fewer do not make it faster, and most of a page may not match.
const SMALLEST_PAGE: u32 = 100;

/// Time limit of a page of one of all clusters: one that does not respond holds up the others no longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The filters of a list of objects of one type.
pub(crate) trait Filters: Sync {
    /// The resource that manages such an object.
    type Resource: ObjectResource + Resource<Provider = Clusters>;

    /// The filters that every type has.
    fn objects(&self) -> &ObjectFilters;

    /// The namespace; `None` for all.
    fn namespace(&self) -> Option<&str> {
        None
    }

    /// Whether the list has an object with this content.
    fn matches(&self, content: &KindOf<Self>) -> bool {
        let _ = content;
        true
    }
}

type KindOf<F> = <<F as Filters>::Resource as ObjectResource>::Kind;

/// What a list resource finds: the objects that match the filters and can be managed, as an import has them.
pub(crate) async fn list<F: Filters>(
    filters: &F,
    found: &Found<F::Resource>,
    context: &Context<Clusters>,
) -> Result<(), Error> {
    let size = u32::try_from(found.page_size(LARGEST_PAGE.into())).unwrap_or(LARGEST_PAGE).max(SMALLEST_PAGE);
    read(filters, size, context, |_, page| async move {
        for (display_name, resource) in page {
            found.add(display_name, resource).await;
        }
    })
    .await
}

/// The same for a data source: all at once, always in the same order.
pub(crate) async fn all<F: Filters>(
    filters: &F,
    context: &Context<Clusters>,
) -> Result<Vec<F::Resource>, Error> {
    let mut of_clusters: BTreeMap<usize, Vec<F::Resource>> = BTreeMap::new();
    read(filters, LARGEST_PAGE, context, |cluster, page| {
        let resources = page.into_iter().map(|(_, resource)| resource);
        of_clusters.entry(cluster).or_default().extend(resources);
        std::future::ready(())
    })
    .await?;
    Ok(of_clusters.into_values().flatten().collect())
}

/// The attributes of resources that a data source has too, under the same names.
pub(crate) fn with_attributes<R: Schema, S: Schema>(resources: &[R]) -> Result<Vec<S>, Error> {
    let listed = resources.iter().map(|resource| S::from_value(&resource.to_value()));
    listed.collect::<Result<_, _>>().map_err(|error| {
        Error::new(
            "Listed object cannot be shown",
            format!(
                "{error}. Nothing was changed. This is a bug in the provider: report it to its developers, with the name of the {}.",
                R::NAME
            ),
        )
    })
}

/// Objects of a page, each with the name that users read.
type Page<R> = Vec<(String, R)>;

/// Reads the clusters of the filters, and passes each page on with the number of its cluster.
async fn read<F: Filters, Taking: Future<Output = ()>>(
    filters: &F,
    page_size: u32,
    context: &Context<Clusters>,
    take: impl FnMut(usize, Page<F::Resource>) -> Taking,
) -> Result<(), Error> {
    let ObjectFilters { clusters, include_system, .. } = filters.objects();
    if let Some(namespace) = filters.namespace().filter(|namespace| is_system_namespace(namespace))
        && !include_system.unwrap_or(false)
    {
        context.warn(system_namespace(namespace));
    }
    let listing = Listing { filters, page_size, context };
    let clusters = chosen(clusters, context).await?;
    several::read(clusters, |cluster, pages| listing.cluster(cluster, pages), take).await
}

/// A list in progress.
struct Listing<'a, F: Filters> {
    filters: &'a F,
    page_size: u32,
    context: &'a Context<Clusters>,
}

impl<F: Filters> Listing<'_, F> {
    /// Reads one cluster.
    async fn cluster(&self, chosen: Chosen, pages: Gathered<Page<F::Resource>, Error>) {
        let mut cluster = self.begin_cluster(chosen);
        // On the heap: each of several clusters that are read at once has one.
        while pages.put(Box::pin(self.next(&mut cluster))).await {}
    }

    /// The next objects of a cluster; `None` at the end, with a warning of what was left out.
    async fn next(&self, cluster: &mut OfCluster<KindOf<F>>) -> Result<Option<Page<F::Resource>>, Error> {
        if let Some(page) = cluster.next(self.context).await? {
            return Ok(Some(self.managed(page, cluster)));
        }
        let name = cluster.chosen.in_words();
        if let Some(warning) = cluster.left_out.warning(F::Resource::NAME, &name) {
            self.context.warn(warning);
        }
        Ok(None)
    }

    /// A kind in the namespace, or the kinds of the whole cluster.
    fn begin_cluster(&self, chosen: Chosen) -> OfCluster<KindOf<F>> {
        let selector = self.filters.objects().label_selector.as_deref().unwrap_or_default();
        let scopes: &[ListScope<'_>] = match (F::Resource::SCOPE, self.filters.namespace()) {
            (Scope::Namespace | Scope::Either, Some(namespace)) => &[ListScope::Namespace(namespace)],
            (Scope::Cluster, _) => &[ListScope::Cluster],
            (Scope::Namespace, None) => &[ListScope::AllNamespaces],
            (Scope::Either, None) => &[ListScope::Cluster, ListScope::AllNamespaces],
        };
        let pages = scopes.iter().map(|scope| Pages::new(*scope, selector, self.page_size));
        OfCluster {
            chosen,
            is_verified: false,
            kinds: pages.collect(),
            listed: 0,
            left_out: LeftOut::default(),
        }
    }

    /// The objects of a page that match and can be managed.
    fn managed(&self, page: Vec<Object<KindOf<F>>>, cluster: &mut OfCluster<KindOf<F>>) -> Page<F::Resource> {
        let include_system = self.filters.objects().include_system.unwrap_or(false);
        let mut listed = Vec::new();
        for object in page {
            let api = KindOf::<F>::api(object.place.namespace.is_some());
            let is_wanted = !object.deleting
                && (include_system || !is_system(api, &object.place, &object.labels))
                && self.filters.matches(&object.content);
            if !is_wanted {
                continue;
            }
            match manageable(of_object::<F::Resource>(cluster.chosen.id(), &object)) {
                Ok(resource) => {
                    let name = format!("{} {} in {}", api.kind, object.place, cluster.chosen.in_words());
                    listed.push((name, resource));
                }
                Err(reason) => cluster.left_out.add(api.kind, &object.place.to_string(), &reason),
            }
        }
        cluster.listed += listed.len();
        listed
    }
}

/// The list of one cluster.
struct OfCluster<K> {
    chosen: Chosen,
    is_verified: bool,
    /// What is still to be read.
    kinds: VecDeque<Pages<K>>,
    listed: usize,
    left_out: LeftOut,
}

impl<K: Kind> OfCluster<K> {
    /// The next page; `None` at the end, or if no more can be read, which is said.
    async fn next(&mut self, context: &Context<Clusters>) -> Result<Option<Vec<Object<K>>>, Error> {
        while let Some(pages) = self.kinds.front_mut() {
            let error = match next_page(pages, &self.chosen, &mut self.is_verified, context).await? {
                Ok(Some(page)) => return Ok(Some(page)),
                Ok(None) => {
                    self.kinds.pop_front();
                    continue;
                }
                Err(error) => error,
            };
            if let clusters::Error::Kubernetes(refused) = &error
                && matches!(**refused, kubernetes::Error::Invalid { .. })
            {
                return Err(error.into_diagnostics().at("label_selector"));
            }
            // The caller may be permitted to list the next kind, while a cluster that does not respond does not respond to any.
            let is_forbidden = matches!(&error, clusters::Error::Kubernetes(refused) if matches!(**refused, kubernetes::Error::Forbidden { .. }));
            self.chosen.passed_over(pages.kind(), self.listed, error, context)?;
            self.kinds.pop_front();
            if !is_forbidden {
                self.kinds.clear();
            }
        }
        Ok(None)
    }
}

/// A page of a cluster's list, with a session and a time limit of its own: the host may take its time between two pages.
async fn next_page<K: Kind>(
    pages: &mut Pages<K>,
    chosen: &Chosen,
    is_verified: &mut bool,
    context: &Context<Clusters>,
) -> Result<Result<Option<Vec<Object<K>>>, clusters::Error>, Error> {
    let cluster_id = chosen.id();
    let operation = match chosen {
        Chosen::Named(_) => context.clusters().reading(),
        Chosen::Listed(_) => context.clusters().within(PATIENCE),
    };
    let kubernetes = match operation.kubernetes(cluster_id).await {
        Ok(kubernetes) => kubernetes,
        Err(error) => return Ok(Err(error)),
    };
    let page = match pages.next(&kubernetes).await {
        Ok(page) => page,
        Err(error) => return Ok(Err(error.into())),
    };
    if !*is_verified {
        warn_if_unverified(cluster_id, &kubernetes, context).await?;
        *is_verified = true;
    }
    Ok(Ok(page))
}

/// A namespace all of whose objects are left out.
fn system_namespace(namespace: &str) -> Diagnostic {
    Diagnostic::warning(
        format!("Objects in {namespace} are listed only with include_system"),
        format!(
            "Namespace {namespace} is one of Kubernetes' or CoreWeave's own, so that all its objects are left out. Set include_system = true to \
             list them."
        ),
    )
    .at("namespace")
}
