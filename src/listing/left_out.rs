//! What cannot be managed, and so is in no list: it is counted and named in one warning for each cluster.

use tfplugin::{Diagnostic, Error, Resource, Severity, configuration_faults};

use crate::checks;

/// The most that are named.
const MOST: usize = 10;

/// What a list leaves out of one cluster.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    named: Vec<String>,
    count: usize,
}

impl LeftOut {
    /// Leaves out this object, such as `ClusterRole monitor`, or this block, which has no name, for this reason.
    pub(super) fn add(&mut self, kind: &str, name: Option<&str>, reason: &str) {
        self.count += 1;
        if self.named.len() < MOST {
            let name = name.map_or_else(String::new, |name| format!(" {}", checks::shown(name)));
            self.named.push(format!("{kind}{name} ({reason})"));
        }
    }

    /// The warning, if there is anything to say. `resource`: the type that cannot manage it.
    pub(super) fn warning(&self, resource: &str, cluster: &str) -> Option<Diagnostic> {
        let objects = match self.count {
            0 => return None,
            1 => "1 object".to_owned(),
            count => format!("{count} objects"),
        };
        let (these_are, unchanged, them) = match self.count {
            1 => ("This object is", "it is", "it"),
            _ => ("These objects are", "they are", "them"),
        };
        let others = match self.count - self.named.len() {
            0 => String::new(),
            others => format!(", and {others} more"),
        };
        Some(Diagnostic::warning(
            format!("{objects} of cluster {cluster} cannot be managed by {resource}"),
            format!(
                "{these_are} not in the list, because no configuration can keep {them} as {unchanged}: {}{others}. Manage {them} outside of Terraform, \
                 or change {them}, and list again.",
                self.named.join(", ")
            ),
        ))
    }
}

/// What was found, or why no configuration can keep it as it is.
pub(super) fn manageable<R: Resource>(found: Result<R, Error>) -> Result<R, String> {
    let title = |message: &Diagnostic| message.summary.clone();
    let resource = found.map_err(|error| error.messages().first().map(title).unwrap_or_default())?;
    let faults = configuration_faults(&resource);
    match faults.iter().find(|message| message.severity == Severity::Error) {
        Some(fault) => Err(title(fault)),
        None => Ok(resource),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::errors::testing::check_messages;

    #[test]
    fn what_is_left_out_is_counted_and_named_and_of_many_the_first_ones() {
        let mut left_out = LeftOut::default();
        let mut warnings = vec![Diagnostic::error("", "")];
        assert_eq!(left_out.warning("cks_rbac_role", "example"), None);
        left_out.add("ClusterRole", Some("monitor"), "Aggregated ClusterRole cannot be managed");
        warnings.extend(left_out.warning("cks_rbac_role", "example"));
        for number in 0..20 {
            left_out.add("RoleBinding", Some(&format!("shop/{number}")), "Binding has no subjects");
        }
        warnings.extend(left_out.warning("cks_rbac_role", "example"));
        check_messages(
            Error::all(warnings).expect("an error"),
            &expect![[r#"
                 @ 

                1 object of cluster example cannot be managed by cks_rbac_role @ 
                This object is not in the list, because no configuration can keep it as it is: ClusterRole "monitor" (Aggregated ClusterRole cannot be managed). Manage it outside of Terraform, or change it, and list again.
                21 objects of cluster example cannot be managed by cks_rbac_role @ 
                These objects are not in the list, because no configuration can keep them as they are: ClusterRole "monitor" (Aggregated ClusterRole cannot be managed), RoleBinding "shop/0" (Binding has no subjects), RoleBinding "shop/1" (Binding has no subjects), RoleBinding "shop/2" (Binding has no subjects), RoleBinding "shop/3" (Binding has no subjects), RoleBinding "shop/4" (Binding has no subjects), RoleBinding "shop/5" (Binding has no subjects), RoleBinding "shop/6" (Binding has no subjects), RoleBinding "shop/7" (Binding has no subjects), RoleBinding "shop/8" (Binding has no subjects), and 11 more. Manage them outside of Terraform, or change them, and list again.
            "#]],
        );
    }

    #[test]
    fn a_block_has_no_name() {
        let mut left_out = LeftOut::default();
        left_out.add("oidc", None, "Two claims have the same name");
        let warning = left_out.warning("cks_cluster_oidc", "example (US-EAST-04A)").expect("a warning");
        check_messages(
            Error::all([Diagnostic::error("", ""), warning]).expect("an error"),
            &expect![[r#"
                 @ 

                1 object of cluster example (US-EAST-04A) cannot be managed by cks_cluster_oidc @ 
                This object is not in the list, because no configuration can keep it as it is: oidc (Two claims have the same name). Manage it outside of Terraform, or change it, and list again.
            "#]],
        );
    }
}
