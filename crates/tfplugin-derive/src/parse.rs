//! From the struct's syntax to what the schema needs.

use proc_macro2::Span;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, LitInt, LitStr, Path, Result, Token, Type,
    Visibility, meta::ParseNestedMeta, parenthesized, punctuated::Punctuated, spanned::Spanned as _,
};

use crate::description::description;

/// A struct that is a Terraform object.
pub(crate) struct Object {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) name: Option<LitStr>,
    pub(crate) version: Option<LitInt>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
}

/// A field that is an attribute or a block.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) value_type: Type,
    pub(crate) name: LitStr,
    pub(crate) description: String,
    pub(crate) options: Options,
}

/// Options of a field. A flag has the place where it is written.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) required: Option<Span>,
    pub(crate) optional: Option<Span>,
    pub(crate) computed: Option<Span>,
    pub(crate) sensitive: Option<Span>,
    pub(crate) write_only: Option<Span>,
    pub(crate) replace: Option<Span>,
    pub(crate) replace_if: Option<Path>,
    pub(crate) default: Option<Expr>,
    pub(crate) validate: Vec<Path>,
    pub(crate) validate_each: Vec<Path>,
    pub(crate) same: Option<Path>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) block: Option<BlockOptions>,
    pub(crate) flatten: Option<Span>,
    /// How many options there are.
    pub(crate) count: usize,
    name: Option<LitStr>,
}

/// How many blocks there may be.
pub(crate) struct BlockOptions {
    pub(crate) span: Span,
    pub(crate) min: Option<LitInt>,
    pub(crate) max: Option<LitInt>,
}

/// Reads the struct with its `#[schema(…)]` lines.
pub(crate) fn object(input: &DeriveInput) -> Result<Object> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "a schema is a struct: its fields are the attributes"));
    };
    let fields = match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(field).collect::<Result<_>>()?,
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            return Err(Error::new_spanned(fields, "a schema needs named fields: they name the attributes"));
        }
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a schema cannot be generic"));
    }
    let mut object = Object {
        ident: input.ident.clone(),
        visibility: input.vis.clone(),
        name: None,
        version: None,
        deprecated: None,
        description: description(&input.attrs),
        fields,
    };
    for attribute in schema_lines(&input.attrs) {
        attribute.parse_nested_meta(|meta| {
            match option(&meta)?.as_str() {
                "name" => object.name = Some(meta.value()?.parse()?),
                "version" => object.version = Some(meta.value()?.parse()?),
                "deprecated" => object.deprecated = Some(meta.value()?.parse()?),
                other => {
                    return Err(meta
                        .error(format!("unknown option `{other}`: a struct has name, version, deprecated")));
                }
            }
            Ok(())
        })?;
    }
    Ok(object)
}

fn field(field: &syn::Field) -> Result<Field> {
    let ident = field.ident.clone().ok_or_else(|| Error::new(field.span(), "a schema needs named fields"))?;
    let mut options = Options::default();
    for attribute in schema_lines(&field.attrs) {
        attribute.parse_nested_meta(|meta| field_option(&meta, &mut options))?;
    }
    let raw_name = ident.to_string();
    let name = options
        .name
        .take()
        .unwrap_or_else(|| LitStr::new(raw_name.strip_prefix("r#").unwrap_or(&raw_name), ident.span()));
    Ok(Field {
        ident,
        visibility: field.vis.clone(),
        value_type: field.ty.clone(),
        name,
        description: description(&field.attrs),
        options,
    })
}

fn field_option(meta: &ParseNestedMeta<'_>, options: &mut Options) -> Result<()> {
    let span = meta.path.span();
    options.count += 1;
    match option(meta)?.as_str() {
        "required" => options.required = Some(span),
        "optional" => options.optional = Some(span),
        "computed" => options.computed = Some(span),
        "sensitive" => options.sensitive = Some(span),
        "write_only" => options.write_only = Some(span),
        "replace" => options.replace = Some(span),
        "replace_if" => options.replace_if = Some(meta.value()?.parse()?),
        "default" => options.default = Some(meta.value()?.parse()?),
        "validate" => options.validate.extend(paths(meta)?),
        "validate_each" => options.validate_each.extend(paths(meta)?),
        "same" => options.same = Some(meta.value()?.parse()?),
        "deprecated" => options.deprecated = Some(meta.value()?.parse()?),
        "name" => options.name = Some(meta.value()?.parse()?),
        "block" => options.block = Some(block_options(meta)?),
        "flatten" => options.flatten = Some(span),
        other => {
            return Err(meta.error(format!(
                "unknown option `{other}`: a field has required, optional, computed, sensitive, write_only, replace, replace_if, \
                 default, validate, validate_each, same, deprecated, name, block, flatten"
            )));
        }
    }
    Ok(())
}

fn block_options(meta: &ParseNestedMeta<'_>) -> Result<BlockOptions> {
    let mut block = BlockOptions { span: meta.path.span(), min: None, max: None };
    if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| {
            match option(&inner)?.as_str() {
                "min" => block.min = Some(inner.value()?.parse()?),
                "max" => block.max = Some(inner.value()?.parse()?),
                other => return Err(inner.error(format!("unknown option `{other}`: a block has min, max"))),
            }
            Ok(())
        })?;
    }
    Ok(block)
}

fn paths(meta: &ParseNestedMeta<'_>) -> Result<Vec<Path>> {
    let content;
    parenthesized!(content in meta.input);
    Ok(Punctuated::<Path, Token![,]>::parse_terminated_with(&content, Path::parse_mod_style)?
        .into_iter()
        .collect())
}

fn option(meta: &ParseNestedMeta<'_>) -> Result<String> {
    meta.path.get_ident().map(ToString::to_string).ok_or_else(|| meta.error("an option is one word"))
}

fn schema_lines(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("schema"))
}
