//! A look at a cluster's status while its Kubernetes API fails: in a terminal one it will not respond any more.

use std::time::Duration;

use coreweave::{Client, Status};
use request_pipeline::{Call, Finding, Watch};
use tokio_util::sync::CancellationToken;

/// Time limit of a look.
const LIMIT: Duration = Duration::from_secs(10);

/// The watch of this cluster.
pub(super) fn watch(client: Client, id: String) -> Watch {
    Watch::new(move || look(client.clone(), id.clone()))
}

async fn look(client: Client, id: String) -> Option<Finding> {
    let call = Call::within(LIMIT, CancellationToken::new());
    match client.find_cluster(&id, &call).await {
        Ok(Some(cluster)) => {
            let status = cluster.status;
            tracing::info!(cluster = id, %status, "status of the cluster whose Kubernetes API fails");
            let is_final = status.ends_a_wait();
            (status != Status::Running)
                .then(|| Finding { text: format!("cluster {id} is {status}"), is_final })
        }
        // It was there when this operation began.
        Ok(None) => {
            Some(Finding { text: format!("CoreWeave's API no longer has cluster {id}"), is_final: true })
        }
        Err(error) => {
            tracing::info!(cluster = id, %error, "the status of the cluster whose Kubernetes API fails cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use coreweave::Settings;
    use scripted_server::{Script, step};
    use serde_json::json;

    use super::*;

    const ID: &str = "81540112-93fc-4d39-af10-fe6c2f4b8824";

    /// What a look finds when the API has the cluster with this status, or not at all.
    async fn look_at(status: Option<&str>) -> Option<Finding> {
        let get = step(&format!("GET /v1beta1/cks/clusters/{ID}"));
        let response = match status {
            Some(status) => get.json(200, &json!({ "cluster": { "id": ID, "status": status } })),
            None => get.json(404, &json!({ "code": "not_found", "message": "cluster not found" })),
        };
        let script = Script::start(vec![response]).await;
        let settings = Settings::for_tests(script.endpoint());
        let watch = watch(Client::new(settings).expect("good settings"), ID.to_owned());
        let found = watch.look().await;
        script.finish();
        found
    }

    #[tokio::test]
    async fn a_terminal_status_is_final_and_a_passing_one_explains() {
        assert_eq!(look_at(Some("STATUS_RUNNING")).await, None);
        for (status, is_final) in [
            ("STATUS_UPDATING", false),
            ("STATUS_CREATING", false),
            ("STATUS_ERROR", true),
            ("STATUS_DELETING", true),
        ] {
            let text = format!("cluster {ID} is {status}");
            assert_eq!(look_at(Some(status)).await, Some(Finding { text, is_final }));
        }
        let gone = look_at(None).await.expect("a finding");
        assert!(gone.is_final && gone.text.contains("no longer has"), "{gone:?}");
    }
}
