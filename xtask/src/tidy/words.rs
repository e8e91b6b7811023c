//! Retired words, and their replacements: one word for one thing, and the field's word.

use super::Problem;
use crate::repository::Source;

/// Names in code that are retired, with their successors. A name counts as a whole word only.
const NAMES: [(&str, &str); 31] = [
    ("lives_as", "a trait and its implementations"),
    ("foresee", "modify_plan"),
    ("foresee_end", "modify_destroy_plan"),
    ("forewarn", "warn_at_plan"),
    ("foretold", "plan_warnings"),
    ("FOREWARNING", "PLAN_CHECK_TIMEOUT"),
    ("detour", "endpoint_override"),
    ("Detour", "EndpointOverride"),
    ("Waited", "WaitOutcome"),
    ("Patience", "RetryLimit"),
    ("Whereabouts", "Provenance"),
    ("whereabouts", "provenance"),
    ("keep_note", "set_private_state"),
    ("note_of_first_plan", "planned_private"),
    ("MAY_BE_DUE", "PLAN_UNCHANGED"),
    ("Surroundings", "CallScope"),
    ("Sides", "PlanInputs"),
    ("Hooked", "PlanOutcome"),
    ("come_true", "reconcile"),
    ("Intention", "Plan of the ledger"),
    ("Head", "ObjectFields"),
    ("Entries", "Metadata"),
    ("AccessQuestion", "AccessReviewSpec"),
    ("leftovers_stay", "leftovers_kept"),
    ("token_lives_on", "stays_valid"),
    ("is_being_made", "is_created_by_this_run"),
    ("Whom", "who, or a plain noun"),
    ("whom", "who, or a plain noun"),
    ("expect_alive", "expect_valid"),
    ("expect_nowhere", "expect_secret_absent"),
    ("begin_anew", "clear"),
];

/// Turns of phrase that are retired, anywhere.
const PHRASES: [(&str, &str); 52] = [
    ("what of it", "a plain noun"),
    ("forewarning", "warning"),
    ("hen the cluster is well again", "once the cluster is STATUS_RUNNING"),
    ("did not live to tell", "crashed before it saved state"),
    ("dies as soon as the new one exists", "is revoked once its successor exists"),
    ("is no name that Kubernetes takes", "is not a valid name"),
    ("Not let in", "Rejected by the endpoint"),
    ("out of which waiting leads no more", "terminal"),
    ("looks into https", "TLS-intercepting proxy"),
    ("who it takes a caller for", "the caller's identity"),
    ("state that ends the wait", "terminal state"),
    ("this cannot do without", "is required during plan"),
    ("last change but ours", "last modified by client"),
    ("which takes all but those", "accepts every credential except"),
    ("The last administrators are taken away", "Removes the last cluster-admin binding"),
    ("made anew", "re-created, or rotated"),
    ("begins anew", "starts again"),
    ("lives until", "is valid until"),
    ("and the plan wants", "and the plan has"),
    ("Token lives on", "stays valid"),
    ("Taken over as it was", "adopted"),
    ("give these rights", "grant these permissions"),
    ("shorter than asked for", "shorter than duration"),
    ("Nobody is bound", "Binding has no subjects"),
    ("useful answer", "useful response"),
    ("nexpected answer", "unexpected response"),
    ("is decided above", "the provider builds the messages"),
    ("gone on with", "continued"),
    ("behind a client's back", "by another client"),
    ("come true", "take effect"),
    ("comes true", "takes effect"),
    ("survives the server", "is read back as written"),
    ("was quicker", "changed it at the same time"),
    ("what was wrong before", "the cause before"),
    ("whatever is there", "any content"),
    ("its last words", "the end of its log"),
    ("not as told", "check failed"),
    ("torn off", "removed"),
    ("nobody knows", "unknown"),
    ("taken away", "deleted, or removed"),
    ("s somebody else would", "as another client"),
    ("behind Terraform's back", "by another client"),
    ("asks to wait", "with Retry-After"),
    ("nobody was asked", "no request was sent"),
    ("asks nobody", "sends no request"),
    ("told_at_plan", "is_a_warning_at_plan"),
    ("turns out wrong", "becomes invalid"),
    ("side by side", "in parallel"),
    ("dead at apply", "expired, or revoked"),
    ("to be nowhere", "does not leak"),
    ("passing fault", "transient fault"),
    ("Made anew", "re-created, or rotated"),
];

/// The file with the retired words.
const TABLE: &str = "xtask/src/tidy/words.rs";

pub(super) fn check(sources: &[Source]) -> Vec<Problem> {
    sources.iter().filter(|source| source.path != TABLE).flat_map(findings).collect()
}

fn findings(source: &Source) -> Vec<Problem> {
    let is_code = std::path::Path::new(&source.path).extension().is_some_and(|extension| extension == "rs");
    let mut problems = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let names = NAMES.iter().filter(|(name, _)| is_code && has_word(line, name));
        let phrases = PHRASES.iter().filter(|(phrase, _)| line.contains(phrase));
        problems.extend(names.chain(phrases).map(|(word, instead)| {
            let what = format!("the retired word `{word}`");
            Problem::at(&source.path, at + 1, what, format!("write {instead}"))
        }));
    }
    problems
}

fn has_word(line: &str, word: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: usize) {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(super::check(&[source]).len(), expected, "{text}");
    }

    #[test]
    fn retired_names_are_found_as_whole_words() {
        check("a.rs", "fn foresee() {}", 1);
        check("a.rs", "fn foreseeable() {}", 0);
        check("a.rs", "let unforesee = Header;", 0);
        check("a.md", "Head", 0);
        check("a.md", "When the cluster is well again", 1);
        check("a.tmpl", "a proxy that looks into https", 1);
        check("a.rs", "// The object was made anew.", 1);
        check(TABLE, "foresee", 0);
    }
}
