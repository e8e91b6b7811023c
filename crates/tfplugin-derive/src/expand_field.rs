//! The generated code for one field of `Schema::block()`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{LitInt, spanned::Spanned};

use crate::parse::{BlockOptions, Field};

/// The schema of a field that is an attribute.
pub(crate) fn attribute_schema(field: &Field) -> TokenStream {
    let Field { value_type, name, description, options, .. } = field;
    let presence = match (options.required, options.optional, options.computed) {
        (Some(_), _, _) => quote!(Required),
        (None, Some(_), Some(_)) => quote!(OptionalComputed),
        (None, Some(_), None) => quote!(Optional),
        (None, None, _) => quote!(Computed),
    };
    let (sensitive, write_only) = (options.sensitive.is_some(), options.write_only.is_some());
    let replace = match (options.replace, &options.replace_if) {
        (_, Some(decide)) => quote!(If(#decide)),
        (Some(_), None) => quote!(Always),
        (None, None) => quote!(Never),
    };
    let deprecated = option(options.deprecated.as_ref());
    let default = option(options.default.as_ref().map(|default| {
        quote_spanned! {place_of(default)=>
            || <#value_type as ::tfplugin::Attribute>::partial_to_value(&::tfplugin::Value::Known(
                <#value_type as ::tfplugin::Attribute>::Known::from(#default),
            ))
        }
    }));
    let same = option(options.same.as_ref().map(|same| {
        let same = quote_spanned!(place_of(same)=> #same(&one, &other));
        quote! {
            |one, other| match (
                <#value_type as ::tfplugin::Attribute>::partial_from_value(one),
                <#value_type as ::tfplugin::Attribute>::partial_from_value(other),
            ) {
                (
                    ::std::result::Result::Ok(::tfplugin::Value::Known(one)),
                    ::std::result::Result::Ok(::tfplugin::Value::Known(other)),
                ) => #same,
                _ => false,
            }
        }
    }));
    let (validators, element_validators) = (validators(field), element_validators(field));
    let shape = quote_spanned!(place_of(value_type)=> <#value_type as ::tfplugin::Attribute>::shape());
    // What `Debug` would show does not compile.
    let is_concealed = sensitive.then(|| {
        quote_spanned! {place_of(value_type)=>
            const fn concealed<T: ::tfplugin::attribute::Concealed>() -> bool { true }
            concealed::<#value_type>()
        }
    });
    let sensitive = is_concealed.map_or_else(|| quote!(false), |concealed| quote!({ #concealed }));
    quote! {
        ::tfplugin::schema::AttributeSchema {
            name: #name,
            shape: #shape,
            presence: ::tfplugin::schema::Presence::#presence,
            sensitive: #sensitive,
            write_only: #write_only,
            replace: ::tfplugin::schema::Replace::#replace,
            deprecated: #deprecated,
            default: #default,
            validators: ::std::vec![#(#validators),*],
            element_validators: ::std::vec![#(#element_validators),*],
            same: #same,
            description: ::std::string::String::from(#description),
        }
    }
}

fn validators(field: &Field) -> Vec<TokenStream> {
    let value_type = &field.value_type;
    let of_whole = field.options.validate.iter().map(|rule| {
        let checked = quote_spanned!(place_of(rule)=> #rule(&known));
        quote! {
            |value| match <#value_type as ::tfplugin::Attribute>::partial_from_value(value) {
                ::std::result::Result::Ok(::tfplugin::Value::Known(known)) => #checked,
                _ => ::std::result::Result::Ok(()),
            }
        }
    });
    of_whole.collect()
}

fn element_validators(field: &Field) -> Vec<TokenStream> {
    let value_type = &field.value_type;
    let of_each = field.options.validate_each.iter().map(|rule| {
        let checked = quote_spanned! {place_of(rule)=>
            ::tfplugin::attribute::Elements::faults(&known, |element| #rule(element))
        };
        quote! {
            |value| match <#value_type as ::tfplugin::Attribute>::partial_from_value(value) {
                ::std::result::Result::Ok(::tfplugin::Value::Known(known)) => #checked,
                _ => ::std::vec::Vec::new(),
            }
        }
    });
    of_each.collect()
}

/// The schema of a field that is a nested block.
pub(crate) fn nested_block(field: &Field, block: &BlockOptions) -> TokenStream {
    let Field { value_type, name, .. } = field;
    let zero = || LitInt::new("0", Span::call_site());
    let min = block.min.clone().unwrap_or_else(zero);
    let max = block.max.clone().unwrap_or_else(zero);
    quote_spanned! {place_of(value_type)=>
        ::tfplugin::schema::NestedBlock::of::<#value_type>(#name, #min, #max)
    }
}

/// Where the compiler complains of generated code: at what the author wrote, though it stays generated code to lints.
pub(crate) fn place_of(written: &impl Spanned) -> Span {
    Span::call_site().located_at(written.span())
}

/// An expression that may be there.
pub(crate) fn option<T: quote::ToTokens>(value: Option<T>) -> TokenStream {
    value.map_or_else(
        || quote!(::std::option::Option::None),
        |value| quote!(::std::option::Option::Some(#value)),
    )
}
