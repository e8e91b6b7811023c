//! Values, diagnostics and paths, from and to their messages.

use std::borrow::Cow;

use tfplugin_proto::tfplugin6::{self, DynamicValue, attribute_path};

use crate::{
    deferral::Deferral,
    diagnostics::{Diagnostic, Error, PROVIDER_BUG, Severity},
    path::{AttributePath, Step},
    value::{Type, Value, json, msgpack},
};

/// A value of this type. Hosts send msgpack, and may send JSON; nothing at all is null.
pub(super) fn value(message: Option<DynamicValue>, value_type: &Type) -> Result<Value, Error> {
    let message = message.unwrap_or_default();
    let decoded = if !message.msgpack.is_empty() {
        msgpack::decode(&message.msgpack, value_type)
    } else if !message.json.is_empty() {
        json::decode(&message.json, value_type)
    } else {
        Ok(Value::Null)
    };
    decoded.map_err(|error| {
        Error::new(
            "Value from Terraform cannot be read",
            format!(
                "A value does not fit the provider's schema: {error}. Nothing was changed. Check that all of this run uses \
                 one version of the provider; if it does: {PROVIDER_BUG}"
            ),
        )
    })
}

/// The message of a value.
pub(super) fn dynamic(value: &Value, value_type: &Type) -> Result<Option<DynamicValue>, Error> {
    let msgpack = msgpack::encode(value, value_type).map_err(|error| {
        Error::new(
            "Value cannot be sent to Terraform",
            format!("A value does not fit the provider's schema: {error}. {PROVIDER_BUG}"),
        )
    })?;
    Ok(Some(DynamicValue { msgpack, json: Vec::new() }))
}

/// The messages of diagnostics.
pub(super) fn diagnostics(messages: impl IntoIterator<Item = Diagnostic>) -> Vec<tfplugin6::Diagnostic> {
    messages.into_iter().map(|message| diagnostic(&message)).collect()
}

/// The message of a function's error. Hosts put it into a sentence, and end that with a full stop.
pub(super) fn function_error(text: &str, argument: Option<i64>) -> tfplugin6::FunctionError {
    let text = text.strip_suffix('.').unwrap_or(text);
    tfplugin6::FunctionError { text: printable(text), function_argument: argument }
}

/// The message of a deferral.
pub(super) fn deferred(deferral: Deferral) -> tfplugin6::Deferred {
    use tfplugin6::deferred::Reason;
    let reason = match deferral {
        Deferral::ProviderConfiguration => Reason::ProviderConfigUnknown,
        Deferral::Arguments => Reason::ResourceConfigUnknown,
    };
    tfplugin6::Deferred { reason: reason.into() }
}

/// The message of a path.
pub(super) fn path(path: &AttributePath) -> tfplugin6::AttributePath {
    use attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(*index),
        };
        attribute_path::Step { selector: Some(selector) }
    });
    tfplugin6::AttributePath { steps: steps.collect() }
}

/// Text without control characters: text from an API must not control the terminal, nor change the direction of writing.
pub(super) fn printable(text: &str) -> String {
    let steers = |sign: char| {
        (sign.is_control() && sign != '\n')
            || matches!(sign, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean: String =
        text.chars().map(|sign| if steers(sign) { char::REPLACEMENT_CHARACTER } else { sign }).collect();
    clean.split('\n').map(in_terminal).collect::<Vec<_>>().join("\n")
}

/// A line without words that no terminal shows in one line: keys, encoded documents, endless names. Lines that begin with a space are for
/// copying, and stay whole.
fn in_terminal(line: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    let is_long = |word: &str| word.len() > LONGEST && word.chars().count() > LONGEST;
    if line.starts_with(' ') || !line.split(' ').any(is_long) {
        return Cow::Borrowed(line);
    }
    let cut = |word: &str| match word.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", word.get(..end).unwrap_or_default()),
        None => word.to_owned(),
    };
    Cow::Owned(line.split(' ').map(cut).collect::<Vec<_>>().join(" "))
}

fn diagnostic(message: &Diagnostic) -> tfplugin6::Diagnostic {
    let severity = match message.severity {
        Severity::Error => tfplugin6::diagnostic::Severity::Error,
        Severity::Warning => tfplugin6::diagnostic::Severity::Warning,
    };
    // A message about the whole has no path; an empty one would be shown as an attribute without a name.
    let attribute = (message.path != AttributePath::root()).then(|| path(&message.path));
    tfplugin6::Diagnostic {
        severity: severity.into(),
        summary: printable(&message.summary),
        detail: printable(&message.detail),
        attribute,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug>(outcome: Result<T, Error>, expected: &str) {
        let error = outcome.expect_err("it does not fit");
        let detail = &error.messages()[0].detail;
        assert!(
            detail.starts_with(&format!("A value does not fit the provider's schema: {expected}. ")),
            "{detail}"
        );
    }

    #[test]
    fn no_word_is_longer_than_a_terminal_is_wide_except_in_lines_to_copy() {
        let long = "ä".repeat(201);
        assert_eq!(
            printable(&format!("a {long} b\n  id = \"{long}\"")),
            format!("a {}… b\n  id = \"{long}\"", "ä".repeat(200))
        );
        let fits = format!("a  {}\n\nb ", "ä".repeat(200));
        assert_eq!(printable(&fits), fits);
        assert_eq!(printable("a\u{1b}b"), "a\u{fffd}b");
    }

    #[test]
    fn an_error_has_the_place_once_and_none_for_the_whole_value() {
        let object = Type::Object([("a".to_owned(), Type::List(Box::new(Type::Bool)))].into());
        let json = |text: &str| {
            let message = DynamicValue { json: text.as_bytes().to_vec(), msgpack: Vec::new() };
            value(Some(message), &object)
        };
        check(json("[]"), "it is not the JSON that the type needs (line 1, column 0)");
        check(json(r#"{"a":[true,7]}"#), "a[1]: it is not the JSON that the type needs (line 1, column 1)");
        let msgpack =
            |bytes: &[u8]| value(Some(DynamicValue { json: Vec::new(), msgpack: bytes.to_vec() }), &object);
        check(msgpack(b"\x81"), "the bytes end too early");
        check(msgpack(b"\x81\xa1a\x91\x07"), "a[0]: a bool was expected");
        let wrong =
            Value::mapping([("a", Value::Known(crate::value::Data::Sequence(vec![Value::string("x")])))]);
        let Err(error) = msgpack::encode(&wrong, &object) else { panic!("it does not fit") };
        check(dynamic(&wrong, &object), &error.to_string());
        assert!(error.to_string().starts_with("a[0]: "), "{error}");
    }
}
