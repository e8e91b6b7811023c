//! The same webhooks for the real kube-apiserver and for the checks of a plan: what the plan accepts must start it, and what stops it the
//! plan refuses.

use base64::Engine as _;
use local_cks::{Authority, DryStart, WebhookKind};
use serde_json::json;

use super::{https_server, pem_certificates};

/// What a webhook is to both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Both {
    /// The plan accepts it, and kube-apiserver starts.
    Accept,
    /// The plan refuses it, and kube-apiserver does not start.
    Refuse,
    /// kube-apiserver starts, and the webhook could not work, or a part of the value would be lost: the plan refuses it.
    OnlyThePlanRefuses,
}

const SERVERS: [(&str, Both); 33] = [
    ("https://hook.example.com", Both::Accept),
    ("https://hook.example.com/", Both::Accept),
    ("https://hook.example.com:8443/review", Both::Accept),
    ("https://hook.example.com/a//b/", Both::Accept),
    ("https://hook.example.com/review?cluster=a", Both::Accept),
    ("https://hook.example.com/tenant%20a", Both::Accept),
    ("https://hook.example.com/%41", Both::Accept),
    ("https://10.1.2.3/review", Both::Accept),
    ("https://[2001:db8::1]:8443/review", Both::Accept),
    ("https://hook_a.example.com", Both::Accept),
    ("https://hook.example.com.", Both::Accept),
    ("HTTPS://hook.example.com", Both::Accept),
    ("https://hook.example.com:", Both::Accept),
    ("https://hook.example.com/%zz", Both::Refuse),
    ("https://hook.example.com/%", Both::Refuse),
    ("https://ho%73t.example.com", Both::Refuse),
    ("https://hook%2Eexample.com", Both::Refuse),
    ("https://ho{o}k.example.com", Both::Refuse),
    ("https://ho^ok.example.com", Both::Refuse),
    ("https://ho<ok.example.com", Both::OnlyThePlanRefuses),
    ("https://ho ok.example.com", Both::Refuse),
    ("https://hook.example.com:port", Both::Refuse),
    ("https://a:1:2", Both::Refuse),
    ("https://[127.0.0.1]", Both::Refuse),
    ("https://[::1", Both::Refuse),
    ("https:/hook.example.com", Both::Refuse),
    ("hook.example.com/review", Both::Refuse),
    ("hook.example.com", Both::OnlyThePlanRefuses),
    ("http://hook.example.com", Both::OnlyThePlanRefuses),
    ("https://me:secret@hook.example.com", Both::OnlyThePlanRefuses),
    ("https://hook.example.com#top", Both::OnlyThePlanRefuses),
    ("https://hook.example.com/a b", Both::OnlyThePlanRefuses),
    ("https://hook.example.com:99999", Both::OnlyThePlanRefuses),
];

#[track_caller]
fn check(server: &DryStart, kind: WebhookKind, name: &str, url: &str, ca: Option<&str>, expected: Both) {
    let accepted = https_server(url).and_then(|()| pem_certificates(ca.unwrap_or_default()));
    let ca = ca.map(|ca| base64::engine::general_purpose::STANDARD.encode(ca)).unwrap_or_default();
    let ended = server.with_webhook(kind, &json!({"server": url, "ca": ca})).expect("it ends");
    let found = match (&accepted, ended.reads) {
        (Ok(()), true) => Some(Both::Accept),
        (Err(_), false) => Some(Both::Refuse),
        (Err(_), true) => Some(Both::OnlyThePlanRefuses),
        (Ok(()), false) => None,
    };
    let last = ended.said.lines().last().unwrap_or_default();
    assert_eq!(found, Some(expected), "{name} ({kind:?}): {accepted:?}, and kube-apiserver said: {last}");
}

#[test]
fn kube_apiserver_starts_with_the_webhooks_that_a_plan_accepts() {
    let Some(server) = DryStart::new().expect("the tools are built") else { return };
    for (number, (url, expected)) in SERVERS.into_iter().enumerate() {
        // Both read the file by the same code; every third is tried with both, for the flags.
        check(&server, WebhookKind::Authentication, url, url, None, expected);
        if number % 3 == 0 {
            check(&server, WebhookKind::Authorization, url, url, None, expected);
        }
    }
}

#[test]
fn kube_apiserver_starts_with_the_certificates_of_webhooks_that_a_plan_accepts() {
    let Some(server) = DryStart::new().expect("the tools are built") else { return };
    let good = Authority::new("example").expect("a certificate").pem().replace("\r\n", "\n");
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    for (name, ca, expected) in [
        ("one", good.clone(), Both::Accept),
        ("two", format!("{good}{good}"), Both::Accept),
        ("CRLF", good.replace('\n', "\r\n"), Both::Accept),
        ("bad DER", broken.to_owned(), Both::Refuse),
        ("lone carriage returns", good.replace('\n', "\r"), Both::Refuse),
        ("no certificate", "hello".to_owned(), Both::Refuse),
        // It skips what it cannot read, and would not trust that.
        ("a good one, then a broken one", format!("{good}{broken}"), Both::OnlyThePlanRefuses),
    ] {
        let url = "https://hook.example.com";
        check(&server, WebhookKind::Authentication, name, url, Some(&ca), expected);
    }
}
