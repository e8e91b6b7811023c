//! Logs as Terraform and OpenTofu understand them: `tracing` events become lines of JSON on standard error (hclog's
//! format), which the host shows under its own `TF_LOG`.

mod layer;
mod levels;
mod line;

use tracing_subscriber::layer::SubscriberExt as _;

use self::{layer::HclogLayer, levels::Levels};
use super::{ServeOptions, environment};

/// Starts logging at the levels that the environment sets.
pub(super) fn install(options: &ServeOptions) {
    let levels = Levels::from_lookup(options, environment::variable);
    if levels.all_off() {
        return;
    }
    let subscriber =
        tracing_subscriber::registry().with(HclogLayer::new(levels, options.log_target, StandardError));
    // Fails if a subscriber is set already: that one keeps the logs.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// What follows `TF_LOG_PROVIDER_` for a provider of this name.
pub(super) fn environment_suffix(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// Where finished lines go.
trait Sink: Send + Sync + 'static {
    /// Takes one line with its end, whole.
    fn put(&self, line: &str);
}

struct StandardError;

impl Sink for StandardError {
    fn put(&self, line: &str) {
        super::print_error(line);
    }
}
