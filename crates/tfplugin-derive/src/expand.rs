//! The generated code: the `…Partial` struct, `impl Schema`, `impl Attribute`, and access to flattened structs.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, LitInt, LitStr};

use crate::{
    expand_field::{attribute_schema, nested_block, option, place_of},
    parse::{Field, Object},
};

/// Everything that the derive adds.
pub(crate) fn expand(object: &Object) -> TokenStream {
    let partial = format_ident!("{}Partial", object.ident);
    let partial_struct = partial_struct(object, &partial);
    let schema = schema(object, &partial);
    let attribute = attribute(&object.ident, &partial);
    let flattened = flattened(object, &partial);
    let names = names(object);
    quote! {
        #names
        #partial_struct
        #schema
        #attribute
        #flattened
    }
}

/// Checks each name at compile time with the rules that `tfplugin` has for all schemas. All tokens have the span of
/// the name, so that the compiler shows the name.
fn names(object: &Object) -> TokenStream {
    let assert = |check: &str, name: &LitStr| {
        let check = Ident::new(check, name.span());
        quote_spanned!(name.span()=> const _: () = ::tfplugin::schema::#check(#name);)
    };
    let check = if object.name.is_some() { "assert_root_name" } else { "assert_name" };
    let own = object.name.iter().map(|name| assert("assert_name", name));
    let fields = object.fields.iter().filter(|field| field.options.flatten.is_none());
    own.chain(fields.map(|field| assert(check, &field.name))).collect()
}

fn partial_struct(object: &Object, partial: &Ident) -> TokenStream {
    let visibility = &object.visibility;
    let doc = format!("[`{}`] while its attributes may be null or unknown.", object.ident);
    let fields = object.fields.iter().map(|field| {
        let Field { ident, visibility, value_type, description, options, .. } = field;
        if options.flatten.is_some() {
            let partial = quote_spanned!(place_of(value_type)=> <#value_type as ::tfplugin::Schema>::Partial);
            return quote! {
                #[doc = "Its attributes are at the same level as the others."]
                #visibility #ident: #partial
            };
        }
        let known = quote_spanned!(place_of(value_type)=> ::tfplugin::Value<<#value_type as ::tfplugin::Attribute>::Known>);
        quote! {
            #[doc = #description]
            #visibility #ident: #known
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, Default, PartialEq)]
        #visibility struct #partial { #(#fields,)* }
    }
}

fn schema(object: &Object, partial: &Ident) -> TokenStream {
    let ident = &object.ident;
    let name = object.name.clone().unwrap_or_else(|| LitStr::new("", Span::call_site()));
    let version = object.version.clone().unwrap_or_else(|| LitInt::new("0", Span::call_site()));
    let description = &object.description;
    let deprecated = option(object.deprecated.as_ref());
    let (flat, own): (Vec<_>, Vec<_>) =
        object.fields.iter().partition(|field| field.options.flatten.is_some());
    let attributes =
        own.iter().filter(|field| field.options.block.is_none()).map(|field| attribute_schema(field));
    let blocks =
        own.iter().filter_map(|field| field.options.block.as_ref().map(|block| nested_block(field, block)));
    let fields: Vec<_> = own.iter().map(|field| &field.ident).collect();
    let names: Vec<_> = own.iter().map(|field| &field.name).collect();
    let types: Vec<_> = own.iter().map(|field| &field.value_type).collect();
    let flat_fields: Vec<_> = flat.iter().map(|field| &field.ident).collect();
    let flat_types: Vec<_> = flat.iter().map(|field| &field.value_type).collect();
    quote! {
        #[automatically_derived]
        impl ::tfplugin::Schema for #ident {
            type Partial = #partial;
            const NAME: &'static str = #name;
            const VERSION: i64 = #version;

            fn block() -> ::tfplugin::schema::Block {
                ::tfplugin::schema::Block {
                    attributes: ::std::vec![#(#attributes),*],
                    blocks: ::std::vec![#(#blocks),*],
                    description: ::std::string::String::from(#description),
                    deprecated: #deprecated,
                }
                #(.with(<#flat_types as ::tfplugin::Schema>::block()))*
            }

            fn from_value(
                value: &::tfplugin::Value,
            ) -> ::std::result::Result<Self, ::tfplugin::value::ValueError> {
                ::std::result::Result::Ok(Self {
                    #(#fields: ::tfplugin::attribute::member::<#types>(value, #names)?,)*
                    #(#flat_fields: <#flat_types as ::tfplugin::Schema>::from_value(value)?,)*
                })
            }

            fn to_value(&self) -> ::tfplugin::Value {
                ::tfplugin::Value::mapping::<&'static str>([#((#names, ::tfplugin::Attribute::to_value(&self.#fields)),)*])
                    #(.with(::tfplugin::Schema::to_value(&self.#flat_fields)))*
            }

            fn partial_from_value(
                value: &::tfplugin::Value,
            ) -> ::std::result::Result<#partial, ::tfplugin::value::ValueError> {
                ::std::result::Result::Ok(#partial {
                    #(#fields: ::tfplugin::attribute::partial_member::<#types>(value, #names)?,)*
                    #(#flat_fields: <#flat_types as ::tfplugin::Schema>::partial_from_value(value)?,)*
                })
            }

            fn partial_to_value(partial: &#partial) -> ::tfplugin::Value {
                ::tfplugin::Value::mapping::<&'static str>([
                    #((#names, <#types as ::tfplugin::Attribute>::partial_to_value(&partial.#fields)),)*
                ])
                #(.with(<#flat_types as ::tfplugin::Schema>::partial_to_value(&partial.#flat_fields)))*
            }
        }
    }
}

/// Lets code for all structs with the same flattened attributes reach these.
fn flattened(object: &Object, partial: &Ident) -> TokenStream {
    let ident = &object.ident;
    let flattened = object.fields.iter().filter(|field| field.options.flatten.is_some());
    flattened
        .flat_map(|field| {
            let Field { ident: name, value_type, .. } = field;
            let partial_type =
                quote_spanned!(place_of(value_type)=> <#value_type as ::tfplugin::Schema>::Partial);
            [(ident, quote!(#value_type)), (partial, partial_type)].map(|(owner, part)| {
                quote! {
                    #[automatically_derived]
                    impl ::std::convert::AsRef<#part> for #owner {
                        fn as_ref(&self) -> &#part {
                            &self.#name
                        }
                    }

                    #[automatically_derived]
                    impl ::std::convert::AsMut<#part> for #owner {
                        fn as_mut(&mut self) -> &mut #part {
                            &mut self.#name
                        }
                    }
                }
            })
        })
        .collect()
}

/// Lets the struct be nested in others.
fn attribute(ident: &Ident, partial: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::tfplugin::Attribute for #ident {
            type Known = #partial;

            fn shape() -> ::tfplugin::schema::Shape {
                ::tfplugin::schema::Shape::Nested {
                    nesting: ::tfplugin::schema::Nesting::Single,
                    attributes: <Self as ::tfplugin::Schema>::block().attributes,
                }
            }

            fn from_value(
                value: &::tfplugin::Value,
            ) -> ::std::result::Result<Self, ::tfplugin::value::ValueError> {
                match value {
                    ::tfplugin::Value::Known(_) => <Self as ::tfplugin::Schema>::from_value(value),
                    other => ::std::result::Result::Err(::tfplugin::value::ValueError::expected("an object", other)),
                }
            }

            fn to_value(&self) -> ::tfplugin::Value {
                <Self as ::tfplugin::Schema>::to_value(self)
            }

            fn partial_from_value(
                value: &::tfplugin::Value,
            ) -> ::std::result::Result<::tfplugin::Value<#partial>, ::tfplugin::value::ValueError> {
                match value {
                    ::tfplugin::Value::Null => ::std::result::Result::Ok(::tfplugin::Value::Null),
                    ::tfplugin::Value::Unknown => ::std::result::Result::Ok(::tfplugin::Value::Unknown),
                    known => <Self as ::tfplugin::Schema>::partial_from_value(known).map(::tfplugin::Value::Known),
                }
            }

            fn partial_to_value(partial: &::tfplugin::Value<#partial>) -> ::tfplugin::Value {
                match partial {
                    ::tfplugin::Value::Null => ::tfplugin::Value::Null,
                    ::tfplugin::Value::Unknown => ::tfplugin::Value::Unknown,
                    ::tfplugin::Value::Known(partial) => <Self as ::tfplugin::Schema>::partial_to_value(partial),
                }
            }
        }
    }
}
