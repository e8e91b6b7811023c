//! The main use of webhooks: after an apply, a real kube-apiserver sends them reviews of identities and permissions.

use local_cks::Webhook;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    on_terraform,
    support::{AUTHN_WEBHOOK, AUTHZ_WEBHOOK, Bed, Block, Caller, Host, block_on, provider, secret_variables},
};

on_terraform!(webhooks_receive_reviews_after_the_apply_and_none_after_the_destroy);

/// The resource that configures a cluster with this webhook.
fn webhook_resource(block: &Block, webhook: &Webhook) -> String {
    let lines = format!("  server = {:?}\n  ca_certificate = {}", webhook.url(), json!(webhook.ca_pem()));
    block.named("example", &lines)
}

fn webhooks_receive_reviews_after_the_apply_and_none_after_the_destroy(host: &Host) {
    let ali = json!({ "authenticated": true, "user": { "username": "ali", "groups": ["thieves"] } });
    let who = Webhook::start(move |spec| {
        if spec["token"] == "open-sesame" { ali.clone() } else { json!({ "authenticated": false }) }
    });
    let may = Webhook::start(|spec| {
        let is_ali = spec["user"] == "ali" && spec["resourceAttributes"]["resource"] == "secrets";
        json!({ "allowed": is_ali })
    });
    let (who, may) = (block_on(who).expect("a webhook"), block_on(may).expect("a webhook"));
    let mut bed = Bed::with_kubernetes(host);
    let caller = Caller::new(&bed, "open-sesame");
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));

    // Authentication.
    bed.write("authn.tf", &webhook_resource(&AUTHN_WEBHOOK, &who));
    bed.apply().succeeded();
    // At once, since an apply ends when the webhook is in use.
    let identity = caller.identity().expect("the token is accepted");
    assert_eq!(identity["username"], "ali");
    assert_eq!(identity["groups"], json!(["thieves", "system:authenticated"]));
    assert_eq!(Caller::new(&bed, "open-barley").identity(), Err(StatusCode::UNAUTHORIZED));
    assert_eq!(caller.lists("secrets"), StatusCode::FORBIDDEN, "no role allows it");
    assert!(who.reviews().iter().any(|review| review["token"] == "open-sesame"));

    // Authorization that no role allows.
    bed.write("authz.tf", &webhook_resource(&AUTHZ_WEBHOOK, &may));
    bed.apply().succeeded();
    assert_eq!(caller.lists("secrets"), StatusCode::OK);
    assert_eq!(caller.lists("nodes"), StatusCode::FORBIDDEN);
    bed.plan().expect_empty();

    // A provider whose caller the webhook authenticates.
    let entry = "endpoint = \"unmanaged\"\ntoken = var.token";
    bed.write("provider.tf", &(secret_variables(&["token"]) + &provider(&[entry], "")));
    bed.set_variable("TF_VAR_token", Some("open-sesame"));
    let expect = |bed: &Bed, arguments: &[&str], title: &str| {
        let warning = bed.plan_with(arguments).succeeded().expect_warning(&[title, "this webhook"]);
        assert_eq!(warning.address, AUTHN_WEBHOOK.address());
    };
    expect(&bed, &["-destroy"], "Destroys what the caller's own access rests on");
    bed.run(&["taint", &AUTHN_WEBHOOK.address()]).succeeded();
    expect(&bed, &[], "Replaces what the caller's own access rests on");
    bed.run(&["untaint", &AUTHN_WEBHOOK.address()]).succeeded();
    bed.remove("provider.tf");

    bed.remove("authz.tf");
    bed.apply().succeeded();
    assert_eq!(caller.lists("secrets"), StatusCode::FORBIDDEN);
    assert!(caller.identity().is_ok(), "the other webhook still receives reviews");
    bed.destroy().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));
}
