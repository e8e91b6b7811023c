//! Retries: jittered backoff, `Retry-After`, and a limit for each kind of failure.

use std::time::{Duration, SystemTime};

use http::header::{HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::{
    call::{Call, Cancelled, Finding},
    tls::TlsProblem,
};

/// A failure that may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Short cause.
    pub cause: String,
    /// `Retry-After` of the response.
    pub retry_after: Option<Duration>,
    /// Whether a connection succeeded, so that the address is right.
    pub connected: bool,
}

/// Pauses and limits of retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Pause after the first failure; it doubles each time.
    pub first: Duration,
    /// Longest pause between two attempts, except with `Retry-After`.
    pub longest: Duration,
    /// Time limit for a connection that never succeeded, such as one with a typo in its address.
    pub connect_limit: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(5),
            connect_limit: Duration::from_secs(30),
        }
    }
}

/// Why attempts ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The user cancelled.
    Cancelled,
    /// The time limit was reached.
    GaveUp(GaveUp),
    /// TLS failed for good.
    Tls(TlsProblem),
}

/// A request without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GaveUp {
    /// Number of attempts.
    pub attempts: u32,
    /// Time from the first attempt to the end.
    pub lasted: Duration,
    /// Whether a connection succeeded at least once, so that the address is right.
    pub reached: bool,
    /// Cause of the last failure.
    pub cause: String,
    /// What the call's [watch](Call::watch) found, as a clause.
    pub explained: Option<String>,
}

impl From<Cancelled> for Ended {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The attempts at one request.
#[derive(Debug)]
pub struct Retry {
    started: Instant,
    give_up: Instant,
    attempts: u32,
    next: Duration,
    connected: bool,
    /// Cause of the failure before.
    before: Option<Problem>,
    backoff: Backoff,
    /// When the call's watch was looked at last; at first, when the attempts began.
    looked: Instant,
}

/// How long attempts fail before the call's watch is looked at, and between two such looks.
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// Attempts that ended sooner are not explained: the look takes a moment too.
const WORTH_A_LOOK: Duration = Duration::from_secs(10);

impl Retry {
    /// Attempts until this time, with these pauses between them.
    pub fn until(give_up: Instant, backoff: Backoff) -> Self {
        Self {
            started: Instant::now(),
            give_up,
            attempts: 0,
            next: backoff.first,
            connected: false,
            before: None,
            backoff,
            looked: Instant::now(),
        }
    }

    /// Pauses after a failed attempt, or ends the attempts. `succeeded`: whether this client has had a good response before, so that its
    /// address, proxy and certificates are right.
    pub async fn after(
        &mut self,
        problem: Problem,
        tried: &str,
        succeeded: bool,
        call: &Call,
    ) -> Result<(), Ended> {
        self.attempts += 1;
        // An attempt that the deadline ended has no cause of its own: the cause before is reported.
        let problem = match self.before.take() {
            Some(before) if call.is_over() => before,
            _ => problem,
        };
        self.before = Some(problem.clone());
        self.connected |= problem.connected || succeeded;
        let pause = match problem.retry_after {
            // `Retry-After: 0` must not cause a flood of requests.
            Some(retry_after) => retry_after.max(self.backoff.first),
            None => jittered(self.next),
        };
        self.next = (self.next * 2).min(self.backoff.longest);
        let limit = if self.connected {
            self.give_up
        } else {
            self.give_up.min(self.started + self.backoff.connect_limit)
        };
        if Instant::now() + pause >= limit {
            let found = if self.started.elapsed() < WORTH_A_LOOK { None } else { look(call).await? };
            return Err(Ended::GaveUp(self.gave_up(problem, found)));
        }
        if self.looked.elapsed() >= BETWEEN_LOOKS {
            if let Some(found) = look(call).await?.filter(|found| found.is_final) {
                return Err(Ended::GaveUp(self.gave_up(problem, Some(found))));
            }
            self.looked = Instant::now();
        }
        tracing::warn!(
            request = tried,
            attempt = self.attempts,
            cause = problem.cause,
            pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
            "no useful response, sending the request again"
        );
        Ok(call.pause(pause).await?)
    }

    fn gave_up(&self, problem: Problem, found: Option<Finding>) -> GaveUp {
        let retry_after = problem.retry_after.filter(|retry_after| *retry_after > self.backoff.longest);
        let retry_after = retry_after
            .map(|retry_after| format!(", with Retry-After: {} s", retry_after.as_secs()))
            .unwrap_or_default();
        GaveUp {
            attempts: self.attempts,
            lasted: self.started.elapsed(),
            reached: self.connected,
            cause: problem.cause + &retry_after,
            explained: found.map(|found| found.text),
        }
    }
}

/// What the call's watch finds.
async fn look(call: &Call) -> Result<Option<Finding>, Cancelled> {
    let Some(watch) = &call.watch else { return Ok(None) };
    call.cancelled.run_until_cancelled(watch.look()).await.ok_or(Cancelled)
}

/// A random time between half of it and all of it, so that many clients do not retry at the same time.
pub fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let by_date = || Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default());
    // More than a day counts as never, and must not overflow a clock.
    let longest = Duration::from_hours(24);
    text.parse().ok().map(Duration::from_secs).or_else(by_date).map(|retry_after| retry_after.min(longest))
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::call::Watch;

    fn problem(connected: bool, retry_after: Option<Duration>) -> Problem {
        Problem { cause: "broken".into(), retry_after, connected }
    }

    /// Fails until the attempts end: the time, and the error.
    async fn exhaust(limit: Duration, problem: &Problem, succeeded: bool) -> (Duration, GaveUp) {
        let call = Call::within(Duration::from_hours(1), CancellationToken::new());
        let started = Instant::now();
        let mut retry = Retry::until(started + limit, Backoff::default());
        loop {
            match retry.after(problem.clone(), "GET https://x", succeeded, &call).await {
                Ok(()) => {}
                Err(Ended::GaveUp(gave_up)) => return (started.elapsed(), gave_up),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_is_repeated_for_two_minutes_with_pauses_up_to_five_seconds() {
        let (lasted, error) = exhaust(Duration::from_mins(2), &problem(true, None), false).await;
        assert!(lasted > Duration::from_secs(114) && lasted <= Duration::from_mins(2), "{lasted:?}");
        let GaveUp { attempts, reached: true, cause, .. } = error else { panic!("{error:?}") };
        assert!((26..60).contains(&attempts), "{attempts}");
        assert_eq!(cause, "broken");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_never_succeeded_has_a_limit_of_thirty_seconds() {
        let (lasted, error) = exhaust(Duration::from_mins(20), &problem(false, None), false).await;
        assert!(lasted > Duration::from_secs(24) && lasted <= Duration::from_secs(30), "{lasted:?}");
        assert!(!error.reached, "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_succeeded_before_has_the_full_limit() {
        let (lasted, error) = exhaust(Duration::from_mins(20), &problem(false, None), true).await;
        assert!(lasted > Duration::from_mins(19), "{lasted:?}");
        assert!(error.reached, "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_is_honoured_and_one_beyond_the_limit_ends_at_once() {
        let retry_after = |seconds| problem(true, Some(Duration::from_secs(seconds)));
        let (lasted, _) = exhaust(Duration::from_mins(2), &retry_after(50), false).await;
        assert!(lasted >= Duration::from_secs(100) && lasted < Duration::from_secs(101), "{lasted:?}");
        let (lasted, error) = exhaust(Duration::from_mins(2), &retry_after(3600), false).await;
        assert_eq!(lasted, Duration::ZERO);
        assert!(error.cause.ends_with("broken, with Retry-After: 3600 s"), "{error:?}");
    }

    /// Fails until the attempts end, while the watch finds this from a second on: the time, what explains it, and the number of looks.
    async fn watched(is_final: bool, from: u64) -> (u64, Option<String>, u32) {
        let (started, looks) = (Instant::now(), Arc::new(AtomicU32::new(0)));
        let counter = Arc::clone(&looks);
        let watch = Watch::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let finding = Finding { text: "it is broken".to_owned(), is_final };
            let found = (started.elapsed() >= Duration::from_secs(from)).then_some(finding);
            async move { found }
        });
        let call = Call::within(Duration::from_hours(1), CancellationToken::new()).watching(Some(watch));
        let mut retry = Retry::until(started + Duration::from_mins(20), Backoff::default());
        loop {
            match retry.after(problem(true, None), "GET https://x", true, &call).await {
                Ok(()) => {}
                Err(Ended::GaveUp(GaveUp { explained, .. })) => {
                    return (started.elapsed().as_secs(), explained, looks.load(Ordering::Relaxed));
                }
                Err(ended) => panic!("{ended:?}"),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_half_a_minute_of_failures_a_final_finding_ends_the_attempts() {
        let (lasted, explained, looks) = watched(true, 0).await;
        assert!((30..=35).contains(&lasted) && looks == 1, "{lasted} {looks}");
        assert_eq!(explained.as_deref(), Some("it is broken"));
        let (lasted, _, looks) = watched(true, 90).await;
        assert!((90..=130).contains(&lasted) && looks > 2, "{lasted} {looks}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_finding_that_may_pass_only_explains_the_end() {
        let (lasted, explained, _) = watched(false, 0).await;
        assert!(lasted > 19 * 60, "{lasted}");
        assert_eq!(explained.as_deref(), Some("it is broken"));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        #[track_caller]
        fn check(text: &str, expected: Option<u64>) {
            let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").expect("a date");
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().expect("a header"));
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{text}");
        }
        check("7", Some(7));
        check(" 0 ", Some(0));
        check("Sun, 06 Nov 1994 08:50:07 GMT", Some(30));
        check("Sun, 06 Nov 1994 08:00:00 GMT", Some(0));
        check("99999999999999", Some(86400));
        check("soon", None);
        check("-1", None);
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::now()), None);
    }
}
