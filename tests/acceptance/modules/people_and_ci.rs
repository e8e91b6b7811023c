//! `people` and `ci` on a real Kubernetes.

use serde_json::json;

use super::use_of_modules::{add_modules, configure};
use crate::{
    on_terraform,
    scenarios::examples::issuer,
    support::{Bed, CLUSTER_ID, Host, Kubectl},
};

on_terraform!(
    people_get_their_roles_and_one_kubeconfig,
    a_pipeline_gets_a_kubeconfig_with_its_roles_and_a_new_token_on_request,
);

fn people_get_their_roles_and_one_kubeconfig(host: &Host) {
    let issuer = issuer();
    let bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    let (url, certificates) = (issuer.issuer_url(), issuer.ca_pem());
    configure(
        &bed,
        &format!(
            r#"
module "people" {{
  source                = "../modules/people"
  cluster_id            = {CLUSTER_ID:?}
  issuer_url            = {url:?}
  issuer_ca_certificate = {certificates:?}

  bindings = {{
    viewers    = {{ cluster_role = "view", groups = ["platform"] }}
    developers = {{ cluster_role = "edit", namespace = "default", users = ["ada@example.com"] }}
  }}
}}

output "kubeconfig" {{
  value     = module.people.kubeconfig
  sensitive = true
}}

output "redirect_uris" {{
  value = module.people.redirect_uris
}}
"#
        ),
    );
    let applied = bed.apply().succeeded();
    assert_eq!(applied.warnings(), [], "{applied}");
    bed.plan().expect_empty();
    assert_eq!(bed.cluster().field("oidc")["issuerUrl"], url);
    assert!(applied.output("redirect_uris").as_array().is_some_and(|uris| !uris.is_empty()), "{applied}");
    let kubeconfig = bed.run(&["output", "-raw", "kubeconfig"]).succeeded();
    assert!(kubeconfig.stdout.contains(url) && kubeconfig.stdout.contains("oidc-login"), "{kubeconfig}");
    let api = "/apis/rbac.authorization.k8s.io/v1";
    for (path, subject) in [
        ("clusterrolebindings/viewers", "oidc:platform"),
        ("namespaces/default/rolebindings/developers", "oidc:ada@example.com"),
    ] {
        let (status, binding) = bed.kubernetes("GET", &format!("{api}/{path}"), None);
        assert_eq!((status, &binding["subjects"][0]["name"]), (200, &json!(subject)), "{binding}");
    }
    bed.destroy().succeeded();
    assert_eq!(bed.cluster().field("oidc"), json!(null));
}

fn a_pipeline_gets_a_kubeconfig_with_its_roles_and_a_new_token_on_request(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    add_modules(&bed);
    let configuration = |trigger: &str| {
        format!(
            r#"
module "ci" {{
  source     = "../modules/ci"
  cluster_id = {CLUSTER_ID:?}
  namespace  = "default"

  bindings          = {{ ci-view = {{ cluster_role = "view", whole_cluster = true }}, ci = {{ cluster_role = "edit" }} }}
  on_rotation       = "revoke"
  rotation_triggers = {{ requested = {trigger:?} }}
}}

output "kubeconfig" {{
  value     = module.ci.kubeconfig
  sensitive = true
}}

output "secret_name" {{
  value = module.ci.secret_name
}}
"#
        )
    };
    let applied = |trigger: &str| {
        configure(&bed, &configuration(trigger));
        let applied = bed.apply().succeeded();
        bed.plan().expect_empty();
        let kubeconfig = bed.run(&["output", "-raw", "kubeconfig"]).succeeded().stdout;
        (applied.output("secret_name"), kubeconfig)
    };
    let (first, kubeconfig) = applied("1");
    let secret = |name: &serde_json::Value| {
        let name = name.as_str().expect("a name");
        bed.kubernetes("GET", &format!("/api/v1/namespaces/default/secrets/{name}"), None).0
    };
    assert_eq!(secret(&first), 200);
    if let Some(kubectl) = Kubectl::with(&kubeconfig) {
        let kubectl = kubectl.in_environment(bed.local.environment());
        let me = kubectl.json(&["auth", "whoami", "-o", "json"]);
        assert_eq!(me["status"]["userInfo"]["username"], "system:serviceaccount:default:ci", "{me}");
        for (question, expected) in [("create configmaps", "yes"), ("create namespaces", "no")] {
            let arguments: Vec<_> = ["auth", "can-i"].into_iter().chain(question.split(' ')).collect();
            assert_eq!(kubectl.run(&arguments).stdout.trim(), expected, "{question}");
        }
    }
    let (second, rotated) = applied("2");
    assert_eq!([secret(&first), secret(&second)], [404, 200], "the previous token is revoked");
    assert_ne!(kubeconfig, rotated);
    bed.destroy().succeeded();
    assert_eq!(secret(&second), 404);
}
