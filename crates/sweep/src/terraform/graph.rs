//! Work in the order of dependencies, as much at a time as Terraform does by default.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// Terraform's `-parallelism`.
const PARALLEL: usize = 10;

/// Runs `work` for each node once all that it needs has succeeded. What needs a failed one is left out.
pub(super) async fn walk<K, W>(nodes: BTreeMap<K, BTreeSet<K>>, work: impl Fn(K) -> W)
where
    K: Ord + Clone + Send + 'static,
    W: Future<Output = bool> + Send + 'static,
{
    let limit = Arc::new(Semaphore::new(PARALLEL));
    let ends: BTreeMap<K, watch::Sender<Option<bool>>> =
        nodes.keys().map(|key| (key.clone(), watch::Sender::new(None))).collect();
    let mut tasks = JoinSet::new();
    for (key, needs) in nodes {
        let mut needed: Vec<_> =
            needs.iter().filter_map(|need| ends.get(need)).map(watch::Sender::subscribe).collect();
        let end = ends.get(&key).cloned();
        let (limit, job) = (Arc::clone(&limit), work(key));
        tasks.spawn(async move {
            let mut succeeded = true;
            for need in &mut needed {
                succeeded &= need.wait_for(Option::is_some).await.is_ok_and(|end| *end == Some(true));
            }
            if succeeded {
                let _permit = limit.acquire().await;
                succeeded = job.await;
            }
            if let Some(end) = end {
                end.send_replace(Some(succeeded));
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}
