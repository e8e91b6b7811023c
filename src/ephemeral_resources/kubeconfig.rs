//! `cks_kubeconfig`: the data source's kubeconfig, outside of plan and state.

use clusters::Clusters;
use tfplugin::{Context, DataSource, Diagnostics, EphemeralResource, Error, Opened, Schema};

use crate::data_sources::kubeconfig::ClusterKubeconfig;

/// Generates a kubeconfig for one cluster that is in no plan and in no state: the arguments and the text are those of the data source of
/// the same name.
///
/// It only reads the cluster. It does not log in and creates no token: for a token that exists for one run, use the ephemeral
/// `cks_service_account_token`. Requires Terraform 1.10 or OpenTofu 1.11.
#[derive(Clone, Debug, Schema)]
#[schema(name = "cks_kubeconfig")]
pub(crate) struct EphemeralKubeconfig {
    #[schema(flatten)]
    content: ClusterKubeconfig,
}

impl EphemeralResource for EphemeralKubeconfig {
    type Provider = Clusters;

    fn validate(config: &EphemeralKubeconfigPartial, report: &mut Diagnostics) {
        <ClusterKubeconfig as DataSource>::validate(&config.content, report);
    }

    async fn open(self, context: &Context<Clusters>) -> Result<Opened<Self>, Error> {
        Ok(Opened::new(Self { content: self.content.read(context).await? }))
    }
}
