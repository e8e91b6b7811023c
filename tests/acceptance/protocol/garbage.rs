//! What no host sends: always an answer, never a crash or a wait without end, and the process answers correctly afterwards.
//!
//! `CKS_PROTOCOL_CASES` makes the generated part longer.

use std::time::Duration;

use local_cks::{Call, ChangesEnd};
use proptest::{
    prelude::*,
    sample::{Index, Selector},
    strategy::Union,
    test_runner::{Config, TestRunner},
};
use prost::encoding::{bytes as bytes_field, string};
use protocol_host::{Host, Object, Plugin, Type, places, raw, to_json};
use serde_json::{Map, json};
use tfplugin::Value;
use tokio::time::timeout;
use tonic::{Code, transport::Channel};

use super::stand::{Stand, applied, config, configured, run, unknown};
use crate::{
    conformance::Sort,
    on_terraform,
    support::{self, CLUSTER_ID},
};

on_terraform!(
    generated_garbage_has_an_answer,
    huge_and_deep_input_has_an_answer,
    many_calls_at_once_have_the_answers_that_each_has_alone,
    an_interrupted_apply_keeps_what_exists_and_later_calls_work,
    the_last_configuration_counts,
);

/// Cases in the usual run.
const CASES: u32 = 500;

/// No call of these tests waits for anything.
const LONGEST: Duration = Duration::from_secs(30);

/// What a method is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Resource,
    DataSource,
    Ephemeral,
    List,
    Action,
    Function,
}

/// The methods with values: what each is called for, the number of the field with its name, and those of the fields with values.
const WITH_VALUES: [(&str, Of, u32, &[u32]); 19] = [
    ("ValidateResourceConfig", Of::Resource, 1, &[2]),
    ("ReadResource", Of::Resource, 1, &[2]),
    ("PlanResourceChange", Of::Resource, 1, &[2, 3, 4]),
    ("ApplyResourceChange", Of::Resource, 1, &[2, 3, 4]),
    ("UpgradeResourceState", Of::Resource, 1, &[3]),
    ("UpgradeResourceIdentity", Of::Resource, 1, &[3]),
    ("MoveResourceState", Of::Resource, 5, &[4, 7]),
    ("ImportResourceState", Of::Resource, 1, &[4]),
    ("ValidateDataResourceConfig", Of::DataSource, 1, &[2]),
    ("ReadDataSource", Of::DataSource, 1, &[2]),
    ("ValidateEphemeralResourceConfig", Of::Ephemeral, 1, &[2]),
    ("OpenEphemeralResource", Of::Ephemeral, 1, &[2]),
    ("RenewEphemeralResource", Of::Ephemeral, 1, &[2]),
    ("ListResource", Of::List, 1, &[2]),
    ("ValidateListResourceConfig", Of::List, 1, &[2]),
    ("ValidateActionConfig", Of::Action, 1, &[2]),
    ("PlanAction", Of::Action, 1, &[2]),
    ("InvokeAction", Of::Action, 1, &[2]),
    ("CallFunction", Of::Function, 1, &[2]),
];

/// The methods whose values are JSON of a state, in a message that has nothing else.
const OF_STATES: [&str; 3] = ["UpgradeResourceState", "UpgradeResourceIdentity", "MoveResourceState"];

impl Of {
    /// The types that a host can name; functions have no configuration.
    fn types(self, host: &Host) -> Vec<&Type> {
        let declared = host.declared();
        let types = match self {
            Self::Resource => &declared.resources,
            Self::DataSource => &declared.data_sources,
            Self::Ephemeral => &declared.ephemeral_resources,
            Self::List => &declared.lists,
            Self::Action => &declared.actions,
            Self::Function => return Vec::new(),
        };
        types.values().collect()
    }

    fn names(self, host: &Host) -> Vec<String> {
        if self == Self::Function {
            return host.declared().functions.keys().cloned().collect();
        }
        self.types(host).into_iter().map(|of| of.name.clone()).collect()
    }
}

/// One call.
#[derive(Clone, Debug)]
enum Garbage {
    /// Bytes that may be no message, or that of another method.
    Bytes { method: &'static str, bytes: Vec<u8> },
    /// A message of the method, with a name and values that may be anything.
    Message { method: &'static str, bytes: Vec<u8> },
}

/// A message with a name, and these bytes as each of its values. `json`: in the second encoding.
fn message(
    (method, _, name_field, value_fields): (&str, Of, u32, &[u32]),
    name: &str,
    value: &[u8],
    json: bool,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    string::encode(name_field, &name.to_owned(), &mut bytes);
    if method == "MoveResourceState" {
        string::encode(1, &"registry.terraform.io/hashicorp/kubernetes".to_owned(), &mut bytes);
        string::encode(2, &name.replacen("cks_", "kubernetes_", 1), &mut bytes);
    }
    let mut inner = Vec::new();
    let field = if json && !OF_STATES.contains(&method) { 2 } else { 1 };
    bytes_field::encode(field, &value.to_vec(), &mut inner);
    if method == "ImportResourceState" {
        // The value is inside an identity there.
        let value = std::mem::take(&mut inner);
        bytes_field::encode(1, &value, &mut inner);
    }
    for field in value_fields {
        bytes_field::encode(*field, &inner, &mut bytes);
    }
    bytes
}

/// msgpack that is a value of something, or looks like it.
fn values(configs: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            b"\xc0".to_vec(),
            b"\xc3".to_vec(),
            b"\xd4\x00\x00".to_vec(),
            // Refined unknown values, the second with a length that is a lie.
            b"\xc7\x05\x0c\x82\x01\xc2\x02\xa1a".to_vec(),
            b"\xc9\xff\xff\xff\xff\x0c".to_vec(),
            // Not a number, infinite, and a reserved byte.
            b"\xcb\x7f\xf8\0\0\0\0\0\0".to_vec(),
            b"\xca\x7f\x80\0\0".to_vec(),
            b"\xc1".to_vec(),
            // Lengths of what is not there, and text that is none.
            b"\xdd\xff\xff\xff\xff\xc3".to_vec(),
            b"\xdf\xff\xff\xff\xff\xa1a\xc3".to_vec(),
            b"\xdb\xff\xff\xff\xff".to_vec(),
            b"\xa2\xff\xfe".to_vec(),
            b"\xa61e9999".to_vec(),
            b"\x92\xc4\x08\"string\"\xa1x".to_vec(),
        ]),
        any::<[u8; 9]>().prop_map(|bytes| [b"\xcf".as_slice(), &bytes[1..]].concat()),
        "[a-z]{0,12}".prop_map(|text| [
            &[0xa0 + u8::try_from(text.len()).unwrap_or_default()],
            text.as_bytes()
        ]
        .concat()),
    ];
    let nested = leaf.prop_recursive(6, 48, 8, |inner| {
        let pairs = prop::collection::vec(("[a-z_]{1,10}", inner.clone()), 0..8);
        prop_oneof![
            prop::collection::vec(inner, 0..8).prop_map(|elements| {
                [vec![0x90 + u8::try_from(elements.len()).unwrap_or_default()], elements.concat()].concat()
            }),
            pairs.prop_map(|pairs| {
                let mut bytes = vec![0x80 + u8::try_from(pairs.len()).unwrap_or_default()];
                for (name, value) in pairs {
                    bytes.push(0xa0 + u8::try_from(name.len()).unwrap_or_default());
                    bytes.extend(name.as_bytes());
                    bytes.extend(value);
                }
                bytes
            }),
        ]
    });
    // A real configuration, cut or with other bytes inside.
    let changed = (any::<Selector>(), any::<Index>(), nested.clone(), 0..40_usize, any::<bool>()).prop_map(
        move |(config, at, inner, removed, cut)| {
            let mut bytes = config.select(&configs).clone();
            let at = at.index(bytes.len() + 1);
            if cut {
                bytes.truncate(at);
            } else {
                let end = (at + removed).min(bytes.len());
                bytes.splice(at..end, inner);
            }
            bytes
        },
    );
    prop_oneof![1 => nested, 3 => changed, 1 => prop::collection::vec(any::<u8>(), 0..64)]
}

/// Messages of a method, nearly all with the name of something that it is called for.
fn messages(
    host: &Host,
    method: (&'static str, Of, u32, &'static [u32]),
) -> BoxedStrategy<(&'static str, Vec<u8>)> {
    let is_of_states = OF_STATES.contains(&method.0);
    let of_type = |of: &Type| {
        let mut all = vec![places::all_null(&of.block), places::all_plain(&of.block)];
        // A state has no unknown values.
        all.extend((!is_of_states).then(|| places::all_unknown(&of.block)));
        let encoded = |value: &Value| {
            if is_of_states {
                return to_json(value).to_string().into_bytes();
            }
            tfplugin::testing::encode_as(value, &of.value_type()).msgpack
        };
        all.iter().map(encoded).collect::<Vec<_>>()
    };
    let mut configs: Vec<_> = method.1.types(host).into_iter().flat_map(of_type).collect();
    if configs.is_empty() {
        configs.push(b"\xa1x".to_vec());
    }
    let name = prop_oneof![
        9 => prop::sample::select(method.1.names(host)),
        1 => prop::sample::select(vec![String::new(), "cks_nothing".to_owned(), "\u{0}é".to_owned()]),
    ];
    (name, values(configs), prop::bool::weighted(0.1))
        .prop_map(move |(name, value, json)| (method.0, message(method, &name, &value, json)))
        .boxed()
}

fn garbage(host: &Host) -> impl Strategy<Value = Garbage> + use<> {
    let message = Union::new(WITH_VALUES.map(|method| messages(host, method))).boxed();
    // What is for the whole provider would configure it, or end it.
    let of_types = raw::METHODS.iter().filter(|method| **method != "ConfigureProvider");
    let any_method = prop::sample::select(of_types.copied().collect::<Vec<_>>());
    let bytes = (any_method.clone(), prop::collection::vec(any::<u8>(), 0..200));
    let changed = (any_method, message.clone(), any::<Index>(), any::<u8>(), any::<bool>()).prop_map(
        |(method, (_, mut bytes), at, byte, cut)| {
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            (method, bytes)
        },
    );
    prop_oneof![
        4 => message.prop_map(|(method, bytes)| Garbage::Message { method, bytes }),
        1 => bytes.prop_map(|(method, bytes)| Garbage::Bytes { method, bytes }),
        1 => changed.prop_map(|(method, bytes)| Garbage::Bytes { method, bytes }),
    ]
}

/// Sends it. A message has an answer without a status; bytes that are no message have a status that says so.
async fn expect_answer(plugin: &Plugin, channel: &Channel, case: &Garbage) {
    let (Garbage::Bytes { method, bytes } | Garbage::Message { method, bytes }) = case;
    let answer = timeout(LONGEST, raw::call(channel, method, bytes.clone())).await;
    let answer = answer.unwrap_or_else(|_| panic!("{method} has no answer to {case:?}"));
    assert!(plugin.is_running(), "{method} ended the process: {case:?}\n{}", plugin.stderr());
    match (answer, case) {
        (Ok(messages), _) => {
            assert!(!messages.is_empty() || *method == "ListResource", "{method}: {case:?}");
            let text = String::from_utf8_lossy(&messages.concat()).into_owned();
            assert!(!text.contains("ended in a panic"), "{method}: {text}\n{case:?}");
        }
        (Err(status), Garbage::Bytes { .. }) => {
            let codes = [Code::Unimplemented, Code::Internal, Code::InvalidArgument, Code::OutOfRange];
            assert!(codes.contains(&status.code()), "{method}: {status}\n{case:?}");
        }
        (Err(status), Garbage::Message { .. }) => {
            // A field of a message may have bytes that are none of its type.
            let is_unreadable = status.message().starts_with("failed to decode Protobuf message");
            assert!(is_unreadable, "{method}: {status}\n{case:?}");
        }
    }
}

/// The process answers as one that received nothing else.
async fn expect_sound(plugin: &Plugin, stand: &Stand) {
    let host = unknown(plugin).await;
    for (of, config) in stand.configs(Sort::Resource, &host.declared().resources) {
        assert_eq!(host.validate(of, &config).await.errors(), [] as [String; 0]);
        assert!(host.validate(of, &places::all_null(&of.block)).await.failed());
        let planned = host.plan(of, &Object::none(), &config).await;
        planned.unwrap_or_else(|errors| panic!("{}: {:?}", of.name, errors.errors()));
    }
}

fn generated_garbage_has_an_answer(host: &support::Host) {
    let stand = Stand::new(host);
    let cases =
        std::env::var("CKS_PROTOCOL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    // One without a configuration, and one whose configuration is unknown: neither sends requests.
    for is_configured in [false, true] {
        let plugin = stand.plugin();
        let host =
            run(async { if is_configured { unknown(&plugin).await } else { Host::connect(&plugin).await } });
        let channel = run(plugin.connect());
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
        let outcome = TestRunner::new(config).run(&garbage(&host), |case| {
            run(expect_answer(&plugin, &channel, &case));
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{error}"));
        run(expect_sound(&plugin, &stand));
        run(plugin.shut_down());
    }
}

/// Text of 5 MiB, a list of as many elements, and nesting without an end, wherever there is a value.
fn huge_and_deep_input_has_an_answer(host: &support::Host) {
    const HUGE: usize = 5 << 20;
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = unknown(&plugin).await;
        let channel = plugin.connect().await;
        let mut length = vec![0xdd];
        length.extend(u32::try_from(HUGE).expect("it fits").to_be_bytes());
        let text = [b"\xdb".as_slice(), &length[1..], &vec![b'x'; HUGE]].concat();
        let list = [length.as_slice(), &vec![0xc0; HUGE]].concat();
        let deep = [vec![0x91; HUGE], vec![0xc0]].concat();
        let deep_maps = [b"\x81\xa1a".repeat(HUGE / 3), vec![0xc0]].concat();
        let unknown = [length.as_slice(), &b"\xd4\0\0".repeat(HUGE / 3)].concat();
        let deep_json = [vec![b'['; HUGE], vec![b']'; HUGE]].concat();
        let inputs = [
            (text, false),
            (list, false),
            (deep, false),
            (deep_maps, false),
            (unknown, false),
            (deep_json, true),
        ];
        for (value, json) in &inputs {
            for method in WITH_VALUES {
                let bytes = message(method, &method.1.names(&host)[0], value, *json);
                expect_huge(&plugin, &channel, method.0, bytes).await;
            }
        }
        for method in raw::METHODS {
            expect_huge(&plugin, &channel, method, vec![0; HUGE]).await;
        }
        // As a value that fits the schema.
        let huge = "x".repeat(HUGE);
        for (of, config) in stand.configs(Sort::Resource, &host.declared().resources) {
            for attribute in &of.block.attributes {
                if attribute.shape.value_type() == tfplugin::value::Type::String {
                    let config = places::with(&config, attribute.name, Value::string(&huge));
                    let messages = host.validate(of, &config).await;
                    assert!(messages.errors().concat().len() < 64 << 10, "{} repeats it", of.name);
                }
            }
        }
    });
    run(expect_sound(&plugin, &stand));
    run(plugin.shut_down());
}

async fn expect_huge(plugin: &Plugin, channel: &Channel, method: &'static str, bytes: Vec<u8>) {
    let answer = timeout(LONGEST, raw::call(channel, method, bytes)).await;
    let answer = answer.unwrap_or_else(|_| panic!("{method} has no answer"));
    assert!(plugin.is_running(), "{method} ended the process\n{}", plugin.stderr());
    match answer {
        Ok(messages) => {
            let answer = messages.concat();
            assert!(!String::from_utf8_lossy(&answer).contains("ended in a panic"), "{method}");
            // An apply that fails keeps the state that it was sent.
            let is_long = ["GetProviderSchema", "ApplyResourceChange"].contains(&method);
            assert!(is_long || answer.len() < 64 << 10, "{method} repeats {}", answer.len());
        }
        Err(status) => {
            let codes = [Code::Unimplemented, Code::Internal, Code::InvalidArgument];
            assert!(codes.contains(&status.code()), "{method}: {status}");
        }
    }
}

fn many_calls_at_once_have_the_answers_that_each_has_alone(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = configured(&plugin).await;
        let blocks: Vec<(String, Value)> = stand
            .configs(Sort::Resource, &host.declared().resources)
            .into_iter()
            .filter(|(of, _)| of.name.starts_with("cks_cluster_"))
            .map(|(of, config)| (of.name.clone(), config))
            .collect();
        let clusters = Map::from_iter([("name_regex".to_owned(), json!("^exam"))]);
        let calls = move |host: Host, number: usize| {
            let (name, planned) = blocks[number % blocks.len()].clone();
            let clusters = clusters.clone();
            async move {
                let declared = host.declared();
                let of = &declared.resources[&name];
                let data = &declared.data_sources["cks_clusters"];
                match number % 4 {
                    0 => format!("{:?}", host.plan(of, &Object::none(), &planned).await),
                    1 => format!("{:?}", host.validate(of, &places::all_null(&of.block)).await),
                    2 => format!("{:?}", host.read_data_source(data, &config(data, &clusters)).await),
                    _ => {
                        format!("{:?}", host.import(of, Ok("a/b/c")).await.map_err(|errors| errors.failed()))
                    }
                }
            }
        };
        let mut alone = Vec::new();
        for number in 0..12 {
            alone.push(calls(host.clone(), number).await);
        }
        let together: Vec<_> = (0..48).map(|number| tokio::spawn(calls(host.clone(), number))).collect();
        for (number, answer) in together.into_iter().enumerate() {
            assert_eq!(answer.await.expect("a call"), alone[number % 12]);
        }
        plugin.shut_down().await;
    });
}

fn an_interrupted_apply_keeps_what_exists_and_later_calls_work(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = configured(&plugin).await;
        let of = &host.declared().resources["cks_cluster_oidc"];
        let sample = stand.samples(Sort::Resource).find(|sample| sample.name == of.name).expect("a sample");
        let config = stand.config(of, sample);
        stand.bed.local.set_behaviour(|behaviour| behaviour.changes_end = ChangesEnd::Never);
        let change = host.plan(of, &Object::none(), &config).await.expect("a plan");
        let none = Object::none();
        let apply = host.apply(of, &none, &change, &config);
        let interrupt = async {
            while stand.bed.local.requests_of(Call::UpdateCluster).is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            host.stop().await;
        };
        let ended = timeout(LONGEST, async { tokio::join!(apply, interrupt).0 }).await;
        // An error, or a success with a warning that the change may not be in force yet.
        let (Ok(kept) | Err((kept, _))) = ended.expect("an interrupt ends it");
        assert_eq!(kept.state.member("cluster_id"), &Value::string(CLUSTER_ID), "what was written is kept");
        assert_eq!(kept.identity.member("cluster_id"), &Value::string(CLUSTER_ID));

        // The interrupt ended what ran then, and nothing else.
        stand.bed.local.set_behaviour(|behaviour| behaviour.changes_end = ChangesEnd::Running);
        stand.bed.cluster().set_status("STATUS_RUNNING");
        let read = host.read(of, &kept).await.expect("a refresh");
        let settled = applied(&host, of, &read, &config).await;
        let change = host.plan(of, &settled, &Value::Null).await.expect("a destroy");
        host.apply(of, &settled, &change, &Value::Null).await.expect("it is destroyed");
        plugin.shut_down().await;
    });
}

fn the_last_configuration_counts(host: &support::Host) {
    let stand = Stand::new(host);
    let plugin = stand.plugin();
    run(async {
        let host = unknown(&plugin).await;
        let data = &host.declared().data_sources["cks_clusters"];
        let provider = &host.declared().provider;
        let read = async || {
            let found = host.read_data_source(data, &places::all_null(&data.block)).await;
            found.map_err(|errors| errors.errors().concat())
        };
        assert!(read().await.is_err(), "nothing is known");
        let known = places::all_null(provider);
        assert_eq!(host.configure(&known).await.errors(), [] as [String; 0]);
        let clusters = read().await.expect("it is configured");
        let other = places::with(&known, "token", Value::string("CW-SECRET-of-nobody"));
        assert_eq!(host.configure(&other).await.errors(), [] as [String; 0]);
        assert!(read().await.is_err(), "another token");
        assert_eq!(host.configure(&known).await.errors(), [] as [String; 0]);
        assert_eq!(read().await, Ok(clusters));
        plugin.shut_down().await;
    });
}
