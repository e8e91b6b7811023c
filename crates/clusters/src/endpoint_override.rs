//! Another way to a cluster's Kubernetes than the provider's own: by one of the cluster's two endpoints, perhaps as somebody else.

use kubernetes::Credentials;
use secrecy::SecretString;

use super::{Endpoint, Error, ManagedCredentials, Route, Routes, Target};

/// An endpoint and the credentials for it.
#[derive(Clone, Debug)]
pub struct EndpointOverride {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// A token and where it came from, in words. `None`: the provider's own credentials, if this endpoint takes them.
    pub token: Option<(SecretString, String)>,
}

impl Routes {
    /// The route of an override. Proxy and trusted certificates are those of the provider's own route.
    pub(super) fn overridden(
        &self,
        cluster_id: &str,
        endpoint_override: EndpointOverride,
    ) -> Result<Route, Error> {
        let EndpointOverride { endpoint, token } = endpoint_override;
        let refused =
            |why: &str| Error::WrongEndpoint { id: cluster_id.to_owned(), endpoint, why: why.to_owned() };
        let own = self.to(cluster_id)?;
        let is_same = own.target.endpoint() == Some(endpoint);
        let is_to_an_endpoint = own.target.endpoint().is_some();
        let given = match token {
            Some((token, source)) => match endpoint.refuses(&token) {
                Some(why) => return Err(refused(why)),
                None => Some(Credentials::Token { token, source }),
            },
            None => None,
        };
        let target = match (given, endpoint) {
            (Some(given), Endpoint::Managed) => Target::Managed(ManagedCredentials::Own(given)),
            (Some(given), Endpoint::Unmanaged) => Target::Unmanaged(given),
            (None, _) if is_same => own.target.clone(),
            (None, Endpoint::Managed) => Target::Managed(ManagedCredentials::CoreWeaveToken),
            // Whatever goes elsewhere was not given for this endpoint; the CoreWeave token would be refused.
            (None, Endpoint::Unmanaged) => {
                return Err(refused(
                    "The provider has no credentials for it. Give `token`, or a `kubernetes` entry with endpoint = \"unmanaged\" in the \
                     provider block.",
                ));
            }
        };
        let network = if is_to_an_endpoint { own } else { Route::default() };
        Ok(Route {
            target,
            certificates: network.certificates,
            tls_server_name: network.tls_server_name.filter(|_| is_same),
            proxy: network.proxy,
        })
    }
}

#[cfg(test)]
mod tests {
    use request_pipeline::{LoginUrl, Proxy};

    use super::*;
    use crate::AccessEntry;

    const JWT: &str = "eyJ-given";
    const COREWEAVE: &str = "CW-SECRET-given";

    fn routes(route: Option<Route>) -> Routes {
        Routes { default: route.map(|route| AccessEntry::Known(Box::new(route))), ..Routes::default() }
    }

    fn unmanaged() -> Route {
        let credentials = Credentials::Token { token: "eyJ-own".into(), source: "the entry".to_owned() };
        let proxy = Proxy::given("http://proxy:3128").expect("a proxy");
        Route {
            target: Target::Unmanaged(credentials),
            certificates: Some("PEM".to_owned()),
            tls_server_name: Some("name".to_owned()),
            proxy: Some(proxy),
        }
    }

    /// To an address.
    fn elsewhere() -> Route {
        let Target::Unmanaged(credentials) = unmanaged().target else { panic!("it is unmanaged") };
        Route { target: Target::Host { url: LoginUrl::new("https://h"), credentials }, ..unmanaged() }
    }

    /// Credentials of a route; `None`: the CoreWeave token.
    fn credentials(route: Route) -> Option<String> {
        match route.target {
            Target::Managed(ManagedCredentials::CoreWeaveToken) => None,
            Target::Managed(ManagedCredentials::Own(own)) | Target::Unmanaged(own) => Some(own.to_string()),
            other => panic!("{other:?}"),
        }
    }

    fn overridden(routes: &Routes, endpoint: Endpoint, token: Option<&str>) -> Result<Route, String> {
        let token = token.map(|token| (token.into(), "`token`".to_owned()));
        routes.overridden("a", EndpointOverride { endpoint, token }).map_err(|error| match error {
            Error::WrongEndpoint { why, .. } => why,
            other => other.to_string(),
        })
    }

    #[test]
    fn each_endpoint_is_sent_only_what_it_takes() {
        #[track_caller]
        fn check(
            routes: &Routes,
            endpoint: Endpoint,
            token: Option<&str>,
            expected: Result<Option<&str>, &str>,
        ) {
            let found = overridden(routes, endpoint, token).map(credentials);
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                other => panic!("{other:?}"),
            }
        }
        let (plain, own) = (routes(None), routes(Some(unmanaged())));
        for routes in [&plain, &own] {
            check(routes, Endpoint::Unmanaged, Some(JWT), Ok(Some("the token from `token`")));
            check(routes, Endpoint::Managed, Some(COREWEAVE), Ok(Some("the token from `token`")));
            check(routes, Endpoint::Unmanaged, Some(COREWEAVE), Err("the unmanaged endpoint refuses"));
            check(routes, Endpoint::Managed, Some(JWT), Err("the managed endpoint takes no other"));
            // The CoreWeave token.
            check(routes, Endpoint::Managed, None, Ok(None));
        }
        check(&plain, Endpoint::Unmanaged, None, Err("no credentials for it"));
        check(&own, Endpoint::Unmanaged, None, Ok(Some("the token from the entry")));
        check(&routes(Some(elsewhere())), Endpoint::Unmanaged, None, Err("no credentials for it"));
    }

    #[test]
    fn proxy_and_certificate_settings_apply_to_endpoints_only() {
        let own = routes(Some(unmanaged()));
        let same = overridden(&own, Endpoint::Unmanaged, Some(JWT)).expect("a route");
        assert!(same.proxy.is_some() && same.certificates.is_some() && same.tls_server_name.is_some());
        let other = overridden(&own, Endpoint::Managed, None).expect("a route");
        assert!(other.proxy.is_some() && other.certificates.is_some() && other.tls_server_name.is_none());
        let overridden =
            overridden(&routes(Some(elsewhere())), Endpoint::Unmanaged, Some(JWT)).expect("a route");
        assert!(
            overridden.proxy.is_none()
                && overridden.certificates.is_none()
                && overridden.tls_server_name.is_none()
        );
    }

    #[test]
    fn a_route_that_is_not_known_yet_is_not_guessed() {
        let unknown = Routes {
            default: Some(AccessEntry::Unknown(vec!["kubernetes[0].token".to_owned()])),
            ..Routes::default()
        };
        let error = unknown
            .overridden("a", EndpointOverride { endpoint: Endpoint::Managed, token: None })
            .expect_err("unknown");
        assert!(matches!(error, Error::UnknownConfiguration { .. }), "{error:?}");
    }
}
