//! What can go wrong with one request.

use serde::{Deserialize, Serialize};

/// What happens to a request, and to those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// It does not arrive.
    LostBefore,
    /// It is done, and its answer does not arrive.
    LostAfter,
    /// HTTP 409 in the API's own form: an admission webhook, or another writer.
    Conflict,
    /// HTTP 403 in the API's own form.
    Refused,
    /// HTTP 429 with `Retry-After`.
    TooMany,
    /// HTTP 500.
    Internal,
    /// HTTP 503.
    Unavailable,
    /// HTTP 200 with a page of a proxy.
    Page,
    /// HTTP 401 in the API's own form.
    Unauthorized,
    /// HTTP 401 with a page of a proxy.
    Login,
    /// HTTP 403 with a page of a proxy.
    Blocked,
    /// HTTP 404 with a page of a proxy.
    NoSuchPage,
    /// HTTP 404 of a proxy in JSON that resembles the API's.
    NoUpstream,
    /// HTTP 404 in the API's own form about another kind of thing.
    OtherMissing,
    /// It is done, and half of the answer arrives.
    Truncated,
    /// It arrives late.
    SlowBefore,
    /// It is done, and its answer comes late.
    SlowAfter,
    /// Nothing arrives any more until the run ends.
    Outage,
    /// From now on everything that is created is said to exist already, until the run ends.
    Contradicts,
    /// The clusters have changed places behind their addresses, until the run ends.
    Swapped,
    /// They have for this one request, and are back before the next.
    Astray,
    /// Another client changed what the request is about.
    Edited,
    /// Another client deleted what the request is about.
    Deleted,
    /// Another client deleted it and created another one of that name.
    Recreated,
    /// Terraform and the provider are killed before it arrives.
    KilledBefore,
    /// Terraform and the provider are killed when it is done.
    KilledAfter,
    /// The user interrupts Terraform.
    Stopped,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::LostBefore,
        Self::LostAfter,
        Self::Conflict,
        Self::Refused,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
        Self::Page,
        Self::Unauthorized,
        Self::Login,
        Self::Blocked,
        Self::NoSuchPage,
        Self::NoUpstream,
        Self::OtherMissing,
        Self::Truncated,
        Self::SlowBefore,
        Self::SlowAfter,
        Self::Outage,
        Self::Contradicts,
        Self::Swapped,
        Self::Astray,
        Self::Edited,
        Self::Deleted,
        Self::Recreated,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Stopped,
    ];

    /// Whether the cluster is another one than the plan was made for: changed by others, or reached by an address that leads elsewhere.
    pub fn is_elsewhere(self) -> bool {
        self.is_another_client() || matches!(self, Self::Swapped | Self::Astray)
    }

    /// Whether a client of the cluster does it, so that the plan may rightly differ afterwards.
    pub fn is_another_client(self) -> bool {
        matches!(self, Self::Edited | Self::Deleted | Self::Recreated)
    }
}
