//! Questions that a configuration asks of a cluster's Kubernetes, and tokens to ask them with.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Bed, CLUSTER_ID};

/// Who am I? The answer is the output `it`.
pub(crate) fn who_am_i(arguments: &str) -> String {
    who_am_i_in(CLUSTER_ID, "it", arguments)
}

/// The same of another cluster, as another output.
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

/// A ServiceAccount's user name.
pub(crate) fn account(name: &str) -> String {
    format!("system:serviceaccount:default:{name}")
}

impl Bed {
    /// A token of the ServiceAccount of this name in `default`, which is made if need be.
    #[track_caller]
    pub(crate) fn token_of(&self, name: &str) -> SecretString {
        let accounts = "/api/v1/namespaces/default/serviceaccounts";
        let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
        let (status, answer) = self.kubernetes("POST", accounts, Some(account));
        assert!(matches!(status, 201 | 409), "{status} {answer}");
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
        let (status, answer) = self.kubernetes("POST", &format!("{accounts}/{name}/token"), Some(request));
        assert_eq!(status, 201, "{answer}");
        answer.pointer("/status/token").and_then(Value::as_str).expect("a token").into()
    }
}
