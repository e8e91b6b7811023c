//! Every rule alone, and the rules for several inputs together.

use tfplugin::{Severity, Value};

use super::{super::inputs::OidcInputPartial, *};
use crate::checks::testing::check;

#[test]
fn words_are_the_known_ones() {
    check(endpoint, "unmanaged", "");
    check(endpoint, "managed", "");
    check(endpoint, "https://example.com", "\"unmanaged\", \"managed\"");
    check(grant_type, "device-code", "");
    check(grant_type, "device_code", "\"device-code\"");
    check(exec_version, "client.authentication.k8s.io/v1beta1", "");
    check(exec_version, "v1", "\"client.authentication.k8s.io/v1\"");
}

#[test]
fn a_scope_is_one_scope() {
    check(scope, "email", "");
    check(scope, "https://example.com/.default", "");
    check(scope, "email groups", "element of its own");
    check(scope, "email,groups", "element of its own");
    check(scope, "", "element of its own");
}

#[test]
fn a_proxy_is_one_that_client_go_can_use() {
    let proxy = |text: &str| proxy_url(&text.into());
    check(proxy, "", "");
    check(proxy, "socks5://127.0.0.1:1080", "");
    check(proxy, "http://user:hunter2@proxy.example.com:3128", "");
    check(proxy, "proxy.example.com:3128", "http://HOST:PORT");
    check(proxy, "ftp://hunter2@proxy.example.com", "http://HOST:PORT");
    assert!(!proxy("ftp://hunter2@proxy.example.com").unwrap_err().contains("hunter2"));
}

#[test]
fn a_token_is_one_line_and_no_message_repeats_it() {
    #[track_caller]
    fn check(token: &str, complaint: &str) {
        let Err(message) = bearer_token(&token.into()) else {
            assert_eq!(complaint, "");
            return;
        };
        assert!(!complaint.is_empty() && message.contains(complaint), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
    check("hunter2", "");
    check("hunter2\n", "trimspace");
    check("hunter2\u{7}", "control characters");
    check("Bearer hunter2", "`Bearer`");
    check("", "empty");
}

#[test]
fn a_variable_has_a_name_and_a_token_in_its_place_is_not_repeated() {
    check(variable_name, "KUBERNETES_ID_TOKEN", "");
    check(variable_name, "_x9", "");
    for wrong in ["", "9X", "A-B", "A;id", "A B", "é", "e30.hunter2.c2ln"] {
        let message = variable_name(wrong).expect_err(wrong);
        assert!(message.contains("KUBERNETES_ID_TOKEN") && !message.contains("hunter2"), "{message}");
    }
    check(preset, "gitlab", "\"github-actions\", \"variable\"");
}

#[derive(Clone, Copy, PartialEq)]
enum Given {
    Nothing,
    Unknown,
    Something,
}

fn value<T>(given: Given, something: T) -> Value<T> {
    match given {
        Given::Nothing => Value::Null,
        Given::Unknown => Value::Unknown,
        Given::Something => Value::Known(something),
    }
}

#[test]
fn exactly_one_credential_is_given_as_far_as_known() {
    use Given::{Nothing, Something, Unknown};
    #[track_caller]
    fn check(oidc: Given, token: Given, expected: bool) {
        let config = ClusterKubeconfigPartial {
            oidc: value(oidc, OidcInputPartial::default()),
            token: value(token, SecretString::from("abc").into()),
            ..ClusterKubeconfigPartial::default()
        };
        let mut report = Diagnostics::default();
        one_credential(&config, &mut report);
        assert_eq!(report.is_empty(), expected);
    }
    check(Something, Nothing, true);
    check(Nothing, Something, true);
    check(Nothing, Nothing, false);
    check(Something, Something, false);
    check(Unknown, Nothing, true);
    check(Unknown, Something, true);
    check(Unknown, Unknown, true);
}

#[test]
fn a_credential_that_the_endpoint_rejects_is_an_error_and_one_that_looks_so_a_warning() {
    const JWT: &str = "eyJhbGciOi.eyJpc3Mi.c2ln";
    const COREWEAVE: &str = "CW-SECRET-hunter2";
    #[track_caller]
    fn check(endpoint: Value<&str>, token: Option<&str>, severity: Option<Severity>, complaint: &str) {
        let config = ClusterKubeconfigPartial {
            endpoint: endpoint.map(str::to_owned),
            oidc: if token.is_none() { Value::Known(OidcInputPartial::default()) } else { Value::Null },
            token: token.map(|token| SecretString::from(token).into()).into(),
            ..ClusterKubeconfigPartial::default()
        };
        let mut report = Diagnostics::default();
        credential_fits_address(&config, &mut report);
        let found: Vec<_> = report.iter().map(|message| message.detail.as_str()).collect();
        let found = found.join("\n");
        assert!(found.contains(complaint), "{found}");
        assert_eq!(report.iter().map(|message| message.severity).next(), severity, "{found}");
        assert!(!token.is_some_and(|token| found.contains(token)), "{found}");
    }
    let (error, warning) = (Some(Severity::Error), Some(Severity::Warning));
    check(Value::Known("managed"), Some(COREWEAVE), None, "");
    check(Value::Known("managed"), Some(JWT), warning, "This is a JWT");
    check(Value::Known("managed"), Some("opaque"), None, "");
    check(Value::Known("managed"), None, error, "no token of an OIDC issuer");
    for unmanaged in [Value::Null, Value::Known("unmanaged")] {
        check(unmanaged.clone(), Some(COREWEAVE), error, "endpoint = \"managed\"");
        check(unmanaged.clone(), Some(JWT), None, "");
        check(unmanaged, None, None, "");
    }
    check(Value::Unknown, Some(COREWEAVE), None, "");
    check(Value::Unknown, None, None, "");
}

#[test]
fn a_coreweave_token_fits_no_host_but_a_managed_endpoint_of_coreweaves() {
    #[track_caller]
    fn check(host: Value<&str>, token: Option<&str>, is_error: bool) {
        let config = ClusterKubeconfigPartial {
            host: host.map(str::to_owned),
            oidc: if token.is_none() { Value::Known(OidcInputPartial::default()) } else { Value::Null },
            token: token.map(|token| SecretString::from(token).into()).into(),
            ..ClusterKubeconfigPartial::default()
        };
        let mut report = Diagnostics::default();
        one_address(&config, &mut report);
        credential_fits_address(&config, &mut report);
        let found: Vec<_> = report.iter().map(|message| message.detail.as_str()).collect();
        assert_eq!(report.has_errors(), is_error, "{found:?}");
        assert_eq!(found.len(), usize::from(is_error), "{found:?}");
        assert!(!found.concat().contains("hunter2"), "{found:?}");
    }
    const COREWEAVE: &str = "CW-SECRET-hunter2";
    let managed = Value::Known("https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com");
    for foreign in [
        "https://train.example.ts.net",
        "https://10.16.0.4:6443",
        "https://api.ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com",
        "https://ab1cd2-22df2adc.k8s.us-east-04a.coreweave.com.example.com",
    ] {
        check(Value::Known(foreign), Some(COREWEAVE), true);
        check(Value::Known(foreign), Some("eyJhbGciOi.eyJpc3Mi.c2ln"), false);
        check(Value::Known(foreign), Some("opaque"), false);
        check(Value::Known(foreign), None, false);
    }
    check(managed, Some(COREWEAVE), false);
    check(Value::Unknown, Some(COREWEAVE), false);
}

#[test]
fn an_address_is_either_a_host_or_an_endpoint_and_only_a_host_has_another_name() {
    #[track_caller]
    fn check(host: Value<&str>, endpoint: Value<&str>, name: Value<&str>, expected: &[&str]) {
        let config = ClusterKubeconfigPartial {
            host: host.map(str::to_owned),
            endpoint: endpoint.map(str::to_owned),
            tls_server_name: name.map(str::to_owned),
            ..ClusterKubeconfigPartial::default()
        };
        let mut report = Diagnostics::default();
        one_address(&config, &mut report);
        let found: Vec<_> = report.iter().map(|message| message.path.to_string()).collect();
        assert_eq!(found, expected, "{config:?}");
    }
    let (host, name) = (Value::Known("https://10.16.0.4:6443"), Value::Known("kubernetes.default.svc"));
    check(host.clone(), Value::Null, name.clone(), &[]);
    for endpoint in ["managed", "unmanaged"] {
        check(host.clone(), Value::Known(endpoint), Value::Null, &["host"]);
        check(Value::Null, Value::Known(endpoint), name.clone(), &["tls_server_name"]);
    }
    check(Value::Null, Value::Null, name.clone(), &["tls_server_name"]);
    check(Value::Unknown, Value::Known("managed"), name.clone(), &[]);
    check(host, Value::Unknown, Value::Unknown, &[]);
    check(Value::Null, Value::Null, Value::Unknown, &[]);
}
