//! The end of a state, which rests on evidence that what it has is gone.

use clusters::Gone;
use tfplugin::Error;

/// At a refresh.
pub(super) fn ended<R>(_: Gone) -> Option<R> {
    None
}

/// At a destroy.
pub(super) fn destroyed(_: Gone) -> Result<(), Error> {
    Ok(())
}
