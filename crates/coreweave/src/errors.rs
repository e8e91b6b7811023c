//! Why a call failed, as facts. The provider builds the messages.

use std::{fmt, time::Duration};

use request_pipeline::{COREWEAVE_TOKEN_PREFIX, TlsProblem};

use super::{
    block::{BlockKind, LeafDifference},
    fields::Field,
    status::Status,
};

/// Why a call to the CoreWeave API failed. No variant holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The API does not accept the token (401).
    #[error("CoreWeave does not accept the token from {token_source}: {shape}{}", also(message))]
    Unauthorized {
        /// Where the token came from.
        token_source: String,
        /// Form of the token.
        shape: TokenShape,
        /// Message of the API; may be empty.
        message: String,
    },
    /// No request was sent, since there is no token to send: the file that should have it cannot be used.
    #[error("{problem}")]
    NoToken {
        /// What is wrong, with the source of the token.
        problem: String,
    },
    /// The token's user may not do this (403).
    #[error("the token's user lacks the role {role}{}", also(message))]
    Forbidden {
        /// The role that is needed.
        role: IamRole,
        /// Message of the API; may be empty.
        message: String,
    },
    /// The token's organisation has no such cluster (404).
    #[error("there is no cluster {id} in the token's organisation")]
    NotFound {
        /// Id of the cluster.
        id: String,
    },
    /// The API rejected the request (400).
    #[error("CoreWeave rejected the request: {message}{}", listed(violations))]
    Invalid {
        /// Message of the API.
        message: String,
        /// Rejected fields, with the reasons.
        violations: Vec<Violation>,
    },
    /// The API rejected the change in the cluster's present state (`failed_precondition`, `aborted`, 409), after all repetitions.
    #[error("CoreWeave rejected the change in the cluster's present state: {message}{}", listed(violations))]
    Conflict {
        /// Message of the API.
        message: String,
        /// Details, if the API returned any.
        violations: Vec<Violation>,
    },
    /// No attempt got a useful response.
    #[error("no useful response to {tried} in {attempts} attempts over {}: {cause}", seconds(*lasted))]
    Unavailable {
        /// Method and URL.
        tried: String,
        /// Source of the API's address, such as "the environment variable COREWEAVE_API_ENDPOINT".
        endpoint_source: String,
        /// Number of attempts.
        attempts: u32,
        /// Time from the first attempt to the end.
        lasted: Duration,
        /// Whether a connection succeeded at least once, so that the address is right.
        reached: bool,
        /// Cause of the last failure.
        cause: String,
    },
    /// TLS failed for good: no repetition would help.
    #[error("no request was sent, because {problem} ({tried})")]
    Tls {
        /// Method and URL.
        tried: String,
        /// What is wrong.
        problem: TlsProblem,
    },
    /// The wait for the cluster timed out.
    #[error("{} for {}: the cluster is {status}{}", phase.of(id), seconds(*lasted), also(&together(differences)))]
    Timeout {
        /// Id of the cluster.
        id: String,
        /// The wait: before or after the write.
        phase: Phase,
        /// Time from the first attempt to the end.
        lasted: Duration,
        /// Status at the last read.
        status: Status,
        /// Leaves that differed at the last read.
        differences: Vec<LeafDifference>,
    },
    /// The cluster entered a terminal state.
    #[error("{}: the cluster entered {status}", phase.of(id))]
    EndedIn {
        /// Id of the cluster.
        id: String,
        /// The wait: before or after the write.
        phase: Phase,
        /// The terminal state.
        status: Status,
    },
    /// Another client changed the block.
    #[error("{block} of the cluster was changed by another client: {}", together(differences))]
    ChangedMeanwhile {
        /// Before the write: nothing was sent. After it: the write was overwritten.
        phase: Phase,
        /// The block.
        block: BlockKind,
        /// Leaves that differ: from the plan's prior state before the write, from the written block after it.
        differences: Vec<LeafDifference>,
    },
    /// The caller cancelled. A write that was sent may have taken effect.
    #[error("cancelled while {what}")]
    Cancelled {
        /// What it was doing or waiting for: `waiting until the change of cluster 8154… is in force`.
        what: String,
    },
    /// An unexpected response, usually not from the API.
    #[error("unexpected response to {tried}: HTTP {status}{}", also(snippet))]
    Unexpected {
        /// Method and URL.
        tried: String,
        /// HTTP status.
        status: u16,
        /// Beginning of the body; may be empty.
        snippet: String,
    },
}

impl Error {
    /// The API has no such cluster, or it is being deleted. A block that was to be cleared ends with it, once it is certain that the API
    /// has no such cluster because it was deleted.
    pub fn is_end_of_cluster(&self) -> bool {
        match self {
            Self::NotFound { .. } => true,
            Self::EndedIn { status, .. } => status.is_going(),
            _ => false,
        }
    }

    /// The error of a request (method and URL) that the caller cancelled.
    pub(super) fn cancelled_in(tried: &str) -> Self {
        Self::Cancelled { what: format!("waiting for the response to {tried}") }
    }
}

/// A role of CoreWeave's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IamRole {
    /// Reads clusters.
    Viewer,
    /// Changes clusters.
    Admin,
}

/// Form of a token, which may explain why it was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// `CW-SECRET-…`: an API access token.
    CoreWeave,
    /// Three parts of base64: a token for Kubernetes.
    Jwt,
    /// It begins with the word `Bearer`.
    BearerPrefix,
    /// None of these.
    Other,
}

/// Before or after the write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been sent yet.
    BeforeWrite,
    /// The API accepted the write.
    AfterWrite,
}

/// Rejection of one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violation {
    /// The field in the API's spelling; may be empty.
    pub field: String,
    /// The same, if it is a field of a PATCH.
    pub path: Option<Field>,
    /// Reason.
    pub description: String,
}

impl TokenShape {
    /// The form of this token.
    pub fn of(token: &str) -> Self {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
        if token.starts_with(COREWEAVE_TOKEN_PREFIX) {
            Self::CoreWeave
        } else if token.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            Self::BearerPrefix
        } else if token.starts_with("ey") && token.split('.').count() == 3 && token.split('.').all(is_part) {
            Self::Jwt
        } else {
            Self::Other
        }
    }
}

impl fmt::Display for TokenShape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::CoreWeave => "it may have expired or been deleted",
            Self::Jwt => "it looks like a token for Kubernetes, an API access token begins with `CW-SECRET-`",
            Self::BearerPrefix => "the word `Bearer` is not part of a token",
            Self::Other => "it does not look like an API access token, which begins with `CW-SECRET-`",
        })
    }
}

impl fmt::Display for IamRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Viewer => "CKS Viewer",
            Self::Admin => "CKS Admin",
        })
    }
}

impl Phase {
    /// The wait for this cluster, as a clause.
    pub fn of(self, id: &str) -> String {
        match self {
            Self::BeforeWrite => format!("waiting until cluster {id} can be changed"),
            Self::AfterWrite => format!("waiting until the change of cluster {id} is in force"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.path, self.field.as_str()) {
            (Some(path), _) => write!(formatter, "{path}: {}", self.description),
            (None, "") => formatter.write_str(&self.description),
            (None, field) => write!(formatter, "{field}: {}", self.description),
        }
    }
}

fn also(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

fn listed(violations: &[Violation]) -> String {
    also(&together(violations))
}

fn together<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{block::Leaf, oidc::OidcLeaf};

    #[test]
    fn the_shape_of_a_token_explains_why_it_may_be_rejected() {
        #[track_caller]
        fn check(token: &str, expected: TokenShape) {
            assert_eq!(TokenShape::of(token), expected, "{token}");
        }
        check("CW-SECRET-abc", TokenShape::CoreWeave);
        check("bearer CW-SECRET-abc", TokenShape::BearerPrefix);
        check("eyJhbGciOi.eyJpc3Mi.c2ln", TokenShape::Jwt);
        check("eyJhbGciOi.eyJpc3Mi", TokenShape::Other);
        check("ey..", TokenShape::Other);
        check("süß", TokenShape::Other);
    }

    #[test]
    fn messages_contain_the_facts() {
        let violation = Violation {
            field: "oidc.issuer_url".into(),
            path: Some(Field::Leaf(Leaf::Oidc(OidcLeaf::IssuerUrl))),
            description: "value must be a valid URI".into(),
        };
        let difference = LeafDifference { leaf: Leaf::Oidc(OidcLeaf::ClientId), certificates: None };
        let cases = [
            Error::Unauthorized {
                token_source: "the provider's `token`".into(),
                shape: TokenShape::CoreWeave,
                message: String::new(),
            },
            Error::NoToken {
                problem: "the token file /run/token (from the provider's `token_file`) is empty".into(),
            },
            Error::Forbidden { role: IamRole::Admin, message: "permission denied".into() },
            Error::NotFound { id: "8154".into() },
            Error::Invalid { message: "validation error".into(), violations: vec![violation] },
            Error::Conflict { message: "cluster is updating".into(), violations: Vec::new() },
            Error::Unavailable {
                tried: "GET https://api.coreweave.com/v1beta1/cks/clusters".into(),
                endpoint_source: "the provider's `endpoint`".into(),
                attempts: 4,
                lasted: Duration::from_millis(30_050),
                reached: false,
                cause: "connection refused".into(),
            },
            Error::Timeout {
                id: "8154".into(),
                phase: Phase::AfterWrite,
                lasted: Duration::from_mins(20),
                status: Status::Updating,
                differences: vec![difference.clone()],
            },
            Error::EndedIn { id: "8154".into(), phase: Phase::BeforeWrite, status: Status::Failed },
            Error::Cancelled { what: Phase::AfterWrite.of("8154") },
            Error::ChangedMeanwhile {
                phase: Phase::BeforeWrite,
                block: BlockKind::Oidc,
                differences: vec![difference],
            },
            Error::Unexpected { tried: "GET https://x".into(), status: 418, snippet: "a teapot".into() },
        ];
        let text: Vec<String> = cases.iter().map(ToString::to_string).collect();
        expect_test::expect![[r#"
            CoreWeave does not accept the token from the provider's `token`: it may have expired or been deleted
            the token file /run/token (from the provider's `token_file`) is empty
            the token's user lacks the role CKS Admin (permission denied)
            there is no cluster 8154 in the token's organisation
            CoreWeave rejected the request: validation error (oidc.issuerUrl: value must be a valid URI)
            CoreWeave rejected the change in the cluster's present state: cluster is updating
            no useful response to GET https://api.coreweave.com/v1beta1/cks/clusters in 4 attempts over 30.1 s: connection refused
            waiting until the change of cluster 8154 is in force for 1200.0 s: the cluster is STATUS_UPDATING (oidc.clientId differs)
            waiting until cluster 8154 can be changed: the cluster entered STATUS_FAILED
            cancelled while waiting until the change of cluster 8154 is in force
            oidc of the cluster was changed by another client: oidc.clientId differs
            unexpected response to GET https://x: HTTP 418 (a teapot)"#]]
        .assert_eq(&text.join("\n"));
    }
}
