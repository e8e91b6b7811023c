//! `on_existing`: what to do if the thing to create already exists.

/// The user's choice; null means `fail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnExisting {
    /// An error, with the ready import block.
    Fail,
    /// It is overwritten and managed from then on.
    Adopt,
}

impl OnExisting {
    /// From the attribute's value, which [`OnExisting::validate`] has accepted.
    pub(crate) fn of(text: Option<&str>) -> Self {
        if text == Some("adopt") { Self::Adopt } else { Self::Fail }
    }

    /// Accepts `fail` and `adopt`.
    pub(crate) fn validate(text: &str) -> Result<(), String> {
        match text {
            "fail" | "adopt" => Ok(()),
            other => Err(format!("{other:?} is neither \"fail\" nor \"adopt\".")),
        }
    }
}
