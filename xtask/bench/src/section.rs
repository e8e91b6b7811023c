//! What is measured: sections, and the steps of each.

use std::{fmt, time::Duration};

use crate::statistics::count;

/// A part of the measurement, which the command line can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Until handshake and schema; size of the binary.
    Start,
    /// Cluster role bindings of one cluster.
    Bindings,
    /// The same, where each request takes 40 ms longer.
    Distance,
    /// Tokens of ServiceAccounts that exist.
    Tokens,
    /// Namespaces.
    Namespaces,
    /// Bindings of two clusters.
    TwoClusters,
    /// Bindings of twenty clusters.
    TwentyClusters,
}

/// Kind of the resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Binding,
    Token,
    Namespace,
}

/// One command of Terraform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Creates everything.
    Apply,
    /// Finds no change.
    Plan,
    /// The same without a refresh.
    PlanWithoutRefresh,
    /// The same as [`Step::Plan`] with all logs, in a file.
    TracedPlan,
    /// Deletes everything.
    Destroy,
}

impl Section {
    pub(crate) const ALL: [Self; 7] = [
        Self::Start,
        Self::Bindings,
        Self::Distance,
        Self::Tokens,
        Self::Namespaces,
        Self::TwoClusters,
        Self::TwentyClusters,
    ];

    /// Name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Bindings => "bindings",
            Self::Distance => "distance",
            Self::Tokens => "tokens",
            Self::Namespaces => "namespaces",
            Self::TwoClusters => "clusters-2",
            Self::TwentyClusters => "clusters-20",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name)
    }

    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Tokens => Kind::Token,
            Self::Namespaces => Kind::Namespace,
            _ => Kind::Binding,
        }
    }

    pub(crate) const fn clusters(self) -> usize {
        match self {
            Self::TwoClusters => 2,
            Self::TwentyClusters => 20,
            _ => 1,
        }
    }

    /// Number of resources, in all clusters together, where the command line set the number of bindings.
    pub(crate) const fn objects(self, bindings: usize) -> usize {
        match self {
            Self::Start => 0,
            Self::Bindings | Self::Distance => bindings,
            Self::Tokens => 100,
            // Two clusters with 100 bindings each.
            Self::Namespaces | Self::TwoClusters => 200,
            Self::TwentyClusters => 20 * 50,
        }
    }

    /// By how much each request takes longer.
    pub(crate) const fn round_trip(self) -> Option<Duration> {
        match self {
            Self::Distance => Some(Duration::from_millis(40)),
            _ => None,
        }
    }

    pub(crate) const fn steps(self) -> &'static [Step] {
        match self {
            Self::Start => &[],
            Self::Bindings => {
                &[Step::Apply, Step::Plan, Step::PlanWithoutRefresh, Step::TracedPlan, Step::Destroy]
            }
            _ => &[Step::Apply, Step::Plan, Step::Destroy],
        }
    }

    /// How many operations Terraform begins at a time: as many as by default, except where each only waits. Kubernetes takes several seconds
    /// to delete a namespace, however few there are.
    pub(crate) const fn parallelism(self, step: Step) -> &'static str {
        match (self, step) {
            (Self::Namespaces, Step::Destroy) => "-parallelism=100",
            _ => "-parallelism=10",
        }
    }

    /// What the resources are, such as `1,000 bindings`.
    pub(crate) fn title(self, bindings: usize) -> String {
        let objects = self.objects(bindings);
        match self {
            Self::Start => "start".to_owned(),
            Self::Bindings => format!("{} bindings", count(objects)),
            Self::Distance => format!("{} bindings, 40 ms of round trip", count(objects)),
            Self::Tokens => format!("{} tokens", count(objects)),
            Self::Namespaces => format!("{} namespaces", count(objects)),
            Self::TwoClusters | Self::TwentyClusters => {
                format!("{} clusters × {} bindings", self.clusters(), count(objects / self.clusters()))
            }
        }
    }
}

impl Step {
    /// Arguments of Terraform.
    pub(crate) const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Apply => &["apply", "-auto-approve"],
            Self::Plan | Self::TracedPlan => &["plan", "-detailed-exitcode"],
            Self::PlanWithoutRefresh => &["plan", "-detailed-exitcode", "-refresh=false"],
            Self::Destroy => &["destroy", "-auto-approve"],
        }
    }

    /// In words that fit to [`Section::title`].
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Plan => "plan without a change",
            Self::PlanWithoutRefresh => "plan, -refresh=false",
            Self::TracedPlan => "plan, TF_LOG=trace",
            Self::Destroy => "destroy",
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_found_by_its_name() {
        for section in Section::ALL {
            assert_eq!(Section::named(section.name()), Some(section));
        }
        assert_eq!(Section::named("start "), None);
    }

    #[test]
    fn what_is_created_is_destroyed() {
        for section in Section::ALL.into_iter().filter(|section| *section != Section::Start) {
            let steps = section.steps();
            assert_eq!(
                (steps.first(), steps.last()),
                (Some(&Step::Apply), Some(&Step::Destroy)),
                "{section}"
            );
            assert_eq!(section.objects(1000) % section.clusters(), 0, "{section}");
        }
    }

    #[test]
    fn titles_name_the_objects() {
        assert_eq!(Section::Bindings.title(1000), "1,000 bindings");
        assert_eq!(Section::TwentyClusters.title(1000), "20 clusters × 50 bindings");
    }
}
