//! SelfSubjectReviews in a configuration, and tokens for them.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Bed, CLUSTER_ID};

/// A SelfSubjectReview; its result is the output `it`.
pub(crate) fn who_am_i(arguments: &str) -> String {
    who_am_i_in(CLUSTER_ID, "it", arguments)
}

/// The same for another cluster, with another output.
pub(crate) fn who_am_i_in(cluster_id: &str, name: &str, arguments: &str) -> String {
    format!(
        r#"
data "cks_self_subject_review" {name:?} {{
  cluster_id = {cluster_id:?}
  {arguments}
}}
output {name:?} {{
  value = {{ for name, value in data.cks_self_subject_review.{name} : name => value if name != "token" }}
}}
"#
    )
}

/// User name of a ServiceAccount.
pub(crate) fn account(name: &str) -> String {
    format!("system:serviceaccount:default:{name}")
}

impl Bed {
    /// A token of the ServiceAccount of this name in `default`, which is created if it does not exist.
    #[track_caller]
    pub(crate) fn token_of(&self, name: &str) -> SecretString {
        let accounts = "/api/v1/namespaces/default/serviceaccounts";
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
        let (status, response) = self.kubernetes("POST", accounts, Some(account));
        assert!(matches!(status, 201 | 409), "{status} {response}");
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let (status, response) = self.kubernetes("POST", &format!("{accounts}/{name}/token"), Some(request));
        assert_eq!(status, 201, "{response}");
        response.pointer("/status/token").and_then(Value::as_str).expect("a token").into()
    }
}
