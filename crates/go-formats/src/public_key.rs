//! Public keys, as `crypto/x509` reads them.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ParsedPublicKey,
};

use super::{
    der::{Der, SEQUENCE, is_positive},
    names::Wrong,
    p224,
};

/// A public key that Go understands, or one of another kind, which Go keeps unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA: modulus and exponent without leading zeros.
    Rsa {
        /// Modulus.
        modulus: Vec<u8>,
        /// Exponent.
        exponent: Vec<u8>,
    },
    /// A point of an elliptic curve, uncompressed.
    Ecdsa {
        /// The curve.
        curve: Curve,
        /// 4, and both coordinates.
        point: Vec<u8>,
    },
    /// Ed25519.
    Ed25519(Vec<u8>),
    /// Another kind.
    Other,
}

/// An elliptic curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-224. No client of the provider's verifies signatures with it, but Go reads the key.
    P224,
    /// P-256.
    P256,
    /// P-384.
    P384,
    /// P-521.
    P521,
}

impl Curve {
    /// Length of a coordinate in bytes.
    pub fn size(self) -> usize {
        match self {
            Self::P224 => 28,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    /// Whether this is an uncompressed point of the curve.
    pub fn has_point(self, point: &[u8]) -> bool {
        let algorithm = match self {
            Self::P224 => return p224::has_point(point),
            Self::P256 => &ECDSA_P256_SHA256_FIXED,
            Self::P384 => &ECDSA_P384_SHA384_FIXED,
            Self::P521 => &ECDSA_P521_SHA512_FIXED,
        };
        point.first() == Some(&4)
            && point.len() == 1 + 2 * self.size()
            && ParsedPublicKey::new(algorithm, point).is_ok()
    }

    fn of(identifier: &[u8]) -> Option<Self> {
        match identifier {
            [0x2b, 0x81, 0x04, 0x00, 0x21] => Some(Self::P224),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Some(Self::P256),
            [0x2b, 0x81, 0x04, 0x00, 0x22] => Some(Self::P384),
            [0x2b, 0x81, 0x04, 0x00, 0x23] => Some(Self::P521),
            _ => None,
        }
    }
}

/// The algorithm's identifier with its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Algorithm<'a> {
    identifier: &'a [u8],
    /// The whole element; empty if there is none.
    parameters: Der<'a>,
}

/// `parseAI`.
pub(crate) fn algorithm(mut content: Der<'_>) -> Result<Algorithm<'_>, Wrong> {
    const MALFORMED: Wrong = "an algorithm in it is malformed";
    let identifier = content.object_identifier().ok_or(MALFORMED)?;
    let parameters = content;
    if !content.is_empty() {
        content.any().ok_or(MALFORMED)?;
    }
    let length = parameters.0.len() - content.0.len();
    Ok(Algorithm { identifier, parameters: Der(parameters.0.get(..length).unwrap_or_default()) })
}

/// `parsePublicKey`. `unused`: how many bits at the end of the key do not belong to it.
pub(crate) fn public_key(algorithm: &Algorithm<'_>, unused: u8, key: &[u8]) -> Result<PublicKey, Wrong> {
    let Algorithm { identifier, mut parameters } = *algorithm;
    let key = &right_aligned(key, unused);
    let known = match identifier {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => rsa(parameters, key)?,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => {
            let curve = parameters.object_identifier().and_then(Curve::of);
            let curve =
                curve.ok_or("its key is on an elliptic curve other than P-224, P-256, P-384 and P-521")?;
            if !curve.has_point(key) {
                return Err("its key is not a point of its elliptic curve");
            }
            PublicKey::Ecdsa { curve, point: key.clone() }
        }
        [0x2b, 0x65, 0x70] => {
            if !parameters.is_empty() || key.len() != 32 {
                return Err("its Ed25519 key is malformed");
            }
            PublicKey::Ed25519(key.clone())
        }
        [0x2b, 0x65, 0x6e] => {
            if !parameters.is_empty() || key.len() != 32 {
                return Err("its X25519 key is malformed");
            }
            PublicKey::Other
        }
        [0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01] => {
            dsa(parameters, key).ok_or("its DSA key is malformed")?;
            PublicKey::Other
        }
        _ => PublicKey::Other,
    };
    Ok(known)
}

/// `asn1.BitString.RightAlign`: the bits moved to the end of the bytes.
fn right_aligned(bits: &[u8], unused: u8) -> Vec<u8> {
    if unused == 0 {
        return bits.to_vec();
    }
    let before = std::iter::once(0).chain(bits.iter().copied());
    before.zip(bits).map(|(before, byte)| before << (8 - unused) | byte >> unused).collect()
}

fn rsa(parameters: Der<'_>, key: &[u8]) -> Result<PublicKey, Wrong> {
    const MALFORMED: Wrong = "its RSA key is malformed";
    if parameters.0 != [5, 0] {
        return Err("its RSA key has parameters other than NULL");
    }
    let mut content = Der(key).read(SEQUENCE).ok_or(MALFORMED)?;
    let modulus = content.integer().filter(|integer| is_positive(integer)).ok_or(MALFORMED)?;
    let exponent = content.integer().filter(|integer| is_positive(integer)).ok_or(MALFORMED)?;
    let exponent = without_zeros(exponent);
    if exponent.len() > 8 || (exponent.len() == 8 && exponent.first().is_some_and(|byte| byte & 0x80 != 0)) {
        return Err("its RSA key has an exponent that is too large");
    }
    Ok(PublicKey::Rsa { modulus: without_zeros(modulus), exponent })
}

fn dsa(mut parameters: Der<'_>, key: &[u8]) -> Option<()> {
    let positive =
        |content: &mut Der<'_>| content.integer().filter(|integer| is_positive(integer)).map(|_| ());
    positive(&mut Der(key))?;
    let mut content = parameters.read(SEQUENCE)?;
    for _ in 0..3 {
        positive(&mut content)?;
    }
    Some(())
}

fn without_zeros(integer: &[u8]) -> Vec<u8> {
    integer.iter().copied().skip_while(|byte| *byte == 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_aligned_to_the_right() {
        for (bits, unused, expected) in [
            (&[0x12, 0x34][..], 0, &[0x12, 0x34][..]),
            (&[0x12, 0x30], 4, &[0x01, 0x23]),
            (&[0x80], 7, &[1]),
            (&[], 0, &[]),
        ] {
            assert_eq!(right_aligned(bits, unused), expected, "{bits:x?} {unused}");
        }
    }
}
