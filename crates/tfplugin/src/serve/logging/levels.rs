//! Which events become a line: the host's environment variables set the levels (plugin-log, Terraform's internal/logging).

use tracing::{Metadata, metadata::LevelFilter};

use super::environment_suffix;
use crate::serve::ServeOptions;

/// Target of the framework.
const FRAMEWORK: &str = "tfplugin";
/// Targets of the framework that deal with the protocol.
const PROTOCOL: [&str; 2] = ["tfplugin::rpc", "tfplugin::serve"];

/// Logs every frame of every connection, the host's included: no other line could be found among these.
const NOISY: &str = "h2";

/// The most verbose level for each kind of target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    provider_target: &'static str,
    provider_crates: &'static [&'static str],
    provider_name: &'static str,
    provider: LevelFilter,
    framework: LevelFilter,
    protocol: LevelFilter,
    foreign: LevelFilter,
}

impl Levels {
    pub(super) fn from_lookup(options: &ServeOptions, lookup: impl Fn(&str) -> Option<String>) -> Self {
        let own = format!("TF_LOG_PROVIDER_{}", environment_suffix(options.name));
        let first = |names: &[&str]| names.iter().find_map(|name| lookup(name)).map(|value| level(&value));

        let provider = first(&[&own, "TF_LOG_PROVIDER", "TF_LOG"]).unwrap_or(LevelFilter::OFF);
        let framework = first(&["TF_LOG_SDK"]).unwrap_or(provider);
        let protocol = first(&["TF_LOG_SDK_PROTO"]).unwrap_or(framework);
        // Libraries below the provider log every poll of every connection.
        let foreign =
            if provider == LevelFilter::TRACE { LevelFilter::DEBUG } else { provider.min(LevelFilter::WARN) };
        Self {
            provider_target: options.log_target,
            provider_crates: options.log_crates,
            provider_name: options.name,
            provider,
            framework,
            protocol,
            foreign,
        }
    }

    pub(super) fn all_off(&self) -> bool {
        self.most_verbose() == LevelFilter::OFF
    }

    /// The most verbose level of any target.
    pub(super) fn most_verbose(&self) -> LevelFilter {
        self.provider.max(self.framework).max(self.protocol).max(self.foreign)
    }

    /// Whether an event is to be logged, or a span to be remembered. The spans of the provider and the framework always
    /// are: they identify the call to which a line belongs.
    pub(super) fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        if metadata.is_span() && self.limit_of(target) != LevelFilter::OFF && !self.is_foreign(target) {
            return true;
        }
        *metadata.level() <= self.limit_of(target)
    }

    fn limit_of(&self, target: &str) -> LevelFilter {
        if PROTOCOL.iter().any(|protocol| is_within(target, protocol)) {
            self.protocol
        } else if is_within(target, FRAMEWORK) {
            self.framework
        } else if is_within(target, NOISY) {
            self.foreign.min(LevelFilter::WARN)
        } else if self.is_foreign(target) {
            self.foreign
        } else {
            self.provider
        }
    }

    fn is_foreign(&self, target: &str) -> bool {
        let own = [FRAMEWORK, self.provider_target, self.provider_name];
        !own.iter().chain(self.provider_crates).any(|own| is_within(target, own))
    }
}

/// Whether a target is the given one or below it: `cks::client` and `cks.client` are below `cks`.
fn is_within(target: &str, parent: &str) -> bool {
    target
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || rest.starts_with('.'))
}

/// A level's name; what is none means everything, as the hosts have it.
fn level(name: &str) -> LevelFilter {
    match name.trim().to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(variables: &[(&str, &str)]) -> Levels {
        let options = ServeOptions {
            name: "my-cloud",
            source: "acme/my-cloud",
            version: "1.2.3",
            description: "",
            log_target: "terraform_provider_my_cloud",
            log_crates: &["my_cloud_client"],
        };
        Levels::from_lookup(&options, |name| {
            variables.iter().find(|(each, _)| *each == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[track_caller]
    fn check(variables: &[(&str, &str)], target: &str, expected: LevelFilter) {
        assert_eq!(levels(variables).limit_of(target), expected, "{target} with {variables:?}");
    }

    #[test]
    fn nothing_is_logged_without_a_configured_level() {
        assert!(levels(&[]).all_off());
        assert!(levels(&[("TF_LOG", "off"), ("TF_LOG_CORE", "trace")]).all_off());
    }

    #[test]
    fn the_most_specific_variable_wins() {
        let client = "terraform_provider_my_cloud::client";
        check(&[("TF_LOG", "info")], client, LevelFilter::INFO);
        check(&[("TF_LOG", "info"), ("TF_LOG_PROVIDER", "WARN")], client, LevelFilter::WARN);
        let all = [("TF_LOG", "info"), ("TF_LOG_PROVIDER", "warn"), ("TF_LOG_PROVIDER_MY_CLOUD", "debug")];
        check(&all, client, LevelFilter::DEBUG);
        check(&all, "my-cloud.client", LevelFilter::DEBUG);
    }

    #[test]
    fn json_and_unknown_words_mean_everything() {
        check(&[("TF_LOG", "JSON")], "terraform_provider_my_cloud", LevelFilter::TRACE);
        check(&[("TF_LOG", "1")], "terraform_provider_my_cloud", LevelFilter::TRACE);
    }

    #[test]
    fn the_framework_has_variables_of_its_own() {
        let sdk = [("TF_LOG", "info"), ("TF_LOG_SDK", "error")];
        check(&sdk, "tfplugin::engine", LevelFilter::ERROR);
        check(&sdk, "tfplugin::rpc", LevelFilter::ERROR);
        let protocol = [("TF_LOG", "info"), ("TF_LOG_SDK_PROTO", "trace")];
        check(&protocol, "tfplugin::engine", LevelFilter::INFO);
        check(&protocol, "tfplugin::serve::server", LevelFilter::TRACE);
        check(&[("TF_LOG_SDK", "debug")], "terraform_provider_my_cloud", LevelFilter::OFF);
    }

    #[test]
    fn foreign_crates_are_quiet() {
        check(&[("TF_LOG", "debug")], "hyper::client", LevelFilter::WARN);
        check(&[("TF_LOG", "trace")], "h2::codec", LevelFilter::WARN);
        check(&[("TF_LOG", "error")], "rustls", LevelFilter::ERROR);
        check(&[("TF_LOG", "trace")], "hyper_util::client", LevelFilter::DEBUG);
        check(&[("TF_LOG", "trace")], "my_cloud_client::http", LevelFilter::TRACE);
        check(&[("TF_LOG", "debug")], "tfplugin_lookalike", LevelFilter::WARN);
        check(&[("TF_LOG_SDK", "trace")], "h2::codec", LevelFilter::OFF);
    }
}
