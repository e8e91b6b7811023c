//! Why a call failed, as facts: what to tell a user about them is decided above.

use std::{fmt, time::Duration};

use request_pipeline::{Cancelled, Ended, GaveUp};

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
        /// What the token looks like.
        shape: TokenShape,
        /// The API's words; may be empty.
        message: String,
    },
    /// The token's user may not do this (403).
    #[error("the token's user lacks the role {role}{}", also(message))]
    Forbidden {
        /// The role that is needed.
        role: IamRole,
        /// The API's words; may be empty.
        message: String,
    },
    /// The API knows no such cluster in the token's organisation.
    #[error("there is no cluster {id} in the token's organisation")]
    NotFound {
        /// The cluster that was asked for.
        id: String,
    },
    /// The API refuses what was sent (400).
    #[error("CoreWeave refuses the request: {message}{}", listed(violations))]
    Invalid {
        /// The API's words.
        message: String,
        /// What is wrong with which field.
        violations: Vec<Violation>,
    },
    /// The API refuses the change in the cluster's present state (`failed_precondition`, `aborted`, 409), and went on to.
    #[error("CoreWeave refuses to change the cluster in its present state: {message}{}", listed(violations))]
    Conflict {
        /// The API's words.
        message: String,
        /// Details where the API gave any.
        violations: Vec<Violation>,
    },
    /// No useful answer came, for as long as it was tried.
    #[error("no useful answer to {tried} in {attempts} attempts over {}: {cause}", seconds(*lasted))]
    Unavailable {
        /// Method and URL.
        tried: String,
        /// How often it was tried.
        attempts: u32,
        /// For how long.
        lasted: Duration,
        /// A connection was made at least once: the address is right.
        reached: bool,
        /// What went wrong the last time.
        cause: String,
    },
    /// The cluster did not come to where it should be in time.
    #[error("{phase} for {}: the cluster is {status}{}", seconds(*lasted), also(&together(differences)))]
    Timeout {
        /// What was waited for.
        phase: Phase,
        /// For how long.
        lasted: Duration,
        /// The last status that was seen.
        status: Status,
        /// What was not as asked at the last look.
        differences: Vec<LeafDifference>,
    },
    /// The cluster entered a terminal state.
    #[error("{phase}: the cluster went into {status}")]
    EndedIn {
        /// What was waited for.
        phase: Phase,
        /// That state.
        status: Status,
    },
    /// Somebody else changed the block.
    #[error("{block} of the cluster was changed by somebody else: {}", together(differences))]
    ChangedMeanwhile {
        /// Before the write: nothing was sent. After it: the write was overwritten.
        phase: Phase,
        /// The block.
        block: BlockKind,
        /// What the plan was made from (before the write) or asked for (after), against what is there.
        differences: Vec<LeafDifference>,
    },
    /// The caller cancelled. A write that was on its way may have taken place.
    #[error("cancelled")]
    Cancelled,
    /// An answer that no rule foresees, most often not from the API at all.
    #[error("unexpected answer to {tried}: HTTP {status}{}", also(snippet))]
    Unexpected {
        /// Method and URL.
        tried: String,
        /// HTTP status.
        status: u16,
        /// Beginning of the answer; may be empty.
        snippet: String,
    },
}

impl Error {
    /// The cluster does not exist, or is being deleted.
    pub(super) fn is_end_of_cluster(&self) -> bool {
        match self {
            Self::NotFound { .. } => true,
            Self::EndedIn { status, .. } => status.is_going(),
            _ => false,
        }
    }

    /// Of a request that was not tried any further.
    pub(super) fn ended(ended: Ended, tried: String) -> Self {
        match ended {
            Ended::Cancelled => Self::Cancelled,
            Ended::GaveUp(GaveUp { attempts, lasted, reached, cause }) => {
                Self::Unavailable { tried, attempts, lasted, reached, cause }
            }
        }
    }
}

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
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

/// What a token looks like, to tell why it may have been refused.
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

/// What the API says about one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violation {
    /// The field in the API's spelling; may be empty.
    pub field: String,
    /// The same, if it is a field of a PATCH.
    pub path: Option<Field>,
    /// What is wrong with it.
    pub description: String,
}

impl TokenShape {
    /// What this token looks like.
    pub fn of(token: &str) -> Self {
        let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_base64url);
        if token.starts_with("CW-SECRET-") {
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
            Self::BearerPrefix => "the word `Bearer` does not belong in it",
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

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BeforeWrite => "waiting until the cluster can be changed",
            Self::AfterWrite => "waiting until the change is in force",
        })
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
    fn the_shape_of_a_token_tells_why_it_may_be_refused() {
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
    fn messages_carry_the_facts() {
        let violation = Violation {
            field: "oidc.issuer_url".into(),
            path: Some(Field::Leaf(Leaf::Oidc(OidcLeaf::IssuerUrl))),
            description: "value must be a valid URI".into(),
        };
        let difference = LeafDifference {
            leaf: Leaf::Oidc(OidcLeaf::ClientId),
            expected: "kubernetes".into(),
            found: String::new(),
        };
        let cases = [
            Error::Unauthorized {
                token_source: "the provider's `token`".into(),
                shape: TokenShape::CoreWeave,
                message: String::new(),
            },
            Error::Forbidden { role: IamRole::Admin, message: "permission denied".into() },
            Error::NotFound { id: "8154".into() },
            Error::Invalid { message: "validation error".into(), violations: vec![violation] },
            Error::Conflict { message: "cluster is updating".into(), violations: Vec::new() },
            Error::Unavailable {
                tried: "GET https://api.coreweave.com/v1beta1/cks/clusters".into(),
                attempts: 4,
                lasted: Duration::from_millis(30_050),
                reached: false,
                cause: "connection refused".into(),
            },
            Error::Timeout {
                phase: Phase::AfterWrite,
                lasted: Duration::from_mins(20),
                status: Status::Updating,
                differences: vec![difference.clone()],
            },
            Error::EndedIn { phase: Phase::BeforeWrite, status: Status::Failed },
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
            the token's user lacks the role CKS Admin (permission denied)
            there is no cluster 8154 in the token's organisation
            CoreWeave refuses the request: validation error (oidc.issuerUrl: value must be a valid URI)
            CoreWeave refuses to change the cluster in its present state: cluster is updating
            no useful answer to GET https://api.coreweave.com/v1beta1/cks/clusters in 4 attempts over 30.1 s: connection refused
            waiting until the change is in force for 1200.0 s: the cluster is STATUS_UPDATING (oidc.clientId: expected "kubernetes", found nothing)
            waiting until the cluster can be changed: the cluster went into STATUS_FAILED
            oidc of the cluster was changed by somebody else: oidc.clientId: expected "kubernetes", found nothing
            unexpected answer to GET https://x: HTTP 418 (a teapot)"#]]
        .assert_eq(&text.join("\n"));
    }
}
