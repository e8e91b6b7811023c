//! Which proxy applies to which server.

use super::*;

const OTHERS: [&str; 4] = ["api.coreweave.com", "10.1.2.3", "localhost.example.com", "[2001:db8::1]"];
const OURS: [&str; 5] = ["localhost", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]"];

fn url(host: &str) -> Url {
    format!("https://{host}:6443").parse().expect("a URL")
}

fn chosen(
    proxy: &Proxy,
    host: &str,
    own: Option<&str>,
    environment: &[(&str, &str)],
) -> Result<String, String> {
    let variable = |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    match proxy.choose(&url(host), own, &variable) {
        Ok(ProxyChoice::Direct) => Ok("direct".to_owned()),
        Ok(ProxyChoice::Through(address)) => Ok(address.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn the_configured_proxy_precedes_the_servers_own_and_both_precede_the_environment() {
    let given = Proxy::given("http://user:pass@given:3128").expect("a proxy");
    let own = Some("http://own:1");
    let environment = [("HTTPS_PROXY", "http://environment:2"), ("NO_PROXY", "")];
    for host in OTHERS.into_iter().chain(OURS) {
        let otherwise = if OURS.contains(&host) { "direct" } else { "http://environment:2" };
        for (proxy, own, expected) in [
            (&given, None, "http://given:3128"),
            (&given, own, "http://given:3128"),
            (&Proxy::ENVIRONMENT, own, "http://own:1"),
            (&Proxy::ENVIRONMENT, None, otherwise),
        ] {
            assert_eq!(chosen(proxy, host, own, &environment).as_deref(), Ok(expected), "{host} {proxy:?}");
        }
    }
}

#[test]
fn an_unencrypted_request_to_this_machine_goes_through_no_proxy() {
    let variable = |name: &str| (name == "HTTP_PROXY").then(|| "http://environment:2".to_owned());
    for host in OTHERS.into_iter().chain(OURS) {
        let url = format!("http://{host}:8080").parse().expect("a URL");
        for proxy in [Proxy::given("http://given:3128").expect("a proxy"), Proxy::ENVIRONMENT] {
            for own in [None, Some("http://own:1")] {
                let chosen = proxy.choose(&url, own, &variable).expect("readable");
                assert_eq!(chosen == ProxyChoice::Direct, OURS.contains(&host), "{url} {proxy:?} {own:?}");
            }
        }
    }
}

#[test]
fn an_empty_variable_hides_no_other() {
    #[track_caller]
    fn check(environment: &[(&str, &str)], expected: &str) {
        let found = chosen(&Proxy::ENVIRONMENT, "kube.example.com", None, environment);
        assert_eq!(found.as_deref(), Ok(expected), "{environment:?}");
    }
    check(&[("HTTPS_PROXY", ""), ("https_proxy", "http://lower:1")], "http://lower:1");
    check(
        &[("HTTPS_PROXY", " "), ("https_proxy", ""), ("ALL_PROXY", ""), ("all_proxy", "http://all:1")],
        "http://all:1",
    );
    check(&[("HTTPS_PROXY", "http://upper:1"), ("https_proxy", "http://lower:1")], "http://upper:1");
    check(&[("HTTP_PROXY", "http://other:1")], "direct");
    check(&[("HTTPS_PROXY", "proxy:3128")], "http://proxy:3128");
    check(&[("HTTPS_PROXY", "socks5://proxy")], "socks5://proxy:1080");
    check(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", ""), ("no_proxy", "example.com")], "direct");
    check(
        &[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "example.org"), ("no_proxy", "example.com")],
        "http://p:1",
    );
}

#[test]
fn an_unreadable_value_is_an_error_and_never_a_direct_connection() {
    for bad in [
        "ftp://user:hunter2@proxy",
        "http://",
        "http://user:hunter2@:80",
        "http://ho st",
        "socks4://proxy",
        "http://%zz",
    ] {
        let environment = [("https_proxy", bad)];
        let said = chosen(&Proxy::ENVIRONMENT, "h", None, &environment).expect_err(bad);
        assert!(said.contains("https_proxy") && !said.contains("hunter2"), "{said}");
        let variable = |name: &str| (name == "https_proxy").then(|| bad.to_owned());
        assert_eq!(Proxy::check_environment(&variable).expect_err(bad).to_string(), said);
        let excepted = |name: &str| match name {
            "NO_PROXY" => Some("*".to_owned()),
            name => variable(name),
        };
        assert_eq!(Proxy::check_environment(&excepted), Ok(()), "it applies to nothing");
        let said = chosen(&Proxy::ENVIRONMENT, "h", Some(bad), &[]).expect_err(bad);
        assert!(said.contains("kubeconfig") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_proxy_has_an_http_https_or_socks_address() {
    for good in ["http://proxy:3128", "https://user:hunter2@proxy", "socks5://proxy:1", "socks5h://proxy"] {
        assert!(Proxy::given(good).is_ok(), "{good}");
    }
    for (bad, expected) in [
        ("socks4://user:hunter2@proxy:1", "socks5://"),
        ("ftp://user:hunter2@proxy", "socks5://"),
        ("proxy:3128", "socks5://"),
        ("user:hunter2@", "socks5://"),
        ("socks5:proxy", "socks5://"),
        ("", "not a URL"),
        ("http://", "not a URL"),
    ] {
        let said = Proxy::given(bad).expect_err(bad).to_string();
        assert!(said.contains(expected) && !said.contains("hunter2"), "{bad}: {said}");
    }
}

#[test]
fn a_login_is_sent_and_never_shown() {
    let address = ProxyAddress::parse("http://user:pa%40ss@proxy:3128").expect("a proxy");
    assert_eq!(
        address.basic_auth().as_ref().and_then(|header| header.to_str().ok()),
        Some("Basic dXNlcjpwYUBzcw==")
    );
    assert_eq!(address.login(), Some(("user", "pa@ss")));
    assert_eq!(address.with_login(), "http://user:pa%40ss@proxy:3128/");
    assert_eq!(
        format!("{address:?} {address} {}", address.uri()),
        "http://proxy:3128 http://proxy:3128 http://proxy:3128/"
    );
    let proxy = Proxy::given("https://user:hunter2@proxy").expect("a proxy");
    assert_eq!(format!("{proxy:?}"), "Given(https://proxy:443)");
    let without = ProxyAddress::parse("socks5://proxy").expect("a proxy");
    assert!(without.login().is_none() && without.basic_auth().is_none() && without.is_socks());
    assert_eq!(without.uri().to_string(), "socks5h://proxy:1080/");
}
