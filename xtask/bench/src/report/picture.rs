//! The picture `docs/performance.svg`: bars with the smallest and the largest round. It has no background, and colours that are readable
//! on a light and on a dark one.

use std::fmt::Write as _;

use crate::{
    contender::Contender,
    results::{Measured, Results},
    section::{Section, Step},
    statistics::{Spread, as_float},
};

const WIDTH: f64 = 860.0;
/// Where bars begin, behind their labels.
const LEFT: f64 = 330.0;
/// Length of the longest bar; its figure is right of it.
const LONGEST: f64 = 370.0;
const BAR: f64 = 14.0;
const BETWEEN_GROUPS: f64 = 10.0;
const TITLE: f64 = 34.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#6e7781}.title{font-weight:600;font-size:15px}\
.cks{fill:#2f81f7}.peer{fill:#bf8700}.limit,.range{stroke:#6e7781;stroke-width:1.5}.limit{stroke-dasharray:4 3}\
@media(prefers-color-scheme:dark){text{fill:#9198a1}.limit,.range{stroke:#9198a1}}";

/// Bars of one figure, with one scale.
struct Panel {
    title: String,
    decimals: usize,
    /// A dashed line across all bars, which the title explains.
    line: Option<f64>,
    groups: Vec<Group>,
}

/// The contenders' bars for one piece of work.
struct Group {
    label: String,
    bars: Vec<(Contender, Spread)>,
}

/// The picture.
pub(crate) fn render(results: &Results) -> String {
    let panels: Vec<_> = panels(results).into_iter().filter(|panel| !panel.groups.is_empty()).collect();
    let mut body = String::new();
    let mut y = 24.0;
    legend(&mut body, y, results);
    y += 16.0;
    for panel in &panels {
        y = draw(&mut body, panel, y);
    }
    let height = y + 10.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
         role=\"img\" aria-label=\"Time, requests and memory, compared\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

fn panels(results: &Results) -> Vec<Panel> {
    let near = |section: &Section| section.round_trip().is_none();
    let groups = |wanted: &dyn Fn(&Measured) -> bool, figure: &dyn Fn(&Measured) -> Option<Spread>| {
        groups(results, wanted, figure)
    };
    let per_object = |measured: &Measured| {
        let objects = as_float(measured.section.objects(results.bindings));
        measured.spread(|run| Some(as_float(run.tally.kubernetes_requests()) / objects))
    };
    let refreshes = |measured: &Measured| {
        matches!(measured.step, Step::Apply | Step::Plan | Step::Destroy) && near(&measured.section)
    };
    let of_bindings = |measured: &Measured| measured.section == Section::Bindings;
    vec![
        Panel {
            title: "Time ÷ Terraform alone (dashed line)".to_owned(),
            decimals: 2,
            line: Some(1.0),
            groups: groups(&|measured| near(&measured.section), &Measured::ratio),
        },
        Panel {
            title: "The same with 40 ms of round trip".to_owned(),
            decimals: 2,
            line: Some(1.0),
            groups: groups(&|measured| !near(&measured.section), &Measured::ratio),
        },
        Panel {
            title: "Requests to Kubernetes for each object".to_owned(),
            decimals: 2,
            line: None,
            groups: groups(&refreshes, &per_object),
        },
        Panel {
            title: "Peak memory of the provider, MB".to_owned(),
            decimals: 1,
            line: None,
            groups: groups(&of_bindings, &|measured| measured.spread(|run| run.cost.peak)),
        },
    ]
}

/// A group for each step that is wanted and has figures.
fn groups(
    results: &Results,
    wanted: &dyn Fn(&Measured) -> bool,
    figure: &dyn Fn(&Measured) -> Option<Spread>,
) -> Vec<Group> {
    let mut found: Vec<_> = results
        .measured
        .iter()
        .filter(|measured| measured.contender != Contender::Floor && wanted(measured))
        .collect();
    found.sort_by_key(|measured| (measured.section, measured.step, measured.contender));
    let same = |one: &&Measured, other: &&Measured| (one.section, one.step) == (other.section, other.step);
    let group = |same: &[&Measured]| {
        let bars: Vec<_> =
            same.iter().filter_map(|measured| Some((measured.contender, figure(measured)?))).collect();
        let first = same.first().filter(|_| !bars.is_empty())?;
        let objects = first.section.title(results.bindings);
        let objects = objects.split(',').take(if first.section == Section::Distance { 2 } else { 9 });
        let label = format!("{}: {}", objects.collect::<Vec<_>>().join(","), first.step.title());
        Some(Group { label: label.replace(", 40 ms of round trip", ""), bars })
    };
    found.chunk_by(same).filter_map(group).collect()
}

fn legend(body: &mut String, y: f64, results: &Results) {
    let mut x = 10.0;
    for contender in results.contenders().into_iter().filter(|contender| *contender != Contender::Floor) {
        let _ = writeln!(
            body,
            "<rect class=\"{}\" x=\"{x:.0}\" y=\"{:.0}\" width=\"14\" height=\"14\"/><text x=\"{:.0}\" y=\"{y:.0}\">{contender}</text>",
            class(contender),
            y - 12.0,
            x + 20.0
        );
        x += 60.0 + 7.0 * as_float(contender.name().len());
    }
    let _ = writeln!(
        body,
        "<path class=\"range\" d=\"M{x:.0} {:.1}h24\"/><text x=\"{:.0}\" y=\"{y:.0}\">smallest to largest of the rounds</text>",
        y - 5.0,
        x + 32.0
    );
}

/// Draws a panel below `y`, and returns where it ends.
fn draw(body: &mut String, panel: &Panel, mut y: f64) -> f64 {
    let bars = panel.groups.iter().flat_map(|group| &group.bars);
    let largest = bars.map(|(_, spread)| spread.max).fold(panel.line.unwrap_or_default(), f64::max);
    let scale = if largest > 0.0 { LONGEST / largest } else { 0.0 };
    y += TITLE;
    let _ = writeln!(
        body,
        "<text class=\"title\" x=\"10\" y=\"{:.0}\">{}</text>",
        y - 12.0,
        escaped(&panel.title)
    );
    let top = y;
    for group in &panel.groups {
        let middle = y + BAR * as_float(group.bars.len()) / 2.0 + 4.5;
        let _ = writeln!(
            body,
            "<text x=\"{:.0}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            escaped(&group.label)
        );
        for (contender, spread) in &group.bars {
            draw_bar(body, *contender, *spread, scale, y, panel.decimals);
            y += BAR;
        }
        y += BETWEEN_GROUPS;
    }
    if let Some(at) = panel.line {
        let (x, bottom) = (LEFT + at * scale, y - BETWEEN_GROUPS + 4.0);
        let _ = writeln!(body, "<path class=\"limit\" d=\"M{x:.1} {:.1}V{bottom:.1}\"/>", top - 4.0);
    }
    y
}

fn draw_bar(body: &mut String, contender: Contender, spread: Spread, scale: f64, y: f64, decimals: usize) {
    let [min, median, max] = [spread.min, spread.median, spread.max].map(|value| LEFT + value * scale);
    let _ = writeln!(
        body,
        "<rect class=\"{}\" x=\"{LEFT:.0}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
         <path class=\"range\" d=\"M{min:.1} {:.1}H{max:.1}\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        class(contender),
        y + 1.0,
        (median - LEFT).max(1.0),
        BAR - 2.0,
        y + BAR / 2.0,
        max + 6.0,
        y + BAR - 2.5,
        escaped(&spread.shown(decimals))
    );
}

const fn class(contender: Contender) -> &'static str {
    match contender {
        Contender::Cks => "cks",
        Contender::Kubernetes | Contender::Floor => "peer",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::report::example;

    #[test]
    fn the_picture_has_a_bar_for_each_contender_and_step() {
        expect_file!["example.svg"].assert_eq(&render(&example::results()));
    }

    #[test]
    fn without_figures_there_is_no_panel() {
        let empty = render(&Results::default());
        assert!(empty.starts_with("<svg ") && !empty.contains("class=\"title\""), "{empty}");
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
    }
}
