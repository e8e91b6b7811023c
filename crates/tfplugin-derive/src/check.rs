//! Combinations of options without a meaning, each reported at the place that is wrong.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{Error, Result, Type, spanned::Spanned};

use crate::parse::{Field, Object, Options};

/// Reports everything at once.
pub(crate) fn check(object: &Object) -> Result<()> {
    let mut complaints = Complaints(None);
    let is_root = object.name.is_some();
    if is_root && object.description.is_empty() {
        complaints.add(object.ident.span(), "missing doc comment: it becomes the description");
    }
    let mut names = HashSet::new();
    for field in &object.fields {
        if let Some(flatten) = field.options.flatten {
            if field.options.count > 1 {
                complaints.add(
                    flatten,
                    "the attributes of the other struct say all there is to say: flatten stands alone",
                );
            }
            continue;
        }
        let name = field.name.value();
        if !names.insert(name.clone()) {
            complaints.add(field.name.span(), &format!("two attributes are named `{name}`"));
        }
        if field.options.block.is_some() {
            check_block(field, &mut complaints);
        } else {
            check_attribute(field, is_root, &mut complaints);
        }
    }
    complaints.0.map_or(Ok(()), Err)
}

struct Complaints(Option<Error>);

impl Complaints {
    fn add(&mut self, span: Span, message: &str) {
        let error = Error::new(span, message);
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }
}

fn check_block(field: &Field, complaints: &mut Complaints) {
    let Options { required, optional, computed, sensitive, write_only, replace, .. } = &field.options;
    let with_value = [
        field.options.replace_if.as_ref().map(Spanned::span),
        field.options.deprecated.as_ref().map(Spanned::span),
    ];
    for option in with_value.into_iter().flatten() {
        complaints.add(option, "a block has no such option: only its attributes have");
    }
    for option in [required, optional, computed, sensitive, write_only, replace].into_iter().flatten() {
        complaints.add(*option, "a block has no such option: only its attributes have");
    }
    let (value_type, options) = (&field.value_type, &field.options);
    if !options.validate.is_empty()
        || !options.validate_each.is_empty()
        || options.default.is_some()
        || options.same.is_some()
    {
        complaints.add(field.ident.span(), "a block has no rules of its own: give them to its attributes");
    }
    if let Some(block) = &options.block
        && (block.min.is_some() || block.max.is_some())
        && !is(value_type, "Vec")
        && !is(value_type, "BTreeSet")
    {
        complaints.add(block.span, "only blocks in a Vec or BTreeSet have min and max");
    }
}

fn check_attribute(field: &Field, is_root: bool, complaints: &mut Complaints) {
    let options = &field.options;
    let name = field.ident.span();
    if field.description.is_empty() {
        complaints.add(name, "missing doc comment: it becomes the description");
    }
    let may_be_null = is(&field.value_type, "Option") || is(&field.value_type, "Value");
    match (options.required, options.optional, options.computed) {
        (None, None, None) => {
            complaints.add(name, "say who gives the value: required, optional, computed, or block");
        }
        (Some(required), Some(_), _) => {
            complaints.add(required, "required and optional contradict each other");
        }
        (Some(required), _, Some(_)) => {
            complaints.add(required, "required and computed contradict each other");
        }
        (Some(required), None, None) if is(&field.value_type, "Option") => {
            complaints.add(required, "a required attribute is never null: its type needs no Option");
        }
        (None, Some(optional), None) if !may_be_null => {
            complaints.add(optional, "an optional attribute may be null: its type is an Option");
        }
        (None, Some(optional), Some(_)) if !may_be_null && options.default.is_none() => {
            complaints.add(optional, "it may be null or unknown: its type is a Value, or it has a default");
        }
        (None, None, Some(computed)) if is_root && !may_be_null => {
            complaints.add(computed, "it is unknown before it is computed: its type is a Value");
        }
        _ => {}
    }
    check_combinations(field, complaints);
}

fn check_combinations(field: &Field, complaints: &mut Complaints) {
    let options = &field.options;
    let computed_only =
        options.computed.is_some() && options.optional.is_none() && options.required.is_none();
    if let (Some(write_only), Some(_)) = (options.write_only, options.computed) {
        complaints.add(write_only, "a write-only value is never stored, so it cannot be computed");
    }
    let replace = options.replace.or(options.replace_if.as_ref().map(Spanned::span));
    if let Some(replace) = replace.filter(|_| computed_only) {
        complaints
            .add(replace, "nobody can change a computed attribute, so its change cannot need a new object");
    }
    if let (Some(replace), Some(_)) = (options.replace, &options.replace_if) {
        complaints.add(replace, "say either replace or replace_if");
    }
    if options.default.is_some() && (options.optional.is_none() || options.computed.is_none()) {
        complaints.add(
            field.ident.span(),
            "a default is a computed value for what is left out: say optional, computed",
        );
    }
    if computed_only && !(options.validate.is_empty() && options.validate_each.is_empty()) {
        complaints
            .add(field.ident.span(), "nobody writes a computed attribute, so there is nothing to validate");
    }
}

/// Whether the type's last name is this, as in `Option<…>`.
fn is(value_type: &Type, name: &str) -> bool {
    matches!(value_type, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == name))
}
