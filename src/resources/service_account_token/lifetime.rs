//! How long a token lives: what may be asked for, what is granted, and from when on that is too little.

use std::time::Duration;

use service_account_tokens::{NewToken, rfc3339};
use tfplugin::{Diagnostic, Diagnostics, Value, duration as durations};

use super::{ServiceAccountToken, ServiceAccountTokenPartial, tracked::Tracked};

/// Kubernetes' own limits (`pkg/apis/authentication/validation`).
const LEAST: u64 = 600;
const MOST: u64 = 1 << 32;

/// For `duration`.
pub(super) fn duration(text: &str) -> Result<(), String> {
    let asked = durations::parse(text)?;
    if asked.as_secs() < LEAST {
        return Err(format!(
            "{text:?} is less than 10 minutes, the shortest life that Kubernetes gives a token. Write \"10m\" or more."
        ));
    }
    if asked.as_secs() > MOST {
        return Err(format!(
            "{text:?} is more than Kubernetes takes, {MOST} seconds. Write \"8760h\" for a year, say."
        ));
    }
    if asked.subsec_nanos() != 0 {
        return Err(format!("{text:?} is no whole number of seconds, in which Kubernetes counts."));
    }
    Ok(())
}

/// Whole seconds of a duration that was checked.
pub(super) fn seconds(text: &str) -> i64 {
    let duration = durations::parse(text).unwrap_or(Duration::ZERO);
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A token that is to be rotated from its beginning on would be rotated by each apply.
pub(super) fn check(config: &ServiceAccountTokenPartial, report: &mut Diagnostics) {
    let (Value::Known(duration), Value::Known(before)) = (&config.duration, &config.rotate_before) else {
        return;
    };
    if let (Ok(lives), Ok(window)) = (durations::parse(duration), durations::parse(before))
        && window >= lives
    {
        let detail = format!(
            "With {before:?} each plan would rotate a token that lives {duration:?}. Give less than `duration`: a third of it leaves its users \
             time to switch."
        );
        report.push(
            Diagnostic::error("rotate_before is not shorter than duration", detail).at("rotate_before"),
        );
    }
}

/// From how many seconds before its end on a token is rotated. Where the server decides how long it lives, half of that at most: a
/// window as long as the token's life would rotate for ever.
pub(super) fn window(rotate_before: Option<&str>, duration: Option<&str>, granted: i64) -> i64 {
    let wanted = rotate_before.map_or(0, seconds);
    match duration.map(seconds) {
        Some(requested) if requested <= granted => wanted,
        _ => wanted.min(granted / 2),
    }
}

/// When a plan rotates, as of what the last refresh saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Young,
    /// In the window of so many seconds.
    InWindow(i64),
    Expired,
}

/// How old a token is.
pub(super) fn age(state: &ServiceAccountToken, rotate_before: Option<&str>, tracked: &Tracked) -> Age {
    let left = state.expires() - tracked.checked_at;
    let window = window(rotate_before, state.duration.as_deref(), tracked.granted_seconds);
    match left {
        ..=0 => Age::Expired,
        left if left <= window => Age::InWindow(window),
        _ => Age::Young,
    }
}

/// A warning that [`shortened`] says better.
pub(super) fn is_about_shortening(warning: &str) -> bool {
    warning.starts_with("requested expiration of ")
}

/// The server granted less than what was asked for.
pub(super) fn shortened(wanted: &ServiceAccountToken, issued: &NewToken) -> Option<Diagnostic> {
    let duration =
        wanted.duration.as_deref().filter(|duration| seconds(duration) > issued.granted_seconds)?;
    let granted = issued.granted_seconds;
    let rotation = match wanted.rotate_before.as_deref() {
        Some(before) => format!(
            "It is rotated from {} before that on: `rotate_before` is {before:?}, and counts as half of what was granted at most.",
            spelled(window(Some(before), Some(duration), granted))
        ),
        None => "Set `rotate_before` to have it rotated before that.".to_owned(),
    };
    let detail = format!(
        "`duration` is {duration:?}, and the cluster grants {} at most. The token expires at {}. {rotation} Write `duration` = {:?} to be rid \
         of this warning.",
        spelled(granted),
        rfc3339(issued.expires_at),
        spelled(granted)
    );
    Some(Diagnostic::warning("Token lives shorter than asked for", detail).at("duration"))
}

/// As it would be written in a configuration.
pub(super) fn spelled(seconds: i64) -> String {
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
    fn a_token_lives_ten_minutes_or_more_in_whole_seconds() {
        check_duration("10m", "");
        check_duration("720h", "");
        check_duration("9m59s", "\"10m\" or more");
        check_duration("10m500ms", "whole number");
        check_duration("1200000h", "more than Kubernetes takes");
        check_duration("30d", "\"720h\"");
    }

    #[test]
    fn a_window_as_long_as_the_tokens_life_is_refused_once_both_are_known() {
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

    /// peers 11: a server that caps the lifetime must not make a loop.
    #[test]
    fn where_the_server_decides_the_window_is_half_of_what_was_granted_at_most() {
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
