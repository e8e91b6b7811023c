//! The table of versions in the documentation: which feature needs which Terraform and which OpenTofu. The versions are those of the test
//! bed, whose tests (`cargo xtask matrix`) check them; the rows are those that the provider's schema has.

use ::testbed::Feature;
use serde_json::Value;

/// What a template has in place of the table.
pub(crate) const PLACE: &str = "<!-- table of versions -->";

/// The table for the provider of this schema.
pub(crate) fn table(schema: &Value) -> String {
    let line = |feature: Feature| {
        let Row { what, instead } = row(feature);
        let open_tofu =
            feature.open_tofu().map_or_else(|| "none yet".to_owned(), |release| release.to_string());
        format!("| {what} | {} | {open_tofu} | {instead} |", feature.terraform())
    };
    let head = ["| feature | Terraform | OpenTofu | with an older version |", "|---|---|---|---|"];
    let lines = Feature::ALL.into_iter().filter(|feature| is_offered(*feature, schema)).map(line);
    head.map(str::to_owned).into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// Whether the provider has something that needs the feature.
fn is_offered(feature: Feature, schema: &Value) -> bool {
    let has = |member: &str| schema[member].as_object().is_some_and(|types| !types.is_empty());
    match feature {
        Feature::Basics
        | Feature::ImportForEach
        | Feature::Removed
        | Feature::Moves
        | Feature::LateReplacement => true,
        Feature::Functions => has("functions"),
        Feature::Ephemeral | Feature::EphemeralDestroy => has("ephemeral_resource_schemas"),
        Feature::WriteOnly => schema.to_string().contains("\"write_only\":true"),
        Feature::Identity => has("resource_identity_schemas"),
        Feature::Lists => has("list_resource_schemas"),
        Feature::Actions | Feature::DestroyActions => has("action_schemas"),
    }
}

struct Row {
    what: &'static str,
    /// What to use, or what happens, on an older version.
    instead: &'static str,
}

fn row(feature: Feature) -> Row {
    let (what, instead) = match feature {
        Feature::Basics => {
            ("Resources, data sources, `import` blocks by `id`, `check` blocks", "not supported")
        }
        Feature::ImportForEach => ("`import` blocks with `for_each`", "one block for each object"),
        Feature::Removed => (
            "`removed` blocks with `lifecycle { destroy = false }`",
            "`terraform state rm`; in OpenTofu 1.7 to 1.9 also the block without `lifecycle`, which keeps the object",
        ),
        Feature::Functions => (
            "Functions (`provider::cks::…`)",
            "`data.cks_cluster` has the endpoint, and `cks_cluster_oidc` the effective prefixes",
        ),
        Feature::Moves => (
            "`moved` blocks from hashicorp/kubernetes",
            "remove the old object from the state, and import it under its new type",
        ),
        Feature::Ephemeral => (
            "Ephemeral resources",
            "the resource `cks_service_account_token` and the data source `cks_kubeconfig`, which are in the state",
        ),
        Feature::EphemeralDestroy => (
            "A destroy beside an ephemeral token whose ServiceAccount it deletes",
            "the destroy deletes everything, and then fails with `ServiceAccount not found`: run it once more",
        ),
        Feature::WriteOnly => ("Write-only arguments", "an error names the argument"),
        Feature::Identity => ("`import` blocks by `identity`", "`import` blocks by `id`"),
        Feature::Lists => (
            "`terraform query`",
            "`cks_rbac_bindings` and `cks_service_accounts` list what can be imported, and `cks_clusters` has the settings of clusters; for \
             roles and namespaces, kubectl",
        ),
        Feature::Actions => (
            "Actions",
            "`kubectl delete secrets --namespace NAMESPACE --selector cks-community.github.io/token-id` revokes all tokens of this provider in \
             the namespace, and the next plan rotates those in a state",
        ),
        Feature::DestroyActions => {
            ("Actions before and after a destroy, and their `on_failure`", "`-invoke`, before the destroy")
        }
        Feature::LateReplacement => (
            "A replacement that the apply decides on, because the plan did not know the new value",
            "the apply reports an inconsistent plan and changes nothing, and the next one replaces",
        ),
    };
    Row { what, instead }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_has_what_the_provider_offers() {
        let least = table(&json!({}));
        assert!(least.contains("hashicorp/kubernetes | 1.8 | 1.10 |"), "{least}");
        assert!(!least.contains("Actions") && !least.contains("Write-only"), "{least}");
        let more = json!({"action_schemas": {"a": {}}, "resource_schemas": {"r": {"write_only": true}}});
        let more = table(&more);
        assert!(more.contains("| Actions | 1.14 | none yet |") && more.contains("Write-only"), "{more}");
    }
}
