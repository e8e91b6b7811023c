//! What holds for every [`ClusterBlock`], for the property tests of each.

use proptest::{prop_assert_eq, test_runner::TestCaseError};

use super::ClusterBlock;

/// What was written reads back in the user's spelling.
pub(crate) fn reads_back<R: ClusterBlock>(resource: &R) -> Result<(), TestCaseError> {
    let read = resource.clone().found(&resource.wanted());
    prop_assert_eq!(read.to_value(), resource.to_value());
    Ok(())
}

/// Any change of the block is seen in the state.
pub(crate) fn changes_are_seen<R: ClusterBlock>(prior: &R, now: &R) -> Result<(), TestCaseError> {
    let read = prior.clone().found(&now.wanted());
    prop_assert_eq!(read.wanted(), now.wanted());
    prop_assert_eq!(read.to_value() == prior.to_value(), prior.wanted() == now.wanted());
    Ok(())
}
