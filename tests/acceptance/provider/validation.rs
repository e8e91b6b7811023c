//! Mistakes and dangers that are reported before any request: each at its attribute, with what to write instead.

use local_cks::ClusterSpec;

use crate::{
    on_both_hosts, on_every_host,
    support::{
        AUTHN_WEBHOOK, AUTHZ_WEBHOOK, Bed, Block, CLIENT, CLUSTER_ID, Diagnostic, Host, ISSUER, OIDC, base64,
        block_on, oidc, oidc_named,
    },
};

on_every_host!(each_mistake_is_reported_at_its_line);

on_both_hosts!(
    mistakes_in_the_provider_block_are_reported_at_their_line,
    a_dangerous_setting_is_a_warning_when_it_changes_and_not_afterwards,
    a_query_that_kubernetes_does_not_send_is_a_warning,
    harmless_settings_cause_no_warning,
    a_read_only_attribute_cannot_be_set,
);

/// A resource with one wrong line, and a part of the error about it.
struct Mistake {
    block: &'static Block,
    line: String,
    message: &'static str,
}

fn mistakes(pem: &str) -> Vec<Mistake> {
    let mistake = |block, line: &str, message| Mistake { block, line: line.to_owned(), message };
    let mut mistakes = vec![
        mistake(&OIDC, r#"issuer_url = "http://accounts.example.com""#, "https only"),
        mistake(&OIDC, r#"issuer_url = "accounts.example.com""#, "not a whole URL"),
        mistake(&OIDC, r#"issuer_url = "https://accounts%2Eexample.com""#, "the escape"),
        mistake(&OIDC, r#"issuer_url = "https:///accounts.example.com""#, "no host"),
        mistake(&OIDC, r#"issuer_url = "https://login.microsoftonline.com/common/v2.0""#, "several tenants"),
        mistake(&OIDC, r#"issuer_url = "https://me@accounts.example.com""#, "user name"),
        mistake(&OIDC, r#"issuer_url = "https://accounts.example.com?tenant=1""#, "query"),
        mistake(&OIDC, r#"issuer_url = "https://accounts.example.com#top""#, "fragment"),
        mistake(&OIDC, r#"issuer_url = "" "#, "not a whole URL"),
        mistake(
            &OIDC,
            &format!("issuer_url = \"https://oidc.cks.coreweave.com/id/{CLUSTER_ID}\""),
            "ServiceAccount",
        ),
        mistake(&OIDC, r#"client_id = """#, "must not be empty"),
        mistake(&OIDC, r#"required_claim = "department""#, "key=value"),
        mistake(&OIDC, r#"signing_algorithms = ["ES256"]"#, "accepts only \"RS256\""),
        mistake(&OIDC, r#"signing_algorithms = ["SIGNING_ALGORITHM_RS256"]"#, "Write \"RS256\""),
    ];
    for block in [&AUTHN_WEBHOOK, &AUTHZ_WEBHOOK] {
        mistakes.extend([
            mistake(block, r#"server = "http://hook.example.com""#, "https only"),
            mistake(block, r#"server = "hook.example.com:8443/review""#, "not a whole URL"),
            mistake(block, r#"server = "https://me:secret@hook.example.com""#, "user name"),
            mistake(block, r#"server = "https://hook.example.com#top""#, "fragment"),
            mistake(block, r#"server = "" "#, "not a whole URL"),
        ]);
    }
    for block in [&OIDC, &AUTHN_WEBHOOK, &AUTHZ_WEBHOOK] {
        mistakes.extend([
            mistake(block, r#"cluster_id = """#, "empty"),
            mistake(block, r#"cluster_id = "my cluster""#, "no id does"),
            mistake(block, r#"ca_certificate = "certificate""#, "no certificate in it"),
            mistake(block, &format!("ca_certificate = {:?}", base64(pem)), "PEM in base64"),
            mistake(block, r#"on_existing = "overwrite""#, "neither \"fail\" nor \"adopt\""),
            mistake(block, r#"timeouts { create = "30d" }"#, "720h"),
        ]);
    }
    mistakes
}

/// The resource with the wrong line in place of the right one.
fn with_mistake(name: &str, Mistake { block, line, .. }: &Mistake) -> String {
    let attribute = line.split_whitespace().next().unwrap_or_default();
    let right = block.minimal_named(name, "");
    let others = right.lines().filter(|right| right.split_whitespace().next() != Some(attribute));
    let mut lines: Vec<_> = others.map(str::to_owned).collect();
    let end = lines.len() - 2;
    lines.insert(end, format!("  {line}"));
    lines.join("\n") + "\n"
}

fn each_mistake_is_reported_at_its_line(host: &Host) {
    let bed = Bed::new(host);
    let mistakes = mistakes(bed.local.ca_pem());
    let resources =
        mistakes.iter().enumerate().map(|(number, mistake)| with_mistake(&format!("r{number}"), mistake));
    let configuration: String = resources.collect();
    bed.write("main.tf", &configuration);
    let run = bed.validate().failed();
    assert_eq!(run.errors().len(), mistakes.len(), "{run}");
    for (number, mistake) in mistakes.iter().enumerate() {
        let before = &configuration[..configuration.find(&format!("\"r{number}\"")).expect("it is there")];
        let resource = before.lines().count() as u64;
        let is_it = |error: &Diagnostic| {
            (resource..resource + 8).contains(&error.line)
                && error.code == mistake.line.trim()
                && error.contains(&[mistake.message])
        };
        let error = run.errors().into_iter().find(is_it);
        assert!(error.is_some(), "{:?}: {:?}\n{run}", mistake.line, mistake.message);
    }
    assert_eq!(bed.local.requests().len(), 0);
}

fn mistakes_in_the_provider_block_are_reported_at_their_line(host: &Host) {
    let bed = Bed::of(host, &oidc(""));
    for (line, message) in [
        (r#"endpoint = "coreweave""#, "not a URL"),
        (r#"endpoint = "http://api.coreweave.com""#, "unencrypted"),
        (r#"http_timeout = "30d""#, "720h"),
        (r#"proxy_url = "socks4://proxy""#, "socks5://"),
        (r#"ca_certificate = "certificate""#, "no certificate in it"),
        (r#"token = """#, "empty"),
    ] {
        bed.write("provider.tf", &format!("provider \"cks\" {{\n  {line}\n}}\n"));
        let error = bed.plan().failed().expect_error(&[message]);
        assert_eq!((error.line, error.code.as_str()), (2, line));
    }
    assert_eq!(bed.local.requests().len(), 0);
}

/// The resources, each for a cluster of its own, so that one plan has them all.
fn on_clusters_of_their_own(bed: &Bed, resources: &[String]) -> String {
    let clusters = resources.iter().enumerate().map(|(number, more)| {
        let cluster = block_on(bed.local.add_cluster(ClusterSpec::new(&format!("c{number}"))))
            .expect("one more cluster");
        oidc_named(&format!("r{number}"), more).replace(CLUSTER_ID, cluster.id())
    });
    clusters.collect()
}

fn a_dangerous_setting_is_a_warning_when_it_changes_and_not_afterwards(host: &Host) {
    let bed = Bed::new(host);
    // The warning is reported at the last line; where the attribute to set is missing, that is the block.
    let dangers = [
        ("username_prefix = \"-\"", "Issuer could name a user system:"),
        ("username_prefix = \"system:\"", "Issuer could name a user system:"),
        ("groups_claim = \"groups\"", "Issuer could name a group system:"),
        ("groups_prefix = \"oidc:\"", "groups_prefix without groups_claim"),
        ("admin_group_binding = \"admins\"", "admin_group_binding without groups_claim"),
        (
            "groups_claim = \"groups\"\n  groups_prefix = \"oidc:\"\n  admin_group_binding = \"admins\"",
            "admin_group_binding without groups_prefix",
        ),
    ];
    let resources: Vec<_> = dangers.iter().map(|(lines, _)| (*lines).to_owned()).collect();
    bed.write("main.tf", &on_clusters_of_their_own(&bed, &resources));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings().len(), dangers.len(), "{planned}");
    for (number, (lines, summary)) in dangers.iter().enumerate() {
        let address = format!("cks_cluster_oidc.r{number}");
        let warning = planned
            .warnings()
            .into_iter()
            .find(|warning| warning.address == address)
            .unwrap_or_else(|| panic!("no warning of {lines}\n{planned}"));
        assert!(warning.summary.contains(summary), "{warning:?}");
        let place = if summary.contains("a group") {
            format!("resource \"cks_cluster_oidc\" \"r{number}\" {{")
        } else {
            lines.lines().map(str::trim).next_back().unwrap_or_default().to_owned()
        };
        assert_eq!(warning.code, place);
    }
    bed.apply_plan().succeeded();
    bed.plan().expect_empty();
}

fn a_query_that_kubernetes_does_not_send_is_a_warning(host: &Host) {
    let bed = Bed::new(host);
    for block in [&AUTHN_WEBHOOK, &AUTHZ_WEBHOOK] {
        let line = "server = \"https://hook.example.com/review?for=us\"";
        bed.write("main.tf", &block.named("example", &format!("  {line}")));
        let warning = bed.apply().succeeded().expect_warning(&["query is not sent", "?for=us", "path"]);
        assert_eq!((warning.address, warning.code.as_str()), (block.address(), line));
        bed.plan().expect_empty();
    }
}

fn harmless_settings_cause_no_warning(host: &Host) {
    let bed = Bed::new(host);
    let harmless = [
        "",
        "username_prefix = \"oidc:\"",
        "username_claim = \"email\"",
        "groups_claim = \"groups\"\n  groups_prefix = \"oidc:\"\n  admin_group_binding = \"oidc:admins\"",
    ];
    bed.write("main.tf", &on_clusters_of_their_own(&bed, &harmless.map(str::to_owned)));
    let planned = bed.plan().succeeded();
    assert_eq!(planned.warnings(), [], "{planned}");
}

fn a_read_only_attribute_cannot_be_set(host: &Host) {
    let bed = Bed::of(host, &oidc("unmanaged_endpoint = \"https://api.example.com\""));
    assert!(
        bed.validate().failed().errors().iter().any(|error| error.code.starts_with("unmanaged_endpoint"))
    );
    // A required attribute cannot be null either.
    bed.write("main.tf", &oidc("").replace(&format!("{CLIENT:?}"), "null"));
    bed.validate().failed().expect_error(&["client_id", "required"]);
    bed.write("main.tf", &oidc("").replace(&format!("{ISSUER:?}"), "null"));
    bed.validate().failed().expect_error(&["issuer_url", "required"]);
}
