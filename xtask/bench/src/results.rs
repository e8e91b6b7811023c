//! What was measured.

use local_cks::Tally;

use crate::{
    contender::Contender,
    section::{Section, Step},
    statistics::Spread,
    terraform::Cost,
};

/// One run of Terraform in one round.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Run {
    pub(crate) cost: Cost,
    /// Its duration divided by that of the floor's run right before it.
    pub(crate) ratio: f64,
    /// Processor time of the API server meanwhile, in seconds.
    pub(crate) server: Option<f64>,
    pub(crate) tally: Tally,
    /// Bytes of the state for each resource, after an apply.
    pub(crate) state: Option<f64>,
}

/// All rounds of one step of a section by one contender.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) section: Section,
    pub(crate) step: Step,
    pub(crate) contender: Contender,
    pub(crate) runs: Vec<Run>,
}

/// Starts of a provider.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Starts {
    pub(crate) contender: Contender,
    /// Until the handshake, in milliseconds.
    pub(crate) handshake: Vec<f64>,
    /// Until the schema is received, in milliseconds.
    pub(crate) schema: Vec<f64>,
    /// Its processor time until then, in milliseconds.
    pub(crate) processor: Vec<f64>,
    /// Size of its binary in MB (10^6 bytes).
    pub(crate) binary: f64,
}

/// Everything that was measured, and the conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Results {
    /// Number of bindings that was set.
    pub(crate) bindings: usize,
    pub(crate) rounds: usize,
    pub(crate) cores: u32,
    /// Version of Terraform.
    pub(crate) terraform: String,
    /// Version of hashicorp/kubernetes, if it was named.
    pub(crate) peer: Option<String>,
    pub(crate) starts: Vec<Starts>,
    pub(crate) measured: Vec<Measured>,
    /// Why there can be no verdict about time; none if the machine was quiet.
    pub(crate) disturbances: Vec<String>,
}

impl Measured {
    /// A figure of all rounds; `None` if the machine does not tell it.
    pub(crate) fn spread(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.runs.iter().filter_map(figure))
    }

    pub(crate) fn wall(&self) -> Option<Spread> {
        self.spread(|run| Some(run.cost.wall))
    }

    pub(crate) fn ratio(&self) -> Option<Spread> {
        self.spread(|run| Some(run.ratio))
    }

    /// The tally of the round with the middle number of requests.
    pub(crate) fn tally(&self) -> Option<&Tally> {
        let mut tallies: Vec<_> = self.runs.iter().map(|run| &run.tally).collect();
        tallies.sort_by_key(|tally| tally.kubernetes_requests());
        tallies.get(tallies.len() / 2).copied()
    }
}

impl Results {
    pub(crate) fn find(&self, section: Section, step: Step, contender: Contender) -> Option<&Measured> {
        let is_it = |measured: &&Measured| {
            (measured.section, measured.step, measured.contender) == (section, step, contender)
        };
        self.measured.iter().find(is_it)
    }

    pub(crate) fn starts_of(&self, contender: Contender) -> Option<&Starts> {
        self.starts.iter().find(|starts| starts.contender == contender)
    }

    /// Adds a run to those of its step.
    pub(crate) fn add(&mut self, section: Section, step: Step, contender: Contender, run: Run) {
        let place = self.measured.iter_mut().find(|measured| {
            (measured.section, measured.step, measured.contender) == (section, step, contender)
        });
        match place {
            Some(measured) => measured.runs.push(run),
            None => self.measured.push(Measured { section, step, contender, runs: vec![run] }),
        }
    }

    /// Durations of the floor, with the name of the work.
    pub(crate) fn floors(&self) -> impl Iterator<Item = (&'static str, Spread)> + '_ {
        let floors = self.measured.iter().filter(|measured| measured.contender == Contender::Floor);
        floors.filter_map(|measured| Some((measured.step.title(), measured.wall()?)))
    }

    /// The contenders that were measured, in the order of tables.
    pub(crate) fn contenders(&self) -> Vec<Contender> {
        let all = [Contender::Cks, Contender::Kubernetes, Contender::Floor];
        all.into_iter()
            .filter(|contender| self.measured.iter().any(|measured| measured.contender == *contender))
            .collect()
    }
}
