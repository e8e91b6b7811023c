//! ClusterService over Connect, which is what CoreWeave's own provider speaks: binary protobuf, or JSON.
//!
//! Rule: unary calls of Connect's protocol as connect-go serves them, at version 1: POST only, the codec by content type, gzip where
//! the client has it, errors always as JSON. The calls themselves are those of REST. `version` is not required here: CoreWeave's
//! provider leaves it out where it does not change.

mod gzip;

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::{
    Api, Shared, caller, clusters,
    errors::{ApiError, Code},
    messages::Messages,
    object,
    schema::Object,
};
use crate::{
    accounts::Account,
    behaviour::{Behaviour, Enums, ErrorStyle, ZeroValues},
    faults::Call,
};

/// Content types of the codecs, as connect-go names them to a client that sends another.
const CODECS: &str = "application/json, application/json; charset=utf-8, application/proto";

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Binary,
    Json,
}

impl Codec {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
        match content_type.split(';').next()?.trim() {
            "application/proto" => Some(Self::Binary),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Binary => "application/proto",
            Self::Json => "application/json",
        }
    }
}

/// `POST /coreweave.cks.v1beta1.ClusterService/{procedure}`.
pub(crate) async fn serve(
    State(api): Shared,
    Path(procedure): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(call) = Call::of_procedure(&procedure) else {
        return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
    };
    let Some(codec) = Codec::of(&headers) else {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, [("accept-post", CODECS)]).into_response();
    };
    let mut response = match answer(&api, call, &procedure, codec, &headers, &body) {
        Ok(message) => respond(codec, &headers, message),
        Err(error) => error.respond(ErrorStyle::Connect),
    };
    response.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

fn answer(
    api: &Api,
    call: Call,
    procedure: &str,
    codec: Codec,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Vec<u8>, ApiError> {
    expect_version(headers)?;
    let caller = caller(&api.control, headers)?;
    let request = read(&api.messages, procedure, codec, headers, body)?;
    let behaviour = Behaviour {
        zero_values: ZeroValues::Omitted,
        enums: Enums::Names,
        version_required: false,
        ..api.control.behaviour()
    };
    let answer = perform(api, call, &caller, &request, &behaviour)?;
    match codec {
        Codec::Json => Ok(answer.to_string().into_bytes()),
        Codec::Binary => {
            let message = format!("{procedure}Response");
            let binary = api.messages.to_binary(&message, &answer);
            binary.map_err(|error| ApiError::new(Code::Internal, format!("marshal message: {error}")))
        }
    }
}

fn perform(
    api: &Api,
    call: Call,
    caller: &Account,
    request: &Object,
    behaviour: &Behaviour,
) -> Result<Value, ApiError> {
    let id = request.get("id").and_then(Value::as_str).unwrap_or_default();
    match call {
        Call::ListClusters => clusters::list(&api.control, caller, behaviour),
        Call::GetCluster => clusters::get(&api.control, caller, id, behaviour),
        Call::CreateCluster => clusters::create(&api.launcher, caller, request, behaviour),
        Call::UpdateCluster => clusters::update(&api.control, caller, id, request, behaviour),
        Call::DeleteCluster => clusters::delete(&api.control, caller, id, behaviour),
        Call::Whoami | Call::Managed | Call::Unmanaged | Call::Unknown => {
            Err(ApiError::new(Code::Unimplemented, "unknown procedure"))
        }
    }
}

fn expect_version(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("connect-protocol-version") {
        Some(version) if version != "1" => {
            let message = format!("connect-protocol-version must be \"1\": got {version:?}");
            Err(ApiError::new(Code::InvalidArgument, message))
        }
        _ => Ok(()),
    }
}

/// The request as REST would have it in its body.
fn read(
    messages: &Messages,
    procedure: &str,
    codec: Codec,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Object, ApiError> {
    let body = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"" | b"identity") => body.clone(),
        Some(b"gzip") => gzip::decompress(body)?,
        Some(other) => {
            let message = format!(
                "unknown compression {:?}: supported encodings are gzip",
                String::from_utf8_lossy(other)
            );
            return Err(ApiError::new(Code::Unimplemented, message));
        }
    };
    match codec {
        Codec::Json => object(&body),
        Codec::Binary => match messages.to_json(&format!("{procedure}Request"), &body) {
            Ok(Value::Object(request)) => Ok(request),
            Ok(other) => Err(ApiError::new(Code::InvalidArgument, format!("proto: no message: {other}"))),
            Err(error) => Err(ApiError::new(Code::InvalidArgument, error)),
        },
    }
}

fn respond(codec: Codec, headers: &HeaderMap, message: Vec<u8>) -> Response {
    let content_type = (header::CONTENT_TYPE, codec.content_type());
    let compressed = gzip::is_accepted(headers).then(|| gzip::compress(&message));
    match compressed {
        Some(Ok(compressed)) => {
            ([content_type, (header::CONTENT_ENCODING, "gzip")], compressed).into_response()
        }
        _ => ([content_type], message).into_response(),
    }
}

/// The body of a request as JSON, for the log; `Null` if it cannot be read.
pub(crate) fn readable(messages: &Messages, path: &str, headers: &HeaderMap, body: &Bytes) -> Option<Value> {
    let procedure = path.strip_prefix(Call::PROCEDURES)?;
    let codec = Codec::of(headers)?;
    Some(read(messages, procedure, codec, headers, body).map_or(Value::Null, Value::Object))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::Codec;

    #[test]
    fn the_codec_is_that_of_the_content_type() {
        let codec = |content_type: &'static str| {
            let value = HeaderValue::from_static(content_type);
            Codec::of(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)]))
        };
        assert_eq!(codec("application/proto"), Some(Codec::Binary));
        assert_eq!(codec("application/json; charset=utf-8"), Some(Codec::Json));
        assert_eq!(codec("application/grpc"), None);
        assert_eq!(Codec::of(&HeaderMap::new()), None);
    }
}
