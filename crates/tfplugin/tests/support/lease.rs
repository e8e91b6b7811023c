//! An ephemeral resource for tests: leases in memory, with the fault that their configuration names.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use secrecy::SecretString;
use tfplugin::{Context, Diagnostic, Diagnostics, EphemeralResource, Error, Opened, Schema, Value};
use tokio::sync::Notify;

use super::provider::Backend;

/// The leases that are open, with the number of their renewals.
static LEASES: LazyLock<Mutex<BTreeMap<String, u64>>> = LazyLock::new(Mutex::default);
/// Where `slow` waits.
pub(crate) static GATE: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);
/// Notified when `slow` has begun.
pub(crate) static BEGUN: LazyLock<Arc<Notify>> = LazyLock::new(Arc::default);

/// A lease.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_lease")]
pub(crate) struct Lease {
    /// Whose it is.
    #[schema(required)]
    pub(crate) owner: String,
    /// What goes wrong: `fail`, `fail_after_set`, `panic_after_set`, `differ`, `unknown`, `slow`, `close_fails`, `renew_fails`.
    #[schema(optional)]
    fault: Option<String>,
    /// How much. Default: 3.
    #[schema(optional, computed, default = 3)]
    size: Value<i64>,
    /// Words by name.
    #[schema(optional)]
    labels: Option<BTreeMap<String, String>>,
    /// Name of the lease.
    #[schema(computed)]
    name: Value<String>,
    /// The secret.
    #[schema(computed, sensitive)]
    secret: Value<SecretString>,
}

impl EphemeralResource for Lease {
    type Provider = Backend;

    fn validate(config: &LeasePartial, report: &mut Diagnostics) {
        if config.owner == Value::Known("nobody".to_owned()) {
            report.push(Diagnostic::error("Nobody owns nothing", "Write a name.").at("owner"));
        }
    }

    async fn open(mut self, context: &Context<Backend>) -> Result<Opened<Self>, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let region = context.provider().region()?;
        let fault = self.fault.clone().unwrap_or_default();
        if fault == "fail" {
            return Err(Error::new("No lease", "Before anything was made."));
        }
        let name = format!("{}-{}-{region}", self.owner, NEXT.fetch_add(1, Ordering::Relaxed));
        leases(|leases| leases.insert(name.clone(), 0));
        context.set_private_state("lease", &name);
        context.set_private_state("fault", &fault);
        match fault.as_str() {
            "fail_after_set" => return Err(Error::new("No lease", "After it was made.")),
            "panic_after_set" => panic!("after it was made"),
            "differ" => "somebody else".clone_into(&mut self.owner),
            "slow" => {
                BEGUN.notify_one();
                GATE.notified().await;
            }
            _ => {}
        }
        self.name = if fault == "unknown" { Value::Unknown } else { Value::Known(name) };
        self.secret = Value::Known("hunter2".into());
        Ok(Opened::new(self).renew_after(Duration::from_mins(1)))
    }

    async fn renew(context: &Context<Backend>) -> Result<Option<Duration>, Error> {
        if context.private_state::<String>("fault").as_deref() == Some("renew_fails") {
            return Err(Error::new("Lease not renewed", "It has ended."));
        }
        let renewals = context.private_state::<u64>("renewals").unwrap_or_default() + 1;
        let name = context.private_state::<String>("lease").unwrap_or_default();
        leases(|leases| leases.insert(name, renewals));
        context.set_private_state("renewals", &renewals);
        Ok((renewals < 2).then_some(Duration::ZERO))
    }

    async fn close(context: &Context<Backend>) -> Result<(), Error> {
        if context.private_state::<String>("fault").as_deref() == Some("close_fails") {
            return Err(Error::new("Lease not closed", "It is in use."));
        }
        assert_eq!(context.private_state::<u64>("renewals"), None, "a close receives what the open set");
        let name = context.private_state::<String>("lease").unwrap_or_default();
        leases(|leases| leases.remove(&name));
        Ok(())
    }
}

/// The open leases of an owner, with the number of their renewals.
pub(crate) fn open_leases(owner: &str) -> Vec<(String, u64)> {
    let prefix = format!("{owner}-");
    leases(|leases| {
        let of_owner = leases.iter().filter(|(name, _)| name.starts_with(&prefix));
        of_owner.map(|(name, renewals)| (name.clone(), *renewals)).collect()
    })
}

fn leases<T>(use_them: impl FnOnce(&mut BTreeMap<String, u64>) -> T) -> T {
    use_them(&mut LEASES.lock().expect("no test panics while it holds the leases"))
}
