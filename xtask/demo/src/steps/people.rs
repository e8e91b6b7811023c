//! People: their identity by OIDC, and the permissions of their roles.

use secrecy::SecretString;

use crate::{
    environment::{EMAIL, Environment, GROUP},
    failure::Failure,
    kubectl::Kubectl,
    requests::Login,
    story::Story,
};

/// Ada logs in at the page that kubelogin opens, with the kubeconfig of the apply.
pub(super) async fn log_in(story: &Story, environment: &Environment) -> Result<Kubectl, Failure> {
    let kubeconfig = environment.terraform.output("people_kubeconfig").await?;
    story.command(&format!("{} output -raw people_kubeconfig > kubeconfig", environment.terraform.name()));
    let shown = kubeconfig.lines().skip_while(|line| !line.contains("exec:")).take(14);
    story.excerpt(shown.filter(|line| !line.contains("certificate-authority-data")));
    let kubectl = Kubectl::new(environment, "ada", &kubeconfig)?;
    story.command("kubectl auth whoami");
    story.explain("kubelogin opens the provider's login page in the browser of $LOCAL_CKS_BIN, which submits it as Ada.");
    let output = kubectl.run(&["auth", "whoami"]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines().filter(|line| line.contains("rror"))));
    let prints = |text: &str| output.stdout.contains(text);
    story.check(&format!("she is oidc:{EMAIL}"), &prints(&format!("oidc:{EMAIL}")), &true)?;
    story.check(&format!("in the group oidc:{GROUP}"), &prints(&format!("oidc:{GROUP}")), &true)?;
    story.command("kubectl get namespaces");
    let output = kubectl.run(&["get", "namespaces", "--output=name"]).await?;
    story.excerpt(output.stdout.lines().chain(output.stderr.lines()));
    story.check("the group's role allows her to read", &output.stdout.contains("namespace/team-a"), &true)?;
    Ok(kubectl)
}

pub(super) async fn expect_forbidden_requests(story: &Story, ada: &Kubectl) -> Result<(), Failure> {
    for arguments in [["get", "secrets", "--all-namespaces"], ["delete", "namespace", "team-a"]] {
        story.command(&format!("kubectl {}", arguments.join(" ")));
        let output = ada.run(&arguments).await?;
        story.excerpt(output.stderr.lines());
        let rejected =
            !output.succeeded && output.stderr.contains("Forbidden") && output.stderr.contains(EMAIL);
        story.check("the role does not allow that: Forbidden", &rejected, &true)?;
    }
    Ok(())
}

/// Sends a SelfSubjectReview with the token to the unmanaged endpoint.
pub(crate) async fn login(
    story: &Story,
    environment: &Environment,
    id_token: &SecretString,
    expected: &Login,
    promise: &str,
) -> Result<(), Failure> {
    let url = environment.cluster.login_url();
    story.request(&format!("POST {url}"), "Authorization: Bearer (Ada's ID token)");
    let found = environment.requests.log_in(&environment.cluster, id_token).await?;
    if let Login::Accepted { user, groups } = &found {
        story.excerpt([format!("user {user}, groups {}", groups.join(", "))]);
    }
    story.check(promise, &found, expected)
}

/// Ada's identity with this prefix for user names; groups keep theirs.
pub(crate) fn as_user(prefix: &str) -> Login {
    Login::Accepted {
        user: format!("{prefix}{EMAIL}"),
        groups: vec![format!("oidc:{GROUP}"), "system:authenticated".to_owned()],
    }
}
