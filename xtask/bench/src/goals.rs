//! The goals, and what was measured for each.

use crate::{
    contender::Contender,
    results::{Measured, Results},
    section::{Section, Step},
    statistics::{Spread, as_float, number},
};

/// Whether a goal was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Reached,
    Missed,
    /// It is about time, and the machine was too busy.
    NotJudged,
    /// The section was not measured, or the machine does not tell the figure.
    NotMeasured,
}

/// A goal beside the figures. The median counts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Goal {
    /// What is done.
    pub(crate) work: String,
    /// What is measured, with its unit.
    pub(crate) figure: &'static str,
    pub(crate) at_most: f64,
    pub(crate) decimals: usize,
    pub(crate) ours: Option<Spread>,
    pub(crate) peer: Option<Spread>,
    pub(crate) verdict: Verdict,
}

impl Goal {
    /// The limit as text.
    pub(crate) fn limit(&self) -> String {
        let decimals = if self.at_most.fract() == 0.0 { 0 } else { self.decimals };
        format!("≤ {}", number(self.at_most, decimals))
    }
}

impl Verdict {
    /// As tables show it.
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Missed => "missed",
            Self::NotJudged => "not judged",
            Self::NotMeasured => "not measured",
        }
    }
}

/// Whether a figure depends on how busy the machine is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Timed,
    Counted,
}

/// All goals.
pub(crate) fn goals(results: &Results) -> Vec<Goal> {
    let table = Table { results };
    let (bindings, distance) = (Section::Bindings, Section::Distance);
    let per_object = |measured: &Measured| {
        let objects = as_float(measured.section.objects(results.bindings));
        measured.spread(|run| Some(as_float(run.tally.kubernetes_requests()) / objects))
    };
    let requests =
        |measured: &Measured| measured.spread(|run| Some(as_float(run.tally.kubernetes_requests())));
    let coreweave =
        |measured: &Measured| measured.spread(|run| Some(as_float(run.tally.coreweave_requests())));
    let peak = |measured: &Measured| measured.spread(|run| run.cost.peak);
    vec![
        table.goal(bindings, Step::Apply, Sort::Timed, "time ÷ floor", 1.15, 2, Measured::ratio),
        table.goal(
            bindings,
            Step::Apply,
            Sort::Counted,
            "Kubernetes requests per binding",
            1.6,
            2,
            per_object,
        ),
        table.server_below_peer(),
        table.goal(bindings, Step::Plan, Sort::Timed, "time ÷ floor", 1.5, 2, Measured::ratio),
        table.goal(bindings, Step::Plan, Sort::Counted, "Kubernetes requests", 10.0, 0, requests),
        table.goal(bindings, Step::Plan, Sort::Counted, "CoreWeave requests", 1.0, 0, coreweave),
        table.goal(bindings, Step::Plan, Sort::Counted, "peak memory, MB", 16.0, 1, peak),
        table.traced(),
        table.goal(
            bindings,
            Step::Destroy,
            Sort::Counted,
            "Kubernetes requests per binding",
            1.1,
            2,
            per_object,
        ),
        table.goal(distance, Step::Plan, Sort::Timed, "time ÷ floor", 2.0, 2, Measured::ratio),
        table.goal(Section::Tokens, Step::Plan, Sort::Counted, "Kubernetes requests", 10.0, 0, requests),
        table.goal(
            Section::TwentyClusters,
            Step::Plan,
            Sort::Counted,
            "CoreWeave requests",
            20.0,
            0,
            coreweave,
        ),
        table.start("handshake, ms", 3.0, |starts| Spread::of(starts.handshake.iter().copied()), Sort::Timed),
        table.start("schema, ms", 6.0, |starts| Spread::of(starts.schema.iter().copied()), Sort::Timed),
        table.start("binary, MB", 11.5, |starts| Spread::of([starts.binary]), Sort::Counted),
    ]
}

struct Table<'a> {
    results: &'a Results,
}

impl Table<'_> {
    #[expect(clippy::too_many_arguments, reason = "one line of the table of goals each")]
    fn goal(
        &self,
        section: Section,
        step: Step,
        sort: Sort,
        figure: &'static str,
        at_most: f64,
        decimals: usize,
        of: impl Fn(&Measured) -> Option<Spread>,
    ) -> Goal {
        let figure_of = |contender| self.results.find(section, step, contender).and_then(&of);
        let work = format!("{}: {}", section.title(self.results.bindings), step.title());
        let (ours, peer) = (figure_of(Contender::Cks), figure_of(Contender::Kubernetes));
        Goal { work, figure, at_most, decimals, ours, peer, verdict: self.verdict(sort, ours, at_most) }
    }

    /// The API server works less for an apply of ours than for one of the peer's.
    fn server_below_peer(&self) -> Goal {
        let server = |measured: &Measured| measured.spread(|run| run.server);
        let mut goal = self.goal(
            Section::Bindings,
            Step::Apply,
            Sort::Timed,
            "processor time of the API server, s",
            f64::INFINITY,
            1,
            server,
        );
        match goal.peer {
            Some(peer) => {
                goal.at_most = peer.median;
                goal.verdict = self.verdict(Sort::Timed, goal.ours, peer.median);
            }
            None => goal.verdict = Verdict::NotMeasured,
        }
        goal
    }

    /// A plan with all logs, compared with one without.
    fn traced(&self) -> Goal {
        let at_most = 1.2;
        let ratios = |contender| {
            let of = |step| self.results.find(Section::Bindings, step, contender);
            let (traced, plain) = (of(Step::TracedPlan)?, of(Step::Plan)?);
            let pairs = traced.runs.iter().zip(&plain.runs);
            Spread::of(pairs.map(|(traced, plain)| traced.cost.wall / plain.cost.wall))
        };
        let (ours, peer) = (ratios(Contender::Cks), ratios(Contender::Kubernetes));
        Goal {
            work: format!("{}: {}", Section::Bindings.title(self.results.bindings), Step::TracedPlan.title()),
            figure: "time ÷ the same without a log",
            at_most,
            decimals: 2,
            ours,
            peer,
            verdict: self.verdict(Sort::Timed, ours, at_most),
        }
    }

    fn start(
        &self,
        figure: &'static str,
        at_most: f64,
        of: impl Fn(&crate::results::Starts) -> Option<Spread>,
        sort: Sort,
    ) -> Goal {
        let figure_of = |contender| self.results.starts_of(contender).and_then(&of);
        let (ours, peer) = (figure_of(Contender::Cks), figure_of(Contender::Kubernetes));
        let verdict = self.verdict(sort, ours, at_most);
        Goal { work: "start of the provider".to_owned(), figure, at_most, decimals: 1, ours, peer, verdict }
    }

    fn verdict(&self, sort: Sort, ours: Option<Spread>, at_most: f64) -> Verdict {
        match ours {
            None => Verdict::NotMeasured,
            Some(_) if sort == Sort::Timed && !self.results.disturbances.is_empty() => Verdict::NotJudged,
            Some(ours) if ours.median <= at_most => Verdict::Reached,
            Some(_) => Verdict::Missed,
        }
    }
}
