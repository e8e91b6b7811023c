//! Combinations of options without a meaning, each reported at the place that is wrong.

use std::collections::HashSet;

use proc_macro2::Span;
use syn::{Error, Result, Type, spanned::Spanned};

use crate::parse::{Field, Object, Options};

/// Reports everything at once.
pub(crate) fn check(object: &Object) -> Result<()> {
    let mut errors = Errors(None);
    let is_root = object.name.is_some();
    if is_root && object.description.is_empty() {
        errors.add(object.ident.span(), "missing doc comment: it becomes the description");
    }
    let mut names = HashSet::new();
    for field in &object.fields {
        if let Some(flatten) = field.options.flatten {
            if field.options.count > 1 {
                errors.add(
                    flatten,
                    "flatten takes no other option: the attributes of the flattened struct have their own",
                );
            }
            continue;
        }
        let name = field.name.value();
        if !names.insert(name.clone()) {
            errors.add(field.name.span(), &format!("two attributes are named `{name}`"));
        }
        if field.options.block.is_some() {
            check_block(field, &mut errors);
        } else {
            check_attribute(field, is_root, &mut errors);
        }
    }
    errors.0.map_or(Ok(()), Err)
}

struct Errors(Option<Error>);

impl Errors {
    fn add(&mut self, span: Span, message: &str) {
        let error = Error::new(span, message);
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }
}

fn check_block(field: &Field, errors: &mut Errors) {
    let Options { required, optional, computed, sensitive, write_only, replace, .. } = &field.options;
    let with_value = [
        field.options.replace_if.as_ref().map(Spanned::span),
        field.options.deprecated.as_ref().map(Spanned::span),
    ];
    for option in with_value.into_iter().flatten() {
        errors.add(option, "a block has no such option: set it on the attributes of the block");
    }
    for option in [required, optional, computed, sensitive, write_only, replace].into_iter().flatten() {
        errors.add(*option, "a block has no such option: set it on the attributes of the block");
    }
    let (value_type, options) = (&field.value_type, &field.options);
    if !options.validate.is_empty()
        || !options.validate_each.is_empty()
        || options.default.is_some()
        || options.same.is_some()
    {
        errors.add(
            field.ident.span(),
            "a block has no validation and no default: set them on the attributes of the block",
        );
    }
    if let Some(block) = &options.block
        && (block.min.is_some() || block.max.is_some())
        && !is(value_type, "Vec")
        && !is(value_type, "BTreeSet")
    {
        errors.add(block.span, "min and max require a block in a Vec or BTreeSet");
    }
}

fn check_attribute(field: &Field, is_root: bool, errors: &mut Errors) {
    let options = &field.options;
    let name = field.ident.span();
    if field.description.is_empty() {
        errors.add(name, "missing doc comment: it becomes the description");
    }
    let may_be_null = is(&field.value_type, "Option") || is(&field.value_type, "Value");
    match (options.required, options.optional, options.computed) {
        (None, None, None) => {
            errors.add(
                name,
                "no option for the presence of the value: write required, optional, computed, or block",
            );
        }
        (Some(required), Some(_), _) => {
            errors.add(required, "required and optional contradict each other");
        }
        (Some(required), _, Some(_)) => {
            errors.add(required, "required and computed contradict each other");
        }
        (Some(required), None, None) if is(&field.value_type, "Option") && options.write_only.is_none() => {
            errors.add(required, "a required attribute is never null: its type must not be an Option");
        }
        (None, Some(optional), None) if !may_be_null => {
            errors.add(optional, "an optional attribute may be null: its type must be an Option");
        }
        (None, Some(optional), Some(_)) if !may_be_null && options.default.is_none() => {
            errors.add(optional, "an optional, computed attribute may be null or unknown: its type must be a Value, or write a default");
        }
        (None, None, Some(computed)) if is_root && !may_be_null => {
            errors.add(
                computed,
                "a computed attribute is unknown before it is computed: its type must be a Value",
            );
        }
        _ => {}
    }
    check_combinations(field, errors);
}

fn check_combinations(field: &Field, errors: &mut Errors) {
    let options = &field.options;
    let computed_only =
        options.computed.is_some() && options.optional.is_none() && options.required.is_none();
    if let (Some(write_only), Some(_)) = (options.write_only, options.computed) {
        errors.add(write_only, "a write-only value is never stored, so it cannot be computed");
    }
    let replace = options.replace.or(options.replace_if.as_ref().map(Spanned::span));
    if let Some(write_only) = options.write_only.filter(|_| options.computed.is_none()) {
        if !is(&field.value_type, "Option") {
            errors.add(write_only, "a write-only value is null in plan and state, also if it is required: its type must be an Option");
        }
        let compares = replace.or(options.same.as_ref().map(Spanned::span));
        if let Some(compares) = compares {
            errors.add(
                compares,
                "a write-only value is never stored, so there is no earlier one to compare with: compare another attribute, such as a version",
            );
        }
    }
    if let Some(replace) = replace.filter(|_| computed_only) {
        errors.add(
            replace,
            "a configuration cannot change a computed attribute, so it cannot require replacement",
        );
    }
    if let (Some(replace), Some(_)) = (options.replace, &options.replace_if) {
        errors.add(replace, "replace and replace_if contradict each other: write one of them");
    }
    if options.default.is_some() && (options.optional.is_none() || options.computed.is_none()) {
        errors.add(
            field.ident.span(),
            "a default is the computed value of an omitted attribute: write optional, computed",
        );
    }
    if computed_only && !(options.validate.is_empty() && options.validate_each.is_empty()) {
        errors.add(
            field.ident.span(),
            "a configuration cannot set a computed attribute, so there is nothing to validate",
        );
    }
}

/// Whether the type's last name is this, as in `Option<…>`.
fn is(value_type: &Type, name: &str) -> bool {
    matches!(value_type, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == name))
}
