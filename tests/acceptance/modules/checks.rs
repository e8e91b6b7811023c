//! The rules of the example `who-can-do-what`: each fails if a cluster breaks it, and names what does.

use serde_json::json;

use crate::{
    on_terraform,
    scenarios::examples::{bed, example, issuer, put},
    support::Host,
};

on_terraform!(the_checks_of_the_example_name_unexpected_administrators_and_old_tokens);

fn the_checks_of_the_example_name_unexpected_administrators_and_old_tokens(host: &Host) {
    let issuer = issuer();
    let bed = bed(host, &issuer);
    put(&bed, &example("who-can-do-what"));
    bed.write(
        "token.tf",
        r#"
resource "cks_service_account_token" "old" {
  cluster_id      = data.cks_cluster.this.id
  namespace       = "default"
  service_account = "default"
}
"#,
    );
    // The ServiceAccount `default` is Kubernetes' own.
    let example = std::fs::read_to_string(bed.configuration().join("main.tf")).expect("the example");
    let example = example.replace(
        "  clusters =",
        "  include_system = true\n  depends_on = [cks_service_account_token.old]\n  clusters =",
    );
    bed.write("main.tf", &example);
    let masters = "administrators=[\"Group cks:admin\", \"Group admin\", \"Group system:masters\"]";
    let run = |arguments: &[&str]| bed.apply_with(&[&["-var", masters], arguments].concat()).succeeded();
    let failed = |arguments: &[&str]| -> Vec<_> {
        run(arguments)
            .warnings()
            .into_iter()
            .filter(|warning| warning.summary.contains("Check block"))
            .collect()
    };
    run(&[]);
    assert_eq!(failed(&[]), []);

    let (status, answer) = bed.kubernetes(
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        Some(json!({
            "metadata": {"name": "emergency"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "oidc:mallory@example.com"}],
        })),
    );
    assert_eq!(status, 201, "{answer}");
    // The same role in a namespace is another grant.
    let (status, answer) = bed.kubernetes(
        "POST",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        Some(json!({
            "metadata": {"name": "owner"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "oidc:ada@example.com"}],
        })),
    );
    assert_eq!(status, 201, "{answer}");
    let found = failed(&[]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(
        found[0].contains(&["cluster-admin is bound to [\"User oidc:mallory@example.com\"]."]),
        "{found:#?}"
    );

    // A token that is as old as a moment.
    let found = failed(&["-var", "max_token_age=0s"]);
    let secret = bed.attributes("cks_service_account_token.old")["secret_name"].clone();
    let secret = secret.as_str().expect("a name");
    assert_eq!(found.len(), 2, "{found:#?}");
    let named = format!("Tokens are older than 0s: default/{secret}.");
    assert!(found.iter().any(|warning| warning.contains(&[&named])), "{named}: {found:#?}");
}
