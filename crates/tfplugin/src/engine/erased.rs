//! The traits an author implements, without their types: what the engine keeps in tables and calls with plain values.

use std::{future::Future, marker::PhantomData, pin::Pin, time::Duration};

use crate::{
    attribute::Attribute,
    context::Context,
    data_source::DataSource,
    diagnostics::{Diagnostics, Error},
    function::{Function, FunctionError},
    path::AttributePath,
    resource::{Import, Plan, Resource},
    schema::{Block, Schema},
    value::{Type, Value, ValueError},
};

/// What an asynchronous call of an author's code gives.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is known of a resource, data source or function without calling it.
#[derive(Debug)]
pub(crate) struct Descriptor {
    pub(crate) name: &'static str,
    pub(crate) version: i64,
    pub(crate) block: Block,
}

/// What the plan hook made of a plan.
#[derive(Debug)]
pub(crate) struct HookOutcome {
    pub(crate) planned: Value,
    pub(crate) replace: Vec<AttributePath>,
    pub(crate) outcome: Result<(), Error>,
}

/// A [`Resource`] without its type.
pub(crate) trait ErasedResource<P>: Send + Sync {
    fn about(&self) -> Descriptor;
    fn timeout(&self) -> Duration;
    fn may_be_due(&self) -> bool;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn plan<'a>(
        &'a self,
        config: &'a Value,
        prior: &'a Value,
        planned: &'a Value,
        context: &'a Context<P>,
    ) -> Answer<'a, Result<HookOutcome, Error>>;
    fn plan_destroy<'a>(&'a self, prior: &'a Value, context: &'a Context<P>)
    -> Answer<'a, Result<(), Error>>;
    fn create<'a>(&'a self, planned: &'a Value, context: &'a Context<P>) -> Answer<'a, Result<Value, Error>>;
    fn read<'a>(
        &'a self,
        state: &'a Value,
        context: &'a Context<P>,
    ) -> Answer<'a, Result<Option<Value>, Error>>;
    fn update<'a>(
        &'a self,
        planned: &'a Value,
        prior: &'a Value,
        context: &'a Context<P>,
    ) -> Answer<'a, Result<Value, Error>>;
    fn delete<'a>(&'a self, prior: &'a Value, context: &'a Context<P>) -> Answer<'a, Result<(), Error>>;
    fn import<'a>(&'a self, from: Import, context: &'a Context<P>) -> Answer<'a, Result<Value, Error>>;
}

/// A [`DataSource`] without its type.
pub(crate) trait ErasedDataSource<P>: Send + Sync {
    fn about(&self) -> Descriptor;
    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error>;
    fn read<'a>(&'a self, config: &'a Value, context: &'a Context<P>) -> Answer<'a, Result<Value, Error>>;
}

/// A [`Function`] without its type.
pub(crate) trait ErasedFunction: Send + Sync {
    fn about(&self) -> Descriptor;
    fn output(&self) -> Type;
    fn call(&self, arguments: &Value) -> Result<Value, FunctionError>;
}

/// Carries the type that was erased.
pub(crate) struct Erased<T>(PhantomData<fn() -> T>);

impl<T> Erased<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R: Resource> ErasedResource<R::Provider> for Erased<R> {
    fn about(&self) -> Descriptor {
        about::<R>()
    }

    fn timeout(&self) -> Duration {
        R::TIMEOUT
    }

    fn may_be_due(&self) -> bool {
        R::PLAN_UNCHANGED
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        R::validate(&partial::<R>(config)?, report);
        Ok(())
    }

    fn plan<'a>(
        &'a self,
        config: &'a Value,
        prior: &'a Value,
        planned: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<HookOutcome, Error>> {
        Box::pin(async move {
            let prior = if prior.is_null() { None } else { Some(state::<R>(prior)?) };
            let (config, planned) = (partial::<R>(config)?, partial::<R>(planned)?);
            let mut plan = Plan { config, prior, planned, replace: Vec::new() };
            let outcome = R::plan(&mut plan, context).await;
            Ok(HookOutcome { planned: R::partial_to_value(&plan.planned), replace: plan.replace, outcome })
        })
    }

    fn plan_destroy<'a>(
        &'a self,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<(), Error>> {
        Box::pin(async move { R::plan_destroy(&state::<R>(prior)?, context).await })
    }

    fn create<'a>(
        &'a self,
        planned: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(wanted::<R>(planned)?.create(context).await?.to_value()) })
    }

    fn read<'a>(
        &'a self,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<Option<Value>, Error>> {
        Box::pin(async move { Ok(state::<R>(prior)?.read(context).await?.as_ref().map(R::to_value)) })
    }

    fn update<'a>(
        &'a self,
        planned: &'a Value,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<Value, Error>> {
        Box::pin(
            async move { Ok(wanted::<R>(planned)?.update(state::<R>(prior)?, context).await?.to_value()) },
        )
    }

    fn delete<'a>(
        &'a self,
        prior: &'a Value,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<(), Error>> {
        Box::pin(async move { state::<R>(prior)?.delete(context).await })
    }

    fn import<'a>(
        &'a self,
        from: Import,
        context: &'a Context<R::Provider>,
    ) -> Answer<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(R::import(from, context).await?.to_value()) })
    }
}

impl<D: DataSource> ErasedDataSource<D::Provider> for Erased<D> {
    fn about(&self) -> Descriptor {
        about::<D>()
    }

    fn validate(&self, config: &Value, report: &mut Diagnostics) -> Result<(), Error> {
        D::validate(&partial::<D>(config)?, report);
        Ok(())
    }

    fn read<'a>(
        &'a self,
        config: &'a Value,
        context: &'a Context<D::Provider>,
    ) -> Answer<'a, Result<Value, Error>> {
        Box::pin(async move { Ok(wanted::<D>(config)?.read(context).await?.to_value()) })
    }
}

impl<F: Function> ErasedFunction for Erased<F> {
    fn about(&self) -> Descriptor {
        about::<F>()
    }

    fn output(&self) -> Type {
        F::Output::shape().value_type()
    }

    fn call(&self, arguments: &Value) -> Result<Value, FunctionError> {
        let function = F::from_value(arguments)
            .map_err(|error| FunctionError { text: error.to_string(), parameter: parameter::<F>(&error) })?;
        Ok(function.call()?.to_value())
    }
}

fn about<S: Schema>() -> Descriptor {
    Descriptor { name: S::NAME, version: S::VERSION, block: S::block() }
}

/// The attributes of a configuration or plan.
pub(crate) fn partial<S: Schema>(value: &Value) -> Result<S::Partial, Error> {
    S::partial_from_value(value).map_err(|error| {
        not_as_declared(
            "Configuration cannot be understood",
            &error,
            "Change the value so that it fits the provider's documentation; if it does, this is a bug in the provider: \
             report it to its developers.",
        )
    })
}

/// The attributes of a stored object.
fn state<S: Schema>(value: &Value) -> Result<S, Error> {
    S::from_value(value).map_err(|error| {
        not_as_declared(
            "State cannot be understood",
            &error,
            "The state was edited by hand, or written by a version of the provider with which this one is not \
             compatible. Nothing was changed. Take the object out of the state (`terraform state rm`) and import it \
             again.",
        )
    })
}

/// The attributes of what shall be.
fn wanted<S: Schema>(value: &Value) -> Result<S, Error> {
    S::from_value(value).map_err(|error| {
        not_as_declared(
            "Plan cannot be carried out",
            &error,
            "Nothing was done. This is a bug in the provider: report it to its developers.",
        )
    })
}

fn not_as_declared(summary: &str, error: &ValueError, remedy: &str) -> Error {
    let place = if error.path == AttributePath::root() { String::new() } else { format!("{}: ", error.path) };
    let diagnostic = crate::Diagnostic::error(summary, format!("{place}{error}. {remedy}"));
    diagnostic.at_path(error.path.clone()).into()
}

fn parameter<S: Schema>(error: &ValueError) -> Option<&'static str> {
    let crate::path::Step::Attribute(name) = error.path.steps().first()? else { return None };
    S::block().attributes.iter().map(|attribute| attribute.name).find(|known| known == name)
}
