//! Changes by colleagues without Terraform, and their repair.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use super::{as_user, login, runs};
use crate::{
    environment::{EMAIL, Environment},
    failure::Failure,
    kubectl::Kubectl,
    story::Story,
    terraform::{changes, line},
};

/// Time limit of the colleague's change.
const SETTLED_WITHIN: Duration = Duration::from_mins(2);

/// One changes the cluster with CoreWeave's API, another a binding with kubectl.
pub(super) async fn happens(
    story: &Story,
    environment: &Environment,
    id_token: &SecretString,
) -> Result<(), Failure> {
    let body = environment.requests.patch_oidc(&environment.cluster, "usernamePrefix", "corp:");
    let body = body.await?;
    story.request(&format!("PATCH {}", environment.cluster.url()), &short(&body));
    environment.requests.settled(&environment.cluster, SETTLED_WITHIN).await?;
    story.explain("Ada's ID token is the same, but her user name is another one now, without her roles:");
    login(story, environment, id_token, &as_user("corp:"), &format!("she is corp:{EMAIL}")).await?;

    let kubectl = Kubectl::admin(environment, "colleague")?;
    let subject = r#"[{"op":"add","path":"/subjects/-","value":{"apiGroup":"rbac.authorization.k8s.io","kind":"Group","name":"oidc:everyone"}}]"#;
    let patch = format!("--patch={subject}");
    let arguments = ["patch", "clusterrolebinding", "platform-view", "--type=json", &patch];
    story.command("kubectl patch clusterrolebinding platform-view --type=json --patch='[… \"name\":\"oidc:everyone\" …]'");
    let output = kubectl.run(&arguments).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    let promise = "now everyone may look";
    story.check(
        promise,
        &output.stdout.as_str(),
        &"clusterrolebinding.rbac.authorization.k8s.io/platform-view patched",
    )
}

pub(super) async fn is_shown(story: &Story, environment: &Environment) -> Result<(), Failure> {
    let output = runs::plan(story, environment).await?;
    let change = r#"~ username_prefix = "corp:" -> "oidc:""#;
    let shown = changes(&output).iter().any(|line| line == change);
    story.check("the plan shows the change of the prefix, and its repair", &shown, &true)?;
    let shown = output.lines().any(|line| line.trim().starts_with("- \"oidc:everyone\""));
    story.check("and the group that was added to the binding", &shown, &true)?;
    let by = output.contains("kubectl-patch");
    story.check("with the client that added it: kubectl-patch", &by, &true)?;
    let summary = line(&output, "Plan:");
    story.check("in place: no cluster is replaced", &summary, &"Plan: 0 to add, 2 to change, 0 to destroy.")
}

pub(super) async fn is_repaired(
    story: &Story,
    environment: &Environment,
    id_token: &SecretString,
) -> Result<(), Failure> {
    runs::apply(story, environment, "0 added, 2 changed, 0 destroyed").await?;
    story.explain("The apply waits until that is in force, so at once:");
    login(story, environment, id_token, &as_user("oidc:"), &format!("she is oidc:{EMAIL} again")).await?;
    let path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/platform-view";
    let binding = environment.requests.kubernetes(&environment.cluster, path).await?;
    let names: Vec<_> =
        binding["subjects"].as_array().into_iter().flatten().map(|subject| subject["name"].clone()).collect();
    story.check("and the binding has only her group", &names, &vec![Value::from("oidc:platform")])
}

/// A body with its certificate shortened.
fn short(body: &Value) -> String {
    let mut body = body.clone();
    body["oidc"]["ca"] = "…".into();
    body.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_printed_without_its_long_certificate() {
        let body = serde_json::json!({"id": "1", "oidc": {"ca": "LS0tLS1…", "clientId": "kubernetes"}});
        assert_eq!(short(&body), r#"{"id":"1","oidc":{"ca":"…","clientId":"kubernetes"}}"#);
    }
}
