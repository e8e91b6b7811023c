//! gRPC's health service, for go-plugin's `Ping`: the service `plugin` is well, and so is the server as a whole.

use tfplugin_proto::health::{
    HealthCheckRequest, HealthCheckResponse, HealthListRequest, HealthListResponse,
    health_check_response::ServingStatus, health_server::Health,
};
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::goplugin::Silent;
use crate::process::Process;

const SERVICES: [&str; 2] = ["", "plugin"];

/// A process that responds at all is healthy.
#[derive(Clone, Debug)]
pub(super) struct AlwaysServing {
    process: Process,
}

impl AlwaysServing {
    pub(super) fn new(process: Process) -> Self {
        Self { process }
    }
}

fn status(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl Health for AlwaysServing {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        if SERVICES.contains(&request.get_ref().service.as_str()) {
            Ok(Response::new(status(ServingStatus::Serving)))
        } else {
            Err(Status::not_found("no such service"))
        }
    }

    async fn list(
        &self,
        _request: Request<HealthListRequest>,
    ) -> Result<Response<HealthListResponse>, Status> {
        let statuses =
            SERVICES.into_iter().map(|name| (name.to_owned(), status(ServingStatus::Serving))).collect();
        Ok(Response::new(HealthListResponse { statuses }))
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let known = SERVICES.contains(&request.get_ref().service.as_str());
        let now = status(if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown });
        // It never changes.
        let later = Silent::until_the_end_of(&self.process, ());
        Ok(Response::new(Box::pin(tokio_stream::once(Ok(now)).chain(later))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(service: &str, expected: Result<ServingStatus, tonic::Code>) {
        let request = Request::new(HealthCheckRequest { service: service.to_owned() });
        let response = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(AlwaysServing::new(Process::new()).check(request));
        assert_eq!(
            response.map(|response| response.get_ref().status()).map_err(|status| status.code()),
            expected
        );
    }

    #[test]
    fn known_services_serve_and_others_are_not_found() {
        check("plugin", Ok(ServingStatus::Serving));
        check("", Ok(ServingStatus::Serving));
        check("tfplugin6.Provider", Err(tonic::Code::NotFound));
    }

    #[tokio::test]
    async fn a_watch_says_the_status_once_and_ends_with_the_process() {
        let process = Process::new();
        let request = Request::new(HealthCheckRequest { service: "plugin".to_owned() });
        let mut responses = AlwaysServing::new(process.clone()).watch(request).await.unwrap().into_inner();
        assert_eq!(responses.next().await.unwrap().unwrap().status(), ServingStatus::Serving);
        process.stopping().cancel();
        assert!(responses.next().await.is_none());
    }
}
