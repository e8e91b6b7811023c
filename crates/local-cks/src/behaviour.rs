//! Switches for behaviour of CoreWeave's API that is not published.
//!
//! The defaults are the most likely behaviour. A client is correct if its results do not depend on any switch.

use std::time::Duration;

/// How the simulated API behaves; changed while it runs by [`crate::LocalCks::set_behaviour`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each read alone")]
pub struct Behaviour {
    /// Format of empty fields in responses.
    pub zero_values: ZeroValues,
    /// Format of enums in responses.
    pub enums: Enums,
    /// Format of `apiServerEndpoint`.
    pub endpoint_form: EndpointForm,
    /// Format of error bodies.
    pub error_style: ErrorStyle,
    /// Response to a PATCH while the cluster is CREATING, UPDATING or UPGRADING.
    pub while_updating: WhileUpdating,
    /// Response to a PATCH or DELETE while the cluster is DELETING.
    pub while_deleting: WhileDeleting,
    /// Effect of an unknown path in a mask.
    pub unknown_mask_path: UnknownMaskPath,
    /// Effect of a PATCH without any field.
    pub empty_patch: EmptyPatch,
    /// Response to an id that is not a UUID.
    pub malformed_id: MalformedId,
    /// Format of a block whose leaves were all cleared.
    pub cleared_block: ClearedBlock,
    /// Subject of the binding for `adminGroupBinding`.
    pub admin_group: AdminGroup,
    /// User names and groups of callers of managed endpoints.
    pub managed_names: ManagedNames,
    /// CA of the unmanaged endpoints of new clusters.
    pub unmanaged_certificate: UnmanagedCertificate,
    /// Status in the response to a PATCH.
    pub patch_answer: PatchAnswer,
    /// Whether a `ca` must be base64 of PEM.
    pub check_ca: bool,
    /// Whether a whole message in the mask (`oidc`) that the body lacks is cleared.
    pub whole_message_mask_clears: bool,
    /// Whether a PATCH without `version` is rejected.
    pub version_required: bool,
    /// Minimum time of CREATING; a real control plane adds its own.
    pub creating_for: Duration,
    /// Minimum time of UPDATING or UPGRADING; a real kube-apiserver adds its own.
    pub updating_for: Duration,
    /// Minimum time of DELETING.
    pub deleting_for: Duration,
    /// Number of reads after a PATCH that return the cluster from before, RUNNING.
    pub stale_reads_after_patch: u32,
    /// Outcome of changes.
    pub changes_end: ChangesEnd,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            zero_values: ZeroValues::Omitted,
            enums: Enums::Names,
            endpoint_form: EndpointForm::Bare,
            error_style: ErrorStyle::Connect,
            while_updating: WhileUpdating::FailedPrecondition,
            while_deleting: WhileDeleting::FailedPrecondition,
            unknown_mask_path: UnknownMaskPath::Refused,
            empty_patch: EmptyPatch::Accepted,
            malformed_id: MalformedId::NotFound,
            cleared_block: ClearedBlock::Absent,
            admin_group: AdminGroup::AsIs,
            managed_names: ManagedNames::Prefixed,
            unmanaged_certificate: UnmanagedCertificate::Public,
            patch_answer: PatchAnswer::Transition,
            check_ca: true,
            whole_message_mask_clears: true,
            version_required: true,
            creating_for: Duration::from_millis(50),
            updating_for: Duration::from_millis(50),
            deleting_for: Duration::from_millis(50),
            stale_reads_after_patch: 0,
            changes_end: ChangesEnd::Running,
        }
    }
}

/// Format of empty fields in responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroValues {
    /// Omitted, as by Connect.
    Omitted,
    /// As `""`, `false`, `0`, `[]` and `null`, as by grpc-gateway.
    Emitted,
}

/// Format of enums in responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enums {
    /// `"STATUS_RUNNING"`.
    Names,
    /// `3`.
    Numbers,
}

/// Format of `apiServerEndpoint`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointForm {
    /// The bare host.
    Bare,
    /// The host with `https://`.
    WithScheme,
}

/// Formats of error bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStyle {
    /// Connect: code by name, details as base64 protobuf and `debug`.
    Connect,
    /// Connect, details as base64 protobuf only.
    ConnectWithoutDebug,
    /// grpc-gateway: code by number, details as JSON with `@type`.
    GrpcGateway,
    /// The message alone, as text.
    PlainText,
    /// A gateway's error page.
    Html,
    /// No body.
    Empty,
}

/// Response to a PATCH during another change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileUpdating {
    /// 400 `failed_precondition`.
    FailedPrecondition,
    /// 409 `aborted`.
    Aborted,
    /// Success; the cluster is UPDATING until both are in force.
    Queued,
}

/// Response to a PATCH or DELETE while the cluster is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileDeleting {
    /// 400 `failed_precondition`.
    FailedPrecondition,
    /// 404 `not_found`.
    NotFound,
}

/// Effect of an unknown path in a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownMaskPath {
    /// 400 `invalid_argument`.
    Refused,
    /// None.
    Ignored,
}

/// Effect of a PATCH with neither a mask nor a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyPatch {
    /// None: the response is the unchanged cluster.
    Accepted,
    /// 400 `invalid_argument`.
    Refused,
}

/// Response to an id that is not a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedId {
    /// 404 `not_found`.
    NotFound,
    /// 400 `invalid_argument`.
    InvalidArgument,
}

/// Format of a block whose leaves were all cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearedBlock {
    /// Absent.
    Absent,
    /// `{}`, or only zero values.
    Empty,
}

/// Subject of the binding to `cluster-admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminGroup {
    /// The name as it is, which must contain the groups prefix.
    AsIs,
    /// The name with `groupsPrefix`.
    Prefixed,
}

/// User names of callers of managed endpoints, and the groups of their roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedNames {
    /// The user's uid; groups `cks:admin` and `cks:read`.
    Prefixed,
    /// An e-mail address; groups `admin` and `read`, as the Console's older groups are called.
    Plain,
}

/// CA of an unmanaged endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmanagedCertificate {
    /// The CA of the API and the managed endpoint, which every client trusts.
    Public,
    /// A CA of its own ([`crate::LocalCks::unmanaged_ca_pem`]), which a client must be configured with.
    Private,
}

/// Status in the response to a PATCH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchAnswer {
    /// UPDATING or UPGRADING.
    Transition,
    /// Still RUNNING.
    Running,
}

/// Outcome of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangesEnd {
    /// RUNNING.
    Running,
    /// FAILED; an upgrade in UPGRADE_FAILED.
    Failed,
    /// Never ends: the cluster stays UPDATING or UPGRADING.
    Never,
}
