//! The figures of each step and contender, in the words that the terminal and the page share.

use local_cks::Tally;

use crate::{
    contender::Contender,
    results::{Measured, Results},
    statistics::{Spread, count, number},
};

/// What one contender needed for one step.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) work: String,
    pub(crate) contender: Contender,
    pub(crate) wall: Option<Spread>,
    pub(crate) ratio: Option<Spread>,
    measured: &'a Measured,
}

/// All steps, each with all contenders.
pub(crate) fn rows(results: &Results) -> Vec<Row<'_>> {
    let mut measured: Vec<_> = results.measured.iter().collect();
    measured.sort_by_key(|measured| (measured.section, measured.step, measured.contender));
    let row = |measured: &'_ Measured| (measured.section.title(results.bindings), measured.step.title());
    measured
        .into_iter()
        .map(|measured| {
            let (section, step) = row(measured);
            Row {
                work: format!("{section}: {step}"),
                contender: measured.contender,
                wall: measured.wall(),
                ratio: measured.ratio().filter(|_| measured.contender != Contender::Floor),
                measured,
            }
        })
        .collect()
}

impl Row<'_> {
    /// Processor time in seconds (medians): of the provider, of Terraform, of the API server.
    pub(crate) fn cpu(&self) -> [String; 3] {
        let measured = self.measured;
        let of_provider = measured.spread(|run| run.cost.provider);
        let of_server = measured.spread(|run| run.server);
        let (of_provider, of_server) = match self.contender {
            Contender::Floor => (None, None),
            _ => (of_provider, of_server),
        };
        [of_provider, measured.spread(|run| run.cost.terraform), of_server]
            .map(|spread| spread.map_or_else(|| "–".to_owned(), |spread| number(spread.median, 2)))
    }

    /// The largest peak of the provider's memory, in MB.
    pub(crate) fn peak(&self) -> String {
        let spread = self.measured.spread(|run| run.cost.peak);
        spread.map_or_else(|| "–".to_owned(), |spread| number(spread.max, 1))
    }

    /// Requests to Kubernetes by verb, to CoreWeave, and connections; `None` if there was no request.
    pub(crate) fn requests(&self) -> Option<[String; 3]> {
        let tally = self.measured.tally().filter(|tally| tally.connections > 0)?;
        Some([by_verb(tally), count(tally.coreweave_requests()), count(tally.connections)])
    }
}

/// Such as `1,000 get, 3 list`.
fn by_verb(tally: &Tally) -> String {
    let counts: Vec<_> =
        tally.kubernetes.iter().map(|(verb, number)| format!("{} {verb}", count(*number))).collect();
    if counts.is_empty() { "0".to_owned() } else { counts.join(", ") }
}
