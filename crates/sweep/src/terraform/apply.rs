//! The walk of an apply: destroys in the reverse order of dependencies, creates and updates in order, each recorded at once. What is
//! replaced by a create that comes first is in the state beside the new object, as deposed, until it is destroyed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tfplugin::Value;

use super::{
    Declared, Instance, Shown, State, evaluated, graph, locked,
    plan::{Action, Change, Plan},
    process::{Answer, Process},
};

/// What is left of a run in whichever way it ends: Terraform writes the state after each object.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The state so far.
    pub state: Mutex<State>,
    /// What was shown so far.
    pub shown: Mutex<Shown>,
    /// Whether the user interrupted it: nothing further is begun.
    pub stopped: AtomicBool,
}

/// A half of a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Destroy(String),
    Write(String),
}

struct Walk {
    process: Process,
    plan: Plan,
    keeps_private: bool,
    outcome: Arc<Outcome>,
    /// Where objects are that are replaced by another, which is created first.
    deposed: Mutex<BTreeMap<String, String>>,
    /// What data sources say.
    data: Mutex<BTreeMap<String, Value>>,
}

/// Applies a plan. `keeps_private`: the second plan gets the planned private of the first, as from Terraform 1.16.
pub async fn apply(process: &Process, plan: &Plan, keeps_private: bool, outcome: &Arc<Outcome>) {
    locked(&outcome.state).clone_from(&plan.prior);
    let walk = Arc::new(Walk {
        process: process.clone(),
        plan: plan.clone(),
        keeps_private,
        outcome: Arc::clone(outcome),
        deposed: Mutex::default(),
        data: Mutex::new(plan.data.clone()),
    });
    graph::walk(nodes(plan), |node| {
        let walk = Arc::clone(&walk);
        async move {
            if walk.outcome.stopped.load(Ordering::Relaxed) {
                return false;
            }
            match node {
                Node::Destroy(address) => walk.destroy(&address).await,
                Node::Write(address) => walk.write(&address).await,
            }
        }
    })
    .await;
}

fn nodes(plan: &Plan) -> BTreeMap<Node, BTreeSet<Node>> {
    let mut nodes = BTreeMap::new();
    let destroyed = |change: &Change| matches!(change.action, Action::Destroy | Action::Replace);
    for (address, change) in &plan.changes {
        if destroyed(change) {
            let dependents = plan.changes.iter().filter(|(_, other)| {
                destroyed(other) && other.prior.as_ref().is_some_and(|prior| prior.needs.contains(address))
            });
            let mut needs: BTreeSet<_> = dependents.map(|(other, _)| Node::Destroy(other.clone())).collect();
            if change.create_first {
                let users =
                    plan.configuration.iter().filter(|(_, declared)| declared.needs.contains(address));
                needs.extend(users.map(|(user, _)| Node::Write(user.clone())));
                needs.insert(Node::Write(address.clone()));
            }
            nodes.insert(Node::Destroy(address.clone()), needs);
        }
        if matches!(change.action, Action::Create | Action::Update | Action::Replace) {
            let declared = plan.configuration.get(address);
            let mut needs: BTreeSet<_> =
                declared.into_iter().flat_map(|declared| &declared.needs).cloned().map(Node::Write).collect();
            if change.action == Action::Replace && !change.create_first {
                needs.insert(Node::Destroy(address.clone()));
            }
            nodes.insert(Node::Write(address.clone()), needs);
        }
    }
    for (address, _) in plan.configuration.iter().filter(|(_, declared)| declared.deferred) {
        nodes.insert(Node::Write(address.clone()), BTreeSet::new());
    }
    nodes
}

impl Walk {
    async fn destroy(&self, address: &str) -> bool {
        let Some(change) = self.plan.changes.get(address) else { return false };
        let deposed = locked(&self.deposed).get(address).cloned();
        let address = deposed.as_deref().unwrap_or(address);
        let Some(prior) = locked(&self.outcome.state).get(address).cloned() else { return true };
        let applied = self
            .process
            .apply(prior.type_name, &prior.value, &Value::Null, &Value::Null, &change.private)
            .await;
        let failed = self.show(&applied);
        let mut state = locked(&self.outcome.state);
        if !failed {
            state.remove(address);
        } else if !applied.value.is_null() {
            state.insert(
                address.to_owned(),
                Instance { value: applied.value, private: applied.private, ..prior },
            );
        }
        !failed
    }

    async fn write(&self, address: &str) -> bool {
        let Some(declared) = self.plan.configuration.get(address) else { return false };
        if declared.is_data {
            return self.data(address, declared).await;
        }
        let Some(change) = self.plan.changes.get(address) else { return false };
        if change.create_first {
            self.depose(address);
        }
        let written = self.written(address, change, declared).await;
        if change.create_first && !locked(&self.outcome.state).contains_key(address) {
            self.restore(address);
        }
        written
    }

    async fn data(&self, address: &str, declared: &Declared) -> bool {
        let config = evaluated(declared, &BTreeMap::new(), false);
        let read = self.process.read_data(declared.type_name, &config).await;
        let failed = self.show(&read);
        locked(&self.data).insert(address.to_owned(), read.value);
        !failed
    }

    /// Keeps what is replaced under an address of its own.
    fn depose(&self, address: &str) {
        let mut state = locked(&self.outcome.state);
        let Some(instance) = state.remove(address) else { return };
        let mut name = format!("{address} (deposed)");
        while state.contains_key(&name) {
            name.push('+');
        }
        locked(&self.deposed).insert(address.to_owned(), name.clone());
        state.insert(name, instance);
    }

    /// Nothing was created: the old object is the current one again.
    fn restore(&self, address: &str) {
        let Some(name) = locked(&self.deposed).remove(address) else { return };
        let mut state = locked(&self.outcome.state);
        if let Some(instance) = state.remove(&name) {
            state.insert(address.to_owned(), instance);
        }
    }

    async fn written(&self, address: &str, change: &Change, declared: &Declared) -> bool {
        let prior =
            locked(&self.outcome.state).get(address).filter(|_| change.action == Action::Update).cloned();
        let mut values = locked(&self.data).clone();
        let state = locked(&self.outcome.state)
            .iter()
            .map(|(address, it)| (address.clone(), it.value.clone()))
            .collect::<Vec<_>>();
        values.extend(state);
        let config = evaluated(declared, &values, false);
        let report = self.process.validate(declared.type_name, &config).await;
        locked(&self.outcome.shown).diagnostics.extend(report);
        let (value, private) = prior
            .as_ref()
            .map_or((Value::Null, Vec::new()), |prior| (prior.value.clone(), prior.private.clone()));
        let planned_private = if self.keeps_private { change.private.as_slice() } else { &[] };
        let planned = self.process.plan(declared.type_name, &value, &config, &private, planned_private).await;
        if self.show(&planned) {
            return false;
        }
        if change.action == Action::Update && !planned.replace.is_empty() {
            let what = format!(
                "{address}: Provider produced inconsistent final plan: {:?} replace",
                planned.replace
            );
            locked(&self.outcome.shown).broken.push(what);
            return false;
        }
        if planned.value == value {
            return true;
        }
        let applied =
            self.process.apply(declared.type_name, &value, &planned.value, &config, &planned.private).await;
        let failed = self.show(&applied);
        if failed && applied.value.is_null() {
            return false;
        }
        let instance = Instance {
            type_name: declared.type_name,
            value: applied.value,
            private: applied.private,
            tainted: failed && prior.is_none(),
            needs: declared.needs.clone(),
        };
        locked(&self.outcome.state).insert(address.to_owned(), instance);
        !failed
    }

    /// Shows messages, and returns whether there is an error.
    fn show(&self, answer: &Answer) -> bool {
        let mut shown = locked(&self.outcome.shown);
        shown.diagnostics.extend(answer.diagnostics.iter().cloned());
        shown.broken.extend(answer.broken.iter().cloned());
        answer.failed()
    }
}
