//! The webhooks' job: a real kube-apiserver asks them who somebody is and what he may do, because an apply said so.

use local_cks::Webhook;
use reqwest::StatusCode;
use serde_json::json;

use crate::{
    on_terraform,
    support::{AUTHN_WEBHOOK, AUTHZ_WEBHOOK, Bed, Block, Caller, Host, block_on},
};

on_terraform!(webhooks_decide_after_the_apply_and_no_more_after_the_destroy);

/// The resource that makes a cluster ask this webhook.
fn asking(block: &Block, webhook: &Webhook) -> String {
    let lines = format!("  server = {:?}\n  ca_certificate = {}", webhook.url(), json!(webhook.ca_pem()));
    block.named("example", &lines)
}

fn webhooks_decide_after_the_apply_and_no_more_after_the_destroy(host: &Host) {
    let ali = json!({ "authenticated": true, "user": { "username": "ali", "groups": ["thieves"] } });
    let who = Webhook::start(move |spec| {
        if spec["token"] == "open-sesame" { ali.clone() } else { json!({ "authenticated": false }) }
    });
    let may = Webhook::start(|spec| {
        let is_ali = spec["user"] == "ali" && spec["resourceAttributes"]["resource"] == "secrets";
        json!({ "allowed": is_ali })
    });
    let (who, may) = (block_on(who).expect("a webhook"), block_on(may).expect("a webhook"));
    let bed = Bed::with_kubernetes(host);
    let caller = Caller::new(&bed, "open-sesame");
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));

    // Who somebody is.
    bed.write("authn.tf", &asking(&AUTHN_WEBHOOK, &who));
    bed.apply().succeeded();
    // At once: an apply ends when the webhook is asked.
    let identity = caller.identity().expect("the token is accepted");
    assert_eq!(identity["username"], "ali");
    assert_eq!(identity["groups"], json!(["thieves", "system:authenticated"]));
    assert_eq!(Caller::new(&bed, "open-barley").identity(), Err(StatusCode::UNAUTHORIZED));
    assert_eq!(caller.lists("secrets"), StatusCode::FORBIDDEN, "no role allows it");
    assert!(who.reviews().iter().any(|review| review["token"] == "open-sesame"));

    // What he may do, which no role allows.
    bed.write("authz.tf", &asking(&AUTHZ_WEBHOOK, &may));
    bed.apply().succeeded();
    assert_eq!(caller.lists("secrets"), StatusCode::OK);
    assert_eq!(caller.lists("nodes"), StatusCode::FORBIDDEN);
    bed.plan().expect_empty();

    bed.remove("authz.tf");
    bed.apply().succeeded();
    assert_eq!(caller.lists("secrets"), StatusCode::FORBIDDEN);
    assert!(caller.identity().is_ok(), "the other webhook is still asked");
    bed.destroy().succeeded();
    assert_eq!(caller.identity(), Err(StatusCode::UNAUTHORIZED));
}
