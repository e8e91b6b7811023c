//! The walk of a plan: refresh each object, then plan its change.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use tfplugin::{Diagnostic, Value};

use super::{
    Configuration, Declared, Instance, Shown, State, evaluated, graph, locked,
    process::{Answer, Process},
};

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
    /// A replacement whose create comes first.
    pub create_first: bool,
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
    /// What data sources said.
    pub data: BTreeMap<String, Value>,
}

/// How to plan.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-refresh=false`.
    pub no_refresh: bool,
    /// `-replace`.
    pub replace: BTreeSet<String>,
    /// `-target`; without one: everything.
    pub target: Vec<String>,
    /// `import` blocks: address and id.
    pub imports: BTreeMap<String, String>,
    /// `moved` blocks: from and to.
    pub moved: Vec<(String, String)>,
}

impl Plan {
    /// What it destroys, to replace it or not.
    pub fn destroyed(&self) -> impl Iterator<Item = &Change> {
        let is_destroyed = |change: &&Change| matches!(change.action, Action::Destroy | Action::Replace);
        self.changes.values().filter(is_destroyed)
    }

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
    let state = moved(state.clone(), &options.moved);
    let walk = Arc::new(Walk {
        process: process.clone(),
        options: options.clone(),
        configuration: configuration.clone(),
        refreshed: Mutex::default(),
        changes: Mutex::default(),
        values: Mutex::default(),
        shown: Mutex::default(),
        state,
    });
    let nodes = nodes(&walk.state, configuration, &options.target);
    let left_out = walk.state.iter().filter(|(address, _)| !nodes.contains_key(*address));
    locked(&walk.refreshed).extend(left_out.map(|(address, it)| (address.clone(), it.clone())));
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
    let mut data = std::mem::take(&mut *locked(&walk.values));
    data.retain(|address, _| configuration.get(address).is_some_and(|declared| declared.is_data));
    (!failed).then(|| Plan { prior, changes, configuration: configuration.clone(), data })
}

/// The state with the addresses that `moved` blocks give.
pub(crate) fn moved(mut state: State, blocks: &[(String, String)]) -> State {
    for (from, to) in blocks {
        if !state.contains_key(to)
            && let Some(instance) = state.remove(from)
        {
            state.insert(to.clone(), instance);
        }
    }
    state
}

/// What is planned, each with what comes first: everything, or the targets and what they need.
fn nodes(
    state: &State,
    configuration: &Configuration,
    target: &[String],
) -> BTreeMap<String, BTreeSet<String>> {
    let declared = configuration.iter().map(|(address, declared)| (address.clone(), declared.needs.clone()));
    let orphans = state.keys().filter(|address| !configuration.contains_key(*address));
    let mut nodes: BTreeMap<_, _> =
        declared.chain(orphans.map(|address| (address.clone(), BTreeSet::new()))).collect();
    if target.is_empty() {
        return nodes;
    }
    let mut wanted: BTreeSet<String> = target.iter().cloned().collect();
    let mut more: Vec<String> = target.to_vec();
    while let Some(address) = more.pop() {
        let needs = configuration.get(&address).into_iter().flat_map(|declared| &declared.needs);
        more.extend(needs.filter(|need| wanted.insert((*need).clone())).cloned());
    }
    nodes.retain(|address, _| wanted.contains(address));
    nodes
}

impl Walk {
    async fn node(&self, address: String) -> bool {
        if let Some(declared) = self.configuration.get(&address).filter(|declared| declared.is_data) {
            return self.data(address, declared).await;
        }
        let found = match self.state.get(&address) {
            Some(instance) if !self.options.no_refresh => self.refreshed(instance).await,
            None => self.imported(&address).await,
            other => Ok(other.cloned()),
        };
        let Ok(prior) = found else { return false };
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

    async fn data(&self, address: String, declared: &Declared) -> bool {
        if declared.deferred {
            return true;
        }
        let config = evaluated(declared, &locked(&self.values), true);
        let read = self.process.read_data(declared.type_name, &config).await;
        let failed = self.show(&read);
        locked(&self.values).insert(address, read.value);
        !failed
    }

    /// What an `import` block names.
    async fn imported(&self, address: &str) -> Result<Option<Instance>, Failed> {
        let (Some(id), Some(declared)) = (self.options.imports.get(address), self.configuration.get(address))
        else {
            return Ok(None);
        };
        let imported = self.process.import(declared.type_name, id).await;
        if self.show(&imported) {
            return Err(Failed);
        }
        let instance = Instance {
            type_name: declared.type_name,
            value: imported.value,
            private: imported.private,
            tainted: false,
            needs: BTreeSet::new(),
        };
        let found = self.refreshed(&instance).await?;
        if found.is_none() {
            let error = Diagnostic::error("Cannot import non-existent remote object", address);
            locked(&self.shown).diagnostics.push(error);
        }
        found.map(Some).ok_or(Failed)
    }

    /// Shows messages, and returns whether there is an error.
    fn show(&self, answer: &Answer) -> bool {
        let mut shown = locked(&self.shown);
        shown.diagnostics.extend(answer.diagnostics.iter().cloned());
        shown.broken.extend(answer.broken.iter().cloned());
        answer.failed()
    }

    /// The object as it is now; `None` if it is gone.
    async fn refreshed(&self, instance: &Instance) -> Result<Option<Instance>, Failed> {
        let read = self.process.read(instance.type_name, &instance.value, &instance.private).await;
        if self.show(&read) {
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
                create_first: false,
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
        let changes = |action, planned: Answer, prior| {
            let create_first = action == Action::Replace && declared.create_first;
            let (planned, private) = (planned.value, planned.private);
            Some(Change { action, type_name, prior, planned, private, create_first })
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
    ) -> Option<Answer> {
        let planned = self.process.plan(type_name, prior, config, private, &[]).await;
        (!self.show(&planned)).then_some(planned)
    }
}
