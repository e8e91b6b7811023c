//! A host that behaves like Terraform: it speaks gRPC to the service (in memory, all encodings included), plans twice as
//! Terraform does, and judges every answer by core's rules.

use tfplugin::{
    Schema, Service, Value,
    path::{AttributePath, Step},
    schema::Nesting,
    value::{Data, json, msgpack},
};
use tfplugin_proto::tfplugin6::{
    self, ClientCapabilities, Diagnostic, DynamicValue, RawState, apply_resource_change,
    attribute_path::step::Selector, configure_provider, diagnostic::Severity, import_resource_state,
    plan_resource_change, provider_client::ProviderClient, provider_server::ProviderServer, read_resource,
    upgrade_resource_state, validate_resource_config,
};

use super::{core_rules, provider::TestProvider};

/// A client of the service under test.
pub(crate) type Client = ProviderClient<ProviderServer<Service<TestProvider>>>;

/// A host with one process of the provider.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) client: Client,
    /// Whether it is new enough for write-only arguments.
    pub(crate) write_only: bool,
}

/// An object as a state holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
}

/// A plan that core accepts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Planned {
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) replace: Vec<AttributePath>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What an apply left.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) stored: Stored,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Stored {
    /// No object.
    pub(crate) fn none() -> Self {
        Self { state: Value::Null, private: Vec::new() }
    }
}

/// A configuration, or a state: what is not named is null.
pub(crate) fn object<S: Schema>(members: &serde_json::Value) -> Value {
    let block = S::block();
    let text = members.to_string();
    let mut value = json::decode(text.as_bytes(), &block.value_type()).expect("the object fits the schema");
    for nested in &block.blocks {
        if nested.nesting != Nesting::Single && value.member(nested.name).is_null() {
            value = with(value, nested.name, Value::Known(Data::Sequence(Vec::new())));
        }
    }
    value
}

/// The same object with another member.
pub(crate) fn with(value: Value, name: &str, member: Value) -> Value {
    let Value::Known(Data::Mapping(mut members)) = value else { panic!("only an object has members") };
    members.insert(name.to_owned(), member);
    Value::Known(Data::Mapping(members))
}

/// The errors among messages, as `path: summary: detail`.
pub(crate) fn errors(diagnostics: &[Diagnostic]) -> Vec<String> {
    texts(diagnostics, Severity::Error)
}

/// The warnings among messages.
pub(crate) fn warnings(diagnostics: &[Diagnostic]) -> Vec<String> {
    texts(diagnostics, Severity::Warning)
}

fn texts(diagnostics: &[Diagnostic], severity: Severity) -> Vec<String> {
    let wanted = diagnostics.iter().filter(|diagnostic| diagnostic.severity() == severity);
    wanted
        .map(|diagnostic| {
            let path =
                diagnostic.attribute.as_ref().map(|path| to_path(path).to_string()).unwrap_or_default();
            format!("{path}: {}: {}", diagnostic.summary, diagnostic.detail)
        })
        .collect()
}

fn to_path(path: &tfplugin6::AttributePath) -> AttributePath {
    path.steps.iter().fold(AttributePath::root(), |path, step| {
        path.then(match step.selector.clone().expect("every step says what it is") {
            Selector::AttributeName(name) => Step::Attribute(name),
            Selector::ElementKeyString(key) => Step::Key(key),
            Selector::ElementKeyInt(index) => Step::Index(index),
        })
    })
}

/// The message of a value of this schema.
pub(crate) fn encode<S: Schema>(value: &Value) -> DynamicValue {
    let msgpack = msgpack::encode(value, &S::block().value_type()).expect("the value fits the schema");
    DynamicValue { msgpack, json: Vec::new() }
}

/// The value of a message; nothing is null, as core takes it.
pub(crate) fn decode<S: Schema>(message: Option<&DynamicValue>) -> Value {
    match message {
        Some(message) if !message.msgpack.is_empty() => {
            msgpack::decode(&message.msgpack, &S::block().value_type()).expect("the answer fits the schema")
        }
        _ => Value::Null,
    }
}

impl Host {
    /// A process that has no configuration yet.
    pub(crate) fn unconfigured() -> Self {
        Self { client: ProviderClient::new(ProviderServer::new(Service::detached())), write_only: true }
    }

    /// A process with the default configuration.
    pub(crate) async fn configured() -> Self {
        let host = Self::unconfigured();
        assert_eq!(host.configure(Value::Null).await, [] as [Diagnostic; 0]);
        host
    }

    /// Configures the provider for a region.
    pub(crate) async fn configure(&self, region: Value) -> Vec<Diagnostic> {
        let config = Some(encode::<TestProvider>(&Value::mapping([("region", region)])));
        let request = configure_provider::Request { config, ..Default::default() };
        let answer = self.client.clone().configure_provider(request).await;
        answer.expect("configuring is answered").into_inner().diagnostics
    }

    /// What the provider says of a configuration.
    pub(crate) async fn validate<S: Schema>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_resource_config::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
            client_capabilities: Some(self.capabilities()),
        };
        let answer = self.client.clone().validate_resource_config(request).await;
        answer.expect("validating is answered").into_inner().diagnostics
    }

    /// A plan from a proposal that core makes, judged by core's rules unless it has errors.
    pub(crate) async fn plan<S: Schema>(&self, prior: &Stored, config: &Value) -> Planned {
        self.plan_again::<S>(prior, config, Vec::new()).await
    }

    /// The same as the second plan of a change, after one that left these notes.
    pub(crate) async fn plan_again<S: Schema>(
        &self,
        prior: &Stored,
        config: &Value,
        first_plan: Vec<u8>,
    ) -> Planned {
        let proposed = core_rules::proposed_new(&S::block(), &prior.state, config);
        let request = plan_resource_change::Request {
            type_name: S::NAME.to_owned(),
            prior_state: Some(encode::<S>(&prior.state)),
            proposed_new_state: Some(encode::<S>(&proposed)),
            config: Some(encode::<S>(config)),
            prior_private: prior.private.clone(),
            planned_private: first_plan,
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let answer = self
            .client
            .clone()
            .plan_resource_change(request)
            .await
            .expect("planning is answered")
            .into_inner();
        assert!(!answer.legacy_type_system && answer.deferred.is_none());
        let planned = Planned {
            state: decode::<S>(answer.planned_state.as_ref()),
            private: answer.planned_private,
            replace: answer.requires_replace.iter().map(to_path).collect(),
            diagnostics: answer.diagnostics,
        };
        if errors(&planned.diagnostics).is_empty() {
            let found = core_rules::plan_errors(&S::block(), &prior.state, config, &planned.state);
            assert_eq!(found, [] as [String; 0], "from {prior:?} to {config:?}");
            for path in &planned.replace {
                assert!(exists(&prior.state, path) || exists(&planned.state, path), "{path} exists nowhere");
            }
        }
        planned
    }

    /// Carries out a plan, judged by core's rules unless it has errors.
    pub(crate) async fn apply<S: Schema>(
        &self,
        prior: &Stored,
        planned: &Planned,
        config: &Value,
    ) -> Applied {
        let request = Self::apply_request::<S>(prior, planned, config);
        let answer = self
            .client
            .clone()
            .apply_resource_change(request)
            .await
            .expect("applying is answered")
            .into_inner();
        let state = decode::<S>(answer.new_state.as_ref());
        let applied =
            Applied { stored: Stored { state, private: answer.private }, diagnostics: answer.diagnostics };
        assert!(applied.stored.state.is_wholly_known(), "{applied:?}");
        if errors(&applied.diagnostics).is_empty() {
            let found = core_rules::result_errors(&S::block(), &planned.state, &applied.stored.state);
            assert_eq!(found, [] as [String; 0]);
        }
        applied
    }

    /// The message that carries out a plan.
    pub(crate) fn apply_request<S: Schema>(
        prior: &Stored,
        planned: &Planned,
        config: &Value,
    ) -> apply_resource_change::Request {
        apply_resource_change::Request {
            type_name: S::NAME.to_owned(),
            prior_state: Some(encode::<S>(&prior.state)),
            planned_state: Some(encode::<S>(&planned.state)),
            config: Some(encode::<S>(config)),
            planned_private: planned.private.clone(),
            ..Default::default()
        }
    }

    /// All that Terraform does to bring an object to a configuration: plan, replace where asked, plan again, apply, and see
    /// that nothing is left to do, with and without a refresh.
    pub(crate) async fn bring_to<S: Schema>(&self, prior: &Stored, config: &Value) -> Stored {
        let mut prior = prior.clone();
        let first = self.plan::<S>(&prior, config).await;
        assert_eq!(errors(&first.diagnostics), [] as [String; 0]);
        if !prior.state.is_null() && !first.replace.is_empty() {
            self.destroy::<S>(&prior).await;
            prior = Stored { state: Value::Null, private: first.private };
        }
        let planned = self.plan::<S>(&prior, config).await;
        assert_eq!(planned, self.plan::<S>(&prior, config).await, "plans must not differ from each other");
        if planned.state == prior.state {
            // Terraform applies nothing then, and keeps the state with its notes.
            self.expect_no_change::<S>(&prior, config).await;
            return prior;
        }
        let applied = self.apply::<S>(&prior, &planned, config).await;
        assert_eq!(errors(&applied.diagnostics), [] as [String; 0]);
        self.expect_no_change::<S>(&applied.stored, config).await;
        let refreshed = self.read::<S>(&applied.stored).await;
        assert_eq!(refreshed.stored, applied.stored, "a refresh must find what was applied");
        self.expect_no_change::<S>(&refreshed.stored, config).await;
        applied.stored
    }

    /// Plans and carries out the end of an object.
    pub(crate) async fn destroy<S: Schema>(&self, prior: &Stored) {
        let planned = self.plan::<S>(prior, &Value::Null).await;
        assert_eq!((&planned.state, &planned.private), (&Value::Null, &prior.private));
        let applied = self.apply::<S>(prior, &planned, &Value::Null).await;
        assert_eq!(errors(&applied.diagnostics), [] as [String; 0]);
        assert_eq!(applied.stored, Stored::none());
    }

    /// Sees that a configuration needs nothing done.
    pub(crate) async fn expect_no_change<S: Schema>(&self, stored: &Stored, config: &Value) {
        let planned = self.plan::<S>(stored, config).await;
        let wanted = Planned {
            state: stored.state.clone(),
            private: stored.private.clone(),
            replace: vec![],
            diagnostics: vec![],
        };
        assert_eq!(planned, wanted, "nothing was to do");
    }

    /// A refresh.
    pub(crate) async fn read<S: Schema>(&self, stored: &Stored) -> Applied {
        let request = read_resource::Request {
            type_name: S::NAME.to_owned(),
            current_state: Some(encode::<S>(&stored.state)),
            private: stored.private.clone(),
            ..Default::default()
        };
        let answer =
            self.client.clone().read_resource(request).await.expect("reading is answered").into_inner();
        let state = decode::<S>(answer.new_state.as_ref());
        Applied { stored: Stored { state, private: answer.private }, diagnostics: answer.diagnostics }
    }

    /// An import by id, with the read that follows it.
    pub(crate) async fn import<S: Schema>(&self, id: &str) -> Result<Stored, Vec<String>> {
        let request = import_resource_state::Request {
            type_name: S::NAME.to_owned(),
            id: id.to_owned(),
            ..Default::default()
        };
        let answer = self
            .client
            .clone()
            .import_resource_state(request)
            .await
            .expect("importing is answered")
            .into_inner();
        let [imported] = answer.imported_resources.as_slice() else {
            return Err(errors(&answer.diagnostics));
        };
        assert_eq!(imported.type_name, S::NAME);
        let stored =
            Stored { state: decode::<S>(imported.state.as_ref()), private: imported.private.clone() };
        let read = self.read::<S>(&stored).await;
        assert!(!read.stored.state.is_null());
        Ok(read.stored)
    }

    /// Stored JSON brought up to the current schema.
    pub(crate) async fn upgrade<S: Schema>(&self, version: i64, stored: &str) -> Result<Value, Vec<String>> {
        let raw_state = Some(RawState { json: stored.as_bytes().to_vec(), ..Default::default() });
        let request = upgrade_resource_state::Request { type_name: S::NAME.to_owned(), version, raw_state };
        let answer = self
            .client
            .clone()
            .upgrade_resource_state(request)
            .await
            .expect("upgrading is answered")
            .into_inner();
        let failures = errors(&answer.diagnostics);
        if failures.is_empty() { Ok(decode::<S>(answer.upgraded_state.as_ref())) } else { Err(failures) }
    }

    fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities { write_only_attributes_allowed: self.write_only, ..Default::default() }
    }
}

fn exists(value: &Value, path: &AttributePath) -> bool {
    let mut here = value;
    path.steps().iter().all(|step| {
        let next = match (step, here) {
            (Step::Attribute(name) | Step::Key(name), Value::Known(Data::Mapping(members))) => {
                members.get(name)
            }
            (Step::Index(index), Value::Known(Data::Sequence(elements))) => {
                usize::try_from(*index).ok().and_then(|index| elements.get(index))
            }
            _ => None,
        };
        here = next.unwrap_or(&Value::Null);
        next.is_some()
    })
}
