//! Faults of networks and gateways, injected by kind of call and number.

use std::time::Duration;

use http::{Method, StatusCode};

/// Kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `GET /v1beta1/cks/clusters`, or `ListClusters` over Connect.
    ListClusters,
    /// `GET /v1beta1/cks/clusters/{id}`, or `GetCluster` over Connect.
    GetCluster,
    /// `POST /v1beta1/cks/clusters`, or `CreateCluster` over Connect.
    CreateCluster,
    /// `PATCH /v1beta1/cks/clusters/{id}`, or `UpdateCluster` over Connect.
    UpdateCluster,
    /// `DELETE /v1beta1/cks/clusters/{id}`, or `DeleteCluster` over Connect.
    DeleteCluster,
    /// `GET /v1beta1/auth/whoami`.
    Whoami,
    /// Any request to a managed endpoint.
    Managed,
    /// Any request to an unmanaged endpoint.
    Unmanaged,
    /// A route that the API does not have.
    Unknown,
}

impl Call {
    /// Start of the paths over Connect; the name of the procedure follows.
    pub(crate) const PROCEDURES: &str = "/coreweave.cks.v1beta1.ClusterService/";

    /// The call of a procedure of ClusterService.
    pub(crate) fn of_procedure(name: &str) -> Option<Self> {
        Some(match name {
            "ListClusters" => Self::ListClusters,
            "GetCluster" => Self::GetCluster,
            "CreateCluster" => Self::CreateCluster,
            "UpdateCluster" => Self::UpdateCluster,
            "DeleteCluster" => Self::DeleteCluster,
            _ => return None,
        })
    }

    pub(crate) fn of_api(method: &Method, path: &str) -> Self {
        if let Some(procedure) = path.strip_prefix(Self::PROCEDURES) {
            let call = Self::of_procedure(procedure).filter(|_| method == Method::POST);
            return call.unwrap_or(Self::Unknown);
        }
        let id = path.strip_prefix("/v1beta1/cks/clusters").map(|rest| rest.trim_matches('/'));
        match (method.as_str(), id) {
            ("GET", Some("")) => Self::ListClusters,
            ("POST", Some("")) => Self::CreateCluster,
            ("GET", Some(_)) => Self::GetCluster,
            ("PATCH", Some(_)) => Self::UpdateCluster,
            ("DELETE", Some(_)) => Self::DeleteCluster,
            ("GET", None) if path == "/v1beta1/auth/whoami" => Self::Whoami,
            _ => Self::Unknown,
        }
    }
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status as the response; the request has no effect.
    Status {
        /// 429, 500, 502, 503, …
        status: StatusCode,
        /// `Retry-After` header, if any.
        retry_after: Option<RetryAfter>,
        /// The body; `None`: an error in the configured format.
        body: Option<String>,
    },
    /// The connection is reset before the request takes effect.
    ResetBefore,
    /// The request takes effect, then the connection is reset: the response is lost.
    ResetAfter,
    /// The request takes effect, and half of the response is sent.
    TruncatedBody,
    /// The response is delayed by this time.
    Delay(Duration),
    /// The request has no effect, and no response is sent.
    Hang,
    /// The request takes effect, and no response is sent.
    HangAfter,
    /// The request takes effect, and the `Date` of its response is ahead of this machine's clock.
    DateAhead(Duration),
}

impl Fault {
    /// A status without `Retry-After`.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Status { status, retry_after: None, body: None }
    }

    /// A status with `Retry-After`.
    pub fn retry_after(status: u16, retry_after: RetryAfter) -> Self {
        match Self::status(status) {
            Self::Status { status, body, .. } => {
                Self::Status { status, retry_after: Some(retry_after), body }
            }
            other => other,
        }
    }
}

/// The two forms of the `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `Retry-After: 1`.
    Seconds(u64),
    /// `Retry-After: Wed, 21 Oct 2026 07:28:00 GMT`, that far from now (whole seconds).
    DateIn(Duration),
}

impl RetryAfter {
    pub(crate) fn value(self) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::DateIn(delay) => httpdate::fmt_http_date(std::time::SystemTime::now() + delay),
        }
    }
}

/// A fault, with the calls that it applies to and their number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    fault: Fault,
    call: Option<Call>,
    method: Option<Method>,
    path: Option<String>,
    skip: u32,
    times: u32,
}

impl Injection {
    /// Applies to the next call of any kind, once.
    pub fn new(fault: Fault) -> Self {
        Self { fault, call: None, method: None, path: None, skip: 0, times: 1 }
    }

    /// Only calls of this kind.
    #[must_use]
    pub fn on(mut self, call: Call) -> Self {
        self.call = Some(call);
        self
    }

    /// Only requests with this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only requests whose path with query contains this.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    fn befalls(&self, call: Call, method: &Method, path: &str) -> bool {
        self.call.is_none_or(|wanted| wanted == call)
            && self.method.as_ref().is_none_or(|wanted| wanted == method)
            && self.path.as_ref().is_none_or(|part| path.contains(part))
    }

    /// Skips this number of calls.
    #[must_use]
    pub fn after(mut self, skip: u32) -> Self {
        self.skip = skip;
        self
    }

    /// Number of calls; `u32::MAX` for all that follow.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// Pending faults, in the order of their injection; the first that matches a call applies to it.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan(Vec<Injection>);

impl FaultPlan {
    pub(crate) fn add(&mut self, injection: Injection) {
        self.0.push(injection);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Number of pending faults.
    pub(crate) fn pending(&self) -> usize {
        self.0.len()
    }

    /// Takes the fault for this call.
    pub(crate) fn take(&mut self, call: Call, method: &Method, path: &str) -> Option<Fault> {
        for (index, injection) in self.0.iter_mut().enumerate() {
            if !injection.befalls(call, method, path) {
                continue;
            }
            if injection.skip > 0 {
                injection.skip -= 1;
                continue;
            }
            let fault = injection.fault.clone();
            injection.times = injection.times.saturating_sub(u32::from(injection.times != u32::MAX));
            if injection.times == 0 {
                self.0.remove(index);
            }
            return Some(fault);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Call, Fault, FaultPlan, Injection, Method, RetryAfter};

    fn take(plan: &mut FaultPlan, call: Call) -> Option<Fault> {
        plan.take(call, &Method::GET, "/any")
    }

    #[test]
    fn a_fault_applies_to_its_calls_as_often_as_configured() {
        let mut plan = FaultPlan::default();
        plan.add(Injection::new(Fault::Hang).on(Call::GetCluster).after(1).times(2));
        assert_eq!(take(&mut plan, Call::ListClusters), None);
        let taken: Vec<_> = (0..4).map(|_| take(&mut plan, Call::GetCluster).is_some()).collect();
        assert_eq!(taken, [false, true, true, false]);
        assert_eq!(plan.pending(), 0);
    }

    #[test]
    fn faults_apply_in_the_order_of_their_injection() {
        let mut plan = FaultPlan::default();
        plan.add(Injection::new(Fault::status(500)));
        plan.add(Injection::new(Fault::status(503)));
        assert_eq!(take(&mut plan, Call::Whoami), Some(Fault::status(500)));
        assert_eq!(take(&mut plan, Call::Whoami), Some(Fault::status(503)));
    }

    #[test]
    fn a_fault_can_name_a_method_and_a_part_of_the_path() {
        let mut plan = FaultPlan::default();
        plan.add(Injection::new(Fault::Hang).on(Call::Managed).method(Method::POST).path("/token"));
        for (method, path) in [(Method::GET, "/a/token"), (Method::POST, "/a/secrets")] {
            assert_eq!(plan.take(Call::Managed, &method, path), None, "{method} {path}");
        }
        assert_eq!(plan.take(Call::Managed, &Method::POST, "/a/token?x=y"), Some(Fault::Hang));
    }

    #[test]
    fn calls_are_distinguished_by_method_and_path() {
        let check = |method, path, call| assert_eq!(Call::of_api(&method, path), call, "{method} {path}");
        check(Method::GET, "/v1beta1/cks/clusters", Call::ListClusters);
        check(Method::GET, "/v1beta1/cks/clusters/x", Call::GetCluster);
        check(Method::PATCH, "/v1beta1/cks/clusters/x", Call::UpdateCluster);
        check(Method::GET, "/v1beta1/auth/whoami", Call::Whoami);
        check(Method::PUT, "/v1beta1/cks/clusters/x", Call::Unknown);
        check(Method::POST, "/coreweave.cks.v1beta1.ClusterService/UpdateCluster", Call::UpdateCluster);
        check(Method::GET, "/coreweave.cks.v1beta1.ClusterService/UpdateCluster", Call::Unknown);
        check(Method::POST, "/coreweave.cks.v1beta1.ClusterService/UpgradeCluster", Call::Unknown);
    }

    #[test]
    fn retry_after_has_two_forms() {
        assert_eq!(RetryAfter::Seconds(2).value(), "2");
        let date = httpdate::parse_http_date(&RetryAfter::DateIn(Duration::from_mins(1)).value()).unwrap();
        let ahead = date.duration_since(std::time::SystemTime::now()).unwrap();
        assert!(ahead > Duration::from_secs(50) && ahead <= Duration::from_mins(1), "{ahead:?}");
    }
}
