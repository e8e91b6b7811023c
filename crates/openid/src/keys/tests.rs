//! Sets of keys as issuers publish them. Expected values are those of go-jose 2.6.3.

use serde_json::json;

use super::*;

const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";

fn ids(keys: &[Value]) -> Result<BTreeSet<String>, KeysError> {
    key_ids(json!({ "keys": keys }).as_object().expect("an object"))
}

#[test]
fn keys_of_every_kind_that_kube_apiserver_knows_are_read() {
    let keys = [
        json!({ "kty": "RSA", "kid": "rsa", "n": "AQAB", "e": "AQAB", "use": "sig", "alg": "RS256", "unknown": [7] }),
        json!({ "kty": "EC", "kid": "ec", "crv": "P-256", "x": X, "y": Y }),
        json!({ "kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": X }),
        json!({ "kty": "oct", "kid": "oct", "k": "AAAA" }),
        json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": null, "x5u": null, "x5c": [] }),
    ];
    let expected = ["ec", "ed", "oct", "rsa"].map(str::to_owned);
    assert_eq!(ids(&keys), Ok(BTreeSet::from(expected)));
}

#[test]
fn one_key_that_kube_apiserver_cannot_read_makes_the_set_unreadable() {
    let good = json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" });
    for (key, expected) in [
        (json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AA" }), "`kty` \"AKP\""),
        (json!({ "kty": "rsa", "n": "AQAB", "e": "AQAB" }), "`kty` \"rsa\""),
        (json!({}), "`kty` \"\""),
        (json!(null), "`kty` \"\""),
        (json!("RSA"), "not a JSON object"),
        (json!({ "kty": "EC", "crv": "secp256k1", "x": X, "y": Y }), "`crv` \"secp256k1\""),
        (json!({ "kty": "OKP", "crv": "Ed448", "x": X }), "`crv` \"Ed448\""),
        (json!({ "kty": "OKP", "crv": "X25519", "x": X }), "`crv` \"X25519\""),
        (json!({ "kty": "EC", "crv": "P-256", "x": X }), "no `x` or no `y`"),
        (json!({ "kty": "EC", "crv": "P-256", "x": X, "y": X }), "not a point of its curve"),
        (json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": Y }), "not a point of its curve"),
        (json!({ "kty": "RSA", "n": "AQAB" }), "no `n` or no `e`"),
        (json!({ "kty": "RSA", "n": "AQAB=", "e": "AQAB" }), "`n` is not base64url"),
        (json!({ "kty": "RSA", "n": "AQ+B", "e": "AQAB" }), "`n` is not base64url"),
        (json!({ "kty": "RSA", "n": 7, "e": "AQAB" }), "`n` is not a string"),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "x5u": "https://h/c.pem" }), "`x5u`"),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "x5c": ["AAAA"] }), "`x5c` cannot be read"),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "x5t": "AAAA" }), "`x5t` is not the thumbprint"),
        (json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AA" }), "private key"),
        (json!({ "kty": "oct" }), "no `k`"),
    ] {
        let error = ids(&[good.clone(), key.clone()]).expect_err("unreadable");
        let KeysError::Unreadable { number: 2, why, .. } = &error else { panic!("{key}: {error:?}") };
        assert!(why.contains(expected), "{key}: {why}");
    }
}

#[test]
fn a_set_without_keys_verifies_nothing() {
    assert_eq!(ids(&[]), Err(KeysError::Empty));
    for other in [json!({}), json!({ "keys": {} }), json!({ "keys": null })] {
        assert_eq!(key_ids(other.as_object().expect("an object")), Err(KeysError::NoList), "{other}");
    }
}

#[test]
fn a_certificate_belongs_to_its_key() {
    let own = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let certificate = rcgen::CertificateParams::default().self_signed(&own).expect("a certificate");
    let der = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let url = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let point = Certificate::parse(certificate.der()).expect("Go reads it");
    let PublicKey::Ecdsa { point, .. } = point.public_key().clone() else { panic!("an EC key") };
    let key = json!({
        "kty": "EC", "crv": "P-256", "x": url(&point[1..33]), "y": url(&point[33..]), "x5c": [der],
        "x5t": url(&sha1(certificate.der())), "x5t#S256": url(&Sha256::digest(certificate.der())),
    });
    assert!(ids(std::slice::from_ref(&key)).is_ok());
    let other = json!({ "kty": "EC", "crv": "P-256", "x": X, "y": Y, "x5c": key["x5c"] });
    let said = ids(&[other]).expect_err("another key").to_string();
    assert!(said.contains("not that of its certificate"), "{said}");
    let mut wrong = key;
    wrong["x5t#S256"] = json!(url(&[7; 32]));
    assert!(ids(&[wrong]).is_err());
}
