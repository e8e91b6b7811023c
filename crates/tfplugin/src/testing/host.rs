//! A host in memory: it speaks gRPC to the service, encodings included, plans twice as Terraform does, and checks every response by
//! core's rules.

use tfplugin_proto::tfplugin6::{
    ClientCapabilities, Deferred, RawState, ResourceIdentityData, apply_resource_change, call_function,
    configure_provider, deferred, get_resource_identity_schemas, import_resource_state, move_resource_state,
    plan_resource_change, provider_client::ProviderClient, provider_server::ProviderServer, read_data_source,
    read_resource, upgrade_resource_identity, upgrade_resource_state, validate_data_resource_config,
    validate_provider_config, validate_resource_config,
};

use super::{
    core_rules,
    values::{errors, exists, warnings},
    wire::{decode, decode_as, encode, encode_as, from_wire, to_path},
};
use crate::{
    attribute::Attribute as _,
    deferral::Deferral,
    diagnostics::Diagnostic,
    function::Function,
    path::AttributePath,
    provider::Provider,
    rpc::Service,
    schema::Schema,
    value::{Type, Value},
};

/// The panic message for a call without a response, which a service in memory always sends.
pub(super) const RESPONSE: &str = "every call has a response";

/// A client of the service under test.
#[doc(hidden)]
pub type Client<P> = ProviderClient<ProviderServer<Service<P>>>;

/// A host with one process of a provider. Clones share the process, for tests of concurrent calls.
///
/// The functions with a `Value` of a configuration or state expect one from [`object`]. The type parameter
/// `S` is the resource or data source. They panic where Terraform would report the provider as broken, with the
/// rule that it breaks. Errors that the provider reports are returned.
///
/// Calls need a Tokio runtime: use `#[tokio::test]`.
pub struct Host<P: Provider> {
    client: Client<P>,
    write_only: bool,
    defers: bool,
}

/// An object as it is in a state: the input of the next plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its attributes; null if there is no object.
    pub state: Value,
    /// Its private state, as the bytes that Terraform stores.
    pub private: Vec<u8>,
    /// Its [identity](crate::identity); null if it has none, or none yet.
    pub identity: Value,
}

/// A plan that core accepts, or errors.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The planned attributes, unknown in parts; null when the object is to be destroyed.
    pub state: Value,
    /// The planned private: private state on its way to the apply.
    pub private: Vec<u8>,
    /// The attributes whose change replaces the object.
    pub replace: Vec<AttributePath>,
    /// The planned identity; null where it will be known only after apply.
    pub identity: Value,
    /// Why a later run plans it again, on a [host that defers](Host::with_deferral).
    pub deferred: Option<Deferral>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// The result of an apply or of a refresh.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The object after the operation; after an error, the state that was kept.
    pub stored: Stored,
    /// Why a later run reads it, on a [host that defers](Host::with_deferral).
    pub deferred: Option<Deferral>,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Stored {
    /// No object: the prior state of a create.
    pub fn none() -> Self {
        Self::new(Value::Null, Vec::new())
    }

    /// An object with this state and private state, and without an identity, such as one that an older version of the provider stored.
    pub fn new(state: Value, private: Vec<u8>) -> Self {
        Self { state, private, identity: Value::Null }
    }
}

impl<P: Provider> Host<P> {
    /// A provider that has no configuration yet, as for `validate`, and for [`Host::configure`] with
    /// a configuration that is rejected or unknown.
    pub fn unconfigured() -> Self {
        let client = ProviderClient::new(ProviderServer::new(Service::detached()));
        Self { client, write_only: true, defers: false }
    }

    /// A provider with this configuration.
    ///
    /// # Panics
    /// If the provider rejects it, or warns.
    pub async fn configured(config: &Value) -> Self {
        let host = Self::unconfigured();
        assert_eq!(host.configure(config).await, [] as [Diagnostic; 0]);
        host
    }

    /// The same host without write-only arguments: Terraform before 1.11.
    #[must_use]
    pub fn without_write_only(self) -> Self {
        Self { write_only: false, ..self }
    }

    /// The same host with [deferral](crate::deferral): Terraform with `-allow-deferral`.
    #[must_use]
    pub fn with_deferral(self) -> Self {
        Self { defers: true, ..self }
    }

    /// A client for messages that this host has no function for.
    #[doc(hidden)]
    pub fn client(&self) -> Client<P> {
        self.client.clone()
    }

    /// Configures the provider, and returns its errors and warnings. The last configuration counts.
    pub async fn configure(&self, config: &Value) -> Vec<Diagnostic> {
        self.configure_as("", config).await
    }

    /// The same as a host of this version.
    pub async fn configure_as(&self, version: &str, config: &Value) -> Vec<Diagnostic> {
        let request = configure_provider::Request {
            terraform_version: version.to_owned(),
            config: Some(encode::<P>(config)),
            ..Default::default()
        };
        from_wire(self.client().configure_provider(request).await.expect(RESPONSE).into_inner().diagnostics)
    }

    /// Checks a configuration of the provider.
    pub async fn validate_provider(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_provider_config::Request { config: Some(encode::<P>(config)) };
        let response = self.client().validate_provider_config(request).await.expect(RESPONSE).into_inner();
        from_wire(response.diagnostics)
    }

    /// Checks a configuration of a data source.
    pub async fn validate_data_source<S: Schema>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_data_resource_config::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
        };
        let response =
            self.client().validate_data_resource_config(request).await.expect(RESPONSE).into_inner();
        from_wire(response.diagnostics)
    }

    /// Reads a data source. The configuration must be wholly known, as Terraform waits for that.
    pub async fn read_data_source<S: Schema>(&self, config: &Value) -> Applied {
        let request = read_data_source::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = self.client().read_data_source(request).await.expect(RESPONSE).into_inner();
        let state = decode::<S>(response.state.as_ref());
        Applied {
            stored: Stored::new(state, Vec::new()),
            deferred: self.deferral(response.deferred),
            diagnostics: from_wire(response.diagnostics),
        }
    }

    /// Checks a configuration of a resource.
    pub async fn validate<S: Schema>(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_resource_config::Request {
            type_name: S::NAME.to_owned(),
            config: Some(encode::<S>(config)),
            client_capabilities: Some(self.capabilities()),
        };
        from_wire(
            self.client().validate_resource_config(request).await.expect(RESPONSE).into_inner().diagnostics,
        )
    }

    /// Plans the change from `prior` to a configuration: [`Stored::none`] for a create, a null configuration
    /// for a destroy. Sends what core proposes, and checks the plan by core's rules unless it has errors.
    ///
    /// # Panics
    /// If core would reject the plan.
    pub async fn plan<S: Schema>(&self, prior: &Stored, config: &Value) -> Planned {
        self.plan_again::<S>(prior, config, Vec::new()).await
    }

    /// The second plan of a change, as in an apply of Terraform 1.16 and newer, with the planned private of
    /// the first.
    ///
    /// # Panics
    /// If core would reject the plan.
    pub async fn plan_again<S: Schema>(
        &self,
        prior: &Stored,
        config: &Value,
        planned_private: Vec<u8>,
    ) -> Planned {
        let proposed = core_rules::proposed_new(&S::block(), &prior.state, config);
        let request = plan_resource_change::Request {
            type_name: S::NAME.to_owned(),
            prior_state: Some(encode::<S>(&prior.state)),
            proposed_new_state: Some(encode::<S>(&proposed)),
            config: Some(encode::<S>(config)),
            prior_private: prior.private.clone(),
            prior_identity: self.identity_data::<S>(&prior.identity).await,
            planned_private,
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = self.client().plan_resource_change(request).await.expect(RESPONSE).into_inner();
        assert!(!response.legacy_type_system);
        let planned = Planned {
            state: decode::<S>(response.planned_state.as_ref()),
            private: response.planned_private,
            replace: response.requires_replace.iter().map(to_path).collect(),
            identity: self.identity::<S>(response.planned_identity).await,
            deferred: self.deferral(response.deferred),
            diagnostics: from_wire(response.diagnostics),
        };
        assert!(planned.identity.is_wholly_known(), "hosts cannot store a plan with {:?}", planned.identity);
        if errors(&planned.diagnostics).is_empty() && planned.deferred.is_none() {
            let found = core_rules::plan_errors(&S::block(), &prior.state, config, &planned.state);
            assert_eq!(found, [] as [String; 0], "from {prior:?} to {config:?}");
            for path in &planned.replace {
                assert!(exists(&prior.state, path) || exists(&planned.state, path), "{path} exists nowhere");
            }
        }
        planned
    }

    /// Applies a plan: a create, an update, or a delete. The result is checked by core's rules unless it has
    /// errors. For a replacement, apply the destroy first.
    ///
    /// # Panics
    /// If core would reject the result, or if something in it is unknown.
    pub async fn apply<S: Schema>(&self, prior: &Stored, planned: &Planned, config: &Value) -> Applied {
        let mut request = Self::apply_request::<S>(prior, planned, config);
        request.planned_identity = self.identity_data::<S>(&planned.identity).await;
        let response = self.client().apply_resource_change(request).await.expect(RESPONSE).into_inner();
        let state = decode::<S>(response.new_state.as_ref());
        let identity = self.identity::<S>(response.new_identity).await;
        assert!(identity.is_wholly_known(), "{identity:?}");
        let applied = Applied {
            stored: Stored { state, private: response.private, identity },
            deferred: None,
            diagnostics: from_wire(response.diagnostics),
        };
        assert!(applied.stored.state.is_wholly_known(), "{applied:?}");
        if errors(&applied.diagnostics).is_empty() {
            let found = core_rules::result_errors(&S::block(), &planned.state, &applied.stored.state);
            assert_eq!(found, [] as [String; 0]);
        }
        applied
    }

    /// The message that applies a plan.
    #[doc(hidden)]
    pub fn apply_request<S: Schema>(
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

    /// Brings an object to a configuration as Terraform does: plan, destroy if it has to be replaced, plan
    /// again, apply. Then checks that a further plan finds nothing to do, before and after a refresh.
    ///
    /// # Panics
    /// On errors of the provider, and where core would reject a plan or result.
    pub async fn bring_to<S: Schema>(&self, prior: &Stored, config: &Value) -> Stored {
        let mut prior = prior.clone();
        let first = self.plan::<S>(&prior, config).await;
        assert_eq!(errors(&first.diagnostics), [] as [String; 0]);
        if !prior.state.is_null() && !first.replace.is_empty() {
            self.destroy::<S>(&prior).await;
            prior = Stored::new(Value::Null, first.private);
        }
        let planned = self.plan::<S>(&prior, config).await;
        assert_eq!(planned, self.plan::<S>(&prior, config).await, "plans must not differ from each other");
        if planned.state == prior.state {
            // Terraform applies nothing then, and keeps the state with its private state.
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

    /// Plans the destroy of an object, and applies that plan.
    ///
    /// # Panics
    /// On errors of the provider.
    pub async fn destroy<S: Schema>(&self, prior: &Stored) {
        let planned = self.plan::<S>(prior, &Value::Null).await;
        assert_eq!((&planned.state, &planned.private), (&Value::Null, &prior.private));
        let applied = self.apply::<S>(prior, &planned, &Value::Null).await;
        assert_eq!(errors(&applied.diagnostics), [] as [String; 0]);
        assert_eq!(applied.stored, Stored::none(), "nothing remains");
    }

    /// Checks that a plan changes nothing, and has no warnings.
    ///
    /// # Panics
    /// If it does.
    pub async fn expect_no_change<S: Schema>(&self, stored: &Stored, config: &Value) {
        let planned = self.plan::<S>(stored, config).await;
        let wanted = Planned {
            state: stored.state.clone(),
            private: stored.private.clone(),
            replace: vec![],
            identity: stored.identity.clone(),
            deferred: None,
            diagnostics: vec![],
        };
        assert_eq!(planned, wanted, "nothing is to do");
    }

    /// Refreshes an object. The state is null if the object does not exist any more.
    pub async fn read<S: Schema>(&self, stored: &Stored) -> Applied {
        let request = read_resource::Request {
            type_name: S::NAME.to_owned(),
            current_state: Some(encode::<S>(&stored.state)),
            private: stored.private.clone(),
            current_identity: self.identity_data::<S>(&stored.identity).await,
            client_capabilities: Some(self.capabilities()),
            ..Default::default()
        };
        let response = self.client().read_resource(request).await.expect(RESPONSE).into_inner();
        let deferred = self.deferral(response.deferred);
        let diagnostics = from_wire(response.diagnostics);
        let stored = if errors(&diagnostics).is_empty() {
            let identity = self.identity::<S>(response.new_identity).await;
            assert!(identity.is_wholly_known(), "{identity:?}");
            Stored { state: decode::<S>(response.new_state.as_ref()), private: response.private, identity }
        } else {
            stored.clone()
        };
        Applied { stored, deferred, diagnostics }
    }

    /// Imports by id, and refreshes as Terraform does after it.
    ///
    /// # Errors
    /// The provider's errors, as [`errors`] shows them; Terraform's own if the refresh finds nothing.
    pub async fn import<S: Schema>(&self, id: &str) -> Result<Stored, Vec<String>> {
        let id = id.to_owned();
        self.import_as::<S>(import_resource_state::Request { id, ..Default::default() }).await
    }

    /// Imports by identity, and refreshes as Terraform does after it.
    ///
    /// # Errors
    /// The provider's errors, as [`errors`] shows them; Terraform's own if the refresh finds nothing.
    ///
    /// # Panics
    /// If the resource has no identity, which Terraform itself rejects.
    pub async fn import_identity<S: Schema>(&self, identity: &Value) -> Result<Stored, Vec<String>> {
        let identity = self.identity_data::<S>(identity).await;
        assert!(identity.is_some(), "{} has an identity", S::NAME);
        self.import_as::<S>(import_resource_state::Request { identity, ..Default::default() }).await
    }

    async fn import_as<S: Schema>(
        &self,
        request: import_resource_state::Request,
    ) -> Result<Stored, Vec<String>> {
        let by_identity = request.identity.is_some();
        let request = import_resource_state::Request { type_name: S::NAME.to_owned(), ..request };
        let response = self.client().import_resource_state(request).await.expect(RESPONSE).into_inner();
        let [imported] = response.imported_resources.as_slice() else {
            return Err(errors(&from_wire(response.diagnostics)));
        };
        assert_eq!(imported.type_name, S::NAME);
        let stored = Stored {
            state: decode::<S>(imported.state.as_ref()),
            private: imported.private.clone(),
            identity: self.identity::<S>(imported.identity.clone()).await,
        };
        assert!(!by_identity || !stored.identity.is_null(), "an import by identity returns one");
        let read = self.read::<S>(&stored).await;
        let failures = errors(&read.diagnostics);
        match read.stored.state {
            _ if !failures.is_empty() => Err(failures),
            Value::Null => Err(vec![": Cannot import non-existent remote object".to_owned()]),
            _ => Ok(read.stored),
        }
    }

    /// Upgrades stored state, as JSON, from a version of the schema to the current one.
    ///
    /// # Errors
    /// The provider's errors, as [`errors`] shows them.
    pub async fn upgrade<S: Schema>(&self, version: i64, stored: &str) -> Result<Value, Vec<String>> {
        let raw_state = Some(RawState { json: stored.as_bytes().to_vec(), ..Default::default() });
        let request = upgrade_resource_state::Request { type_name: S::NAME.to_owned(), version, raw_state };
        let response = self.client().upgrade_resource_state(request).await.expect(RESPONSE).into_inner();
        let failures = errors(&from_wire(response.diagnostics));
        if failures.is_empty() { Ok(decode::<S>(response.upgraded_state.as_ref())) } else { Err(failures) }
    }

    /// Moves an object of another resource type here: its provider's source address with the host, its type,
    /// the version of its schema, and its state as JSON.
    ///
    /// Returns the moved object, and the provider's warnings as [`warnings`] shows them.
    ///
    /// # Errors
    /// The provider's errors, as [`errors`] shows them.
    pub async fn move_from<S: Schema>(
        &self,
        (provider, type_name): (&str, &str),
        version: i64,
        stored: &str,
    ) -> Result<(Stored, Vec<String>), Vec<String>> {
        let request = move_resource_state::Request {
            source_provider_address: provider.to_owned(),
            source_type_name: type_name.to_owned(),
            source_schema_version: version,
            source_state: Some(RawState { json: stored.as_bytes().to_vec(), ..Default::default() }),
            source_private: b"{\"theirs\":1}".to_vec(),
            target_type_name: S::NAME.to_owned(),
            ..Default::default()
        };
        let response = self.client().move_resource_state(request).await.expect(RESPONSE).into_inner();
        let diagnostics = from_wire(response.diagnostics);
        let failures = errors(&diagnostics);
        if !failures.is_empty() {
            return Err(failures);
        }
        let state = decode::<S>(response.target_state.as_ref());
        assert!(state.is_wholly_known(), "{state:?}");
        let identity = self.identity::<S>(response.target_identity).await;
        Ok((Stored { state, private: response.target_private, identity }, warnings(&diagnostics)))
    }

    /// Calls a function with its arguments in the order of its parameters.
    ///
    /// # Errors
    /// The text of the function's error.
    ///
    /// # Panics
    /// If an argument does not fit its parameter, which Terraform itself rejects.
    pub async fn call<F: Function>(&self, arguments: &[Value]) -> Result<Value, String> {
        let parameters = F::block().attributes;
        let arguments = parameters.iter().zip(arguments);
        let arguments = arguments.map(|(it, argument)| encode_as(argument, &it.shape.value_type())).collect();
        let request = call_function::Request { name: F::NAME.to_owned(), arguments };
        let response = self.client().call_function(request).await.expect(RESPONSE).into_inner();
        match response.error {
            Some(error) => Err(error.text),
            None => Ok(decode_as(response.result.as_ref(), &F::Output::shape().value_type())),
        }
    }

    /// What a response defers, which it may on a host that defers.
    pub(super) fn deferral(&self, deferred: Option<Deferred>) -> Option<Deferral> {
        let reason = deferred?.reason();
        assert!(self.defers, "the host does not defer");
        Some(match reason {
            deferred::Reason::ProviderConfigUnknown => Deferral::ProviderConfiguration,
            deferred::Reason::ResourceConfigUnknown => Deferral::Arguments,
            other => panic!("nothing here is deferred for {other:?}"),
        })
    }

    /// Upgrades a stored identity, as JSON, from a version to the current one.
    ///
    /// # Errors
    /// The provider's errors, as [`errors`] shows them.
    pub async fn upgrade_identity<S: Schema>(
        &self,
        version: i64,
        stored: &str,
    ) -> Result<Value, Vec<String>> {
        let raw_identity = Some(RawState { json: stored.as_bytes().to_vec(), ..Default::default() });
        let type_name = S::NAME.to_owned();
        let request = upgrade_resource_identity::Request { type_name, version, raw_identity };
        let response = self.client().upgrade_resource_identity(request).await.expect(RESPONSE).into_inner();
        let failures = errors(&from_wire(response.diagnostics));
        if failures.is_empty() {
            Ok(self.identity::<S>(response.upgraded_identity).await)
        } else {
            Err(failures)
        }
    }

    /// The type of a resource's identity, as a host learns it.
    async fn identity_type<S: Schema>(&self) -> Option<Type> {
        let request = get_resource_identity_schemas::Request {};
        let response =
            self.client().get_resource_identity_schemas(request).await.expect(RESPONSE).into_inner();
        let schema = response.identity_schemas.get(S::NAME)?;
        let attributes = schema.identity_attributes.iter().map(|attribute| {
            (attribute.name.clone(), Type::from_json(&attribute.r#type).expect("core reads the type"))
        });
        Some(Type::Object(attributes.collect()))
    }

    async fn identity_data<S: Schema>(&self, identity: &Value) -> Option<ResourceIdentityData> {
        if identity.is_null() {
            return None;
        }
        let identity_data = Some(encode_as(identity, &self.identity_type::<S>().await?));
        Some(ResourceIdentityData { identity_data })
    }

    /// The identity in a response.
    ///
    /// # Panics
    /// If the resource has no schema of one: core would crash.
    pub(super) async fn identity<S: Schema>(&self, data: Option<ResourceIdentityData>) -> Value {
        let Some(data) = data else { return Value::Null };
        let value_type =
            self.identity_type::<S>().await.expect("only a resource with an identity returns one");
        decode_as(data.identity_data.as_ref(), &value_type)
    }

    pub(super) fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities {
            write_only_attributes_allowed: self.write_only,
            store_planned_private: true,
            deferral_allowed: self.defers,
            ..Default::default()
        }
    }
}

impl<P: Provider> Clone for Host<P> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), write_only: self.write_only, defers: self.defers }
    }
}

impl<P: Provider> std::fmt::Debug for Host<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("write_only", &self.write_only).finish_non_exhaustive()
    }
}
