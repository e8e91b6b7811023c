//! The side of `local-cks up`: answers the commands over the socket.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Weak},
    time::Duration,
};

use child_processes::with_causes;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::Notify,
};

use crate::{
    failure::Failure,
    fault,
    protocol::{Request, Response},
    requests,
    running::Running,
};

/// Pause after a connection that could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens until the runtime ends; `stop` is notified by the request to stop.
pub(crate) fn listen(socket: &Path, running: &Arc<Running>, stop: Arc<Notify>) -> Result<(), Failure> {
    let listener = UnixListener::bind(socket).map_err(Failure::file("listen at", socket))?;
    let owner_only = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(socket, owner_only).map_err(Failure::file("protect", socket))?;
    // An owner of what runs while it answers only: dropping that ends it, though somebody is connected.
    let running = Arc::downgrade(running);
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Such as too many open files, of which some are closed soon.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let (running, stop) = (running.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                // A client that went away misses nothing.
                let _ = serve(stream, &running, &stop).await;
            });
        }
    });
    Ok(())
}

async fn serve(mut stream: UnixStream, running: &Weak<Running>, stop: &Notify) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(&mut stream).read_line(&mut line).await?;
    let Some(running) = running.upgrade() else { return Ok(()) };
    let request = serde_json::from_str(&line).map_err(|error| format!("not a request: {error}"));
    let is_stop = matches!(request, Ok(Request::Stop));
    let answer = match request {
        Ok(request) => answer(&running, request).await,
        Err(error) => Err(error),
    };
    drop(running);
    let answer = answer.map_or_else(Response::Failed, Response::Done);
    stream.write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes()).await?;
    if is_stop {
        stop.notify_one();
        // Closed by the end of this program, which is what the client waits for.
        std::future::pending::<()>().await;
    }
    Ok(())
}

async fn answer(running: &Running, request: Request) -> Result<Value, String> {
    match request {
        Request::Status => Ok(running.status()),
        Request::Fault(text) => {
            running.local.inject(fault::parse(&text)?);
            Ok(json!({"pending": running.local.pending_faults()}))
        }
        Request::ClearFaults => {
            let removed = running.local.pending_faults();
            running.local.clear_faults();
            Ok(json!({"removed": removed}))
        }
        Request::Requests => Ok(json!({
            "requests": running.local.requests().iter().map(requests::json).collect::<Vec<_>>(),
            "dropped": running.local.dropped_requests(),
        })),
        Request::ClearRequests => {
            running.local.clear_requests();
            Ok(Value::Null)
        }
        Request::Stop => Ok(Value::Null),
        Request::IdToken { user, client_id } => {
            let token = running.issuer.id_token(&user, &client_id).await;
            token.map(|token| json!(token.expose_secret())).map_err(|error| with_causes(&error))
        }
        Request::LogIn { user, page } => {
            let user = running.user(&user)?;
            running.issuer.log_in(&user, &page).await.map_err(|error| with_causes(&error))?;
            Ok(Value::Null)
        }
    }
}
