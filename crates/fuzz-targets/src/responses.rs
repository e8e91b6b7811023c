//! Responses of the three APIs. The input is a byte for the status, a line with the value of some headers, and the body.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::expect_printable;

const STATUSES: [u16; 18] =
    [200, 201, 204, 301, 302, 307, 400, 401, 403, 404, 409, 410, 412, 422, 429, 500, 503, 504];

pub(crate) fn coreweave(bytes: &[u8]) {
    let Some((status, headers, body)) = response(bytes) else { return };
    expect_printable(&::coreweave::fuzzing::response(status, &headers, body), ::coreweave::fuzzing::TOKEN);
    ::coreweave::fuzzing::certificates(&String::from_utf8_lossy(body));
}

pub(crate) fn kubernetes(bytes: &[u8]) {
    let Some((status, headers, body)) = response(bytes) else { return };
    expect_printable(&::kubernetes::fuzzing::response(status, &headers, body), ::kubernetes::fuzzing::TOKEN);
}

pub(crate) fn openid(bytes: &[u8]) {
    let Some((status, headers, body)) = response(bytes) else { return };
    // No request for a document or keys has a secret.
    expect_printable(&::openid::fuzzing::response(status, &headers, body), "\u{0}");
    expect_printable(
        &::openid::fuzzing::id_token_response(status, &headers, body),
        ::openid::fuzzing::CREDENTIAL,
    );
}

fn response(bytes: &[u8]) -> Option<(StatusCode, HeaderMap, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let status = StatusCode::from_u16(*STATUSES.get(usize::from(*first) % STATUSES.len())?).ok()?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (value, body) = rest.split_at(end);
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(value) {
        for name in [header::RETRY_AFTER, header::WARNING, header::LOCATION, header::DATE] {
            headers.insert(name, value.clone());
        }
    }
    Some((status, headers, body.get(1..)?))
}

/// The input for this response.
fn seed(status: u16, header: &str, body: &str) -> Vec<u8> {
    let position = STATUSES.iter().position(|known| *known == status).unwrap_or_default();
    [&[u8::try_from(position).unwrap_or_default()], header.as_bytes(), b"\n", body.as_bytes()].concat()
}

pub(crate) fn coreweave_seeds() -> Vec<Vec<u8>> {
    let token = ::coreweave::fuzzing::TOKEN;
    let ca = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";
    let cluster = json!({
        "id": "81540112-93fc-4d39-af10-fe6c2f4b8824", "name": "demo", "zone": "US-EAST-04A", "vpcId": "d0584354",
        "public": true, "version": "v1.35", "status": "STATUS_RUNNING",
        "network": {"podCidrName": "pod", "internalLbCidrNames": ["lb"], "serviceNodePortRange": {"start": 30000, "end": "39534"}},
        "oidc": {"issuerUrl": "https://samples.example.com/", "clientId": "abc", "usernameClaim": "email", "ca": ca,
            "signingAlgorithms": ["SIGNING_ALGORITHM_RS256"], "requiredClaim": "a=b", "adminGroupBinding": "admins"},
        "authnWebhook": {"server": "https://hook.example.com", "ca": ca}, "authzWebhook": {"server": "https://hook.example.com"},
        "apiServerEndpoint": "a74af4-22df2adc.k8s.us-east-04a.coreweave.com", "createdAt": "2026-03-01T09:30:00Z",
        "kubelet": {"maxPods": 50}, "additionalServerSans": ["a.example.com"], "tailscale": {"clientId": "c"},
        "kubeApiAccess": {"public": {"allowCidrs": ["192.0.2.0/24"]}}, "publicAccess": {"mode": "TLS"},
    });
    let body_of = |kind: &str, value: &str| {
        json!({"code": "invalid_argument", "message": format!("validation error: oidc.issuer_url: {token}"),
            "details": [{"type": format!("google.rpc.{kind}"), "value": value}]})
        .to_string()
    };
    vec![
        seed(200, "", &json!({ "cluster": cluster }).to_string()),
        seed(200, "", &json!({ "items": [cluster, {"id": "1", "status": 3}] }).to_string()),
        seed(200, "", r#"{"principal":{"uid":"u","orgUid":"ab1cd2"}}"#),
        seed(200, "", "<html><title>Login</title></html>"),
        seed(200, "", r#"{"cluster":{"id":"81"#),
        seed(400, "", &body_of("BadRequest", "ChcKB29pZGMuY2ESDG11c3QgYmUgYmFzZQ")),
        seed(400, "", &body_of("PreconditionFailure", "ChoKBVNUQVRFEgdjbHVzdGVyGghpcyBidXN5")),
        seed(
            422,
            "",
            r#"{"code":3,"message":"m","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"oidc.issuer_url","description":"value must be a valid URI"}]}]}"#,
        ),
        seed(
            404,
            "",
            r#"{"code":5,"message":"cluster 8154 not found","details":[{"type":"google.rpc.ResourceInfo","value":""}]}"#,
        ),
        seed(401, "", &format!(r#"{{"code":"unauthenticated","message":"bad token {token}"}}"#)),
        seed(403, "", r#"{"error":{"code":403,"status":"PERMISSION_DENIED","message":"no"}}"#),
        seed(409, "", r#"{"code":"aborted","message":"version does not match"}"#),
        seed(429, "7", "slow down"),
        seed(503, "Sun, 06 Nov 1994 08:49:37 GMT", "<!DOCTYPE html><h1 class='x'>Denied</h1>"),
        seed(302, "https://login.example.com/?token=x", ""),
    ]
}

pub(crate) fn kubernetes_seeds() -> Vec<Vec<u8>> {
    let token = ::kubernetes::fuzzing::TOKEN;
    let metadata = json!({
        "name": "deployers", "namespace": "team", "uid": "1-2-3", "resourceVersion": "77", "creationTimestamp": "2026-01-02T03:04:05Z",
        "labels": {"a": "b"}, "annotations": {"c": "d"}, "deletionTimestamp": "2026-01-02T03:04:05Z",
        "managedFields": [{"manager": "terraform-provider-cks", "operation": "Update", "time": "2026-01-02T03:04:05Z"},
            {"manager": "kubectl", "operation": "Apply", "time": "2026-01-03T03:04:05Z", "fieldsV1": {"f:subjects": {}}}],
    });
    let group = "rbac.authorization.k8s.io";
    let binding = json!({
        "apiVersion": format!("{group}/v1"), "kind": "RoleBinding", "metadata": metadata,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"kind": "User", "apiGroup": group, "name": "ada"}, {"kind": "ServiceAccount", "name": "ci", "namespace": "team"},
            {"kind": "Group", "apiGroup": group, "name": "g", "namespace": "odd"}],
    });
    let role = json!({"metadata": metadata, "aggregationRule": {}, "rules": [{"verbs": ["get", "list"], "apiGroups": [""],
        "resources": ["pods"], "resourceNames": ["a"], "nonResourceURLs": ["/healthz"]}]});
    let escalation = "roles \"a\" is forbidden: user \"eve\" is attempting to grant RBAC permissions not currently held:\n\
                      {APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}\n{Verbs:[\"*\"]}";
    let rejection = |reason: &str, message: &str| {
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": 409,
            "details": {"name": "deployers", "group": group, "kind": "rolebindings", "uid": "1", "retryAfterSeconds": 1,
                "causes": [{"reason": "FieldValueInvalid", "message": "no", "field": "roleRef"}]}})
        .to_string()
    };
    vec![
        seed(200, "299 - \"unknown field \\\"spec.x\\\"\"", &binding.to_string()),
        seed(201, "", &role.to_string()),
        seed(200, "", &json!({"metadata": metadata, "automountServiceAccountToken": false}).to_string()),
        seed(200, "", &json!({"metadata": {"continue": "x"}, "items": [binding, role]}).to_string()),
        seed(201, "", &json!({"spec": {"expirationSeconds": 600}, "status": {"token": "eyJ", "expirationTimestamp": "2026-01-01T00:00:00Z"}}).to_string()),
        seed(200, "", &json!({"status": {"allowed": true, "reason": "r", "userInfo": {"username": "u", "groups": ["g"], "extra": {"e": ["f"]}}}}).to_string()),
        seed(200, "", r#"{"metadata":{"name":"#),
        seed(200, "", "<html>proxy</html>"),
        seed(409, "", &rejection("AlreadyExists", "rolebindings already exists")),
        seed(409, "", &rejection("Conflict", "Precondition failed: UID in precondition: 1, UID in object meta: 2")),
        seed(404, "", &rejection("NotFound", "rolebindings \"deployers\" not found")),
        seed(403, "", &rejection("Forbidden", escalation)),
        seed(401, "", &rejection("Unauthorized", token)),
        seed(422, "", &rejection("Invalid", "is invalid: roleRef: cannot change")),
        seed(410, "", &rejection("Expired", "the continue token is too old")),
        seed(429, "1", &rejection("TooManyRequests", token)),
        seed(503, "soon", "upstream connect error"),
    ]
}

pub(crate) fn openid_seeds() -> Vec<Vec<u8>> {
    let document = json!({
        "issuer": "https://issuer.example.com", "jwks_uri": "https://issuer.example.com/keys",
        "authorization_endpoint": "https://issuer.example.com/auth", "scopes_supported": ["openid", "email", 7],
        "id_token_signing_alg_values_supported": ["RS256"], "grant_types_supported": "authorization_code",
    });
    let keys = json!({"keys": [{"kid": "a", "kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "sig"}, {"kty": "EC"}, {"kid": 7}]});
    vec![
        seed(200, "", &document.to_string()),
        seed(200, "", &keys.to_string()),
        seed(200, "", "[1]"),
        seed(200, "", "\u{1f}\u{8b}\u{8}"),
        seed(404, "", "no"),
        seed(302, "https://elsewhere.example.com/?state=x#y", ""),
        seed(503, "120", ""),
        seed(200, "", r#"{"count":1,"value":"e30.eyJpYXQiOjEwMCwiZXhwIjo0MDB9.c2ln"}"#),
        seed(403, "", &format!("the job of {} may not", ::openid::fuzzing::CREDENTIAL)),
    ]
}
