//! URLs, as `net/url.Parse` reads them.

use std::{fmt, net::Ipv6Addr};

/// The parts of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoUrl {
    /// In lower case; empty if there is none.
    pub scheme: String,
    /// Whether there is a user name or password.
    pub has_login: bool,
    /// Host and port, without escapes.
    pub host: String,
    /// The path as it is written.
    pub path: String,
    /// The query as it is written, without its `?`; empty if there is none.
    pub query: String,
    /// The fragment as it is written, without its `#`; empty if there is none.
    pub fragment: String,
}

/// Why Go cannot read a URL. It quotes at most three characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// A control character.
    ControlCharacter,
    /// It begins with a colon.
    NoScheme,
    /// A colon in the first part of a relative path.
    ColonInFirstSegment,
    /// An escape that is not valid in this place.
    Escape(String),
    /// A character that is not valid in a host.
    HostCharacter(char),
    /// Square brackets without an IPv6 address.
    Brackets,
    /// A port that is not a number.
    Port,
    /// A character that is not valid in a login.
    Login,
}

impl fmt::Display for UrlError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter => out.write_str("it contains a control character"),
            Self::NoScheme => out.write_str("it begins with a colon"),
            Self::ColonInFirstSegment => out.write_str("it has no scheme, and a colon in its first part"),
            Self::Escape(escape) => write!(out, "the escape {escape:?} is not valid in this place"),
            Self::HostCharacter(sign) => write!(out, "the character {sign:?} is not valid in a host"),
            Self::Brackets => out.write_str("square brackets enclose something other than an IPv6 address"),
            Self::Port => out.write_str("its port is not a number"),
            Self::Login => {
                out.write_str("its user name or password contains a character that is not valid there")
            }
        }
    }
}

impl std::error::Error for UrlError {}

impl GoUrl {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err(UrlError::ControlCharacter);
        }
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        check_escapes(fragment)?;
        if text == "*" {
            return Ok(Self { path: "*".to_owned(), fragment: fragment.to_owned(), ..Self::default() });
        }
        let (scheme, rest) = scheme(text)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut url = Self {
            scheme: scheme.to_ascii_lowercase(),
            query: query.to_owned(),
            fragment: fragment.to_owned(),
            ..Self::default()
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|first| first.contains(':')) {
                return Err(UrlError::ColonInFirstSegment);
            }
        }
        let mut path = rest;
        let may_have_host = !url.scheme.is_empty() || !rest.starts_with("///");
        if let Some(behind) = rest.strip_prefix("//").filter(|_| may_have_host) {
            let (authority, behind) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
            let host = match authority.rsplit_once('@') {
                None => authority,
                Some((login, host)) => {
                    check_login(login)?;
                    url.has_login = true;
                    host
                }
            };
            url.host = host_of(&url.scheme, host)?;
            path = behind;
        }
        check_escapes(path)?;
        path.clone_into(&mut url.path);
        Ok(url)
    }
}

/// `getScheme`.
fn scheme(text: &str) -> Result<(&str, &str), UrlError> {
    for (index, sign) in text.char_indices() {
        match sign {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if index > 0 => {}
            ':' if index == 0 => return Err(UrlError::NoScheme),
            ':' => {
                return Ok((
                    text.get(..index).unwrap_or_default(),
                    text.get(index + 1..).unwrap_or_default(),
                ));
            }
            _ => break,
        }
    }
    Ok(("", text))
}

fn check_login(login: &str) -> Result<(), UrlError> {
    if login.chars().all(|sign| sign.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(sign)) {
        check_escapes(login)
    } else {
        Err(UrlError::Login)
    }
}

/// `parseHost`.
fn host_of(scheme: &str, host: &str) -> Result<String, UrlError> {
    match host.rfind('[') {
        Some(0) => {
            let (inside, port) =
                host.get(1..).and_then(|rest| rest.rsplit_once(']')).ok_or(UrlError::Brackets)?;
            check_port(port)?;
            let (address, zone) = match inside.find("%25") {
                Some(at) => inside.split_at(at),
                None => (inside, ""),
            };
            let address = unescaped(address, Part::Host)?;
            let zone = unescaped(zone, Part::Zone)?;
            let is_address = address.parse::<Ipv6Addr>().is_ok() && zone != "%";
            if is_address { Ok(format!("[{address}{zone}]{port}")) } else { Err(UrlError::Brackets) }
        }
        Some(_) => Err(UrlError::Brackets),
        None => {
            let is_strict = matches!(scheme, "http" | "https");
            let colon = if is_strict { host.find(':') } else { host.rfind(':') };
            check_port(colon.and_then(|colon| host.get(colon..)).unwrap_or_default())?;
            unescaped(host, Part::Host)
        }
    }
}

fn check_port(port: &str) -> Result<(), UrlError> {
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if port.is_empty() || port.strip_prefix(':').is_some_and(is_number) {
        Ok(())
    } else {
        Err(UrlError::Port)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Zone,
}

/// A part of a host without escapes, which are valid for other bytes than ASCII only.
fn unescaped(text: &str, part: Part) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        if *first != b'%' {
            if first.is_ascii() && !is_valid_in_host(*first) {
                return Err(UrlError::HostCharacter(char::from(*first)));
            }
            bytes.push(*first);
            rest = behind;
            continue;
        }
        let bad = || UrlError::Escape(String::from_utf8_lossy(rest.get(..3).unwrap_or(rest)).into_owned());
        let byte = escaped(behind).ok_or_else(bad)?;
        let is_valid = match part {
            _ if byte == b'%' => true,
            Part::Host => !byte.is_ascii(),
            Part::Zone => byte == b' ' || is_valid_in_host(byte),
        };
        if !is_valid {
            return Err(bad());
        }
        bytes.push(byte);
        rest = behind.get(2..).unwrap_or_default();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether a byte needs no escape in a host.
fn is_valid_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte)
}

/// Each `%` must have two hexadecimal digits behind it.
fn check_escapes(text: &str) -> Result<(), UrlError> {
    for (at, _) in text.match_indices('%') {
        let behind = text.as_bytes().get(at + 1..).unwrap_or_default();
        if escaped(behind).is_none() {
            let rest = text.as_bytes().get(at..).unwrap_or_default();
            let quoted = String::from_utf8_lossy(rest.get(..3).unwrap_or(rest)).into_owned();
            return Err(UrlError::Escape(quoted));
        }
    }
    Ok(())
}

/// The byte of two hexadecimal digits.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match text {
        [high, low, ..] => Some(digit(high)? * 16 + digit(low)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values are those that Go 1.26 prints.
    #[test]
    fn urls_are_read_as_go_reads_them() {
        #[track_caller]
        fn check(text: &str, expected: Result<(&str, &str, &str), &str>) {
            let found = GoUrl::parse(text).map(|url| (url.scheme, url.host, url.path));
            let expected =
                expected.map(|(scheme, host, path)| (scheme.to_owned(), host.to_owned(), path.to_owned()));
            assert_eq!(found.map_err(|error| error.to_string()), expected.map_err(str::to_owned), "{text}");
        }
        check("https://a.example.com", Ok(("https", "a.example.com", "")));
        check("HTTPS://A:443/b%41?c#d", Ok(("https", "A:443", "/b%41")));
        check("https:///a", Ok(("https", "", "/a")));
        check("https:////a/b", Ok(("https", "", "//a/b")));
        check("https://h//a", Ok(("https", "h", "//a")));
        check("https:a", Ok(("https", "", "")));
        check("https:/a", Ok(("https", "", "/a")));
        check("a/b", Ok(("", "", "a/b")));
        check("///a", Ok(("", "", "///a")));
        check("//a", Ok(("", "a", "")));
        check("https://h{x}", Err("the character '{' is not valid in a host"));
        check("https://h/{x}", Ok(("https", "h", "/{x}")));
        check("https://a b", Err("the character ' ' is not valid in a host"));
        check("https://a\\b", Err("the character '\\\\' is not valid in a host"));
        check("https://ho%73t", Err("the escape \"%73\" is not valid in this place"));
        check("https://h%c3%b6st", Ok(("https", "höst", "")));
        check("https://höst", Ok(("https", "höst", "")));
        check("https://h%25", Ok(("https", "h%", "")));
        check("https://h/%zz", Err("the escape \"%zz\" is not valid in this place"));
        check("https://h/%4", Err("the escape \"%4\" is not valid in this place"));
        check("https://h?%zz", Ok(("https", "h", "")));
        check("https://h#%zz", Err("the escape \"%zz\" is not valid in this place"));
        check("https://h:80a", Err("its port is not a number"));
        check("https://h:", Ok(("https", "h:", "")));
        check("https://h:99999", Ok(("https", "h:99999", "")));
        check("https://a:1:2", Err("its port is not a number"));
        check("https://::1", Err("its port is not a number"));
        check("https://[::1]:6443", Ok(("https", "[::1]:6443", "")));
        check("https://[fe80::1%25eth0]", Ok(("https", "[fe80::1%eth0]", "")));
        check("https://[127.0.0.1]", Err("square brackets enclose something other than an IPv6 address"));
        check("https://[::1", Err("square brackets enclose something other than an IPv6 address"));
        check("https://a[::1]", Err("square brackets enclose something other than an IPv6 address"));
        check("https://a\nb", Err("it contains a control character"));
        check(":a", Err("it begins with a colon"));
        check("1a:b", Err("it has no scheme, and a colon in its first part"));
        check(
            "https://us er@h",
            Err("its user name or password contains a character that is not valid there"),
        );
    }

    #[test]
    fn a_login_is_seen_and_not_kept() {
        let url = GoUrl::parse("https://ada:hunter2@h").expect("a URL");
        assert!(url.has_login && url.host == "h" && !format!("{url:?}").contains("hunter2"));
        assert!(GoUrl::parse("https://@h").expect("a URL").has_login);
        assert!(!GoUrl::parse("https://h/a@b").expect("a URL").has_login);
    }
}
