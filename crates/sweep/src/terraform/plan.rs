//! The walk of a plan: refresh each object, then plan its change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use tfplugin::Value;

use super::{Configuration, Instance, Shown, State, evaluated, graph, locked, process::Process};

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    Keep,
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Destroy,
    /// It is destroyed, then created.
    Replace,
}

/// One planned change.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is done.
    pub action: Action,
    /// Resource type.
    pub type_name: &'static str,
    /// The object before.
    pub prior: Option<Instance>,
    /// The object as planned; null for a destroy.
    pub planned: Value,
    /// The planned private.
    pub private: Vec<u8>,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The state after the refresh.
    pub prior: State,
    /// By address.
    pub changes: BTreeMap<String, Change>,
    /// What it was made from.
    pub configuration: Configuration,
}

/// How to plan.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-refresh=false`.
    pub no_refresh: bool,
    /// `-replace`.
    pub replace: BTreeSet<String>,
}

impl Plan {
    /// Whether nothing is to do.
    pub fn is_empty(&self) -> bool {
        self.changes.values().all(|change| change.action == Action::Keep)
    }
}

/// Errors were shown.
struct Failed;

/// What the nodes of a walk share.
struct Walk {
    process: Process,
    options: Options,
    state: State,
    configuration: Configuration,
    refreshed: Mutex<State>,
    changes: Mutex<BTreeMap<String, Change>>,
    values: Mutex<BTreeMap<String, Value>>,
    shown: Mutex<Shown>,
}

/// Plans from a state to a configuration. `None` after errors.
pub async fn plan(
    process: &Process,
    state: &State,
    configuration: &Configuration,
    options: &Options,
    shown: &mut Shown,
) -> Option<Plan> {
    let walk = Arc::new(Walk {
        process: process.clone(),
        options: options.clone(),
        state: state.clone(),
        configuration: configuration.clone(),
        refreshed: Mutex::default(),
        changes: Mutex::default(),
        values: Mutex::default(),
        shown: Mutex::default(),
    });
    let declared = configuration.iter().map(|(address, declared)| (address.clone(), declared.needs.clone()));
    let orphans = state.keys().filter(|address| !configuration.contains_key(*address));
    let nodes = declared.chain(orphans.map(|address| (address.clone(), BTreeSet::new()))).collect();
    graph::walk(nodes, |address| {
        let walk = Arc::clone(&walk);
        async move { walk.node(address).await }
    })
    .await;
    let failed = locked(&walk.shown).has_errors();
    let found = std::mem::take(&mut *locked(&walk.shown));
    shown.diagnostics.extend(found.diagnostics);
    shown.broken.extend(found.broken);
    shown.late.extend(found.late);
    let prior = std::mem::take(&mut *locked(&walk.refreshed));
    let changes = std::mem::take(&mut *locked(&walk.changes));
    (!failed).then(|| Plan { prior, changes, configuration: configuration.clone() })
}

impl Walk {
    async fn node(&self, address: String) -> bool {
        let prior = match self.state.get(&address) {
            Some(instance) if !self.options.no_refresh => match self.refreshed(instance).await {
                Ok(refreshed) => refreshed,
                Err(Failed) => return false,
            },
            other => other.cloned(),
        };
        if let Some(prior) = &prior {
            locked(&self.refreshed).insert(address.clone(), prior.clone());
        }
        let Some(change) = self.change(&address, prior).await else { return false };
        if !change.planned.is_null() {
            locked(&self.values).insert(address.clone(), change.planned.clone());
        }
        locked(&self.changes).insert(address, change);
        true
    }

    /// The object as it is now; `None` if it is gone.
    async fn refreshed(&self, instance: &Instance) -> Result<Option<Instance>, Failed> {
        let read = self.process.read(instance.type_name, &instance.value, &instance.private).await;
        let failed = read.failed();
        locked(&self.shown).diagnostics.extend(read.diagnostics);
        if failed {
            return Err(Failed);
        }
        if read.value.is_null() {
            return Ok(None);
        }
        Ok(Some(Instance { value: read.value, private: read.private, ..instance.clone() }))
    }

    async fn change(&self, address: &str, prior: Option<Instance>) -> Option<Change> {
        let Some(declared) = self.configuration.get(address) else {
            let prior = prior?;
            let planned = self.planned(prior.type_name, &prior.value, &Value::Null, &prior.private).await?;
            return Some(Change {
                action: Action::Destroy,
                type_name: prior.type_name,
                planned: planned.value,
                private: planned.private,
                prior: Some(prior),
            });
        };
        let type_name = declared.type_name;
        let config = evaluated(declared, &locked(&self.values), true);
        let report = self.process.validate(type_name, &config).await;
        locked(&self.shown).diagnostics.extend(report);
        if locked(&self.shown).has_errors() {
            return None;
        }
        let changes = |action, planned: super::process::Answer, prior| {
            Some(Change { action, type_name, prior, planned: planned.value, private: planned.private })
        };
        match prior {
            Some(prior) if !prior.tainted => {
                let planned = self.planned(type_name, &prior.value, &config, &prior.private).await?;
                let forced = self.options.replace.contains(address);
                if planned.value == prior.value && !forced {
                    return changes(Action::Keep, planned, Some(prior));
                }
                if planned.replace.is_empty() && !forced {
                    return changes(Action::Update, planned, Some(prior));
                }
                if planned.replace.iter().any(|name| declared.late.contains(&name.as_str())) {
                    locked(&self.shown).late.push(address.to_owned());
                }
                let again = self.planned(type_name, &Value::Null, &config, &planned.private).await?;
                changes(Action::Replace, again, Some(prior))
            }
            Some(tainted) => {
                let planned = self.planned(type_name, &Value::Null, &config, &[]).await?;
                changes(Action::Replace, planned, Some(tainted))
            }
            None => {
                let planned = self.planned(type_name, &Value::Null, &config, &[]).await?;
                changes(Action::Create, planned, None)
            }
        }
    }

    async fn planned(
        &self,
        type_name: &str,
        prior: &Value,
        config: &Value,
        private: &[u8],
    ) -> Option<super::process::Answer> {
        let planned = self.process.plan(type_name, prior, config, private, &[]).await;
        let failed = planned.failed();
        let mut shown = locked(&self.shown);
        shown.diagnostics.extend(planned.diagnostics.iter().cloned());
        shown.broken.extend(planned.broken.iter().cloned());
        (!failed).then_some(planned)
    }
}
