//! What is known of a child so far, and waiting for more, on a thread or in a task.

use std::{
    future::poll_fn,
    process::ExitStatus,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
    time::{Duration, Instant},
};

/// Written by the threads that read the child's streams and wait for its end.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// Streams that somebody can still write to, the child or what it started.
    pub(crate) open_streams: usize,
    /// How the child ended, if it has.
    pub(crate) status: Option<ExitStatus>,
    /// Of the tasks that wait for a change.
    wakers: Vec<Waker>,
}

impl Observed {
    pub(crate) fn with_streams(open_streams: usize) -> Self {
        Self { state: Mutex::new(State { open_streams, ..State::default() }), changed: Condvar::new() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits on this thread until `find` has an answer, or the time is up.
    pub(crate) fn wait<T>(&self, limit: Duration, mut find: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let begun = Instant::now();
        let mut state = self.state();
        loop {
            let found = find(&state);
            let left = limit.saturating_sub(begun.elapsed());
            if found.is_some() || left.is_zero() {
                return found;
            }
            (state, _) = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits in this task until `find` has an answer.
    pub(crate) async fn found<T>(&self, mut find: impl FnMut(&State) -> Option<T>) -> T {
        poll_fn(|context| {
            let mut state = self.state();
            if let Some(found) = find(&state) {
                return Poll::Ready(found);
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                state.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}
