//! Waits until bindings that were written are in force.
//!
//! The authorizer of an API server reads bindings from a watch, and so a moment after they are stored. Only an access review shows what it
//! decides. Its watch of one kind brings the changes in the order of their versions: once the last binding that this run wrote decides a
//! review, all of that kind that were written before it are in force too. So many creates at the same time need few reviews: one of them
//! asks for the last one written so far, the others join, and only those that are written later wait again.
//!
//! That holds where the authorizer's reason names the last binding. If another binding had given the same right before, the review shows
//! nothing of the last one, and each binding is asked for itself.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{
    binding::Binding,
    object::{Kind as _, Object},
    review::AccessReviewSpec,
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
    /// The binding of the highest version that was written so far.
    last: Mutex<Option<Arc<Written>>>,
    /// Up to which version there is nothing left to wait for. Locked by the one operation that asks.
    settled: tokio::sync::Mutex<u64>,
}

/// A binding that was written, and how to see that it is in force.
#[derive(Debug)]
struct Written {
    version: u64,
    question: AccessReviewSpec,
    /// What the authorizer calls it.
    named: String,
}

impl Written {
    /// `None` if the server's versions cannot be compared.
    fn of(binding: &Object<Binding>, question: AccessReviewSpec) -> Option<Self> {
        let kind = Binding::api(binding.place.namespace.is_some()).kind;
        // As `plugin/pkg/auth/authorizer/rbac` describes it.
        let name = match &binding.place.namespace {
            Some(namespace) => format!("{}/{namespace}", binding.place.name),
            None => binding.place.name.clone(),
        };
        let role = &binding.content.role;
        let named = format!("allowed by {kind} {name:?} of {} {:?} to ", role.kind, role.name);
        Some(Self { version: binding.resource_version.parse().ok()?, question, named })
    }
}

impl OneKind {
    /// Records what was written, and returns the last one.
    fn note(&self, written: Arc<Written>) -> Arc<Written> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(last) if last.version >= written.version => Arc::clone(last),
            _ => Arc::clone(last.insert(written)),
        }
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
    /// The caller cannot ask.
    Unknown,
}

impl Session {
    /// Waits until a binding that was just written is in force, as far as reviews of this question show it: that one of its subjects has a
    /// permission of its role. Ends at once if the caller may not ask. Has no time limit of its own.
    pub async fn wait_until_in_force(&self, binding: &Object<Binding>, question: AccessReviewSpec) {
        let waits = self.client().remembered::<Waits>();
        let waits = if binding.place.namespace.is_some() { &waits.namespaced } else { &waits.cluster_wide };
        let Some(own) = Written::of(binding, question.clone()).map(Arc::new) else {
            return self.wait_for_right(&question).await;
        };
        waits.note(Arc::clone(&own));
        let mut settled = waits.settled.lock().await;
        if *settled >= own.version {
            return;
        }
        tokio::time::sleep(GATHERING).await;
        let last = waits.note(Arc::clone(&own));
        let mut pause = FIRST_PAUSE;
        loop {
            // The last one alone covers all. It may be the one that never comes into force, so that its own is asked for in turn.
            for asked in [&last, &own] {
                match self.review_of(asked).await {
                    Shown::All => {
                        *settled = (*settled).max(asked.version);
                        if asked.version >= own.version {
                            return;
                        }
                    }
                    Shown::Unknown => {
                        *settled = (*settled).max(asked.version);
                        return;
                    }
                    Shown::Right if asked.version == own.version => return,
                    Shown::Right => continue,
                    Shown::Nothing => {}
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
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
            Err(_) => Shown::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
