//! Everything that parses input of others, as functions of any bytes: values and messages of Terraform, responses of the three APIs,
//! kubeconfigs, output of exec plugins, certificates, durations, ids.
//!
//! One list, [`TARGETS`], with two users: `tests/hostile_input.rs` runs each target on generated input in every test run, and
//! `fuzz/` gives each to libFuzzer. A target fails by a panic: of the code that it calls, or of its own when a rule is broken, such as that no
//! message repeats a token.

mod configuration;
mod credentials;
mod durations;
mod protocol;
mod responses;
mod values;

/// One thing that parses.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of the fuzz target.
    pub name: &'static str,
    /// Parses any bytes.
    pub run: fn(&[u8]),
    /// Input that it accepts, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "msgpack_values", run: values::msgpack, seeds: values::msgpack_seeds },
    Target { name: "json_values", run: values::json, seeds: values::json_seeds },
    Target { name: "protocol_messages", run: protocol::messages, seeds: protocol::seeds },
    Target { name: "coreweave_responses", run: responses::coreweave, seeds: responses::coreweave_seeds },
    Target { name: "kubernetes_responses", run: responses::kubernetes, seeds: responses::kubernetes_seeds },
    Target { name: "openid_responses", run: responses::openid, seeds: responses::openid_seeds },
    Target { name: "kubeconfigs", run: credentials::kubeconfig, seeds: credentials::kubeconfig_seeds },
    Target { name: "exec_output", run: credentials::exec_output, seeds: credentials::exec_output_seeds },
    Target { name: "certificates", run: credentials::certificates, seeds: credentials::certificate_seeds },
    Target { name: "tokens", run: credentials::token, seeds: credentials::token_seeds },
    Target { name: "durations", run: durations::duration, seeds: durations::seeds },
    Target { name: "import_ids", run: configuration::import_id, seeds: configuration::import_id_seeds },
    Target { name: "attributes", run: configuration::attribute, seeds: configuration::attribute_seeds },
];

/// The target with this name.
///
/// # Panics
/// If there is none.
pub fn target(name: &str) -> Target {
    *TARGETS.iter().find(|target| target.name == name).expect("a target of this name")
}

/// Checks texts that a user may see: short, without control characters, and without this secret.
fn expect_printable(texts: &[String], secret: &str) {
    /// More than a terminal shows at once.
    const LONGEST: usize = 16 << 10;
    for text in texts {
        assert!(!text.contains(secret), "it repeats a token: {text}");
        assert!(!text.chars().any(char::is_control), "it has control characters: {text:?}");
        assert!(text.len() <= LONGEST, "it has {} bytes", text.len());
    }
}
