//! DER as `golang.org/x/crypto/cryptobyte` reads it: tags of one byte, lengths in the shortest form.

/// Bytes that are still to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Der<'a>(pub(crate) &'a [u8]);

/// An element that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// A context-specific tag.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// The same, constructed.
pub(crate) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

impl<'a> Der<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn peek(self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// Tag and content of the next element.
    pub(crate) fn any(&mut self) -> Option<(u8, Self)> {
        let (tag, element, header) = self.next()?;
        Some((tag, Self(element.get(header..)?)))
    }

    /// Content of the next element, which has this tag.
    pub(crate) fn read(&mut self, expected: u8) -> Option<Self> {
        self.any().filter(|(tag, _)| *tag == expected).map(|(_, content)| content)
    }

    /// The next element with its header.
    pub(crate) fn element(&mut self, expected: u8) -> Option<Self> {
        let (tag, element, _) = self.next()?;
        (tag == expected).then_some(Self(element))
    }

    /// Content of the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Self>, Malformed> {
        if self.peek(tag) { self.read(tag).map(Some).ok_or(Malformed) } else { Ok(None) }
    }

    /// An INTEGER in the shortest form, as bytes in two's complement.
    pub(crate) fn integer(&mut self) -> Option<&'a [u8]> {
        self.read(INTEGER)?.as_integer()
    }

    /// The same for a content that was read.
    pub(crate) fn as_integer(self) -> Option<&'a [u8]> {
        match self.0 {
            [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
            bytes => Some(bytes),
        }
    }

    /// An INTEGER that fits into 64 bits with its sign.
    pub(crate) fn small_integer(&mut self) -> Option<i64> {
        self.read(INTEGER)?.as_small_integer()
    }

    pub(crate) fn as_small_integer(self) -> Option<i64> {
        let bytes = self.as_integer().filter(|bytes| bytes.len() <= 8)?;
        let sign = if is_negative(bytes) { -1 } else { 0 };
        Some(bytes.iter().fold(sign, |value, byte| (value << 8) | i64::from(*byte)))
    }

    pub(crate) fn boolean(&mut self) -> Option<bool> {
        match self.read(BOOLEAN)?.0 {
            [0] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// An OBJECT IDENTIFIER as its bytes, each of whose parts fits into 31 bits.
    pub(crate) fn object_identifier(&mut self) -> Option<&'a [u8]> {
        let bytes = self.read(OBJECT_IDENTIFIER)?.0;
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = after_base_128(rest)?;
        }
        (!bytes.is_empty()).then_some(bytes)
    }

    /// The number of unused bits, and the bytes.
    pub(crate) fn bit_string(&mut self) -> Option<(u8, &'a [u8])> {
        let (unused, bytes) = self.read(BIT_STRING)?.0.split_first()?;
        let is_clear = match bytes.last() {
            None => *unused == 0,
            Some(last) => *unused <= 7 && last & ((1 << unused) - 1) == 0,
        };
        is_clear.then_some((*unused, bytes))
    }

    /// Tag, whole element, and length of its header.
    fn next(&mut self) -> Option<(u8, &'a [u8], usize)> {
        let (tag, first) = (*self.0.first()?, *self.0.get(1)?);
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (header, content) = if first & 0x80 == 0 {
            (2, usize::from(first))
        } else {
            let count = usize::from(first & 0x7f);
            let bytes = self.0.get(2..2 + count).filter(|bytes| matches!(bytes.len(), 1..=4))?;
            let length = bytes.iter().fold(0_u64, |length, byte| (length << 8) | u64::from(*byte));
            if length < 128 || bytes.first() == Some(&0) {
                return None;
            }
            (2 + count, usize::try_from(length).ok()?)
        };
        let (element, rest) = self.0.split_at_checked(header.checked_add(content)?)?;
        self.0 = rest;
        Some((tag, element, header))
    }
}

/// Whether an INTEGER is below zero.
pub(crate) fn is_negative(integer: &[u8]) -> bool {
    integer.first().is_some_and(|byte| byte & 0x80 != 0)
}

/// Whether an INTEGER is above zero.
pub(crate) fn is_positive(integer: &[u8]) -> bool {
    !is_negative(integer) && integer.iter().any(|byte| *byte != 0)
}

fn after_base_128(bytes: &[u8]) -> Option<&[u8]> {
    let mut value = 0_u32;
    for (index, byte) in bytes.iter().enumerate() {
        if index == 5 || value >= 1 << 24 || (index == 0 && *byte == 0x80) {
            return None;
        }
        value = (value << 7) | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_tags_have_one_form() {
        #[track_caller]
        fn check(bytes: &[u8], content: Option<&[u8]>) {
            assert_eq!(Der(bytes).any().map(|(_, content)| content.0), content, "{bytes:x?}");
        }
        check(&[0x30, 0], Some(&[]));
        check(&[0x30, 1, 5, 9], Some(&[5]));
        check(&[0x30, 2, 5], None);
        check(&[0x30, 0x80, 0, 0], None);
        check(&[0x30, 0x81, 1, 5], None);
        check(&[0x30, 0x82, 0, 0x80], None);
        check(&[0x1f, 1, 5], None);
        check(&[0x30], None);
        check(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], None);
        check(&[0x30, 0x85, 0, 0, 0, 0, 1, 0], None);
        let long = [&[0x30, 0x81, 0x80][..], &[7; 128]].concat();
        check(&long, Some(&[7; 128]));
    }

    #[test]
    fn integers_are_in_the_shortest_form() {
        for (bytes, expected) in [
            (&[2, 1, 0][..], Some(0)),
            (&[2, 1, 0xff], Some(-1)),
            (&[2, 2, 0, 0x80], Some(128)),
            (&[2, 2, 0xff, 0x7f], Some(-129)),
            (&[2, 0], None),
            (&[2, 2, 0, 0x7f], None),
            (&[2, 2, 0xff, 0x80], None),
            (&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], None),
        ] {
            assert_eq!(Der(bytes).small_integer(), expected, "{bytes:x?}");
        }
        assert!(is_positive(&[0, 0x80]) && !is_positive(&[0]) && !is_positive(&[0x80]));
    }

    #[test]
    fn identifiers_and_bits_are_whole() {
        for (bytes, fits) in [
            (&[6, 3, 0x55, 0x1d, 0x0f][..], true),
            (&[6, 0], false),
            (&[6, 1, 0x80], false),
            (&[6, 2, 0x80, 1], false),
            (&[6, 5, 0x87, 0xff, 0xff, 0xff, 0x7f], true),
            (&[6, 5, 0x88, 0x80, 0x80, 0x80, 0], false),
        ] {
            assert_eq!(Der(bytes).object_identifier().is_some(), fits, "{bytes:x?}");
        }
        for (bytes, expected) in [
            (&[3, 1, 0][..], Some((0, &[][..]))),
            (&[3, 2, 3, 0xf8], Some((3, &[0xf8]))),
            (&[3, 2, 3, 0xfc], None),
            (&[3, 1, 1], None),
            (&[3, 2, 8, 0], None),
            (&[3, 0], None),
        ] {
            assert_eq!(Der(bytes).bit_string(), expected, "{bytes:x?}");
        }
    }
}
