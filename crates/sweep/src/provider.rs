//! The provider as users run it, on the network of the current thread: each run of the sweep has a thread, or a part of one, to itself.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use clusters::Clusters;
use request_pipeline::Network;
use terraform_provider_cks::Cks;
use tfplugin::{Diagnostics, Error, Offers, Provider, Schema, provider::Configuration};

thread_local! {
    static NETWORK: RefCell<Option<Arc<dyn Network>>> = const { RefCell::new(None) };
    static SINGLE_READS: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Sets the network of the providers that this thread configures from now on, and after how many refreshes of a kind they list.
pub fn use_network(network: Arc<dyn Network>, single_reads: u64) {
    NETWORK.set(Some(network));
    SINGLE_READS.set(Some(single_reads));
}

/// The provider, with the same attributes.
#[derive(Clone, Debug, Schema)]
pub struct SimulatedCks {
    #[schema(flatten)]
    cks: Cks,
}

impl Provider for SimulatedCks {
    type Data = Clusters;

    fn validate(config: &SimulatedCksPartial, report: &mut Diagnostics) {
        Cks::validate(&config.cks, report);
    }

    async fn configure(config: SimulatedCksPartial, host: Configuration) -> Result<Clusters, Error> {
        let network = NETWORK.with_borrow(Clone::clone);
        Cks::configure_on(&config.cks, &host, network, SINGLE_READS.get())
    }

    fn offers() -> Offers<Clusters> {
        Cks::offers()
    }
}
