//! The proxy that the environment defines: `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme, else `ALL_PROXY`, unless `NO_PROXY`
//! makes an exception (golang.org/x/net/http/httpproxy; `ALL_PROXY` as in curl).

use super::{ProxyAddress, UnusableProxy, no_proxy::NoProxy};

/// The proxy for a server of this scheme. `variable`: a variable of the environment by name.
pub(super) fn environment_proxy(
    scheme: &str,
    host: &str,
    port: Option<u16>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<ProxyAddress>, UnusableProxy> {
    let names: &[&str] = match scheme {
        "http" => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        _ => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
    };
    let Some((name, value)) = first_of(names, variable) else { return Ok(None) };
    let exceptions =
        first_of(&["NO_PROXY", "no_proxy"], variable).map(|(_, value)| value).unwrap_or_default();
    if NoProxy::parse(&exceptions).has(host, port) {
        return Ok(None);
    }
    // A value without a scheme is the address of an http proxy.
    let url = if value.contains("://") { value } else { format!("http://{value}") };
    ProxyAddress::parse(&url)
        .map(Some)
        .map_err(|why| UnusableProxy { whose: format!("the proxy in the environment variable {name}"), why })
}

/// The first variable that is set and not empty, with its name.
fn first_of<'a>(names: &[&'a str], variable: &dyn Fn(&str) -> Option<String>) -> Option<(&'a str, String)> {
    let value = |name: &&'a str| {
        let value = variable(name)?.trim().to_owned();
        (!value.is_empty()).then_some((*name, value))
    };
    names.iter().find_map(value)
}
