//! One attempt at a request, and the repetition of attempts: the same for every client.
//!
//! A client passes functions that send once and read a response. This file implements the deadline, cancelling, the grace period of a
//! write, `Retry-After`, and which statuses may pass.

use std::{
    pin::pin,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use crate::{
    call::{Call, Cancelled},
    retry::{Ended, Problem, Retry, retry_after},
    tls::TlsProblem,
};

/// Grace period: how long a write that was sent waits for its response after it was cancelled.
const GRACE_PERIOD: Duration = Duration::from_secs(5);

/// Outcome of one attempt.
#[derive(Debug)]
pub enum Answer<T, R> {
    /// The result.
    Success(T),
    /// A final rejection: a repetition would return the same.
    Rejected(R),
    /// A failure that may pass. It is not known whether the request took effect.
    Problem(Problem),
    /// TLS failed for good, before anything was sent.
    Tls(TlsProblem),
}

/// Outcome of a request with all its repetitions.
#[derive(Debug)]
pub struct Repeated<T, R> {
    /// Outcome of the last attempt.
    pub answer: Result<T, R>,
    /// Whether an earlier attempt got no response, so that it may have taken effect.
    pub repeated: bool,
}

/// Whether the request reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Cancelling ends it at once.
    Read,
    /// Once sent it may take effect, so that it waits for its response during the grace period even if it is cancelled.
    Write,
}

impl<T, R> Answer<T, R> {
    /// The same with another form of the result.
    pub fn map<U>(self, into: impl FnOnce(T) -> U) -> Answer<U, R> {
        match self {
            Self::Success(result) => Answer::Success(into(result)),
            Self::Rejected(rejection) => Answer::Rejected(rejection),
            Self::Problem(problem) => Answer::Problem(problem),
            Self::Tls(problem) => Answer::Tls(problem),
        }
    }

    /// Name of the outcome for logs.
    fn outcome(&self) -> &'static str {
        match self {
            Self::Success(_) => "succeeded",
            Self::Rejected(_) => "rejected",
            Self::Problem(_) | Self::Tls(_) => "failed",
        }
    }

    /// A response with a status other than 2xx: a problem if its status [may pass](may_pass), else the rejection. `message`: the
    /// server's message without secrets; may be empty.
    pub fn of_status(status: StatusCode, headers: &HeaderMap, message: &str, rejection: R) -> Self {
        if !may_pass(status) {
            return Self::Rejected(rejection);
        }
        let suffix = if message.is_empty() { String::new() } else { format!(": {message}") };
        Self::Problem(Problem {
            cause: format!("HTTP {}{suffix}", status.as_u16()),
            retry_after: retry_after(headers, SystemTime::now()),
            connected: true,
        })
    }
}

/// Which statuses may pass: 429, 500, 502, 503, and 504, as in CoreWeave's own client and client-go.
pub fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 500 | 502 | 503 | 504)
}

/// Sends once. The deadline, `longest` or cancelling ends it. `log` gets the name of the outcome and the time.
pub async fn send_once<T, R>(
    call: &Call,
    effect: Effect,
    longest: Option<Duration>,
    send: impl Future<Output = Answer<T, R>>,
    log: impl FnOnce(&'static str, Duration),
) -> Result<Answer<T, R>, Cancelled> {
    if call.cancelled.is_cancelled() {
        return Err(Cancelled);
    }
    let started = Instant::now();
    let limit = longest.map_or(call.deadline, |longest| call.deadline.min(started + longest));
    let mut exchange = pin!(tokio::time::timeout_at(limit, send));
    let answer = match call.cancelled.run_until_cancelled(&mut exchange).await {
        Some(answer) => answer,
        // Without its response it would be unknown what exists.
        None if effect == Effect::Write => {
            tokio::time::timeout(GRACE_PERIOD, exchange).await.map_err(|_| Cancelled)?
        }
        None => return Err(Cancelled),
    };
    let answer = answer.unwrap_or_else(|_| {
        Answer::Problem(Problem {
            cause: format!("no answer within {} s", started.elapsed().as_secs()),
            retry_after: None,
            connected: false,
        })
    });
    log(answer.outcome(), started.elapsed());
    Ok(answer)
}

/// Repeats attempts until one is final or the time is up. `tried` names the request for logs and errors; `succeeded`: whether this client
/// has had a good response before.
pub async fn repeat<T, R, E, A>(
    mut retry: Retry,
    call: &Call,
    mut attempt: impl FnMut() -> A,
    tried: impl Fn() -> String,
    succeeded: impl Fn() -> bool,
    gave_up: impl Fn(Ended) -> E,
) -> Result<Repeated<T, R>, E>
where
    A: Future<Output = Result<Answer<T, R>, E>>,
{
    let mut repeated = false;
    loop {
        match attempt().await? {
            Answer::Success(value) => return Ok(Repeated { answer: Ok(value), repeated }),
            Answer::Rejected(rejection) => return Ok(Repeated { answer: Err(rejection), repeated }),
            Answer::Tls(problem) => return Err(gave_up(Ended::Tls(problem))),
            Answer::Problem(problem) => {
                repeated = true;
                retry.after(problem, &tried(), succeeded(), call).await.map_err(&gave_up)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http::{HeaderValue, header::RETRY_AFTER};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::retry::{Backoff, GaveUp};

    type Attempt = Answer<u32, &'static str>;

    fn call() -> Call {
        Call::within(Duration::from_secs(20), CancellationToken::new())
    }

    fn problem(cause: &str) -> Attempt {
        Answer::Problem(Problem { cause: cause.to_owned(), retry_after: None, connected: true })
    }

    async fn once(call: &Call, effect: Effect, takes: Duration) -> Result<Attempt, Cancelled> {
        let send = async {
            tokio::time::sleep(takes).await;
            Answer::Success(7)
        };
        send_once(call, effect, Some(Duration::from_secs(10)), send, |_, _| {}).await
    }

    /// Repeats with these responses; the last one has no end.
    async fn through(call: &Call, answers: Vec<Attempt>) -> Result<Repeated<u32, &'static str>, Ended> {
        let answers = Mutex::new(answers.into_iter());
        let attempt = || async {
            let next = answers.lock().expect("no panic inside").next();
            match next {
                Some(answer) => Ok(answer),
                None => send_once(call, Effect::Read, None, std::future::pending(), |_, _| {})
                    .await
                    .map_err(Ended::from),
            }
        };
        let retry = Retry::until(call.deadline, Backoff::default());
        repeat(retry, call, attempt, || "GET https://x".to_owned(), || true, |ended| ended).await
    }

    #[test]
    fn five_statuses_may_pass_and_all_of_them_honour_retry_after() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("3"));
        for code in 300..600 {
            let status = StatusCode::from_u16(code).expect("a status");
            let answer = Attempt::of_status(status, &headers, "busy", "no");
            match (answer, [429, 500, 502, 503, 504].contains(&code)) {
                (Answer::Problem(problem), true) => {
                    assert_eq!(problem.retry_after, Some(Duration::from_secs(3)), "{code}");
                    assert_eq!(problem.cause, format!("HTTP {code}: busy"));
                }
                (Answer::Rejected("no"), false) => {}
                (other, _) => panic!("{code}: {other:?}"),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_ends_at_the_earlier_of_its_limit_and_the_deadline() {
        let answer = once(&call(), Effect::Read, Duration::from_mins(1)).await;
        let Ok(Answer::Problem(Problem { cause, connected: false, .. })) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(cause, "no answer within 10 s");
        let short = Call::within(Duration::from_secs(4), CancellationToken::new());
        let answer = once(&short, Effect::Read, Duration::from_mins(1)).await;
        let Ok(Answer::Problem(Problem { cause, .. })) = answer else { panic!("{answer:?}") };
        assert_eq!(cause, "no answer within 4 s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_read_ends_at_once_and_a_write_waits_for_its_response() {
        async fn cancelled_after_a_second(effect: Effect, takes: u64) -> (Result<Attempt, Cancelled>, u64) {
            let call = call();
            let stop = call.cancelled.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stop.cancel();
            });
            let started = Instant::now();
            let answer = once(&call, effect, Duration::from_secs(takes)).await;
            (answer, started.elapsed().as_secs())
        }
        assert!(matches!(cancelled_after_a_second(Effect::Read, 3).await, (Err(Cancelled), 1)));
        assert!(matches!(cancelled_after_a_second(Effect::Write, 3).await, (Ok(Answer::Success(7)), 3)));
        assert!(matches!(cancelled_after_a_second(Effect::Write, 9).await, (Err(Cancelled), 6)));
        let before = call();
        before.cancelled.cancel();
        assert!(matches!(once(&before, Effect::Write, Duration::ZERO).await, Err(Cancelled)));
    }

    #[tokio::test(start_paused = true)]
    async fn problems_are_repeated_and_final_outcomes_are_not() {
        let done = through(&call(), vec![problem("a"), problem("b"), Answer::Success(1)]).await;
        assert!(matches!(done, Ok(Repeated { answer: Ok(1), repeated: true })), "{done:?}");
        let refused = through(&call(), vec![Answer::Rejected("no"), Answer::Success(1)]).await;
        assert!(matches!(refused, Ok(Repeated { answer: Err("no"), repeated: false })), "{refused:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_the_deadline_ends_does_not_hide_the_cause_of_the_one_before() {
        let ended = through(&call(), vec![problem("HTTP 503: full")]).await.expect_err("it gives up");
        let Ended::GaveUp(GaveUp { cause, attempts: 2, .. }) = ended else { panic!("{ended:?}") };
        assert_eq!(cause, "HTTP 503: full");
    }
}
