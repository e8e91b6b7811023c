//! What the resources that are one block of a cluster have in common: a cluster has each at most once, and a PATCH of the cluster
//! writes it, in force once the cluster is RUNNING again.
//!
//! A resource maps the leaves of its block to its attributes ([`ClusterBlock`]); [`BlockLifecycle`] is the rest.

mod lifecycle;
mod lockout;
mod messages;
mod plan;
#[cfg(test)]
pub(super) mod testing;

use clusters::{Ledger, LedgerEntry};
use coreweave::{Cluster, ClusterMember, ConfigBlock as _, Leaves};
use kubernetes::Identity;
use tfplugin::{Diagnostic, Diagnostics, Error, Schema, Timeouts, Value};

pub(super) use self::lifecycle::BlockLifecycle;
pub(crate) use self::lifecycle::of_cluster;
use crate::{checks, existing::OnExisting};

/// The attributes that all such resources have.
#[derive(Clone, Debug, Default, Schema)]
pub(crate) struct BlockFields {
    /// UUID of the cluster, the same as `cluster_id`.
    #[schema(computed)]
    pub(super) id: Value<String>,
    /// UUID of the cluster. Changing it creates a new resource.
    #[schema(required, replace, validate(checks::cluster_id))]
    pub(super) cluster_id: String,
    /// What to do if the cluster already has such a configuration: `"fail"` (default) or `"adopt"`, which overwrites it.
    #[schema(optional, validate(OnExisting::validate))]
    pub(super) on_existing: Option<String>,
    #[schema(block)]
    pub(super) timeouts: Option<Timeouts>,
}

/// A resource that is one block of a cluster. [`BlockLifecycle`] makes it a `Resource`.
pub(crate) trait ClusterBlock:
    Schema<Partial: AsRef<BlockFieldsPartial> + AsMut<BlockFieldsPartial>>
    + Default
    + AsRef<BlockFields>
    + AsMut<BlockFields>
{
    /// The block that it owns as a whole.
    type Block: ClusterMember;

    /// The attribute of a leaf of the block.
    fn attribute(leaf: <Self::Block as Leaves>::Leaf) -> Attribute<Self>;

    /// The resource with its computed attributes, except `id`.
    fn with_computed(self, cluster: &Cluster) -> Result<Self, Error> {
        let _ = cluster;
        Ok(self)
    }

    /// Checks that need more than one attribute, without network.
    fn validate(config: &Self::Partial, report: &mut Diagnostics) {
        let _ = (config, report);
    }

    /// Puts back the computed attributes, except `id`, that cannot change while the cluster stays the same.
    fn keep_computed(planned: &mut Self::Partial, prior: &Self) {
        let _ = (planned, prior);
    }

    /// Fills in computed attributes that are certain beforehand.
    fn fill_in(planned: &mut Self::Partial) {
        let _ = planned;
    }

    /// What the user should know of a planned change, with the attributes that are certain filled in.
    fn warnings(planned: &Self::Partial) -> Vec<Diagnostic> {
        let _ = planned;
        Vec::new()
    }

    /// The warnings that the other plans of this run give reason to. `prior`: what the cluster has by the state.
    fn check_run(
        planned: &Self::Partial,
        prior: Option<&Self>,
        ledger: &Ledger,
    ) -> impl Future<Output = Vec<Diagnostic>> + Send {
        let _ = (planned, prior, ledger);
        async { Vec::new() }
    }

    /// What of the caller's own access rests on it in this cluster, as a clause.
    fn access_of(&self, caller: &Identity, cluster: &Cluster) -> Option<String> {
        let _ = (caller, cluster);
        None
    }

    /// Whether a change of the block leaves the caller's access as it is. `planned`: `None` if it is not wholly known.
    fn keeps_access(&self, planned: Option<&Self>, caller: &Identity) -> bool {
        let _ = (planned, caller);
        false
    }

    /// The resource of a cluster of which nothing else is known yet.
    fn of_cluster(cluster_id: &str) -> Self {
        let mut resource = Self::default();
        let fields: &mut BlockFields = resource.as_mut();
        cluster_id.clone_into(&mut fields.cluster_id);
        resource
    }

    /// The cluster.
    fn cluster_id(&self) -> &str {
        &self.as_ref().cluster_id
    }

    /// The block as the attributes have it.
    fn to_block(&self) -> Self::Block {
        let mut block = Self::Block::default();
        for leaf in Self::Block::LEAVES {
            (Self::attribute(*leaf).write)(self, &mut block);
        }
        block
    }

    /// The attributes as the block has them, in the user's spelling where that means the same: the inverse of
    /// [`ClusterBlock::to_block`].
    fn with_block(mut self, block: &Self::Block) -> Self {
        for leaf in Self::Block::LEAVES {
            (Self::attribute(*leaf).read)(&mut self, block);
        }
        self
    }
}

/// The block of a cluster as the ledger has it.
fn entry<R: ClusterBlock>(cluster_id: &str) -> LedgerEntry {
    LedgerEntry::of_cluster(cluster_id, R::Block::KIND.name())
}

/// An attribute that is a leaf of the block. Made by [`attribute!`].
pub(crate) struct Attribute<R: ClusterBlock> {
    /// Writes the attribute into the block.
    pub(super) write: fn(&R, &mut R::Block),
    /// Reads the attribute from the block.
    pub(super) read: fn(&mut R, &R::Block),
}

/// `attribute!(ca_certificate => ca)`: the field of the resource, and that of the block.
macro_rules! attribute {
    ($($attribute:ident).+ => $leaf:ident) => {
        $crate::resources::cluster_block::Attribute {
            write: |resource, block| block.$leaf = $crate::resources::spelling::Spelling::to_api(&resource.$($attribute).+),
            read: |resource, block| {
                $crate::resources::spelling::Spelling::read(&mut resource.$($attribute).+, &block.$leaf);
            },
        }
    };
}

pub(super) use attribute;
