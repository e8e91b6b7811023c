//! PEM, as `encoding/pem` reads it, and what of a bundle of certificates Go would not read.
//!
//! Go skips what it cannot read in silence, and Kubernetes skips blocks of other types and blocks with headers. A certificate that is skipped
//! is not trusted, so it is reported here as a [`Problem`] with its place.

use std::fmt;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::certificate::Certificate;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// Go's standard encoding: padding is required, unused bits may be anything.
const STANDARD: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its type, such as `CERTIFICATE`.
    pub label: String,
    /// Whether it has headers, such as `Proc-Type: 4,ENCRYPTED`.
    pub has_headers: bool,
    /// Its decoded content.
    pub bytes: Vec<u8>,
    /// Offset of its first byte in the text.
    begin: usize,
}

/// A certificate that is not read, or cannot be parsed. It never quotes the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which of the text's certificates, from 1.
    pub number: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What is wrong, as a clause.
    pub why: String,
}

/// The certificates of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Those that Go reads, in order.
    pub certificates: Vec<Certificate>,
    /// Those that it does not, in order.
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "certificate {} (line {}): {}", self.number, self.line, self.why)
    }
}

/// All certificates of a text, as `cert.ParseCertsPEM` of Kubernetes' client-go reads them. A bundle with problems either stops kube-apiserver or
/// is read in part.
pub fn read_bundle(text: &[u8]) -> Bundle {
    let blocks = blocks(text);
    let mut bundle = Bundle::default();
    for (index, begin) in certificates_begin_at(text).into_iter().enumerate() {
        let block = blocks.iter().find(|block| block.begin == begin);
        match block.map_or_else(|| Err(why_unread(text, begin)), certificate_of) {
            Ok(certificate) => bundle.certificates.push(certificate),
            Err(why) => bundle.problems.push(Problem { number: index + 1, line: line_of(text, begin), why }),
        }
    }
    bundle
}

/// All blocks that Go reads.
pub fn blocks(text: &[u8]) -> Vec<Block> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some((block, rest)) = decode(text, from) {
        found.push(block);
        from = rest;
    }
    found
}

fn certificate_of(block: &Block) -> Result<Certificate, String> {
    if block.has_headers {
        return Err(
            "the block has headers, and Kubernetes skips it: remove the lines with a colon".to_owned()
        );
    }
    match block.label.as_str() {
        "CERTIFICATE" => Certificate::parse(&block.bytes).map_err(str::to_owned),
        known @ ("TRUSTED CERTIFICATE" | "X509 CERTIFICATE") => Err(format!(
            "Kubernetes reads -----BEGIN CERTIFICATE----- only, and this is -----BEGIN {known}-----: convert it with `openssl x509`"
        )),
        _ => Err("its first line has more after the dashes: remove that".to_owned()),
    }
}

/// Where certificates seem to begin, whatever surrounds the words.
fn certificates_begin_at(text: &[u8]) -> Vec<usize> {
    const KINDS: [&[u8]; 3] = [b"CERTIFICATE-----", b"TRUSTED CERTIFICATE-----", b"X509 CERTIFICATE-----"];
    let is_begin = |at: &usize| {
        let behind = text.get(*at..).and_then(|rest| rest.strip_prefix(BEGIN));
        behind.is_some_and(|behind| KINDS.iter().any(|kind| behind.starts_with(kind)))
    };
    (0..text.len()).filter(|at| text.get(*at) == Some(&b'-')).filter(is_begin).collect()
}

/// The line of an offset, from 1. A line ends with LF, CR LF or CR.
fn line_of(text: &[u8], offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or_default();
    let is_end = |(index, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => text.get(index + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + before.iter().enumerate().filter(|pair| is_end(*pair)).count()
}

/// Why Go does not read the block that begins here.
fn why_unread(text: &[u8], begin: usize) -> String {
    let before = text.get(..begin).unwrap_or_default();
    let rest = text.get(begin..).unwrap_or_default();
    let has_lone_returns = text.windows(2).any(|pair| matches!(pair, [b'\r', other] if *other != b'\n'));
    if has_lone_returns {
        return "its lines end with a carriage return alone: convert the file to Unix line ends (LF)"
            .to_owned();
    }
    match before {
        [] | [.., b'\n'] => {}
        [0xef, 0xbb, 0xbf] => {
            return "a byte order mark stands before it: save the file as UTF-8 without one".to_owned();
        }
        _ => return "-----BEGIN CERTIFICATE----- is not at the beginning of its line: remove what is before it".to_owned(),
    }
    let (first, body, _) = line(rest);
    if !first.ends_with(DASHES) {
        return "its first line has more after the dashes: remove that".to_owned();
    }
    // From here on, what is said is about the first END behind it.
    let behind = text.len() - body.len();
    let Some(end) = find(text.get(behind.saturating_sub(1)..).unwrap_or_default(), END) else {
        return "it has no line -----END CERTIFICATE-----, so it is incomplete".to_owned();
    };
    let content = body.get(..end.saturating_sub(1)).unwrap_or_default();
    if find(content, BEGIN).is_some() {
        return "another block begins before its -----END CERTIFICATE-----, so it is incomplete".to_owned();
    }
    let (last, _, _) = line(text.get(behind + end..).unwrap_or_default());
    let label = first.strip_prefix(BEGIN).unwrap_or_default();
    if last != [b"-----END ".as_slice(), label].concat() {
        return "its last line is not exactly -----END CERTIFICATE-----".to_owned();
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\r\n\t ".contains(byte);
    match content.iter().position(|byte| !is_base64(byte)) {
        Some(at) => format!("line {} has a character that is not base64", line_of(text, behind + at)),
        None => "its base64 is incomplete, or has something in it that does not belong there".to_owned(),
    }
}

/// The next block from this offset on, and the offset behind it (`Decode`).
fn decode(text: &[u8], from: usize) -> Option<(Block, usize)> {
    let mut rest = text.get(from..)?;
    let mut trailer = 0_usize;
    loop {
        rest = rest.get(trailer..)?;
        let end = find(rest, END)?;
        trailer = end + END.len();
        let begin = rest.get(..end).and_then(|before| find_last(before, BEGIN));
        let Some(begin) = begin.filter(|begin| *begin == 0 || rest.get(begin - 1) == Some(&b'\n')) else {
            continue;
        };
        let offset = text.len() - rest.len() + begin;
        let mut skipped = begin + BEGIN.len();
        let (first, mut body, consumed) = line(rest.get(skipped..)?);
        skipped += consumed;
        let mut has_headers = false;
        let label = first.strip_suffix(DASHES);
        if label.is_some() {
            loop {
                if body.is_empty() {
                    return None;
                }
                let (header, next, consumed) = line(body);
                if !header.contains(&b':') {
                    break;
                }
                has_headers = true;
                body = next;
                skipped += consumed;
            }
        }
        // The text behind headers, or behind the first line; from here on, offsets are of it.
        rest = body;
        // `None`: the line feed before END belongs to a line that was read already.
        let end = end.checked_sub(skipped);
        trailer = trailer.checked_sub(skipped)?;
        let Some(label) = label.filter(|_| !has_headers || end.is_some()) else { continue };
        let Some(behind) = rest.get(trailer..).and_then(|end| end.strip_prefix(label)?.strip_prefix(DASHES))
        else {
            continue;
        };
        if !line(behind).0.is_empty() {
            continue;
        }
        let Some(bytes) = content(rest.get(..end.unwrap_or_default())?) else { continue };
        let label = String::from_utf8_lossy(label).into_owned();
        let after = line(behind).1;
        return Some((Block { label, has_headers, bytes, begin: offset }, text.len() - after.len()));
    }
}

/// Decoded base64; line ends, spaces and tabs are skipped.
fn content(base64: &[u8]) -> Option<Vec<u8>> {
    let packed: Vec<u8> = base64.iter().copied().filter(|byte| !b"\r\n\t ".contains(byte)).collect();
    STANDARD.decode(packed).ok()
}

/// The first line without its end and spaces before that, what follows it, and its length (`getLine`).
fn line(text: &[u8]) -> (&[u8], &[u8], usize) {
    let (line, rest) = match text.iter().position(|byte| *byte == b'\n') {
        None => (text, &[][..]),
        Some(at) => {
            let line = text.get(..at).unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line), text.get(at + 1..).unwrap_or_default())
        }
    };
    let end = line.iter().rposition(|byte| !b" \t".contains(byte)).map_or(0, |last| last + 1);
    (line.get(..end).unwrap_or_default(), rest, text.len() - rest.len())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn find_last(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).rposition(|window| window == wanted)
}

#[cfg(test)]
mod tests;
