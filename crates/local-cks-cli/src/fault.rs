//! Faults in words, as the command line and files have them: `503 on=update-cluster retry-after=2 times=3`.

use std::time::Duration;

use http::Method;
use local_cks::{Call, Fault, Injection, RetryAfter};

/// Calls by name.
const CALLS: [(&str, Call); 8] = [
    ("list-clusters", Call::ListClusters),
    ("get-cluster", Call::GetCluster),
    ("create-cluster", Call::CreateCluster),
    ("update-cluster", Call::UpdateCluster),
    ("delete-cluster", Call::DeleteCluster),
    ("whoami", Call::Whoami),
    ("managed", Call::Managed),
    ("unmanaged", Call::Unmanaged),
];

/// Help for the syntax.
pub(crate) const SYNTAX: &str = "\
A fault is one of
  STATUS               this HTTP status, such as 503, as the response; the request has no effect
  reset-before         the connection is reset before the request takes effect
  reset-after          the request takes effect, then the connection is reset
  truncated-body       the request takes effect, and half of the response is sent
  delay=2s             the response comes this much later
  hang, hang-after     no response; the request has no effect, or takes effect
  date-ahead=5m        the request takes effect, and the response's Date is ahead of this machine's clock
and any of
  on=CALL              list-clusters, get-cluster, create-cluster, update-cluster, delete-cluster, whoami
                       (CoreWeave's API), managed, unmanaged (the endpoints of clusters); default: any
  method=POST          only requests with this method
  path=/secrets        only requests whose path contains this
  retry-after=2s       the header Retry-After, with a STATUS
  after=3              skips this number of requests
  times=2, times=all   applies to this number of requests; default: 1
";

/// Parses a fault; words are separated by spaces or commas.
pub(crate) fn parse(text: &str) -> Result<Injection, String> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    let (mut fault, mut retry_after) = (None, None);
    let mut conditions: Vec<Box<dyn FnOnce(Injection) -> Injection>> = Vec::new();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "on" => {
                let call = CALLS.iter().find(|(name, _)| *name == value).map(|(_, call)| *call);
                let call =
                    call.ok_or_else(|| format!("there is no call {value:?}: it is one of {}", calls()))?;
                conditions.push(Box::new(move |injection| injection.on(call)));
            }
            "method" => {
                let method: Method =
                    value.to_ascii_uppercase().parse().map_err(|_| format!("{value:?} is not a method"))?;
                conditions.push(Box::new(move |injection| injection.method(method)));
            }
            "path" => {
                let part = value.to_owned();
                conditions.push(Box::new(move |injection| injection.path(&part)));
            }
            "after" => {
                let skip = number(name, value)?;
                conditions.push(Box::new(move |injection| injection.after(skip)));
            }
            "times" => {
                let times = if value == "all" { u32::MAX } else { number(name, value)? };
                if times == 0 {
                    return Err("times=0 is no fault".to_owned());
                }
                conditions.push(Box::new(move |injection| injection.times(times)));
            }
            "retry-after" => retry_after = Some(RetryAfter::Seconds(duration(name, value)?.as_secs())),
            _ if fault.is_some() => return Err(format!("{word:?} is a second fault, or not a condition")),
            _ => fault = Some(kind(name, value)?),
        }
    }
    let mut fault = fault.ok_or("no fault is named, such as 503")?;
    match (&mut fault, retry_after) {
        (_, None) => {}
        (Fault::Status { retry_after, .. }, wanted) => *retry_after = wanted,
        (_, Some(_)) => return Err("retry-after needs a status, such as 503".to_owned()),
    }
    Ok(conditions.into_iter().fold(Injection::new(fault), |injection, condition| condition(injection)))
}

fn kind(name: &str, value: &str) -> Result<Fault, String> {
    Ok(match (name, value) {
        ("reset-before", "") => Fault::ResetBefore,
        ("reset-after", "") => Fault::ResetAfter,
        ("truncated-body", "") => Fault::TruncatedBody,
        ("hang", "") => Fault::Hang,
        ("hang-after", "") => Fault::HangAfter,
        ("delay", _) => Fault::Delay(duration(name, value)?),
        ("date-ahead", _) => Fault::DateAhead(duration(name, value)?),
        (status, "") | ("status", status) => {
            let is_error = |status: &u16| (400..600).contains(status);
            let status = status.parse().ok().filter(is_error);
            Fault::status(status.ok_or_else(|| format!("there is no fault {name:?}"))?)
        }
        _ => return Err(format!("there is no fault {name:?}")),
    })
}

fn number(name: &str, value: &str) -> Result<u32, String> {
    value.parse().map_err(|_| format!("{name}={value} is not a number"))
}

fn duration(name: &str, value: &str) -> Result<Duration, String> {
    let wrong = || format!("{name}={value} is not a duration such as 500ms, 2s or 5m");
    let parsed: jiff::SignedDuration = value.parse().map_err(|_| wrong())?;
    parsed.try_into().map_err(|_| wrong())
}

fn calls() -> String {
    CALLS.map(|(name, _)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CALLS, Call, Fault, Injection, Method, RetryAfter, SYNTAX, parse};

    #[track_caller]
    fn check(text: &str, expected: Injection) {
        assert_eq!(parse(text), Ok(expected), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }

    #[test]
    fn words_become_faults() {
        check("503", Injection::new(Fault::status(503)));
        check("status=503", Injection::new(Fault::status(503)));
        check(
            "429,retry-after=2s,on=update-cluster,after=1,times=3",
            Injection::new(Fault::retry_after(429, RetryAfter::Seconds(2)))
                .on(Call::UpdateCluster)
                .after(1)
                .times(3),
        );
        check(
            "method=post hang on=managed path=/token times=all",
            Injection::new(Fault::Hang).on(Call::Managed).method(Method::POST).path("/token").times(u32::MAX),
        );
        check("delay=500ms", Injection::new(Fault::Delay(Duration::from_millis(500))));
        check("date-ahead=5m", Injection::new(Fault::DateAhead(Duration::from_mins(5))));
        for (word, fault) in [
            ("reset-before", Fault::ResetBefore),
            ("reset-after", Fault::ResetAfter),
            ("truncated-body", Fault::TruncatedBody),
            ("hang-after", Fault::HangAfter),
        ] {
            check(word, Injection::new(fault));
        }
    }

    #[test]
    fn what_is_not_a_fault_is_named() {
        check_error("", "no fault is named");
        check_error("on=managed", "no fault is named");
        check_error("200", "there is no fault \"200\"");
        check_error("explode", "there is no fault \"explode\"");
        check_error("503 on=anything", "there is no call \"anything\"");
        check_error("503 hang", "\"hang\" is a second fault");
        check_error("503 times=0", "times=0");
        check_error("delay=soon", "not a duration");
        check_error("hang retry-after=1s", "needs a status");
    }

    #[test]
    fn the_help_names_every_call() {
        for (name, _) in CALLS {
            assert!(SYNTAX.contains(name), "{name}");
        }
    }
}
