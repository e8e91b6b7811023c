//! The few controllers of kube-controller-manager whose effect is visible in the API, in a program of the test bed that has only
//! these, or in a whole kube-controller-manager: their flags are the same.
//!
//! Rule: ClusterRole aggregation writes the rules of `view`, `edit` and `admin`; the garbage collector deletes objects of deleted owners;
//! each namespace gets its `default` ServiceAccount; deleted namespaces are finalized.

use child_processes::{Process, Processes, Program};

use super::{KubernetesError, READY_WITHIN, admin::Admin, files::Files};
use crate::{programs, tools::Tool};

const CONTROLLERS: &str = "clusterrole-aggregation-controller,garbage-collector-controller,serviceaccount-controller,namespace-controller";

/// ClusterRoles whose rules it writes.
const AGGREGATED: [&str; 3] = ["admin", "edit", "view"];

/// Namespaces that kube-apiserver makes when it starts.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// The running controllers.
#[derive(Debug)]
pub(crate) struct ControllerManager {
    process: Process,
}

impl ControllerManager {
    /// Starts it against the kube-apiserver at `url`; it serves nothing itself.
    pub(crate) fn start(processes: &Processes, files: &Files, url: &str) -> Result<Self, KubernetesError> {
        let program = Tool::KubeControllerManager.path()?;
        let kubeconfig = files.put("controller-manager.json", &files.admin_kubeconfig(url))?;
        let arguments = [
            format!("--kubeconfig={}", kubeconfig.display()),
            format!("--controllers={CONTROLLERS}"),
            "--leader-elect=false".to_owned(),
            "--secure-port=0".to_owned(),
            "--profiling=false".to_owned(),
        ];
        let log = files.path("kube-controller-manager.log");
        let command = programs::command(processes, &program, arguments);
        Ok(Self { process: processes.start(Program::from(command).logged_to(log))? })
    }

    pub(crate) fn is_running(&self) -> bool {
        self.process.status().is_none()
    }

    /// Waits until the controllers have done their first round, so that nothing changes by itself afterwards.
    pub(crate) async fn ready(&self, admin: &Admin) -> Result<(), KubernetesError> {
        let ready = self.process.wait_until_ready(READY_WITHIN, || async {
            for role in AGGREGATED {
                let role =
                    admin.get(&format!("/apis/rbac.authorization.k8s.io/v1/clusterroles/{role}")).await?;
                role["rules"].as_array().filter(|rules| !rules.is_empty())?;
            }
            for namespace in NAMESPACES {
                admin.get(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/default")).await?;
            }
            Some(())
        });
        Ok(ready.await?)
    }
}
