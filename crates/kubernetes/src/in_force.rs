//! Waits until bindings that were written are in force.
//!
//! The authorizer of an API server reads bindings from a watch, and so a moment after they are stored. Only an access review shows what it
//! decides. Its watch of one kind brings the changes in the order of their versions: once the last binding that this run made decides a
//! review, all of that kind that were written before it, and bind the same role, are in force too. Roles come by watches of their own, so
//! that a binding of another role is asked for itself. So many creates at the same time need few reviews: one of them asks for the last one
//! made so far, the others join, and only those that are written later wait again.
//!
//! That holds where the authorizer's reason names the last binding, and where that was newly made: the reason names no version. If another
//! binding had given the same right before, or the binding was there before, a review shows nothing of the others, and each is asked for
//! itself.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    binding::Binding,
    errors::Error,
    object::{Kind as _, Object, ObjectPlace},
    review::AccessReviewSpec,
    role::Role,
    session::Session,
};

/// Pause before a review, in which others join: about as long as a watch takes on a server that is not busy.
const GATHERING: Duration = Duration::from_millis(15);

/// Pause before the first repetition of a review.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// The waits of a run on one cluster. ClusterRoleBindings and RoleBindings have a watch each.
#[derive(Default)]
struct Waits {
    cluster_wide: OneKind,
    namespaced: OneKind,
}

#[derive(Default)]
struct OneKind {
    /// The binding of the highest version that was made so far.
    last: Mutex<Option<Arc<Written>>>,
    /// Locked by the one operation that asks.
    settled: tokio::sync::Mutex<Settled>,
}

/// For what there is nothing left to wait.
#[derive(Default)]
struct Settled {
    /// Bindings up to this version are in force, if they bind one of these roles.
    version: u64,
    roles: HashSet<RoleVersion>,
    /// The caller may not ask.
    is_forbidden: bool,
}

/// A role, in the version that its rules are of.
type RoleVersion = (ObjectPlace, String);

/// A binding that was written, as a wait needs it.
#[derive(Clone, Copy, Debug)]
pub struct WrittenBinding<'a> {
    /// The binding, as the server returned it.
    pub binding: &'a Object<Binding>,
    /// Whether there was none of this name before.
    pub is_new: bool,
    /// The role that it binds.
    pub role: &'a Object<Role>,
}

/// A binding that was written, and how to see that it is in force.
#[derive(Debug)]
struct Written {
    version: u64,
    role: RoleVersion,
    is_new: bool,
    question: AccessReviewSpec,
    /// What the authorizer calls it.
    named: String,
}

impl Written {
    /// `None` if the server's versions cannot be compared.
    fn of(written: WrittenBinding<'_>, question: AccessReviewSpec) -> Option<Self> {
        let WrittenBinding { binding, is_new, role: bound } = written;
        let kind = Binding::api(binding.place.namespace.is_some()).kind;
        // As `plugin/pkg/auth/authorizer/rbac` describes it.
        let name = match &binding.place.namespace {
            Some(namespace) => format!("{}/{namespace}", binding.place.name),
            None => binding.place.name.clone(),
        };
        let role = &binding.content.role;
        let named = format!("allowed by {kind} {name:?} of {} {:?} to ", role.kind, role.name);
        let version = binding.resource_version.parse().ok()?;
        let role = (bound.place.clone(), bound.resource_version.clone());
        Some(Self { version, role, is_new, question, named })
    }
}

impl Settled {
    fn covers(&self, written: &Written) -> bool {
        self.is_forbidden || self.version >= written.version && self.roles.contains(&written.role)
    }

    fn add(&mut self, shown: &Written) {
        self.version = self.version.max(shown.version);
        self.roles.insert(shown.role.clone());
    }
}

impl OneKind {
    /// Records what was written.
    fn note(&self, written: &Arc<Written>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if written.is_new && last.as_ref().is_none_or(|last| last.version < written.version) {
            *last = Some(Arc::clone(written));
        }
    }

    /// The last one that was made so far.
    fn last(&self) -> Option<Arc<Written>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a review shows.
enum Shown {
    /// This binding, and all that were written before, are in force.
    All,
    /// The right is there, by whichever binding.
    Right,
    /// Not yet.
    Nothing,
    /// The caller may not ask.
    Forbidden,
    /// There was no answer.
    Unknown,
}

impl Session {
    /// Waits until a binding that was just written is in force, as far as reviews of this question show it: that one of its subjects has a
    /// permission of its role. Ends at once if the caller may not ask. Has no time limit of its own.
    pub async fn wait_until_in_force(&self, written: WrittenBinding<'_>, question: AccessReviewSpec) {
        let waits = self.client().remembered::<Waits>();
        let is_namespaced = written.binding.place.namespace.is_some();
        let waits = if is_namespaced { &waits.namespaced } else { &waits.cluster_wide };
        let Some(own) = Written::of(written, question.clone()).map(Arc::new) else {
            return self.wait_for_right(&question).await;
        };
        waits.note(&own);
        let mut settled = waits.settled.lock().await;
        if settled.covers(&own) {
            return;
        }
        tokio::time::sleep(GATHERING).await;
        let mut pause = FIRST_PAUSE;
        loop {
            // The last one alone covers others, and in each round there may be a later one. It may be one that never comes into force, so
            // that its own is asked for in turn.
            for asked in waits.last().iter().chain([&own]) {
                match self.review_of(asked).await {
                    Shown::All if asked.is_new => {
                        settled.add(asked);
                        if settled.covers(&own) {
                            return;
                        }
                    }
                    Shown::All | Shown::Right if Arc::ptr_eq(asked, &own) => return,
                    Shown::All | Shown::Right => {}
                    Shown::Forbidden => {
                        settled.is_forbidden = true;
                        return;
                    }
                    Shown::Unknown => return,
                    Shown::Nothing => {
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LONGEST_PAUSE);
                    }
                }
            }
        }
    }

    async fn wait_for_right(&self, question: &AccessReviewSpec) {
        while self.may(question).await.is_ok_and(|answer| !answer.allowed) {
            tokio::time::sleep(LONGEST_PAUSE).await;
        }
    }

    async fn review_of(&self, written: &Written) -> Shown {
        match self.may(&written.question).await {
            Ok(answer) if answer.allowed && answer.reason.contains(&written.named) => Shown::All,
            Ok(answer) if answer.allowed => Shown::Right,
            Ok(_) => Shown::Nothing,
            Err(Error::Forbidden { .. }) => Shown::Forbidden,
            Err(_) => Shown::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
