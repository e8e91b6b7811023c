//! A set of keys, as kube-apiserver reads it (go-oidc 2, go-jose 2.6, `JSONWebKey.UnmarshalJSON`): one key that it cannot read makes the
//! whole set unreadable, and then it rejects every token.

use std::collections::BTreeSet;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use go_formats::{Certificate, Curve, PublicKey};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Go's `base64.RawURLEncoding`: unused bits may be anything.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Go's `base64.StdEncoding`.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Why a set of keys cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// There is no list `keys`.
    #[error("it has no list `keys`")]
    NoList,
    /// The list is empty, so that no token can be verified.
    #[error("its list `keys` is empty, so that no token can be verified")]
    Empty,
    /// kube-apiserver cannot read one of the keys.
    #[error("kube-apiserver cannot read its key {number}{}: {why}", named(id.as_deref()))]
    Unreadable {
        /// Which key, from 1.
        number: usize,
        /// Id of the key.
        id: Option<String>,
        /// Reason, as a clause.
        why: String,
    },
}

/// The ids of a set of keys (RFC 7517 §5); a key need not have one.
pub(super) fn key_ids(members: &Map<String, Value>) -> Result<BTreeSet<String>, KeysError> {
    let keys = members.get("keys").and_then(Value::as_array).ok_or(KeysError::NoList)?;
    if keys.is_empty() {
        return Err(KeysError::Empty);
    }
    let mut ids = BTreeSet::new();
    for (index, key) in keys.iter().enumerate() {
        let id = key["kid"].as_str().map(str::to_owned);
        check(key).map_err(|why| KeysError::Unreadable { number: index + 1, id: id.clone(), why })?;
        ids.extend(id);
    }
    Ok(ids)
}

/// Members that are base64.
const BYTES: [&str; 11] = ["k", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi"];
const TEXTS: [&str; 7] = ["use", "kty", "kid", "crv", "alg", "x5t", "x5t#S256"];

fn check(key: &Value) -> Result<(), String> {
    // Go reads null as a key without members.
    let nothing = Map::new();
    let members = match key {
        Value::Object(members) => members,
        Value::Null => &nothing,
        _ => return Err("it is not a JSON object".to_owned()),
    };
    for name in TEXTS.iter().chain(&BYTES) {
        match members.get(*name) {
            None | Some(Value::Null | Value::String(_)) => {}
            Some(_) => return Err(format!("its `{name}` is not a string")),
        }
    }
    for name in BYTES {
        let text = members.get(name).and_then(Value::as_str).unwrap_or_default();
        decoded(&BASE64_URL, text).ok_or_else(|| format!("its `{name}` is not base64url without padding"))?;
    }
    if matches!(
        members.get("x5u"),
        Some(Value::String(_) | Value::Array(_) | Value::Number(_) | Value::Bool(_))
    ) {
        return Err(
            "it has the member `x5u`, which the library that kube-apiserver uses cannot read".to_owned()
        );
    }
    if members.get("d").and_then(Value::as_str).is_some() {
        return Err("it is a private key, which must never be published".to_owned());
    }
    let certificates = certificates(members)?;
    let public = public_key(members)?;
    thumbprints(members, certificates.first())?;
    let Some(certificate) = certificates.first() else { return Ok(()) };
    match public {
        None => Err("it is a symmetric key with a certificate".to_owned()),
        Some(public) if *certificate.public_key() != public => {
            Err("its key is not that of its certificate `x5c`".to_owned())
        }
        Some(_) => Ok(()),
    }
}

/// `None` for a symmetric key.
fn public_key(members: &Map<String, Value>) -> Result<Option<PublicKey>, String> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let bytes = |name: &str| text(name).and_then(|text| decoded(&BASE64_URL, text));
    let both = |one: &str, other: &str| {
        bytes(one).zip(bytes(other)).ok_or_else(|| format!("it has no `{one}` or no `{other}`"))
    };
    match text("kty").unwrap_or_default() {
        "RSA" => {
            let (modulus, exponent) = both("n", "e")?;
            Ok(Some(PublicKey::Rsa { modulus: without_zeros(modulus), exponent: without_zeros(exponent) }))
        }
        "EC" => {
            let curve = match text("crv").unwrap_or_default() {
                "P-256" => Curve::P256,
                "P-384" => Curve::P384,
                "P-521" => Curve::P521,
                other => return Err(unknown("crv", other)),
            };
            let (x, y) = both("x", "y")?;
            let point = [vec![4], x.clone(), y].concat();
            if x.len() == curve.size() && curve.has_point(&point) {
                Ok(Some(PublicKey::Ecdsa { curve, point }))
            } else {
                Err("its `x` and `y` are not a point of its curve".to_owned())
            }
        }
        "OKP" => match (text("crv").unwrap_or_default(), bytes("x")) {
            ("Ed25519", Some(mut x)) => {
                x.resize(32, 0);
                Ok(Some(PublicKey::Ed25519(x)))
            }
            ("Ed25519", None) => Err("it has no `x`".to_owned()),
            (other, _) => Err(unknown("crv", other)),
        },
        "oct" => bytes("k").map(|_| None).ok_or_else(|| "it has no `k`".to_owned()),
        other => Err(unknown("kty", other)),
    }
}

fn unknown(member: &str, value: &str) -> String {
    let known = match member {
        "kty" => "RSA, EC, OKP and oct",
        _ => "P-256, P-384, P-521 and Ed25519",
    };
    let value: String = value.chars().take(40).collect();
    format!("it knows no `{member}` {value:?}, only {known}, and then rejects the whole set of keys")
}

fn certificates(members: &Map<String, Value>) -> Result<Vec<Certificate>, String> {
    let chain = match members.get("x5c") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(chain)) => chain,
        Some(_) => return Err("its `x5c` is not a list".to_owned()),
    };
    let certificate = |text: &Value| {
        let text = text.as_str().ok_or("its `x5c` has an element that is not a string")?;
        let der = decoded(&BASE64, text).ok_or("its `x5c` is not base64")?;
        Certificate::parse(&der).map_err(|why| format!("its certificate `x5c` cannot be read: {why}"))
    };
    chain.iter().map(certificate).collect()
}

/// SHA-1 and SHA-256 of the certificate, as bytes or as hexadecimal digits, in base64.
fn thumbprints(members: &Map<String, Value>, certificate: Option<&Certificate>) -> Result<(), String> {
    for (name, size) in [("x5t", 20), ("x5t#S256", 32)] {
        let Some(text) = members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()) else {
            continue;
        };
        let bad = || format!("its `{name}` is not the thumbprint of its certificate");
        let mut bytes = decoded(&BASE64_URL, text).ok_or_else(bad)?;
        if bytes.len() == 2 * size {
            bytes = from_hexadecimal(&bytes).ok_or_else(bad)?;
        }
        let is_other = match (certificate, size) {
            (Some(certificate), 32) => Sha256::digest(certificate.der())[..] != bytes[..],
            (Some(certificate), _) => sha1(certificate.der()) != bytes,
            (None, _) => false,
        };
        if bytes.len() != size || is_other {
            return Err(bad());
        }
    }
    Ok(())
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    use sha1::Digest as _;
    sha1::Sha1::digest(bytes).to_vec()
}

fn from_hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

/// Go skips line ends inside base64.
fn decoded(encoding: &GeneralPurpose, text: &str) -> Option<Vec<u8>> {
    encoding.decode(text.chars().filter(|sign| !matches!(sign, '\r' | '\n')).collect::<String>()).ok()
}

fn without_zeros(bytes: Vec<u8>) -> Vec<u8> {
    bytes.into_iter().skip_while(|byte| *byte == 0).collect()
}

fn named(id: Option<&str>) -> String {
    id.map(|id| format!(" ({:?})", id.chars().take(80).collect::<String>())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
