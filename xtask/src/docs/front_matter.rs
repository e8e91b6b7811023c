//! What the front matter of a page says, and the part of the registry's menu (`subcategory`) that it puts the page in.
//!
//! The generator writes an empty subcategory for each type. Guides have theirs in their templates.

/// Parts of the registry's menu, with the types in them.
const SUBCATEGORIES: [(&str, &[&str]); 4] = [
    (
        "Authentication",
        &[
            "cluster_authn_webhook",
            "cluster_oidc",
            "kubeconfig",
            "oidc_discovery",
            "oidc_group",
            "oidc_username",
            "self_subject_review",
        ],
    ),
    (
        "Authorization",
        &["cluster_authz_webhook", "rbac_binding", "rbac_bindings", "rbac_role", "subject_access_review"],
    ),
    ("Clusters", &["cluster", "clusters", "namespace", "unmanaged_endpoint"]),
    (
        "ServiceAccounts",
        &["revoke_service_account_tokens", "service_account", "service_account_token", "service_accounts"],
    ),
];

/// The page of the type of this name, without `cks_`, in its part of the menu.
pub(super) fn with_subcategory(page: &str, name: &str) -> Result<String, String> {
    const EMPTY: &str = "\nsubcategory: \"\"\n";
    let part = SUBCATEGORIES.iter().find(|(_, names)| names.contains(&name));
    let (part, _) = part.ok_or(format!("no subcategory has {name}: add it to {}", file!()))?;
    if page.matches(EMPTY).count() != 1 {
        return Err("the front matter has no empty subcategory".to_owned());
    }
    Ok(page.replacen(EMPTY, &format!("\nsubcategory: \"{part}\"\n"), 1))
}

/// The title of a page, and the first sentence of its description.
pub(super) fn title_and_purpose(page: &str) -> Option<(&str, &str)> {
    let (front_matter, _) = page.strip_prefix("---\n")?.split_once("\n---\n")?;
    let title =
        front_matter.lines().find_map(|line| line.strip_prefix("page_title: \"")?.strip_suffix('"'))?;
    let (_, description) = front_matter.split_once("description: |-\n")?;
    let first = description.lines().next()?.trim();
    let purpose = first.split_once(". ").map_or(first.trim_end_matches('.'), |(sentence, _)| sentence);
    (!title.is_empty() && !purpose.is_empty()).then_some((title, purpose))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\n# generated\npage_title: \"cks_rbac_role Resource - CKS\"\nsubcategory: \"\"\ndescription: |-\n  A role, \
        in 1.10. Or two.\n  More.\n---\n\n# Text\nsubcategory: \"\"\n";

    #[test]
    fn a_type_gets_its_part_of_the_menu_and_an_unknown_one_is_an_error() {
        let page = PAGE.replace("# Text\nsubcategory: \"\"", "# Text");
        assert!(
            with_subcategory(&page, "rbac_role").unwrap().contains("CKS\"\nsubcategory: \"Authorization\"\n")
        );
        assert!(with_subcategory(&page, "novelty").unwrap_err().starts_with("no subcategory has novelty"));
        assert!(with_subcategory("---\n---\n", "rbac_role").is_err());
    }

    #[test]
    fn a_purpose_is_one_sentence() {
        assert_eq!(title_and_purpose(PAGE), Some(("cks_rbac_role Resource - CKS", "A role, in 1.10")));
        assert_eq!(title_and_purpose("# Text\n"), None);
    }
}
