//! What exists already, found by filters: the objects of a kind in clusters, page by page, and the blocks of clusters. List resources and the
//! data sources that list read it here, and so have the same objects with the same attributes.
//!
//! A list reads several clusters at once, and has their objects in the order of the clusters unless one keeps the others waiting. Of all clusters of the organisation, one that cannot be read is left out with a warning; one
//! that `cluster_id` names is an error.

mod blocks;
mod clusters;
mod filters;
mod left_out;
mod objects;
mod several;
mod system;
mod tokens;

pub(crate) use self::{
    blocks::list as list_blocks,
    filters::{ClusterFilter, NamespaceFilter, ObjectFilters},
    objects::{Filters, all as all_objects, list as list_objects, with_attributes},
    tokens::{TokenSecrets, all as all_tokens},
};

#[cfg(test)]
pub(crate) use self::objects::expect_attributes_of;
