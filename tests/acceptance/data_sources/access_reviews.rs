//! Data sources that send reviews to a cluster's Kubernetes: `cks_self_subject_review` and `cks_subject_access_review`.

use local_cks::{Call, Fault, Injection, Role};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::{
    on_terraform,
    support::{Bed, CLUSTER_ID, Host, account, who_am_i},
};

on_terraform!(
    a_review_returns_the_callers_identity,
    a_token_that_an_endpoint_would_reject_is_rejected_before_any_request,
    an_access_review_returns_the_authorizers_decision,
    an_invalid_access_review_is_rejected_before_any_request,
);

fn a_review_returns_the_callers_identity(host: &Host) {
    let bed = Bed::with_kubernetes(host);
    let count = |call: Call| bed.local.requests_of(call).len();

    // By default the identity of the provider at the managed endpoint.
    bed.write("main.tf", &who_am_i(""));
    let it = bed.apply().succeeded().output("it");
    assert!(it["username"].as_str().is_some_and(|name| name.starts_with("user-")), "{it}");
    assert!(it["groups"].as_array().is_some_and(|groups| groups.contains(&json!("cks:admin"))), "{it}");
    assert_eq!((it["uid"].clone(), it["endpoint"].clone()), (Value::Null, Value::Null));
    assert_eq!((count(Call::Managed), count(Call::Unmanaged)), (1, 0));
    bed.plan().expect_empty();

    // With a token the identity of its user at the unmanaged endpoint.
    bed.local.clear_requests();
    let token = bed.token_of("deployer");
    let arguments = format!("token = {:?}", token.expose_secret());
    bed.write("main.tf", &who_am_i(&arguments));
    let it = bed.apply().succeeded().output("it");
    assert_eq!(it["username"], account("deployer"));
    let groups = ["system:authenticated", "system:serviceaccounts", "system:serviceaccounts:default"];
    assert_eq!(it["groups"], json!(groups));
    assert!(
        it["uid"].is_string() && it["extra"]["authentication.kubernetes.io/credential-id"][0].is_string(),
        "{it}"
    );
    assert_eq!((count(Call::Managed), count(Call::Unmanaged)), (0, 1));
    bed.plan().expect_empty();

    // A CoreWeave token of another user.
    let viewer = bed.local.token(Role::Viewer);
    let arguments = format!("token = {:?}\n  endpoint = \"managed\"", viewer.expose_secret());
    bed.write("main.tf", &who_am_i(&arguments));
    let it = bed.apply().succeeded().output("it");
    assert!(it["groups"].as_array().is_some_and(|groups| groups.contains(&json!("cks:read"))), "{it}");

    // A rejected token is an error, not an empty result.
    let forged = format!("{}x", token.expose_secret());
    bed.write("main.tf", &who_am_i(&format!("token = {forged:?}")));
    bed.local.clear_requests();
    let run = bed.plan().failed();
    let error = run.expect_error(&[
        "Credentials rejected by Kubernetes",
        "The unmanaged endpoint",
        "the data source's `token`",
        "Without credentials the same address answers as Kubernetes v1.",
        "address and network are right",
        "may have expired",
    ]);
    assert!(error.code.starts_with("token ="), "{error:?}");
    // One request tells that, and it has no credentials.
    let asked = bed.local.requests_of(Call::Unmanaged);
    let anonymous: Vec<_> =
        asked.iter().filter(|request| !request.headers.contains_key("authorization")).collect();
    assert!(matches!(anonymous[..], [request] if request.path == "/version"), "{asked:?}");

    // Something else answers in the endpoint's place: the credentials are not to blame.
    for _ in 0..2 {
        let fault = Fault::Status {
            status: StatusCode::UNAUTHORIZED,
            retry_after: None,
            body: Some("<html>Log in to the network</html>".to_owned()),
        };
        bed.local.inject(Injection::new(fault).on(Call::Unmanaged));
    }
    bed.plan().failed().expect_error(&[
        "Without credentials the same address does not answer as Kubernetes either",
        "/version returns HTTP 401",
        "Check the address",
    ]);
    assert_eq!(bed.local.pending_faults(), 0);
    bed.expect_no_writes();
}

impl Bed {
    /// Reviews are POSTs, and change nothing.
    #[track_caller]
    fn expect_no_writes(&self) {
        for request in self.local.requests() {
            let is_review = request.method == "POST" && request.path.ends_with("reviews");
            assert!(request.method == "GET" || is_review, "{request:?}");
        }
    }
}

fn a_token_that_an_endpoint_would_reject_is_rejected_before_any_request(host: &Host) {
    let bed = Bed::new(host);
    let coreweave = bed.admin_token();
    let coreweave = coreweave.expose_secret();
    for (arguments, message) in [
        (format!("token = {coreweave:?}"), "the unmanaged endpoint refuses"),
        (format!("token = {coreweave:?}\n  endpoint = \"unmanaged\""), "the unmanaged endpoint refuses"),
        ("token = \"eyJ\"\n  endpoint = \"managed\"".to_owned(), "the managed endpoint takes no other"),
        ("token = \"\"".to_owned(), "It is empty"),
    ] {
        bed.write("main.tf", &who_am_i(&arguments));
        let error = bed.validate().failed().expect_error(&[message]);
        assert!(error.code.starts_with("token ="), "{error:?}");
        // The same values, known only after apply.
        let later = arguments.replace("token = ", "token = terraform_data.later.output #");
        let value = arguments.lines().next().unwrap_or_default().replace("token = ", "input = ");
        let later = format!("resource \"terraform_data\" \"later\" {{\n  {value}\n}}\n{}", who_am_i(&later));
        bed.write("main.tf", &later);
        bed.plan().succeeded();
        bed.apply().failed().expect_error(&[message]);
        bed.write("main.tf", "");
        bed.apply().succeeded();
    }
    bed.write("main.tf", &who_am_i("endpoint = \"public\""));
    bed.validate().failed().expect_error(&["neither \"managed\" nor \"unmanaged\""]);
    // The provider's own token is a CoreWeave token, too.
    bed.write("main.tf", &who_am_i("endpoint = \"unmanaged\""));
    bed.plan().failed().expect_error(&[
        "Credentials not accepted by this endpoint",
        "no credentials for it",
        "`token`",
    ]);
    assert!(bed.local.requests().is_empty(), "no request was sent");
}

/// A `check` block that fails unless the review's result is `expected`.
fn check(name: &str, expected: bool, review: &str) -> String {
    let not = if expected { "" } else { "!" };
    format!(
        r#"
check {name:?} {{
  data "cks_subject_access_review" {name:?} {{
    cluster_id = {CLUSTER_ID:?}
    {review}
  }}
  assert {{
    condition     = {not}data.cks_subject_access_review.{name}.allowed
    error_message = "{name}: ${{data.cks_subject_access_review.{name}.reason}}"
  }}
}}
"#
    )
}

fn an_access_review_returns_the_authorizers_decision(host: &Host) {
    let mut bed = Bed::with_kubernetes(host);
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "viewers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "oidc:viewers"}],
    });
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
    assert_eq!(bed.kubernetes("POST", bindings, Some(binding)).0, 201);
    let viewers = "groups = [\"oidc:viewers\"]";
    let reviews = [
        (
            "in_the_namespace",
            true,
            format!("{viewers}\nverb = \"list\"\nresource = \"pods\"\nnamespace = \"default\""),
        ),
        ("everywhere", false, format!("{viewers}\nverb = \"list\"\nresource = \"pods\"")),
        (
            "another_verb",
            false,
            format!("{viewers}\nverb = \"delete\"\nresource = \"pods\"\nnamespace = \"default\""),
        ),
        (
            "a_part",
            true,
            format!(
                "{viewers}\nverb = \"get\"\nresource = \"pods\"\nsubresource = \"log\"\nname = \"x\"\nnamespace = \"default\""
            ),
        ),
        (
            "another_group",
            true,
            format!(
                "{viewers}\nverb = \"get\"\napi_group = \"apps\"\nresource = \"deployments\"\nnamespace = \"default\""
            ),
        ),
        (
            "another_user",
            false,
            "user = \"oidc:ada\"\nverb = \"list\"\nresource = \"pods\"\nnamespace = \"default\"".to_owned(),
        ),
        (
            "both",
            true,
            format!(
                "user = \"oidc:ada\"\n{viewers}\nverb = \"list\"\nresource = \"pods\"\nnamespace = \"default\""
            ),
        ),
        ("oneself", true, "verb = \"*\"\nresource = \"*\"\napi_group = \"*\"".to_owned()),
        (
            "a_path",
            true,
            "groups = [\"system:monitoring\"]\nverb = \"get\"\nnon_resource_url = \"/metrics\"".to_owned(),
        ),
        ("no_path", false, format!("{viewers}\nverb = \"get\"\nnon_resource_url = \"/metrics\"")),
    ];
    let all: String = reviews.iter().map(|(name, expected, review)| check(name, *expected, review)).collect();
    bed.write("main.tf", &all);
    let run = bed.apply().succeeded();
    assert_eq!(run.warnings(), [], "{run}");
    assert_eq!(
        bed.local.requests_of(Call::Managed).len(),
        2 * reviews.len(),
        "one review for each check, at plan and apply"
    );
    bed.expect_no_writes();

    // The same reviews with the opposite expectation: each check warns, with the reason if the cluster returns one.
    let all: String = reviews.iter().map(|(name, expected, review)| check(name, !expected, review)).collect();
    bed.write("main.tf", &all);
    let run = bed.plan().succeeded();
    for (name, ..) in &reviews {
        run.expect_warning(&[&format!("{name}:")]);
    }
    run.expect_warning(&["in_the_namespace: RBAC: allowed by RoleBinding \"viewers/default\""]);

    // A caller without permission to review the access of others gets an error that names it.
    let viewer = bed.local.token(Role::Viewer);
    bed.use_token(&viewer);
    bed.write("main.tf", &check("viewer", true, "user = \"ada\"\nverb = \"get\"\nresource = \"pods\""));
    let run = bed.plan().succeeded();
    run.expect_warning(&[
        "Not allowed by Kubernetes",
        "\"authorization.k8s.io\"",
        "\"subjectaccessreviews\"",
        "\"create\"",
    ]);
}

fn an_invalid_access_review_is_rejected_before_any_request(host: &Host) {
    let bed = Bed::new(host);
    for (review, message) in [
        ("verb = \"get\"", "Set `resource`"),
        ("verb = \"\"\n  resource = \"pods\"", "must not be empty"),
        ("verb = \"get\"\n  resource = \"pods\"\n  non_resource_url = \"/metrics\"", "has no `resource`"),
        ("verb = \"get\"\n  namespace = \"a\"\n  non_resource_url = \"/metrics\"", "has no `namespace`"),
        ("verb = \"get\"\n  resource = \"Pod\"", "in lower case and in the plural"),
        ("verb = \"get\"\n  resource = \"pods/log\"", "subresource = \"log\""),
        ("verb = \"get\"\n  resource = \"pods\"\n  user = \"\"", "must not be empty"),
    ] {
        let configuration = format!(
            "data \"cks_subject_access_review\" \"it\" {{\n  cluster_id = {CLUSTER_ID:?}\n  {review}\n}}\n"
        );
        bed.write("main.tf", &configuration);
        bed.validate().failed().expect_error(&[message]);
    }
    assert!(bed.local.requests().is_empty(), "no request was sent");
}
