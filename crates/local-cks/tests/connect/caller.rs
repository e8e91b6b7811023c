//! A client of ClusterService in each of its forms.

use std::time::Duration;

use local_cks::{Builder, LocalCks, Role};
use prost_reflect::{
    DescriptorPool, DynamicMessage, MessageDescriptor,
    prost::{Message as _, bytes::Bytes},
};
use reqwest::{Client, Method, Proxy, RequestBuilder, Response};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

const CONNECT: &str = "https://api.coreweave.com/coreweave.cks.v1beta1.ClusterService/";
const REST: &str = "https://api.coreweave.com/v1beta1/cks/clusters";

/// A form of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Rest,
    ConnectJson,
    ConnectBinary,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Rest, Self::ConnectJson, Self::ConnectBinary];
}

pub(crate) struct Caller {
    pub(crate) local: LocalCks,
    pub(crate) client: Client,
}

impl Caller {
    pub(crate) async fn of(builder: Builder) -> Self {
        let local = builder.start().await.unwrap();
        let root = reqwest::Certificate::from_pem(local.ca_pem().as_bytes()).unwrap();
        let proxy = Proxy::all(local.proxy_url()).unwrap();
        let client = Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap();
        Self { local, client }
    }

    /// A call over Connect, without body and credentials.
    pub(crate) fn connect(&self, procedure: &str, content_type: &str) -> RequestBuilder {
        self.client.post(format!("{CONNECT}{procedure}")).header("content-type", content_type)
    }

    /// Calls the procedure as an Admin: status and body of the response, errors in Connect's form.
    pub(crate) async fn call(&self, form: Form, procedure: &str, request: &Value) -> (u16, Value) {
        self.call_as(Some(Role::Admin), form, procedure, request).await
    }

    /// The same with another token, or with none.
    pub(crate) async fn call_as(
        &self,
        role: Option<Role>,
        form: Form,
        procedure: &str,
        request: &Value,
    ) -> (u16, Value) {
        let builder = match form {
            Form::Rest => self.rest(procedure, request),
            Form::ConnectJson => self.connect(procedure, "application/json").body(request.to_string()),
            Form::ConnectBinary => self
                .connect(procedure, "application/proto")
                .header("connect-protocol-version", "1")
                .body(binary(&format!("{procedure}Request"), request)),
        };
        let builder = match role {
            Some(role) => builder.bearer_auth(self.local.token(role).expose_secret()),
            None => builder,
        };
        read(procedure, builder.send().await.unwrap()).await
    }

    fn rest(&self, procedure: &str, request: &Value) -> RequestBuilder {
        let one = || format!("{REST}/{}", request["id"].as_str().unwrap());
        match procedure {
            "ListClusters" => self.client.request(Method::GET, REST),
            "GetCluster" => self.client.request(Method::GET, one()),
            "CreateCluster" => self.client.request(Method::POST, REST).json(request),
            "UpdateCluster" => self.client.request(Method::PATCH, one()).json(request),
            "DeleteCluster" => self.client.request(Method::DELETE, one()),
            other => panic!("no procedure {other}"),
        }
    }

    /// Waits until the cluster has this status, by the calls of this form; `DELETED` is 404.
    pub(crate) async fn wait(&self, form: Form, id: &str, status: &str, limit: Duration) -> Value {
        let deadline = std::time::Instant::now() + limit;
        loop {
            let (code, body) = self.call(form, "GetCluster", &json!({ "id": id })).await;
            let found = body["cluster"]["status"].as_str().unwrap_or("DELETED").to_owned();
            if found == status {
                assert_eq!(code == 404, status == "DELETED", "{body}");
                return body["cluster"].clone();
            }
            assert!(std::time::Instant::now() < deadline, "the cluster is {found}, not {status}: {body}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Status and body of a response, whatever its form.
async fn read(procedure: &str, response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    let body = response.bytes().await.unwrap();
    let body = match content_type.as_str() {
        "application/proto" => json_of(&format!("{procedure}Response"), &body),
        "application/json" => serde_json::from_slice(&body).unwrap(),
        other => panic!("{status} {other}: {body:?}"),
    };
    (status, body)
}

fn descriptor(message: &str) -> MessageDescriptor {
    let compiled: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cks.bin"));
    let pool = DescriptorPool::decode(compiled).unwrap();
    pool.get_message_by_name(&format!("coreweave.cks.v1beta1.{message}")).unwrap()
}

/// JSON as a binary message. It must have no other members than the message.
pub(crate) fn binary(message: &str, json: &Value) -> Vec<u8> {
    DynamicMessage::deserialize(descriptor(message), json).unwrap().encode_to_vec()
}

/// A binary message as JSON.
pub(crate) fn json_of(message: &str, binary: &Bytes) -> Value {
    serde_json::to_value(DynamicMessage::decode(descriptor(message), binary.clone()).unwrap()).unwrap()
}
