//! Status of a cluster (`coreweave.cks.v1beta1.Cluster.Status`).

use std::fmt;

use request_pipeline::shortened;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::tolerant;

/// State of a cluster, in the order of the API's numbers. Names and numbers are both read. An unknown value
/// is kept as text, and is not terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// The API returns no status.
    #[default]
    Unspecified,
    /// Being created.
    Creating,
    /// Being changed.
    Updating,
    /// Ready, and open to changes.
    Running,
    /// Being deleted: terminal.
    Deleting,
    /// Deleted: returned at most once, then the cluster is not found.
    Deleted,
    /// Failed.
    Error,
    /// Creation failed: terminal.
    Failed,
    /// The Kubernetes version is being changed.
    Upgrading,
    /// The change of version failed.
    UpgradeFailed,
    /// An unknown status, as the API returns it.
    Other(String),
}

/// Every known status with its name, at the place of its number.
const KNOWN: [(Status, &str); 10] = [
    (Status::Unspecified, "STATUS_UNSPECIFIED"),
    (Status::Creating, "STATUS_CREATING"),
    (Status::Updating, "STATUS_UPDATING"),
    (Status::Running, "STATUS_RUNNING"),
    (Status::Deleting, "STATUS_DELETING"),
    (Status::Deleted, "STATUS_DELETED"),
    (Status::Error, "STATUS_ERROR"),
    (Status::Failed, "STATUS_FAILED"),
    (Status::Upgrading, "STATUS_UPGRADING"),
    (Status::UpgradeFailed, "STATUS_UPGRADE_FAILED"),
];

impl Status {
    /// The API's name, such as `STATUS_RUNNING`.
    pub fn as_str(&self) -> &str {
        if let Self::Other(text) = self {
            return text;
        }
        KNOWN.iter().find(|(status, _)| status == self).map_or("STATUS_UNSPECIFIED", |(_, name)| name)
    }

    /// Whether the cluster is being deleted or is deleted, so that nothing on it has to be cleared.
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Deleting | Self::Deleted)
    }

    /// Whether a change may lead out of the status: a setting with which the API server does not start is an error until it is corrected.
    /// It is not documented whether the API accepts that; if not, its rejection is final.
    pub fn may_be_corrected(&self) -> bool {
        matches!(self, Self::Error)
    }

    /// Whether the status is terminal: the cluster will not be `Running` without a change.
    pub fn ends_a_wait(&self) -> bool {
        self.is_going() || matches!(self, Self::Error | Self::Failed | Self::UpgradeFailed)
    }

    fn of(value: &Value) -> Self {
        let text = tolerant::text_of(value);
        if text.is_empty() {
            return Self::Unspecified;
        }
        let by_number = text.parse::<usize>().ok().and_then(|number| KNOWN.get(number));
        let bare = text.trim_start_matches("STATUS_");
        let by_name = || KNOWN.iter().find(|(_, name)| name.trim_start_matches("STATUS_") == bare);
        by_number.or_else(by_name).map_or_else(|| Self::Other(shortened(&text)), |(status, _)| status.clone())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of(&Value::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_is_read_by_name_by_number_and_kept_when_unknown() {
        #[track_caller]
        fn check(value: &Value, expected: &Status) {
            assert_eq!(&Status::of(value), expected, "{value}");
        }
        for (number, (status, name)) in KNOWN.iter().enumerate() {
            check(&json!(number), status);
            check(&json!(name), status);
            assert_eq!(status.as_str(), *name);
        }
        check(&json!("RUNNING"), &Status::Running);
        check(&json!(null), &Status::Unspecified);
        check(&json!(""), &Status::Unspecified);
        check(&json!(77), &Status::Other("77".into()));
        check(&json!("STATUS_HIBERNATING"), &Status::Other("STATUS_HIBERNATING".into()));
        check(&json!({"code": 3}), &Status::Other(r#"{"code":3}"#.into()));
    }

    #[test]
    fn only_final_states_end_a_wait() {
        let ends = |status: &Status| status.ends_a_wait();
        assert!(
            [Status::Error, Status::Failed, Status::UpgradeFailed, Status::Deleting, Status::Deleted]
                .iter()
                .all(ends)
        );
        let passing = [
            Status::Unspecified,
            Status::Creating,
            Status::Updating,
            Status::Upgrading,
            Status::Other("X".into()),
        ];
        assert!(!passing.iter().any(ends));
        assert!(!Status::Running.ends_a_wait());
    }
}
