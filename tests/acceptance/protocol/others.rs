//! Ephemeral resources, lists, actions and functions of the schema.

use protocol_host::{Host, Listing, Messages, Opened, places};
use tfplugin::Value;

use super::stand::{Stand, applied, configured, run, unknown};
use crate::{conformance::Sort, on_terraform, support};

on_terraform!(
    what_is_opened_is_renewed_and_closed_by_either_private_state,
    every_list_keeps_limit_identity_and_end,
    every_action_ends_with_one_completion,
    every_function_has_a_result_or_an_error,
);

fn what_is_opened_is_renewed_and_closed_by_either_private_state(host: &support::Host) {
    let stand = Stand::with_kubernetes(host);
    let plugin = stand.plugin();
    run(async {
        let host = configured(&plugin).await;
        let types = &host.declared().ephemeral_resources;
        assert_eq!(types.len(), names(&stand, Sort::Ephemeral));
        for (of, config) in stand.configs(Sort::Ephemeral, types) {
            // Terraform closes with the private state of the opening, OpenTofu with that of the last renewal.
            for close_with_renewed in [false, true] {
                let opened = host.open(of, &config).await;
                let opened = opened.unwrap_or_else(|errors| panic!("{}: {:?}", of.name, errors.errors()));
                let mut renewed = opened.clone();
                for _ in 0..2 {
                    if renewed.renew_at.is_none() {
                        break;
                    }
                    // An error ends the renewals, as for a token whose end nothing moves.
                    match host.renew(of, &renewed).await {
                        Ok(next) => renewed = next,
                        Err(errors) => {
                            assert!(errors.failed());
                            break;
                        }
                    }
                }
                let closed_with: &Opened = if close_with_renewed { &renewed } else { &opened };
                assert_eq!(host.close(of, closed_with).await.errors(), [] as [String; 0], "{}", of.name);
                // Once more, as after an answer that was lost.
                assert_eq!(host.close(of, closed_with).await.errors(), [] as [String; 0], "{}", of.name);
            }
            let other =
                Opened { private: Some(b"{\"other\":1}".to_vec()), result: Value::Null, renew_at: None };
            let _an_answer = host.renew(of, &other).await;
            let _an_answer: Messages = host.close(of, &other).await;
        }
        plugin.shut_down().await;
    });
}

fn names(stand: &Stand, sort: Sort) -> usize {
    stand.samples(sort).map(|sample| sample.name).collect::<std::collections::BTreeSet<_>>().len()
}

fn every_list_keeps_limit_identity_and_end(host: &support::Host) {
    let stand = Stand::with_kubernetes(host);
    let [plugin, unknowing] = [stand.plugin(), stand.plugin()];
    run(async {
        let [host, unknowing_host] = [configured(&plugin).await, unknown(&unknowing).await];
        let lists = &host.declared().lists;
        assert_eq!(lists.len(), names(&stand, Sort::List));
        for (of, filtered) in stand.configs(Sort::List, lists) {
            let name = &of.name;
            let resource = &host.declared().resources[name];
            let validate = async |config: &Value| host.validate_list(of, config).await.errors();
            // Every filter at once, and none.
            let config = places::all_null(&of.block);
            assert_eq!(validate(&filtered).await, [] as [String; 0], "{name}");
            assert_eq!(validate(&config).await, [] as [String; 0], "{name}");
            assert_eq!(validate(&places::all_unknown(&of.block)).await, [] as [String; 0], "{name}");
            for variation in places::variations(&of.block, &filtered) {
                let valid = !host.validate_list(of, &variation.config).await.failed();
                // Each filter alone is left out once, and is odd: that is not an error of a list either.
                if valid && variation.config.is_wholly_known() {
                    host.list((of, resource), &variation.config, 1, false, 1).await;
                }
            }
            // Something to find, in addition to what every cluster has.
            for sample in stand.samples(Sort::Resource).filter(|sample| sample.name == name).take(1) {
                let config = stand.config(resource, sample);
                applied(&host, resource, &protocol_host::Object::none(), &config).await;
            }
            let list_of = async |config: &Value, limit, objects, most| {
                let listing: Listing = host.list((of, resource), config, limit, objects, most).await;
                let errors: Vec<_> = listing.messages.iter().flat_map(Messages::errors).collect();
                assert_eq!(errors, [] as [String; 0], "{name}");
                listing
            };
            let list = async |limit, objects, most| list_of(&config, limit, objects, most).await;
            let all = list(0, false, usize::MAX).await;
            assert!(all.complete && !all.found.is_empty(), "{name}: {all:?}");
            let with_objects = list(0, true, usize::MAX).await;
            let identities = |listing: &Listing| -> std::collections::HashSet<Value> {
                listing.found.iter().map(|it| it.identity.clone()).collect()
            };
            assert_eq!(identities(&with_objects), identities(&all), "{name}");
            let some = list_of(&filtered, 0, false, usize::MAX).await;
            assert!(some.complete && identities(&some).is_subset(&identities(&all)), "{name}: {some:?}");
            assert_eq!(list(1, false, usize::MAX).await.found.len(), 1, "{name}");
            // A host that closes the stream, and the same call once more.
            assert_eq!(list(0, true, 1).await.found.len(), 1, "{name}");
            assert_eq!(identities(&list(0, false, usize::MAX).await), identities(&all), "{name}");
            for listed in with_objects.found.iter().take(3) {
                let imported =
                    host.import(resource, Err(&listed.identity)).await.expect("it can be imported");
                assert_eq!(imported.identity, listed.identity);
            }
            let blind = unknowing_host.list((of, resource), &config, 0, false, usize::MAX).await;
            assert!(blind.found.is_empty() && !blind.messages.is_empty(), "{name}: {blind:?}");
        }
        plugin.shut_down().await;
        unknowing.shut_down().await;
    });
}

fn every_action_ends_with_one_completion(host: &support::Host) {
    let stand = Stand::with_kubernetes(host);
    let plugin = stand.plugin();
    run(async {
        let host = configured(&plugin).await;
        let actions = &host.declared().actions;
        assert_eq!(actions.len(), names(&stand, Sort::Action));
        for (of, config) in stand.configs(Sort::Action, actions) {
            let name = &of.name;
            assert_eq!(host.validate_action(of, &config).await.errors(), [] as [String; 0], "{name}");
            let unknown = places::all_unknown(&of.block);
            assert_eq!(host.validate_action(of, &unknown).await.errors(), [] as [String; 0], "{name}");
            assert_eq!(host.plan_action(of, &unknown).await.errors(), [] as [String; 0], "{name}");
            for variation in places::variations(&of.block, &config) {
                if !host.validate_action(of, &variation.config).await.failed() {
                    let _an_answer = host.plan_action(of, &variation.config).await;
                }
            }
            assert_eq!(host.plan_action(of, &config).await.errors(), [] as [String; 0], "{name}");
            let invoked = host.invoke(of, &config).await;
            assert_eq!(invoked.messages.errors(), [] as [String; 0], "{name}");
        }
        unconfigured_actions(&stand).await;
        plugin.shut_down().await;
    });
}

async fn unconfigured_actions(stand: &Stand) {
    let plugin = stand.plugin();
    let host = Host::connect(&plugin).await;
    for (name, of) in &host.declared().actions {
        let invoked = host.invoke(of, &places::all_plain(&of.block)).await;
        assert!(invoked.messages.failed(), "{name} without a configuration");
    }
    plugin.shut_down().await;
}

fn every_function_has_a_result_or_an_error(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        // Terraform calls functions without a configuration.
        let host = Host::connect(&plugin).await;
        let functions = &host.declared().functions;
        assert_eq!(functions.len(), names(&stand, Sort::Function));
        for sample in stand.samples(Sort::Function) {
            let parameters = &functions[sample.name].parameters;
            let given = sample.attributes.iter().zip(parameters);
            let given: Vec<Value> = given
                .map(|((_, value), (value_type, _))| {
                    tfplugin::value::json::decode(value.to_string().as_bytes(), value_type).expect("it fits")
                })
                .collect();
            let once = host.call(sample.name, &given, false).await.expect("a result");
            assert_eq!(host.call(sample.name, &given, true).await, Ok(once), "{} is pure", sample.name);
            for (index, (value_type, allows_null)) in parameters.iter().enumerate() {
                let mut odd = places::odd(value_type);
                odd.retain(Value::is_wholly_known);
                odd.extend(allows_null.then_some(Value::Null));
                for value in odd {
                    let mut given = given.clone();
                    given[index] = value;
                    let answer = host.call(sample.name, &given, false).await;
                    assert_eq!(host.call(sample.name, &given, true).await, answer, "{}", sample.name);
                }
            }
        }
        plugin.shut_down().await;
    });
}
