//! Text for the terminal, with bars.

use std::fmt::Write as _;

use super::rows::{self, Row};
use crate::{
    contender::Contender,
    goals::{Goal, goals},
    results::Results,
    statistics::{number, shown},
};

/// Length of the longest bar of a step.
const BAR: f64 = 30.0;

/// The whole report.
pub(crate) fn render(results: &Results) -> String {
    let mut out = String::new();
    let rows = rows::rows(results);
    for same_work in rows.chunk_by(|one, other| one.work == other.work) {
        let _ = writeln!(out, "\n{}", same_work[0].work);
        let walls = same_work.iter().filter_map(|row| row.wall);
        let longest = walls.map(|wall| wall.median).fold(0.0, f64::max);
        for row in same_work {
            out += &one_row(row, longest);
        }
    }
    for starts in &results.starts {
        let _ = writeln!(
            out,
            "\nstart of {}: handshake after {} ms, schema after {} ms, its processor time until then {} ms; binary {} MB",
            starts.contender,
            shown(&starts.handshake, 1),
            shown(&starts.schema, 1),
            shown(&starts.processor, 1),
            number(starts.binary, 1)
        );
    }
    let goals = goals(results);
    let width = |text: fn(&Goal) -> usize| goals.iter().map(text).max().unwrap_or_default();
    let (work, figure) = (width(|goal| goal.work.chars().count()), width(|goal| goal.figure.chars().count()));
    let _ = writeln!(out, "\nGoals (the median counts):");
    for goal in &goals {
        let _ = writeln!(
            out,
            "  {:<work$}  {:<figure$}  {:>9}  {:<12}  {}",
            goal.work,
            goal.figure,
            limit(goal),
            goal.verdict.shown(),
            compared(goal)
        );
    }
    let _ = writeln!(out, "\n{}", conditions(results));
    out
}

fn one_row(row: &Row<'_>, longest: f64) -> String {
    let mut out = String::new();
    let wall = row.wall.map(|wall| wall.median).unwrap_or_default();
    let ratio = row.ratio.map(|ratio| format!(", {} × floor", ratio.shown(2))).unwrap_or_default();
    let shown = row.wall.map(|wall| wall.shown(2)).unwrap_or_default();
    let _ = writeln!(out, "  {:<21}{:<31}{shown} s{ratio}", row.contender.name(), bar(wall, longest));
    let [provider, terraform, server] = row.cpu();
    let mut costs = format!("CPU s: Terraform {terraform}");
    if row.contender != Contender::Floor {
        let _ = write!(costs, ", provider {provider}, API server {server}; peak {} MB", row.peak());
    }
    let _ = writeln!(out, "  {:21}{costs}", "");
    if let Some([kubernetes, coreweave, connections]) = row.requests() {
        let _ = writeln!(
            out,
            "  {:21}requests: Kubernetes {kubernetes}; CoreWeave {coreweave}; connections {connections}",
            ""
        );
    }
    out
}

/// As long as its share of the longest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the longest bar")]
fn bar(value: f64, longest: f64) -> String {
    let share = if longest > 0.0 { value / longest } else { 0.0 };
    "#".repeat((share * BAR).round().clamp(1.0, BAR) as usize)
}

fn limit(goal: &Goal) -> String {
    if goal.at_most.is_finite() { goal.limit() } else { "≤ peer".to_owned() }
}

/// Our figure, and that of the peer.
fn compared(goal: &Goal) -> String {
    let Some(ours) = goal.ours else { return String::new() };
    let peer = goal.peer.map(|peer| format!("; {} {}", Contender::Kubernetes, peer.shown(goal.decimals)));
    format!("{}{}", ours.shown(goal.decimals), peer.unwrap_or_default())
}

/// Where and how it was measured, and whether there are verdicts.
pub(crate) fn conditions(results: &Results) -> String {
    let judged = if results.disturbances.is_empty() {
        "The machine was quiet.".to_owned()
    } else {
        format!("The machine was too busy for verdicts about time: {}.", results.disturbances.join("; "))
    };
    let rounds =
        if results.rounds == 1 { "1 round".to_owned() } else { format!("{} rounds", results.rounds) };
    let peer = results.peer.as_ref().map(|version| format!(", {} {version}", Contender::Kubernetes));
    let peer = peer.unwrap_or_default();
    format!("{rounds} on {} cores, Terraform {}{peer}. {judged}", results.cores, results.terraform)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::{goals::Verdict, report::example};

    #[test]
    fn a_report_has_every_figure_and_every_goal() {
        expect![[r#"

            1,000 bindings: apply
              cks                  ########################       3.55 (3.30–3.80) s, 1.15 (1.10–1.19) × floor
                                   CPU s: Terraform 3.19, provider 0.42, API server 0.71; peak 15.6 MB
                                   requests: Kubernetes 1,000 create, 500 review; CoreWeave 1; connections 11
              hashicorp/kubernetes ############################## 4.40 (4.20–4.60) s, 1.42 (1.40–1.44) × floor
                                   CPU s: Terraform 3.19, provider 0.42, API server 0.88; peak 80.0 MB
                                   requests: Kubernetes 2,000 get, 1,000 create; CoreWeave 1; connections 11
              floor                #####################          3.10 (3.00–3.20) s
                                   CPU s: Terraform 3.19

            1,000 bindings: plan without a change
              cks                  ############################## 3.30 (3.20–3.40) s, 1.65 (1.60–1.70) × floor
                                   CPU s: Terraform 3.19, provider 0.42, API server 0.66; peak 14.2 MB
                                   requests: Kubernetes 3 get, 2 list; CoreWeave 1; connections 11
              floor                ##################             2.00 s
                                   CPU s: Terraform 3.19

            1,000 bindings: plan, TF_LOG=trace
              cks                  ############################## 3.65 (3.60–3.70) s, 1.66 (1.64–1.68) × floor
                                   CPU s: Terraform 3.19, provider 0.42, API server 0.73; peak 14.0 MB
                                   requests: Kubernetes 3 get, 2 list; CoreWeave 1; connections 11
              floor                ##################             2.20 s
                                   CPU s: Terraform 3.19

            1,000 bindings, 40 ms of round trip: plan without a change
              cks                  ############################## 3.80 s, 1.90 × floor
                                   CPU s: Terraform 3.19, provider 0.42, API server 0.76; peak 14.0 MB
                                   requests: Kubernetes 3 get, 2 list; CoreWeave 1; connections 11
              floor                ################               2.00 s
                                   CPU s: Terraform 3.19

            start of cks: handshake after 2.6 (2.4–2.8) ms, schema after 6.1 (5.5–6.4) ms, its processor time until then 4.1 (4.0–4.4) ms; binary 11.3 MB

            Goals (the median counts):
              1,000 bindings: apply                                       time ÷ floor                            ≤ 1.15  reached       1.15 (1.10–1.19); hashicorp/kubernetes 1.42 (1.40–1.44)
              1,000 bindings: apply                                       Kubernetes requests per binding         ≤ 1.60  reached       1.50; hashicorp/kubernetes 3.00
              1,000 bindings: apply                                       processor time of the API server, s      ≤ 0.9  reached       0.7 (0.7–0.8); hashicorp/kubernetes 0.9 (0.8–0.9)
              1,000 bindings: plan without a change                       time ÷ floor                            ≤ 1.50  missed        1.65 (1.60–1.70)
              1,000 bindings: plan without a change                       Kubernetes requests                       ≤ 10  reached       5
              1,000 bindings: plan without a change                       CoreWeave requests                         ≤ 1  reached       1
              1,000 bindings: plan without a change                       peak memory, MB                           ≤ 16  reached       14.1 (14.0–14.2)
              1,000 bindings: plan, TF_LOG=trace                          time ÷ the same without a log           ≤ 1.20  reached       1.11 (1.09–1.12)
              1,000 bindings: destroy                                     Kubernetes requests per binding         ≤ 1.10  not measured  
              1,000 bindings, 40 ms of round trip: plan without a change  time ÷ floor                               ≤ 2  reached       1.90
              100 tokens: plan without a change                           Kubernetes requests                       ≤ 10  not measured  
              20 clusters × 50 bindings: plan without a change            CoreWeave requests                        ≤ 20  not measured  
              start of the provider                                       handshake, ms                              ≤ 3  reached       2.6 (2.4–2.8)
              start of the provider                                       schema, ms                                 ≤ 6  missed        6.1 (5.5–6.4)
              start of the provider                                       binary, MB                              ≤ 11.5  reached       11.3

            2 rounds on 2 cores, Terraform 1.16.0. The machine was quiet.
        "#]].assert_eq(&render(&example::results()));
    }

    #[test]
    fn a_busy_machine_has_figures_without_verdicts_about_time() {
        let mut results = example::results();
        results.disturbances = vec!["other programs used 42 % of the machine".to_owned()];
        let goals = goals(&results);
        let verdict_on = |figure| goals.iter().find(|goal| goal.figure == figure).map(|goal| goal.verdict);
        assert_eq!(verdict_on("time ÷ floor"), Some(Verdict::NotJudged));
        assert_eq!(verdict_on("Kubernetes requests per binding"), Some(Verdict::Reached));
        assert!(render(&results).contains("too busy for verdicts about time: other programs used 42 %"));
    }

    #[test]
    fn bars_are_shares_of_the_longest() {
        assert_eq!((bar(2.0, 2.0).len(), bar(1.0, 2.0).len(), bar(0.0, 2.0).len()), (30, 15, 1));
        assert_eq!(bar(0.0, 0.0), "#");
    }
}
