//! Counts things that exist for a while, and waits until there are none.

use tokio::sync::watch;

/// A number that rises with [`Count::enter`] and falls when what that returned is dropped.
#[derive(Clone, Debug)]
pub(crate) struct Count(watch::Sender<usize>);

/// One of those counted.
#[derive(Debug)]
pub(crate) struct Counted(Count);

impl Count {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    pub(crate) fn enter(&self) -> Counted {
        self.0.send_modify(|count| *count += 1);
        Counted(self.clone())
    }

    pub(crate) async fn until_zero(&self) {
        // Fails only when all senders are dropped, and `self` is one.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_when_the_last_one_leaves() {
        let count = Count::new();
        count.until_zero().await;
        let (first, second) = (count.enter(), count.enter());
        let waiting = tokio::spawn({
            let count = count.clone();
            async move { count.until_zero().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        waiting.await.unwrap();
    }
}
