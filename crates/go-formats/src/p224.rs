//! Points of the elliptic curve P-224 (FIPS 186-4, D.1.2.2), which aws-lc-rs does not have. Certificates are public: nothing here needs to
//! take constant time.

use num_bigint::BigUint;

const LENGTH: usize = 28;

/// The prime of its field: 2^224 - 2^96 + 1.
const P: [u32; 7] = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 1];

/// Coefficient of its equation `y^2 = x^3 - 3x + b`.
const B: [u32; 7] =
    [0xb405_0a85, 0x0c04_b3ab, 0xf541_3256, 0x5044_b0b7, 0xd7bf_d8ba, 0x270b_3943, 0x2355_ffb4];

/// Whether this is an uncompressed point of the curve.
pub(crate) fn has_point(point: &[u8]) -> bool {
    let Some((4, coordinates)) = point.split_first().map(|(form, rest)| (*form, rest)) else { return false };
    if coordinates.len() != 2 * LENGTH {
        return false;
    }
    let (x, y) = coordinates.split_at(LENGTH);
    let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
    let (p, b) = (number(P), number(B));
    x < p && y < p && (&y * &y + 3_u32 * &x) % &p == (&x * &x * &x + b) % &p
}

fn number(words: [u32; 7]) -> BigUint {
    BigUint::from_bytes_be(&words.map(u32::to_be_bytes).concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base point of the curve.
    const G: &str = "04b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34";

    fn bytes(digits: &str) -> Vec<u8> {
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
    }

    #[test]
    fn points_of_the_curve_are_told_from_others() {
        let base = bytes(G);
        assert!(has_point(&base));
        for (position, bit) in [(0, 1), (1, 0x80), (28, 1), (29, 1), (56, 1)] {
            let mut other = base.clone();
            other[position] ^= bit;
            assert!(!has_point(&other), "{position}");
        }
        assert!(!has_point(&base[..56]) && !has_point(&[]) && !has_point(&[4; 58]));
        // A coordinate that is not smaller than the prime.
        let above = number(P) + BigUint::from_bytes_be(&base[29..]);
        if above.bits() <= 224 {
            let mut other = base[..29].to_vec();
            other.extend(above.to_bytes_be());
            assert!(!has_point(&other));
        }
    }
}
