//! The provider's binary under a host of our own ([`protocol_host`]), which checks what the protocol promises for every type of the
//! schema, with what no Terraform sends too.

mod configurations;
mod garbage;
mod lifecycle;
mod others;
mod stand;
