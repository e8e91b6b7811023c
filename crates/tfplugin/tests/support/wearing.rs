//! A resource that changes although its configuration does not.

use std::sync::atomic::{AtomicU64, Ordering};

use tfplugin::{Context, Diagnostic, Error, Plan, Resource, Schema, Value};

use super::provider::Backend;

/// Expires: private state counts the reads, and the plan after too many of them renews it.
#[derive(Clone, Debug, Schema)]
#[schema(name = "test_wearing")]
pub(crate) struct Wearing {
    /// Identity.
    #[schema(computed)]
    id: Value<String>,
    /// Changes with each renewal.
    #[schema(computed)]
    part: Value<String>,
    /// Number of reads after which it is expired.
    #[schema(required)]
    reads: i64,
}

const READINGS: &str = "readings";

impl Resource for Wearing {
    type Provider = Backend;
    const PLAN_UNCHANGED: bool = true;

    async fn plan(plan: &mut Plan<Self>, context: &Context<Backend>) -> Result<(), Error> {
        let Some(prior) = &plan.prior else { return Ok(()) };
        plan.planned.id = prior.id.clone();
        context.provider().region()?;
        if context.private_state::<i64>(READINGS) > Some(prior.reads) {
            context.warn(Diagnostic::warning("Worn out", "It will be renewed."));
        } else {
            plan.planned.part = prior.part.clone();
        }
        Ok(())
    }

    async fn create(mut self, context: &Context<Backend>) -> Result<Self, Error> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        context.set_private_state(READINGS, &0);
        if self.id.is_unknown() {
            self.id = Value::Known("wearing".to_owned());
        }
        if self.part.is_unknown() {
            self.part = Value::Known(format!("part {}", NEXT.fetch_add(1, Ordering::Relaxed)));
        }
        Ok(self)
    }

    async fn read(self, context: &Context<Backend>) -> Result<Option<Self>, Error> {
        context
            .set_private_state(READINGS, &(context.private_state::<i64>(READINGS).unwrap_or_default() + 1));
        Ok(Some(self))
    }

    async fn update(self, _: Self, context: &Context<Backend>) -> Result<Self, Error> {
        self.create(context).await
    }

    async fn delete(self, _: &Context<Backend>) -> Result<(), Error> {
        Ok(())
    }
}
