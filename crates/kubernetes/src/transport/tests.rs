//! Which proxy a server has. The connections themselves: `crates/kubernetes/src/http/tls_tests.rs`.

use super::*;

#[test]
fn a_configured_proxy_precedes_the_kubeconfigs() {
    let server = Uri::from_static("https://kube.example.com:6443");
    let found = |proxy: &Proxy, own: Option<&str>| {
        proxy_for(&server, proxy, own).map(|found| found.map(|proxy| proxy.address.to_string()))
    };
    let given = Proxy::given("http://user:pass@proxy:3128").expect("a proxy");
    assert_eq!(found(&given, Some("http://other:1")), Ok(Some("http://proxy:3128".to_owned())));
    assert_eq!(found(&Proxy::ENVIRONMENT, Some("socks5://other:1")), Ok(Some("socks5://other:1".to_owned())));
    for own in ["socks4://user:hunter2@proxy:1", "ftp://user:hunter2@proxy", "user:hunter2@", ""] {
        let said = found(&Proxy::ENVIRONMENT, Some(own)).expect_err(own);
        assert!(said.contains("its kubeconfig's proxy") && !said.contains("hunter2"), "{said}");
    }
}
