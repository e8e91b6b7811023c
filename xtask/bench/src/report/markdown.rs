//! The tables of `docs/performance.md`.

use std::fmt::Write as _;

use super::{rows, shares, terminal::conditions};
use crate::{
    goals::{Goal, goals},
    results::Results,
    statistics::{Spread, number, shown},
};

/// The generated part of the page.
pub(crate) fn render(results: &Results) -> String {
    let mut out = format!("{}\n\n", conditions(results));
    out += "![Time, requests and memory of the provider and its peer](performance.svg)\n\n";
    out +=
        "### Goals\n\n| work | figure | goal | cks | hashicorp/kubernetes | |\n|---|---|---|---|---|---|\n";
    for goal in goals(results) {
        let shown = |spread: Option<Spread>| {
            spread.map_or_else(|| "–".to_owned(), |spread| spread.shown(goal.decimals))
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            goal.work,
            goal.figure,
            limit(&goal),
            shown(goal.ours),
            shown(goal.peer),
            goal.verdict.shown()
        );
    }
    out += &shares(results);
    out += "\n### Figures\n\n| work | | time, s | ÷ floor | CPU, s: provider / Terraform / API server | peak, MB | requests to Kubernetes | to CoreWeave | connections |\n";
    out += "|---|---|---|---|---|---|---|---|---|\n";
    for row in rows::rows(results) {
        let shown = |spread: Option<Spread>| spread.map_or_else(|| "–".to_owned(), |spread| spread.shown(2));
        let [kubernetes, coreweave, connections] =
            row.requests().unwrap_or_else(|| ["–", "–", "–"].map(str::to_owned));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {kubernetes} | {coreweave} | {connections} |",
            row.work,
            row.contender,
            shown(row.wall),
            shown(row.ratio),
            row.cpu().join(" / "),
            row.peak(),
        );
    }
    if !results.starts.is_empty() {
        out += "\n| start | handshake, ms | schema, ms | processor time of the provider until then, ms | binary, MB |\n|---|---|---|---|---|\n";
    }
    for starts in &results.starts {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            starts.contender,
            shown(&starts.handshake, 1),
            shown(&starts.schema, 1),
            shown(&starts.processor, 1),
            number(starts.binary, 1)
        );
    }
    out
}

/// What the processors did while the provider was measured.
fn shares(results: &Results) -> String {
    let all = shares::shares(results);
    if all.is_empty() {
        return String::new();
    }
    let mut out = "\n### What bounds the time\n\n| work | Terraform, as for the floor, % | Terraform, for a provider, % | cks, % | API server, % | others, and waiting, % |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for shares in all {
        let parts = shares.parts.map(|part| number(part, 0)).join(" | ");
        let _ = writeln!(out, "| {} | {parts} |", shares.work);
    }
    out += "\n| state of one resource, bytes | cks | hashicorp/kubernetes | floor |\n|---|---|---|---|\n";
    for (section, states) in shares::states(results) {
        let shown = |state: Option<f64>| state.map_or_else(|| "–".to_owned(), |state| number(state, 0));
        let _ = writeln!(out, "| {section} | {} |", states.map(shown).join(" | "));
    }
    out
}

fn limit(goal: &Goal) -> String {
    if goal.at_most.is_finite() { goal.limit() } else { "≤ hashicorp/kubernetes".to_owned() }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::report::example;

    #[test]
    fn the_page_has_every_goal_and_every_figure() {
        expect![[r#"
            2 rounds on 2 cores, Terraform 1.16.0. The machine was quiet.

            ![Time, requests and memory of the provider and its peer](performance.svg)

            ### Goals

            | work | figure | goal | cks | hashicorp/kubernetes | |
            |---|---|---|---|---|---|
            | 1,000 bindings: apply | time ÷ floor | ≤ 1.15 | 1.15 (1.10–1.19) | 1.42 (1.40–1.44) | reached |
            | 1,000 bindings: apply | Kubernetes requests per binding | ≤ 1.60 | 1.50 | 3.00 | reached |
            | 1,000 bindings: apply | processor time of the API server, s | ≤ 0.9 | 0.7 (0.7–0.8) | 0.9 (0.8–0.9) | reached |
            | 1,000 bindings: plan without a change | time ÷ floor | ≤ 1.50 | 1.65 (1.60–1.70) | – | missed |
            | 1,000 bindings: plan without a change | Kubernetes requests | ≤ 10 | 5 | – | reached |
            | 1,000 bindings: plan without a change | CoreWeave requests | ≤ 1 | 1 | – | reached |
            | 1,000 bindings: plan without a change | peak memory, MB | ≤ 16 | 14.1 (14.0–14.2) | – | reached |
            | 1,000 bindings: plan, TF_LOG=trace | time ÷ the same without a log | ≤ 1.20 | 1.11 (1.09–1.12) | – | reached |
            | 1,000 bindings: destroy | Kubernetes requests per binding | ≤ 1.10 | – | – | not measured |
            | 1,000 bindings, 40 ms of round trip: plan without a change | time ÷ floor | ≤ 2 | 1.90 | – | reached |
            | 100 tokens: plan without a change | Kubernetes requests | ≤ 10 | – | – | not measured |
            | 20 clusters × 50 bindings: plan without a change | CoreWeave requests | ≤ 20 | – | – | not measured |
            | start of the provider | handshake, ms | ≤ 3 | 2.6 (2.4–2.8) | – | reached |
            | start of the provider | schema, ms | ≤ 6 | 6.1 (5.5–6.4) | – | missed |
            | start of the provider | binary, MB | ≤ 11.5 | 11.3 | – | reached |

            ### What bounds the time

            | work | Terraform, as for the floor, % | Terraform, for a provider, % | cks, % | API server, % | others, and waiting, % |
            |---|---|---|---|---|---|
            | 1,000 bindings: apply | 45 | 0 | 6 | 10 | 39 |
            | 1,000 bindings: plan without a change | 48 | 0 | 6 | 10 | 35 |
            | 1,000 bindings: plan, TF_LOG=trace | 44 | 0 | 6 | 10 | 41 |
            | 1,000 bindings, 40 ms of round trip: plan without a change | 42 | 0 | 6 | 10 | 43 |

            | state of one resource, bytes | cks | hashicorp/kubernetes | floor |
            |---|---|---|---|
            | 1,000 bindings | 153 | 790 | 0 |

            ### Figures

            | work | | time, s | ÷ floor | CPU, s: provider / Terraform / API server | peak, MB | requests to Kubernetes | to CoreWeave | connections |
            |---|---|---|---|---|---|---|---|---|
            | 1,000 bindings: apply | cks | 3.55 (3.30–3.80) | 1.15 (1.10–1.19) | 0.42 / 3.19 / 0.71 | 15.6 | 1,000 create, 500 review | 1 | 11 |
            | 1,000 bindings: apply | hashicorp/kubernetes | 4.40 (4.20–4.60) | 1.42 (1.40–1.44) | 0.42 / 3.19 / 0.88 | 80.0 | 2,000 get, 1,000 create | 1 | 11 |
            | 1,000 bindings: apply | floor | 3.10 (3.00–3.20) | – | – / 3.19 / – | – | – | – | – |
            | 1,000 bindings: plan without a change | cks | 3.30 (3.20–3.40) | 1.65 (1.60–1.70) | 0.42 / 3.19 / 0.66 | 14.2 | 3 get, 2 list | 1 | 11 |
            | 1,000 bindings: plan without a change | floor | 2.00 | – | – / 3.19 / – | – | – | – | – |
            | 1,000 bindings: plan, TF_LOG=trace | cks | 3.65 (3.60–3.70) | 1.66 (1.64–1.68) | 0.42 / 3.19 / 0.73 | 14.0 | 3 get, 2 list | 1 | 11 |
            | 1,000 bindings: plan, TF_LOG=trace | floor | 2.20 | – | – / 3.19 / – | – | – | – | – |
            | 1,000 bindings, 40 ms of round trip: plan without a change | cks | 3.80 | 1.90 | 0.42 / 3.19 / 0.76 | 14.0 | 3 get, 2 list | 1 | 11 |
            | 1,000 bindings, 40 ms of round trip: plan without a change | floor | 2.00 | – | – / 3.19 / – | – | – | – | – |

            | start | handshake, ms | schema, ms | processor time of the provider until then, ms | binary, MB |
            |---|---|---|---|---|
            | cks | 2.6 (2.4–2.8) | 6.1 (5.5–6.4) | 4.1 (4.0–4.4) | 11.3 |
        "#]].assert_eq(&render(&example::results()));
    }
}
