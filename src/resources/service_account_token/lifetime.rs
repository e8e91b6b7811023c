//! Lifetime of a token: which values are valid, what the server granted, and when a plan rotates.

use std::time::Duration;

use service_account_tokens::{NewToken, rfc3339};
use tfplugin::{Diagnostic, Diagnostics, Value, duration as durations};

use super::{ServiceAccountToken, ServiceAccountTokenPartial, tracked::Tracked};

/// Kubernetes' own limits (`pkg/apis/authentication/validation`).
const LEAST: u64 = 600;
const MOST: u64 = 1 << 32;

/// For `duration`.
pub(crate) fn duration(text: &str) -> Result<(), String> {
    let duration = durations::parse(text)?;
    if duration.as_secs() < LEAST {
        return Err(format!(
            "{text:?} is less than 10 minutes, the minimum lifetime of a token in Kubernetes. Set \"10m\" or more."
        ));
    }
    if duration.as_secs() > MOST {
        return Err(format!(
            "{text:?} is more than {MOST} seconds, the maximum lifetime of a token in Kubernetes. Set less, such as \"8760h\" for a year."
        ));
    }
    if duration.subsec_nanos() != 0 {
        return Err(format!("{text:?} is not a whole number of seconds. Set one, such as \"90m\"."));
    }
    Ok(())
}

/// Whole seconds of a duration that was checked.
pub(crate) fn seconds(text: &str) -> i64 {
    let duration = durations::parse(text).unwrap_or(Duration::ZERO);
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Rejects a window as long as the lifetime: each plan would rotate the token.
pub(super) fn check(config: &ServiceAccountTokenPartial, report: &mut Diagnostics) {
    let (Value::Known(duration), Value::Known(before)) = (&config.duration, &config.rotate_before) else {
        return;
    };
    if let (Ok(lifetime), Ok(window)) = (durations::parse(duration), durations::parse(before))
        && window >= lifetime
    {
        let detail = format!(
            "With rotate_before = {before:?} and duration = {duration:?}, each plan would rotate the token. Set `rotate_before` to less than \
             `duration`, such as a third of it."
        );
        report.push(
            Diagnostic::error("rotate_before is not shorter than duration", detail).at("rotate_before"),
        );
    }
}

/// How many seconds before expiry a plan rotates a token. Capped at half the granted lifetime if the server decides on that: with a
/// window as long as the lifetime, each plan would rotate.
pub(super) fn window(rotate_before: Option<&str>, duration: Option<&str>, granted: i64) -> i64 {
    let wanted = rotate_before.map_or(0, seconds);
    match duration.map(seconds) {
        Some(requested) if requested <= granted => wanted,
        _ => wanted.min(granted / 2),
    }
}

/// Age of a token at the last refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// Not yet to be rotated.
    Young,
    /// Within this many seconds of its expiry, the window of `rotate_before`.
    InWindow(i64),
    Expired,
}

/// Age of a token, from the state and the last refresh.
pub(super) fn age(state: &ServiceAccountToken, rotate_before: Option<&str>, tracked: &Tracked) -> Age {
    let Some(expires) = state.expires() else { return Age::Expired };
    let left = expires - tracked.checked_at;
    let window = window(rotate_before, state.duration.as_deref(), tracked.granted_seconds);
    match left {
        ..=0 => Age::Expired,
        left if left <= window => Age::InWindow(window),
        _ => Age::Young,
    }
}

/// Whether this is the API server's warning about a shortened lifetime, for which [`shortened`] has a better one.
pub(crate) fn is_about_shortening(warning: &str) -> bool {
    warning.starts_with("requested expiration of ")
}

/// A warning if the server granted less than `duration`.
pub(super) fn shortened(wanted: &ServiceAccountToken, issued: &NewToken) -> Option<Diagnostic> {
    let duration =
        wanted.duration.as_deref().filter(|duration| seconds(duration) > issued.granted_seconds)?;
    let granted = issued.granted_seconds;
    let rotation = match wanted.rotate_before.as_deref() {
        Some(before) => format!(
            "A plan rotates it {} before expiry: `rotate_before` is {before:?}, capped at half the granted lifetime.",
            spelled(window(Some(before), Some(duration), granted))
        ),
        None => "Set `rotate_before`, so that a plan rotates it before it expires.".to_owned(),
    };
    let detail = format!(
        "`duration` is {duration:?}, and the cluster granted {}. The token expires at {}. {rotation} To remove this warning, set \
         duration = {:?}.",
        spelled(granted),
        rfc3339(issued.expires_at),
        spelled(granted)
    );
    Some(Diagnostic::warning("Token lifetime is shorter than duration", detail).at("duration"))
}

/// Seconds as a Go duration.
pub(crate) fn spelled(seconds: i64) -> String {
    let parts = [(seconds / 3600, "h"), (seconds % 3600 / 60, "m"), (seconds % 60, "s")];
    let text: String = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .flat_map(|(count, unit)| [count.to_string(), (*unit).to_owned()])
        .collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_duration(text: &str, complaint: &str) {
        match duration(text) {
            Ok(()) => assert_eq!(complaint, "", "{text} was accepted"),
            Err(message) => {
                assert!(!complaint.is_empty() && message.contains(complaint), "{text}: {message}");
            }
        }
    }

    #[test]
    fn the_lifetime_is_ten_minutes_or_more_in_whole_seconds() {
        check_duration("10m", "");
        check_duration("720h", "");
        check_duration("9m59s", "\"10m\" or more");
        check_duration("10m500ms", "whole number");
        check_duration("1200000h", "the maximum lifetime");
        check_duration("30d", "\"720h\"");
    }

    #[test]
    fn a_window_as_long_as_the_lifetime_is_rejected_once_both_are_known() {
        #[track_caller]
        fn check_both(duration: Value<&str>, before: Value<&str>, complains: bool) {
            let config = ServiceAccountTokenPartial {
                duration: duration.map(str::to_owned),
                rotate_before: before.map(str::to_owned),
                ..ServiceAccountTokenPartial::default()
            };
            let mut report = Diagnostics::default();
            check(&config, &mut report);
            assert_eq!(report.has_errors(), complains);
        }
        check_both(Value::Known("1h"), Value::Known("59m"), false);
        check_both(Value::Known("1h"), Value::Known("60m"), true);
        check_both(Value::Null, Value::Known("60m"), false);
        check_both(Value::Unknown, Value::Known("60m"), false);
    }

    /// A server that caps the lifetime must not cause a rotation by each plan.
    #[test]
    fn the_window_is_capped_at_half_the_granted_lifetime_if_the_server_decides_on_that() {
        #[track_caller]
        fn check_window(before: Option<&str>, duration: Option<&str>, granted: i64, expected: i64) {
            assert_eq!(window(before, duration, granted), expected, "{before:?} {duration:?} {granted}");
        }
        check_window(None, Some("1h"), 3600, 0);
        check_window(Some("59m"), Some("1h"), 3600, 3540);
        check_window(Some("1h"), Some("2h"), 3600, 1800);
        check_window(Some("10m"), Some("2h"), 3600, 600);
        check_window(Some("1h"), None, 3600, 1800);
        check_window(Some("5m"), None, 3600, 300);
    }

    #[test]
    fn seconds_are_spelled_as_users_write_them() {
        for (seconds, text) in [(1800, "30m"), (3600, "1h"), (3661, "1h1m1s"), (0, "0s")] {
            assert_eq!(spelled(seconds), text);
        }
    }
}
