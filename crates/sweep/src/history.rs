//! A history: what users, other clients and faults do, in order. It is printed as JSON that can be run again.

use serde::{Deserialize, Serialize};

use crate::{
    fault::Fault,
    things::{Thing, Things},
};

/// How the clusters' Kubernetes is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// By the managed endpoint that CoreWeave's API names.
    #[default]
    Managed,
    /// By an address of each cluster (`host`).
    Address,
    /// By a kubeconfig of each cluster, whose server has a login in its URL.
    Kubeconfig,
    /// By an address of each cluster, whose callers may not read the API server's issuer: only what a state remembers tells it from others.
    HiddenIssuer,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// A plan, and its apply.
    Apply(Run),
    /// Two of them at the same time, with two states.
    Together([Run; 2]),
    /// A plan that is kept.
    Save(Run),
    /// The apply of the plan that was kept.
    ApplySaved,
    /// `terraform import` of something that the configuration of the last apply may have.
    Import {
        /// Address.
        address: String,
        /// What it is.
        thing: Thing,
    },
    /// `terraform state rm`.
    Forget {
        /// Address.
        address: String,
    },
    /// Another client.
    Outside {
        /// What is changed, deleted or created.
        thing: Thing,
        /// How.
        how: Fault,
    },
    /// The clusters change places behind their addresses, until the same again.
    Swap,
    /// A backup of the first cluster is restored in the second: all its objects, with other uids.
    Copy,
    /// Time passes.
    Wait {
        /// Hours.
        hours: u8,
    },
}

/// How Terraform is run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of Terraform, or of the tool")]
pub struct Run {
    /// The configuration.
    pub things: Things,
    /// Which of two states.
    #[serde(default, skip_serializing_if = "is_first")]
    pub state: u8,
    /// `-refresh=false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_refresh: bool,
    /// `-replace`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replace: Vec<String>,
    /// `-target`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target: Vec<String>,
    /// Addresses with an `import` block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<String>,
    /// `moved` blocks: from and to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<(String, String)>,
    /// Ids of clusters come from `data "cks_cluster"`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_data: bool,
    /// With the CoreWeave token of another organisation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub foreign: bool,
    /// A host that refreshes in the process that applies: before, after, and again later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rereads: bool,
    /// A Terraform before 1.16, which hands no planned private to the second plan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub older: bool,
}

impl Run {
    /// Whether it looks at everything, knows all of it at plan, and may make it.
    pub fn is_whole(&self) -> bool {
        let known = self.things.values().all(|thing| !thing.late);
        self.target.is_empty() && !self.no_refresh && !self.foreign && known
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_first(state: &u8) -> bool {
    *state == 0
}

/// Which part of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The plan.
    Plan,
    /// The apply.
    Apply,
}

/// A fault at one request of the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// In the plan, or in the apply.
    pub part: Part,
    /// Number of the request in that part.
    pub request: usize,
    /// What happens to it.
    pub fault: Fault,
}

/// A history whose last step has the fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// How long each request takes.
    #[serde(default)]
    pub seed: u64,
    /// How clusters are reached.
    #[serde(default)]
    pub route: Route,
    /// What is done.
    pub steps: Vec<Step>,
    /// What goes wrong in the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Pinned>,
}

impl Step {
    /// The runs of Terraform that make plans.
    pub fn runs(&self) -> &[Run] {
        match self {
            Self::Apply(run) | Self::Save(run) => std::slice::from_ref(run),
            Self::Together(runs) => runs,
            _ => &[],
        }
    }
}

impl History {
    /// As text that [`History::read`] reads.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From its text.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}
