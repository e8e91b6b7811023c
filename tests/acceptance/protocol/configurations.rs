//! Null, unknown, known and odd values at every place of every configuration: validated and planned, with a provider that is
//! configured, that is not, and whose configuration is unknown.

use protocol_host::{
    Capabilities, Host, Messages, Object, Type,
    places::{self, Kind, Variation},
};
use tfplugin::{Value, schema::Presence};

use super::stand::{Stand, configured, run, unknown};
use crate::{conformance::Sort, on_terraform, support};

on_terraform!(
    every_value_at_every_place_has_an_answer,
    a_provider_without_a_configuration_has_an_answer,
    what_needs_an_unknown_configuration_is_deferred_where_the_host_allows_it,
    every_value_at_every_place_of_the_provider_block_has_an_answer,
);

/// All configurations of one thing, made from known values.
struct Subject<'a> {
    sort: Sort,
    of: &'a Type,
    config: Value,
}

/// Every type that has a configuration, by its samples.
fn subjects<'a>(stand: &Stand, host: &'a Host) -> Vec<Subject<'a>> {
    let declared = host.declared();
    let sorts = [
        (Sort::Resource, &declared.resources),
        (Sort::DataSource, &declared.data_sources),
        (Sort::Ephemeral, &declared.ephemeral_resources),
    ];
    let of = |(sort, types)| {
        let configs = stand.configs(sort, types).into_iter();
        configs.map(move |(of, config)| Subject { sort, of, config })
    };
    sorts.into_iter().flat_map(of).collect()
}

impl Subject<'_> {
    async fn validated(&self, host: &Host, config: &Value) -> Messages {
        match self.sort {
            Sort::DataSource => host.validate_data_source(self.of, config).await,
            Sort::Ephemeral => host.validate_ephemeral(self.of, config).await,
            _ => host.validate(self.of, config).await,
        }
    }

    /// What validation has to say of a variation: nothing of what is unknown; an error for what only the provider sets, and for what is
    /// required.
    async fn expect_validated(&self, host: &Host, variation: &Variation) -> Messages {
        let Variation { place, kind, presence, config } = variation;
        let messages = self.validated(host, config).await;
        let what = format!("{} with {kind:?} at {place}: {:?}", self.of.name, messages.errors());
        match (kind, presence) {
            (Kind::Odd, Presence::Computed) | (Kind::Null, Presence::Required) => {
                assert!(messages.failed(), "no error for {what}");
            }
            (Kind::Unknown, Presence::Computed) => {}
            (Kind::Unknown, _) => assert!(!messages.failed(), "{what}"),
            _ => {}
        }
        messages
    }
}

fn every_value_at_every_place_has_an_answer(host: &support::Host) {
    let stand = Stand::with_kubernetes(host);
    let [plugin, unknowing] = [stand.plugin(), stand.plugin()];
    run(async {
        let [host, unknowing_host] = [configured(&plugin).await, unknown(&unknowing).await];
        let (mut planned, mut refused) = (0, 0);
        for subject in subjects(&stand, &host) {
            let Subject { sort, of, ref config } = subject;
            assert_eq!(subject.validated(&host, config).await.errors(), [] as [String; 0], "{}", of.name);
            let unknown = places::all_unknown(&of.block);
            assert_eq!(subject.validated(&host, &unknown).await.errors(), [] as [String; 0], "{}", of.name);
            let is_required = of.block.attributes.iter().any(|it| it.presence == Presence::Required);
            let null = subject.validated(&host, &places::all_null(&of.block)).await;
            assert!(null.failed() || !is_required, "{} without anything", of.name);

            for variation in places::variations(&of.block, config) {
                let messages = subject.expect_validated(&host, &variation).await;
                if sort != Sort::Resource || messages.failed() {
                    continue;
                }
                // A provider that knows nothing of its clusters plans; an error has to be about that.
                let blind = unknowing_host.plan(of, &Object::none(), &variation.config).await;
                blind.unwrap_or_else(|errors| {
                    panic!("{}, {}: {:?}", of.name, variation.place, errors.errors())
                });
                match host.plan(of, &Object::none(), &variation.config).await {
                    Ok(first) => {
                        planned += 1;
                        if variation.kind == Kind::Unknown {
                            let last = host.plan_final(of, &Object::none(), config, &first).await;
                            // A namespace that turns out null would widen a binding, and is refused.
                            let errors = last.map_or_else(|errors| errors.errors(), |_| Vec::new());
                            let is_allowed = errors.iter().all(|error| error.contains("turned out null"));
                            assert!(is_allowed, "{}, {} known: {errors:?}", of.name, variation.place);
                        }
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(planned > refused, "{planned} plans, and {refused} refused");
        plugin.shut_down().await;
        unknowing.shut_down().await;
    });
}

fn a_provider_without_a_configuration_has_an_answer(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = Host::connect(&plugin).await;
        for subject in subjects(&stand, &host) {
            let Subject { sort, of, ref config } = subject;
            let refused = match sort {
                Sort::DataSource => host.read_data_source(of, config).await.err(),
                Sort::Ephemeral => host.open(of, config).await.err(),
                _ => host.plan(of, &Object::none(), config).await.err(),
            };
            // What needs no client answers.
            if let Some(errors) = refused {
                assert!(!errors.errors().is_empty(), "{}", of.name);
            }
        }
        for resource in host.declared().resources.values() {
            let errors = host.import(resource, Ok("a/b/c")).await.expect_err("there is no client");
            assert!(errors.failed());
        }
        plugin.shut_down().await;
    });
}

fn what_needs_an_unknown_configuration_is_deferred_where_the_host_allows_it(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = unknown(&plugin).await.with(Capabilities { write_only: true, deferral: true });
        for subject in subjects(&stand, &host) {
            let Subject { sort, of, ref config } = subject;
            // The host checks each answer; without a deferral, it would be an error.
            let refused = match sort {
                Sort::DataSource => host.read_data_source(of, config).await.err(),
                Sort::Ephemeral => host.open(of, config).await.err(),
                _ => host.plan(of, &Object::none(), config).await.err(),
            };
            assert_eq!(refused.map(|errors| errors.errors()), None, "{}", of.name);
        }
        let actions = &host.declared().actions;
        for (of, config) in stand.configs(Sort::Action, actions) {
            assert_eq!(host.plan_action(of, &config).await.errors(), [] as [String; 0], "{}", of.name);
        }
        plugin.shut_down().await;
    });
}

fn every_value_at_every_place_of_the_provider_block_has_an_answer(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = Host::connect(&plugin).await;
        let block = &host.declared().provider;
        let mut accepted = 0;
        for variation in places::variations(block, &places::all_plain(block)) {
            let validated = host.validate_provider(&variation.config).await;
            let configured = host.configure(&variation.config).await;
            // Terraform validates before it configures: an error must come then, not in the apply.
            assert!(validated.failed() || !configured.failed(), "{variation:?}: {:?}", configured.errors());
            accepted += usize::from(!validated.failed());
        }
        for variation in places::variations(block, &places::all_null(block)) {
            let validated = host.validate_provider(&variation.config).await;
            let configured = host.configure(&variation.config).await;
            assert!(validated.failed() || !configured.failed(), "{variation:?}: {:?}", configured.errors());
            if variation.kind != Kind::Odd {
                assert!(!validated.failed(), "{variation:?}: {:?}", validated.errors());
            }
            accepted += usize::from(!validated.failed());
        }
        assert!(accepted > block.attributes.len(), "{accepted} configurations were accepted");
        plugin.shut_down().await;
    });
}
