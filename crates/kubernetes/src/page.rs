//! Bodies of good answers: JSON, or a page of a list as bytes, where an object is read only when somebody needs it.

use bytes::Bytes;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// The most objects in one page that a user asks for.
pub const LARGEST_PAGE: u32 = 500;

/// What the body of a good answer is read as.
pub(super) trait FromBody: Sized {
    /// Reads the body.
    fn from_body(body: &Bytes) -> serde_json::Result<Self>;
}

impl FromBody for Value {
    fn from_body(body: &Bytes) -> serde_json::Result<Self> {
        serde_json::from_slice(body)
    }
}

/// One page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The JSON of each object. It shares the memory of the answer, which is freed with the last of them.
    pub(super) items: Vec<Bytes>,
    /// Objects of later pages; `None` if the server does not say, as with a label selector.
    pub(super) remaining: Option<u64>,
    /// Length of the answer.
    pub(super) length: usize,
    /// The server's token for the next page; empty after the last one.
    pub(super) next: String,
}

impl FromBody for Page {
    fn from_body(body: &Bytes) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(borrow, default)]
            items: Option<Vec<&'a RawValue>>,
            #[serde(default)]
            metadata: ListMeta,
        }
        let List { items, metadata } = serde_json::from_slice(body)?;
        Ok(Self {
            items: items.into_iter().flatten().map(|item| body.slice_ref(item.get().as_bytes())).collect(),
            remaining: metadata.remaining_item_count.and_then(|count| count.try_into().ok()),
            length: body.len(),
            next: metadata.continue_.unwrap_or_default(),
        })
    }
}

/// The name of an object of a page, without a look at the rest of it.
pub(super) fn name_of(item: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        name: String,
    }
    serde_json::from_slice::<Named>(item).ok().map(|named| named.metadata.name)
}

/// How far a list has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) next: Next,
    /// Objects that were asked for.
    pub(super) requested: u32,
    /// Bytes that were received.
    pub(super) bytes: usize,
    /// How often it went on after a page had expired.
    pub(super) restarts: u32,
}

/// What comes next in a list.
#[derive(Clone, Debug, Default)]
pub(super) enum Next {
    /// The first page.
    #[default]
    First,
    /// The page of this token.
    Continue(String),
    /// Nothing.
    End,
}
