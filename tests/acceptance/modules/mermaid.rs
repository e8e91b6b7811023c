//! What a picture of `access-map` says, read by the rules of Mermaid's flowcharts as far as the module uses them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Subject, role and scope, as their labels name them.
pub(super) type Grant = (String, String, String);

/// The grants of all pictures of this cluster. Panics at anything that Mermaid would draw otherwise, or not at all.
#[track_caller]
pub(super) fn grants_in(pictures: &Value, cluster_id: &str) -> BTreeSet<Grant> {
    let pictures = pictures.as_array().expect("a list of pictures").iter();
    let of_cluster = pictures.filter(|picture| picture["cluster_id"] == cluster_id);
    of_cluster.flat_map(|picture| grants(picture["mermaid"].as_str().expect("a text"))).collect()
}

/// Arrows of a picture.
pub(super) fn edges(picture: &str) -> usize {
    picture.lines().filter(|line| line.contains(" --> ")).count()
}

/// Every path from a subject over a role to a scope.
#[track_caller]
pub(super) fn grants(picture: &str) -> Vec<Grant> {
    let mut lines = picture.lines();
    let head = [lines.next(), lines.next()].map(Option::unwrap_or_default);
    assert!(
        head[0].starts_with("%%{init: ") && head[0].ends_with("}%%") && head[1] == "flowchart LR",
        "{picture}"
    );
    let mut nodes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut edges = Vec::new();
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("{line:?} is not indented\n{picture}"));
        if let Some((from, to)) = line.split_once(" --> ") {
            edges.push((from, to));
        } else if let Some(class) = line.strip_prefix("class ") {
            let id = class.strip_suffix(" wide").expect("the only class");
            assert!(nodes.contains_key(id), "{line:?} is of no node\n{picture}");
        } else if !line.starts_with("classDef wide ") {
            let (id, label) = node(line).unwrap_or_else(|| panic!("{line:?} is no node\n{picture}"));
            assert_eq!(nodes.insert(id, shown(label)), None, "{id} is two nodes\n{picture}");
        }
    }
    let ends: BTreeSet<_> = edges.iter().flat_map(|(from, to)| [*from, *to]).collect();
    assert_eq!(
        ends,
        nodes.keys().copied().collect(),
        "every node has arrows, and every arrow nodes\n{picture}"
    );
    assert_eq!(
        edges.iter().collect::<BTreeSet<_>>().len(),
        edges.len(),
        "no arrow is drawn twice\n{picture}"
    );
    let mut grants = Vec::new();
    for (subjects, roles) in edges.iter().filter(|(from, _)| from.starts_with('s')) {
        for (_, scopes) in edges.iter().filter(|(from, _)| from == roles) {
            for subject in &nodes[subjects] {
                for role in &nodes[roles] {
                    grants.extend(
                        nodes[scopes]
                            .iter()
                            .map(|scope| (without_token(subject), role.clone(), scope.clone())),
                    );
                }
            }
        }
    }
    grants
}

/// Id and label of a node: `s0("LABEL")`, `r0["LABEL"]` or `w0[["LABEL"]]`.
fn node(line: &str) -> Option<(&str, &str)> {
    let (kind, (before, after)) = match line.get(..1)? {
        "s" => ("s", ("(\"", "\")")),
        "r" => ("r", ("[\"", "\"]")),
        "w" => ("w", ("[[\"", "\"]]")),
        _ => return None,
    };
    let (id, rest) = line.split_once(before)?;
    let label = rest.strip_suffix(after)?;
    let is_number = id.strip_prefix(kind)?.chars().all(|sign| sign.is_ascii_digit());
    let is_safe =
        |text: &str| !text.contains(['"', '`', '\\', '[', ']', '<', '>', '&', '*', '_', '@', '$', '%', '|']);
    let is_safe =
        is_safe(&label.replace("<br/>", "")) && !label.contains("style") && !label.contains("classDef");
    (is_number && is_safe && id.len() > 1).then_some((id, label))
}

/// The names of a label as a reader sees them, each on a line, or several with commas. Lines of one long name are one.
fn shown(label: &str) -> Vec<String> {
    label.replace("<br/>… ", "").split("<br/>").flat_map(|line| line.split(", ")).map(decoded).collect()
}

/// `#NUMBER;` as the character.
fn decoded(text: &str) -> String {
    let mut pieces = text.split('#');
    let mut decoded = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once(';').unwrap_or_else(|| panic!("{text:?}: # without a code"));
        let number: u32 = number.parse().unwrap_or_else(|_| panic!("{text:?}: no number after #"));
        decoded.push(char::from_u32(number).expect("a character"));
        decoded.push_str(rest);
    }
    decoded
}

/// The subject without what is said of its tokens.
fn without_token(subject: &str) -> String {
    subject.split(" · ").next().unwrap_or_default().to_owned()
}
