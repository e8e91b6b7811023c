//! Switches for what nobody outside CoreWeave knows for certain: each names one open question of the published API.
//!
//! The defaults are the likeliest answers. A client is right when its results do not depend on any of them.

use std::time::Duration;

/// How the simulated API behaves; changed while it runs by [`crate::LocalCks::set_behaviour`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches, each read alone")]
pub struct Behaviour {
    /// How answers show fields that hold nothing.
    pub zero_values: ZeroValues,
    /// How answers show enums.
    pub enums: Enums,
    /// How `apiServerEndpoint` is spelled.
    pub endpoint_form: EndpointForm,
    /// Which family of error bodies is sent.
    pub error_style: ErrorStyle,
    /// What a PATCH meets while the cluster is CREATING, UPDATING or UPGRADING.
    pub while_updating: WhileUpdating,
    /// What a PATCH or DELETE meets while the cluster is DELETING.
    pub while_deleting: WhileDeleting,
    /// What an unknown path in a mask does.
    pub unknown_mask_path: UnknownMaskPath,
    /// What a PATCH does that names nothing to change.
    pub empty_patch: EmptyPatch,
    /// What an id that is not a UUID is answered with.
    pub malformed_id: MalformedId,
    /// How a block shows whose leaves were all cleared.
    pub cleared_block: ClearedBlock,
    /// How `adminGroupBinding` becomes the subject of the binding.
    pub admin_group: AdminGroup,
    /// What Kubernetes calls the callers of managed endpoints.
    pub managed_names: ManagedNames,
    /// Who certifies the unmanaged endpoints of clusters that are made from now on.
    pub unmanaged_certificate: UnmanagedCertificate,
    /// Which status the answer to a PATCH carries.
    pub patch_answer: PatchAnswer,
    /// Whether a `ca` must be base64 of PEM.
    pub check_ca: bool,
    /// Whether a whole message in the mask (`oidc`) that the body lacks is cleared.
    pub whole_message_mask_clears: bool,
    /// Whether a PATCH without `version` is refused.
    pub version_required: bool,
    /// Least time a change stays UPDATING or UPGRADING; a real kube-apiserver adds its own.
    pub updating_for: Duration,
    /// Least time a cluster stays DELETING.
    pub deleting_for: Duration,
    /// How many reads after a PATCH still see the cluster as it was before, RUNNING.
    pub stale_reads_after_patch: u32,
    /// How changes end.
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
            updating_for: Duration::from_millis(50),
            deleting_for: Duration::from_millis(50),
            stale_reads_after_patch: 0,
            changes_end: ChangesEnd::Running,
        }
    }
}

/// How answers show fields that hold nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZeroValues {
    /// Not at all, as Connect does.
    Omitted,
    /// As `""`, `false`, `0`, `[]` and `null`, as grpc-gateway does.
    Emitted,
}

/// How answers show enums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enums {
    /// `"STATUS_RUNNING"`.
    Names,
    /// `3`.
    Numbers,
}

/// How `apiServerEndpoint` is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointForm {
    /// The bare host.
    Bare,
    /// `https://` before the host.
    WithScheme,
}

/// Families of error bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorStyle {
    /// Connect: code by name, details as base64 protobuf with `debug` beside it.
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

/// What a PATCH meets while another change converges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileUpdating {
    /// 400 `failed_precondition`.
    FailedPrecondition,
    /// 409 `aborted`.
    Aborted,
    /// It is accepted, and the cluster stays UPDATING until both are in force.
    Queued,
}

/// What a PATCH or DELETE meets while the cluster goes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhileDeleting {
    /// 400 `failed_precondition`.
    FailedPrecondition,
    /// 404 `not_found`.
    NotFound,
}

/// What an unknown path in a mask does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownMaskPath {
    /// 400 `invalid_argument`.
    Refused,
    /// Nothing.
    Ignored,
}

/// What a PATCH does that has neither a mask nor a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyPatch {
    /// Nothing: it is answered with the cluster as it is.
    Accepted,
    /// 400 `invalid_argument`.
    Refused,
}

/// What an id that is not a UUID is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedId {
    /// 404 `not_found`.
    NotFound,
    /// 400 `invalid_argument`.
    InvalidArgument,
}

/// How a block shows whose leaves were all cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClearedBlock {
    /// It is gone.
    Absent,
    /// It is `{}`, or full of zero values.
    Empty,
}

/// How `adminGroupBinding` becomes the subject of the binding to `cluster-admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminGroup {
    /// Taken as it is: it must hold the groups prefix that tokens get.
    AsIs,
    /// With `groupsPrefix` before it.
    Prefixed,
}

/// What Kubernetes calls the callers of managed endpoints, and the groups that their roles put them in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManagedNames {
    /// The user's uid; groups `cks:admin` and `cks:read`.
    Prefixed,
    /// An e-mail address; groups `admin` and `read`, as the Console's older groups are called.
    Plain,
}

/// Who certifies an unmanaged endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnmanagedCertificate {
    /// Who certifies the API and the managed endpoint too: what every client trusts.
    Public,
    /// An authority of its own ([`crate::LocalCks::unmanaged_ca_pem`]), which a client must be told of.
    Private,
}

/// Which status the answer to a PATCH carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchAnswer {
    /// The transition that began: UPDATING or UPGRADING.
    Transition,
    /// Still RUNNING.
    Running,
}

/// How changes end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangesEnd {
    /// RUNNING.
    Running,
    /// FAILED; an upgrade in UPGRADE_FAILED.
    Failed,
    /// Never: the transition stays.
    Never,
}
