//! Actions: one file per type, named after it. What a user runs once, at an event of a resource or by hand.

pub(crate) mod revoke_service_account_tokens;
