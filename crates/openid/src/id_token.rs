//! What an ID token says about its lifetime, its issuer and its audience. It is not verified: only the server that it is for decides on it.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use request_pipeline::shortened;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

/// How long before expiry another token is requested at the latest, since a request takes a while.
const LEAST_MARGIN: Duration = Duration::from_secs(30);

/// How many audiences a message names.
const MOST_AUDIENCES: usize = 3;

/// Longer ones count as this long.
const LONGEST: Duration = Duration::from_hours(24);

/// Times of an ID token, in seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Lifetime {
    issued_at: Option<f64>,
    expires_at: Option<f64>,
}

/// Issuer and audiences of an ID token, for messages: a server that rejects it often expects others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    issuer: Option<String>,
    audiences: Vec<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<Value>,
    aud: Option<Value>,
    iat: Option<Value>,
    exp: Option<Value>,
}

impl Claims {
    fn of(token: &SecretString) -> Option<Self> {
        let mut parts = token.expose_secret().split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || signature.is_empty() {
            return None;
        }
        let json = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        serde_json::from_slice::<serde_json::Map<String, Value>>(&json(header)?).ok()?;
        serde_json::from_slice(&json(payload)?).ok()
    }
}

impl Origin {
    /// That of this token; `None` if it is not a JWT, or has neither claim.
    pub fn of(token: &SecretString) -> Option<Self> {
        let claims = Claims::of(token)?;
        let text = |claim: &Value| claim.as_str().map(str::to_owned);
        let issuer = claims.iss.as_ref().and_then(text);
        let audiences: Vec<_> = match &claims.aud {
            Some(Value::Array(audiences)) => audiences.iter().filter_map(text).collect(),
            other => other.iter().filter_map(text).collect(),
        };
        (issuer.is_some() || !audiences.is_empty()).then_some(Self { issuer, audiences })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuer = self.issuer.iter().map(|issuer| format!("issuer {:?}", shortened(issuer)));
        let audiences = self.audiences.iter().take(MOST_AUDIENCES);
        let audiences = audiences.map(|audience| format!("audience {:?}", shortened(audience)));
        out.write_str(&issuer.chain(audiences).collect::<Vec<_>>().join(", "))
    }
}

impl Lifetime {
    /// That of this token; `None` if it is not a JWT.
    pub fn of(token: &SecretString) -> Option<Self> {
        let claims = Claims::of(token)?;
        let time =
            |claim: Option<Value>| claim.as_ref().and_then(Value::as_f64).filter(|time| time.is_finite());
        Some(Self { issued_at: time(claims.iat), expires_at: time(claims.exp) })
    }

    /// Since when it has been expired at this time, in seconds since 1970; `None` if it has not.
    pub fn expired_since(self, now: SystemTime) -> Option<i64> {
        let end = self.expires_at.filter(|end| *end <= seconds(now))?;
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, and serves a message")]
        Some(end as i64)
    }

    /// How long a token that was just issued can be used before another one is to be requested: until half a minute, or a tenth of its
    /// lifetime, before its expiry. `None` if it does not say when it expires.
    pub(super) fn usable_for(self, now: SystemTime) -> Option<Duration> {
        let end = self.expires_at?;
        // By the issuer's clock where possible: this machine's may differ.
        let start = self.issued_at.filter(|start| *start < end).unwrap_or(seconds(now));
        let whole = Duration::from_secs_f64((end - start).clamp(0.0, LONGEST.as_secs_f64()));
        // At most a half, or else a short-lived token would be used for no request at all.
        let margin = LEAST_MARGIN.max(whole / 10).min(whole / 2);
        Some(whole.saturating_sub(margin))
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> SecretString {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)).into()
    }

    #[test]
    fn a_token_can_be_used_until_half_a_minute_or_a_tenth_before_its_end() {
        #[track_caller]
        fn check(now: SystemTime, claims: &str, expected: Option<u64>) {
            let lifetime = Lifetime::of(&jwt(claims)).expect("a JWT");
            assert_eq!(lifetime.usable_for(now), expected.map(Duration::from_secs), "{claims}");
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        check(now, r#"{"iat":1700000000,"exp":1700000300}"#, Some(270));
        check(now, r#"{"iat":1700000000,"exp":1700003600}"#, Some(3240));
        check(now, r#"{"iat":1700000000,"exp":1700000040}"#, Some(20));
        // Another clock than this machine's.
        check(now, r#"{"iat":1600000000,"exp":1600000300.0}"#, Some(270));
        check(now, r#"{"exp":1700000300}"#, Some(270));
        check(now, r#"{"exp":1600000300}"#, Some(0));
        check(now, r#"{"iat":1700000500,"exp":1700000300}"#, Some(270));
        check(now, r#"{"iat":0,"exp":1e300}"#, Some(77_760));
        check(now, r#"{"exp":"soon"}"#, None);
        check(now, "{}", None);
    }

    #[test]
    fn only_a_jwt_is_an_id_token() {
        for other in ["", "CW-SECRET-a", "a.b.c", "e30.e30", "e30.e30.", "e30.e30.c2ln.c2ln", "e30.W10.c2ln"]
        {
            assert_eq!(Lifetime::of(&other.into()), None, "{other}");
        }
        assert_eq!(Lifetime::of(&"e30.e30.c2ln".into()), Some(Lifetime::default()));
    }

    #[test]
    fn issuer_and_audiences_are_named_as_far_as_the_token_has_them() {
        #[track_caller]
        fn check(claims: &str, expected: Option<&str>) {
            let origin = Origin::of(&jwt(claims)).map(|origin| origin.to_string());
            assert_eq!(origin.as_deref(), expected, "{claims}");
        }
        let both = r#"{"iss":"https://gitlab.com","aud":"terraform"}"#;
        check(both, Some(r#"issuer "https://gitlab.com", audience "terraform""#));
        check(r#"{"aud":["a","b",1]}"#, Some(r#"audience "a", audience "b""#));
        check(r#"{"aud":["a","b","c","d"]}"#, Some(r#"audience "a", audience "b", audience "c""#));
        check(r#"{"iss":1,"aud":{}}"#, None);
        check("{}", None);
        assert_eq!(Origin::of(&"CW-SECRET-a".into()), None);
    }

    #[test]
    fn an_expired_token_is_known_by_its_time() {
        let lifetime = Lifetime::of(&jwt(r#"{"exp":100}"#)).expect("a JWT");
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!((lifetime.expired_since(at(99)), lifetime.expired_since(at(100))), (None, Some(100)));
        assert_eq!(Lifetime::default().expired_since(at(100)), None);
    }
}
