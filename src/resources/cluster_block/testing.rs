//! What holds for every [`ClusterBlock`], for the property tests of each.

use coreweave::{ConfigBlock as _, Leaves as _, differing_leaves};
use proptest::{prop_assert_eq, test_runner::TestCaseError};
use tfplugin::{Value, value::Data};

use super::ClusterBlock;
use crate::errors::attribute_of;

/// What was written reads back in the user's spelling.
pub(crate) fn reads_back<R: ClusterBlock>(resource: &R) -> Result<(), TestCaseError> {
    let read = resource.clone().with_block(&resource.to_block());
    prop_assert_eq!(read.to_value(), resource.to_value());
    Ok(())
}

/// Any change of the block is seen in the state.
pub(crate) fn changes_are_seen<R: ClusterBlock>(prior: &R, now: &R) -> Result<(), TestCaseError> {
    let read = prior.clone().with_block(&now.to_block());
    prop_assert_eq!(read.to_block(), now.to_block());
    prop_assert_eq!(read.to_value() == prior.to_value(), prior.to_block() == now.to_block());
    Ok(())
}

/// Each leaf is written from the attribute by which messages name it, and from no other.
#[track_caller]
pub(crate) fn check_attribute_names<R: ClusterBlock>() {
    let empty = R::of_cluster("81540112-93fc-4d39-af10-fe6c2f4b8824");
    for leaf in R::Block::LEAVES.iter().map(|leaf| R::Block::leaf(*leaf)) {
        let set = |value| {
            let attribute = Value::mapping([(attribute_of(leaf), value)]);
            R::from_value(&empty.to_value().with(attribute)).ok()
        };
        let text = || Value::string("x");
        let resource =
            set(text()).or_else(|| set(Value::Known(Data::Sequence(vec![text()])))).expect("an attribute");
        let changed = differing_leaves(Some(&empty.to_block()), Some(&resource.to_block()));
        assert_eq!(changed.iter().map(|difference| difference.leaf).collect::<Vec<_>>(), [leaf]);
    }
}
