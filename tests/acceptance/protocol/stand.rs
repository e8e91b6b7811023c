//! A process of the provider, a host of our own, and the known values of the samples.

use std::{collections::BTreeMap, process::Command, sync::LazyLock};

use local_cks::{OpenIdProvider, User};
use protocol_host::{Host, Object, Plugin, Type, places};
use serde_json::{Map, Value as Json, json};
use tfplugin::{Value, value};
use tokio::runtime::Runtime;

use crate::{
    conformance::{Sort, sample::Sample, samples},
    support::{self, Bed, block_on},
};

/// Connections need a runtime as long as they are open.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
});

/// Runs several calls.
pub(crate) fn run<T>(calls: impl Future<Output = T>) -> T {
    RUNTIME.block_on(calls)
}

/// A bed, and what its samples refer to.
pub(crate) struct Stand {
    pub(crate) bed: Bed,
    samples: Vec<Sample>,
    /// The uids of the ServiceAccounts that samples refer to.
    uids: BTreeMap<&'static str, Json>,
    _issuer: OpenIdProvider,
}

impl Stand {
    /// Without Kubernetes: what needs it fails at once.
    pub(crate) fn new(host: &support::Host) -> Self {
        Self::of(Bed::new(host), BTreeMap::new())
    }

    /// With a Kubernetes that has what the samples refer to.
    pub(crate) fn with_kubernetes(host: &support::Host) -> Self {
        let bed = Bed::with_kubernetes(host);
        let uid = |name| {
            let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
            let created = create(&bed, "/api/v1/namespaces/default/serviceaccounts", account);
            (name, created["metadata"]["uid"].clone())
        };
        let uids = ["prelude", "ephemeral"].map(uid).into_iter().collect();
        let role = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "prelude"},
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
        });
        create(&bed, "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", role);
        Self::of(bed, uids)
    }

    fn of(bed: Bed, uids: BTreeMap<&'static str, Json>) -> Self {
        let issuer = block_on(OpenIdProvider::start(vec![User::new("ada")])).expect("the provider starts");
        let samples = samples::all(&bed, &issuer);
        Self { bed, samples, uids, _issuer: issuer }
    }

    /// A process of the provider. Its environment configures it.
    pub(crate) fn plugin(&self) -> Plugin {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terraform-provider-cks"));
        command.env_clear().envs(self.bed.local.environment()).env("HOME", self.bed.path("home"));
        Plugin::start(command)
    }

    /// The samples of a sort.
    pub(crate) fn samples(&self, sort: Sort) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| sample.sort == sort)
    }

    /// The values of a sample, by name.
    pub(crate) fn values(&self, sample: &Sample) -> Map<String, Json> {
        let values = sample.values(|expression| self.resolved(expression));
        values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// What an expression of a prelude refers to.
    fn resolved(&self, expression: &str) -> Json {
        let [_, name, attribute] = expression.split('.').collect::<Vec<_>>()[..] else {
            panic!("{expression} is no reference");
        };
        if attribute == "name" {
            return json!(name);
        }
        self.uids.get(name).cloned().unwrap_or_else(|| json!("00000000-0000-0000-0000-000000000000"))
    }

    /// The sample as a configuration of this type.
    pub(crate) fn config(&self, of: &Type, sample: &Sample) -> Value {
        config(of, &self.values(sample))
    }

    /// The samples of a sort as configurations, each with its type.
    pub(crate) fn configs<'a>(
        &self,
        sort: Sort,
        types: &'a BTreeMap<String, Type>,
    ) -> Vec<(&'a Type, Value)> {
        let of = |sample: &Sample| {
            let of = &types[sample.name];
            (of, self.config(of, sample))
        };
        self.samples(sort).map(of).collect()
    }
}

/// A configuration of this type with these attributes.
pub(crate) fn config(of: &Type, values: &Map<String, Json>) -> Value {
    let bytes = Json::Object(values.clone()).to_string();
    let given = value::json::decode(bytes.as_bytes(), &of.value_type()).expect("the sample fits the schema");
    // Blocks that are not there are empty.
    let mut config = places::all_null(&of.block);
    for name in values.keys() {
        config = places::with(&config, name, given.member(name).clone());
    }
    config
}

#[track_caller]
fn create(bed: &Bed, path: &str, object: Json) -> Json {
    let (status, response) = bed.kubernetes("POST", path, Some(object));
    assert_eq!(status, 201, "{response}");
    response
}

/// A host with a provider that its environment configures.
pub(crate) async fn configured(plugin: &Plugin) -> Host {
    let host = Host::connect(plugin).await;
    let config = places::all_null(&host.declared().provider);
    assert_eq!(host.validate_provider(&config).await.errors(), [] as [String; 0]);
    assert_eq!(host.configure(&config).await.errors(), [] as [String; 0]);
    host
}

/// A host with a provider whose configuration is known after the apply of something else.
pub(crate) async fn unknown(plugin: &Plugin) -> Host {
    let host = Host::connect(plugin).await;
    let config = places::all_unknown(&host.declared().provider);
    assert_eq!(host.validate_provider(&config).await.errors(), [] as [String; 0]);
    assert_eq!(host.configure(&config).await.errors(), [] as [String; 0]);
    host
}

/// Plans and applies, as one run of Terraform.
pub(crate) async fn applied(host: &Host, of: &Type, prior: &Object, config: &Value) -> Object {
    let change = host.plan(of, prior, config).await;
    let change = change.unwrap_or_else(|errors| panic!("{}: {:?}", of.name, errors.errors()));
    if change.planned.state == prior.state {
        return prior.clone();
    }
    let applied = host.apply(of, prior, &change, config).await;
    applied.unwrap_or_else(|(_, errors)| panic!("{}: {:?}", of.name, errors.errors()))
}
