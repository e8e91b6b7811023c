//! The objects of a kind, of several clusters at once.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use clusters::{Clusters, Operation};
use kubernetes::{Kind, LARGEST_PAGE, ListScope, Object, Pages};
use tfplugin::{Context, Diagnostic, Error, Found, Resource, Schema};
use tokio::time::timeout;

use super::{
    ObjectFilters,
    clusters::{Chosen, Unread, chosen},
    left_out::{LeftOut, manageable},
    several::{self, Pages as Gathered},
    system::{is_system, is_system_namespace},
};
use crate::{
    operation::ReachClusters as _,
    resources::{ObjectResource, Scope, of_object, provenance::unverified},
};

/// Objects in one request: fewer do not make it faster, and most of a page may not match.
const SMALLEST_PAGE: u32 = 100;

/// Time limit of a page of one of all clusters, with all that leads to it: one that does not respond holds up the others no longer.
const PAGE_LIMIT: Duration = Duration::from_secs(30);

/// Time limit of the requests to its Kubernetes: shorter, so that their failure is known before the page's limit ends.
const REQUEST_LIMIT: Duration = Duration::from_secs(25);

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

/// Names the argument itself: Terraform 1.14 and 1.15 show no place in a list.
fn invalid_selector(message: &str) -> Error {
    let detail = format!(
        "Kubernetes rejected `label_selector`: {message}. Correct it, as for `kubectl get --selector`."
    );
    Error::new("Invalid label selector", detail).at("label_selector")
}

/// Fails unless the object of a data source has the resource's attributes with their types, except those about its own create and its time
/// limits.
#[cfg(test)]
#[track_caller]
pub(crate) fn expect_attributes_of<R: Schema, S: Schema>() {
    let attributes = |block: tfplugin::schema::Block| match block.value_type() {
        tfplugin::value::Type::Object(attributes) => attributes,
        other => panic!("no object: {other:?}"),
    };
    let mut expected = attributes(R::block());
    expected.retain(|name, _| !["on_existing", "timeouts"].contains(&name.as_str()));
    assert_eq!(attributes(S::block()), expected);
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
                Err(reason) => cluster.left_out.add(api.kind, Some(&object.place.to_string()), &reason),
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
    /// Objects of the kind that is being read which are in the list.
    listed: usize,
    left_out: LeftOut,
}

impl<K: Kind> OfCluster<K> {
    /// The next page; `None` at the end, or if no more can be read, which is said.
    async fn next(&mut self, context: &Context<Clusters>) -> Result<Option<Vec<Object<K>>>, Error> {
        loop {
            match self.next_page(context).await {
                Ok(Some(page)) => return Ok(Some(page)),
                Ok(None) if self.kinds.is_empty() => return Ok(None),
                Ok(None) => self.begin_next_kind(),
                Err(error) => self.pass_over(error, context)?,
            }
        }
    }

    /// The next page of the kind that is being read; `None` after the last one. One of all clusters has a time limit for it.
    async fn next_page(
        &mut self,
        context: &Context<Clusters>,
    ) -> Result<Option<Vec<Object<K>>>, clusters::Error> {
        let Some(pages) = self.kinds.front_mut() else { return Ok(None) };
        let (id, is_verified) = (self.chosen.id(), &mut self.is_verified);
        match &self.chosen {
            Chosen::Named(_) => {
                read_page(pages, id, context.clusters().reading(), is_verified, context).await
            }
            Chosen::Listed(_) => {
                let what = format!("listing any {}", pages.kind());
                let operation = context.clusters().within(REQUEST_LIMIT);
                let page = read_page(pages, id, operation, is_verified, context);
                let late = kubernetes::Error::Timeout { what, lasted: PAGE_LIMIT };
                timeout(PAGE_LIMIT, page).await.unwrap_or_else(|_| Err(late.into()))
            }
        }
    }

    fn begin_next_kind(&mut self) {
        self.kinds.pop_front();
        self.listed = 0;
    }

    /// The caller may be permitted to list the next kind, while a cluster that does not respond does not respond to any.
    fn pass_over(&mut self, error: clusters::Error, context: &Context<Clusters>) -> Result<(), Error> {
        let refused = match &error {
            clusters::Error::Kubernetes(refused) => Some(&**refused),
            _ => None,
        };
        if let Some(kubernetes::Error::Invalid { message, .. }) = refused {
            return Err(invalid_selector(message));
        }
        let is_of_kind = matches!(refused, Some(kubernetes::Error::Forbidden { .. }));
        let mut kinds: Vec<_> = self.kinds.iter().map(Pages::kind).collect();
        let later = if is_of_kind { kinds.split_off(1) } else { Vec::new() };
        let unread = Unread { kinds, listed: self.listed, next: later.first().copied() };
        self.chosen.passed_over(&unread, error, context)?;
        self.begin_next_kind();
        if !is_of_kind {
            self.kinds.clear();
        }
        Ok(())
    }
}

/// A page of a cluster's list, with a session of its own: the host may take its time between two pages.
async fn read_page<K: Kind>(
    pages: &mut Pages<K>,
    cluster_id: &str,
    operation: Operation<'_>,
    is_verified: &mut bool,
    context: &Context<Clusters>,
) -> Result<Option<Vec<Object<K>>>, clusters::Error> {
    let kubernetes = operation.kubernetes(cluster_id).await?;
    let page = pages.next(&kubernetes).await?;
    if !*is_verified {
        if let Some(warning) = unverified(cluster_id, &kubernetes, context).await? {
            context.warn(warning);
        }
        *is_verified = true;
    }
    Ok(page)
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
