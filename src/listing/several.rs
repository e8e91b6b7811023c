//! Several clusters at once: their pages are taken in the order of the clusters, as long as none keeps the others waiting.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    time::timeout,
};

/// Clusters that are read at once. Each of them has one page in memory.
const AT_ONCE: usize = 8;

/// How long the next page in order may take. After that, pages are taken as they come.
const IN_ORDER_FOR: Duration = Duration::from_secs(2);

/// Where a source puts its pages.
pub(super) struct Pages<P, E>(Sender<Result<P, E>>);

impl<P, E> Pages<P, E> {
    /// Reads the next page once the one before it is taken, so that no source reads ahead further. Returns whether there is more.
    pub(super) async fn put(&self, next: impl Future<Output = Result<Option<P>, E>>) -> bool {
        let Ok(room) = self.0.reserve().await else { return false };
        match next.await {
            Ok(Some(page)) => room.send(Ok(page)),
            Ok(None) => return false,
            Err(error) => {
                room.send(Err(error));
                return false;
            }
        }
        true
    }
}

/// Reads the sources, and passes their pages on, each with the number of its source. The pages of one source stay in order. The first error
/// ends it, after the pages before it.
pub(super) async fn read<S, P, E, Reading, Taking>(
    sources: Vec<S>,
    read: impl Fn(S, Pages<P, E>) -> Reading,
    mut take: impl FnMut(usize, P) -> Taking,
) -> Result<(), E>
where
    Reading: Future<Output = ()>,
    Taking: Future<Output = ()>,
{
    let (mut open, mut waiting) = (VecDeque::new(), Vec::new());
    for (number, source) in sources.into_iter().enumerate() {
        let (sender, receiver) = mpsc::channel(1);
        open.push_back((number, receiver));
        waiting.push((source, Pages(sender)));
    }
    let mut reading =
        pin!(stream::iter(waiting).for_each_concurrent(AT_ONCE, |(source, pages)| read(source, pages)));
    let mut open = Open { sources: open, in_order: true };
    let mut taking = pin!(async {
        while let Some((number, page)) = open.next().await {
            take(number, page?).await;
        }
        Ok(())
    });
    // Both at once, so that no time limit of a request runs while its answer is not read.
    tokio::select! {
        taken = &mut taking => taken,
        () = &mut reading => taking.await,
    }
}

/// The sources that have not ended.
struct Open<P> {
    sources: VecDeque<(usize, Receiver<P>)>,
    in_order: bool,
}

impl<P> Open<P> {
    async fn next(&mut self) -> Option<(usize, P)> {
        if self.in_order {
            match timeout(IN_ORDER_FOR, poll_fn(|task| self.poll_next(task))).await {
                Ok(next) => return next,
                Err(_) => self.in_order = false,
            }
        }
        poll_fn(|task| self.poll_next(task)).await
    }

    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Option<(usize, P)>> {
        let mut place = 0;
        while let Some((number, pages)) = self.sources.get_mut(place) {
            match pages.poll_recv(task) {
                Poll::Ready(Some(page)) => return Poll::Ready(Some((*number, page))),
                Poll::Ready(None) => drop(self.sources.remove(place)),
                Poll::Pending if self.in_order => return Poll::Pending,
                Poll::Pending => place += 1,
            }
        }
        if self.sources.is_empty() { Poll::Ready(None) } else { Poll::Pending }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, ops::Range};

    use tokio::time::{Instant, sleep};

    use super::*;

    /// A source: how long each of its pages takes, in seconds. An error ends it if it has `fails`.
    #[derive(Clone, Default)]
    struct Source {
        pages: Vec<u64>,
        fails: bool,
    }

    fn quick() -> Source {
        Source { pages: vec![0, 0], fails: false }
    }

    fn silent() -> Source {
        Source { pages: vec![30], fails: false }
    }

    /// What was taken: second, source, and page.
    type Taken = Vec<(u64, usize, usize)>;

    /// Reads the sources, and takes `pause` seconds for each page. Returns also the most sources that were read at once, and the most pages
    /// that were read and not taken.
    async fn run(sources: &[Source], pause: u64) -> (Result<(), &'static str>, Taken, usize, usize) {
        let begun = Instant::now();
        let (taken, at_once, ahead) = (RefCell::new(Vec::new()), RefCell::new((0, 0)), RefCell::new((0, 0)));
        let count = |counter: &RefCell<(usize, usize)>, by: isize| {
            let mut counter = counter.borrow_mut();
            counter.0 = counter.0.checked_add_signed(by).expect("never below zero");
            counter.1 = counter.1.max(counter.0);
        };
        let reading = |source: Source, pages: Pages<usize, &'static str>| {
            let (count, at_once, ahead) = (&count, &at_once, &ahead);
            async move {
                count(at_once, 1);
                for (number, seconds) in source.pages.iter().enumerate() {
                    let page = async {
                        sleep(Duration::from_secs(*seconds)).await;
                        count(ahead, 1);
                        Ok(Some(number))
                    };
                    assert!(pages.put(page).await);
                }
                let end = if source.fails { Err("it fails") } else { Ok(None) };
                assert!(!pages.put(async { end }).await);
                count(at_once, -1);
            }
        };
        let outcome = read(sources.to_vec(), reading, |source, page| {
            taken.borrow_mut().push((begun.elapsed().as_secs(), source, page));
            count(&ahead, -1);
            sleep(Duration::from_secs(pause))
        })
        .await;
        (outcome, taken.into_inner(), at_once.into_inner().1, ahead.into_inner().1)
    }

    fn both_pages(sources: Range<usize>, second: u64) -> Taken {
        sources.flat_map(|source| [(second, source, 0), (second, source, 1)]).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn silent_clusters_hold_up_the_others_for_a_moment_and_take_their_time_once() {
        let (outcome, taken, ..) = run(&[silent(), quick(), silent(), quick()], 0).await;
        assert_eq!(outcome, Ok(()));
        let mut expected = both_pages(1..2, 2);
        expected.extend(both_pages(3..4, 2));
        expected.extend([(30, 0, 0), (30, 2, 0)]);
        // Out of order, pages come as they are read.
        let mut taken = taken;
        taken[..4].sort_unstable();
        expected[..4].sort_unstable();
        assert_eq!(taken, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn the_order_is_that_of_the_clusters_whichever_responds_first() {
        let slow = Source { pages: vec![1, 1], fails: false };
        let (_, taken, ..) = run(&[slow, quick(), Source::default(), quick()], 0).await;
        assert_eq!(taken[..2], [(1, 0, 0), (2, 0, 1)]);
        let others: Vec<_> = taken[2..].iter().map(|(_, source, page)| (*source, *page)).collect();
        assert_eq!(others, [(1, 0), (1, 1), (3, 0), (3, 1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn few_clusters_are_read_at_once_and_none_ahead_of_a_slow_host() {
        let (outcome, taken, at_once, ahead) = run(&vec![quick(); 50], 60).await;
        assert_eq!((outcome, taken.len(), at_once), (Ok(()), 100, AT_ONCE));
        assert!(ahead <= AT_ONCE + 1, "{ahead} pages");
        let order: Vec<_> = taken.iter().map(|(_, source, page)| (*source, *page)).collect();
        assert!(order.is_sorted(), "{order:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_the_list_after_the_pages_before_it() {
        let failing = Source { pages: vec![0], fails: true };
        let (outcome, taken, ..) = run(&[quick(), failing, silent()], 1).await;
        assert_eq!(outcome, Err("it fails"));
        assert_eq!(taken, [(0, 0, 0), (1, 0, 1), (2, 1, 0)]);
    }
}
