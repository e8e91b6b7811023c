//! Client of a cluster's Kubernetes API: it reads and writes the few kinds that the provider manages, requests tokens, and creates access
//! reviews. It does not depend on Terraform.
//!
//! ```text
//! connection   settings of a connection             client    connects on first use
//! kubeconfig, plugin, token_source, trust           what it connects with
//! transport    how a connection is opened           pool      the connections, each to a known server
//! http         one request and its answer           session   one operation: time limit, warnings
//! identity, identity_check                          which cluster a server belongs to, before it gets a request
//! object       what all kinds have in common        store     find, create
//! list         the objects of a kind, page by page  page        what the body of an answer is read as
//! picture      what a list serves refreshes, and how long       refresh     a refresh, from a picture if that has it
//! change, deletion   one guarded write              errors, status   why it failed
//! binding, role, namespace, service_account, secret …         the kinds, one file each
//! token, review                                               requests that create no object
//! memory, shared, caller, names, grants, in_force, credentials_in_use   what many operations of a run need once
//! anonymous                                                   a request without credentials, after a 401
//! ```

mod anonymous;
mod binding;
mod caller;
mod change;
mod client;
mod connection;
mod credentials_in_use;
mod deletion;
mod difference;
mod errors;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod grants;
mod http;
mod identity;
mod identity_check;
mod in_force;
mod kubeconfig;
mod list;
mod memory;
mod mode;
mod names;
mod namespace;
mod object;
mod page;
mod picture;
mod plugin;
mod pool;
mod refresh;
mod review;
mod role;
mod rule_coverage;
mod secret;
mod server_clock;
mod service_account;
mod session;
mod shared;
mod status;
mod store;
mod subject_list;
#[cfg(test)]
mod testing;
mod token;
mod token_source;
mod transport;
mod trust;

pub use self::{
    binding::{Binding, RoleRef, Subject},
    change::{Owned, Update},
    client::Client,
    connection::{Connection, Credentials, Exec, NamedBy, Server},
    deletion::{Deleted, PlannedDeletion},
    difference::{Changer, Difference},
    errors::{Action, Anonymous, Error},
    grants::{Grant, Tried},
    identity::{ExpectedCluster, Gone, Mismatch, Presence, Proof},
    in_force::WrittenBinding,
    kubeconfig::skips_verification,
    list::{ListScope, Pages},
    mode::Mode,
    namespace::Namespace,
    object::{Kind, Object, ObjectPlace},
    page::LARGEST_PAGE,
    plugin::API_VERSIONS as EXEC_VERSIONS,
    review::{AccessReviewSpec, Identity},
    role::{Role, Rule},
    secret::Secret,
    service_account::ServiceAccount,
    session::Session,
    store::Created,
    subject_list::SubjectList,
    token::{IssuedToken, TokenRequest},
    token_source::{FetchedToken, Fetching, TokenSource},
};

pub use self::{errors::Cause, object::Api};

/// Field manager of all writes, in the objects' `managedFields`.
pub const FIELD_MANAGER: &str = "terraform-provider-cks";
