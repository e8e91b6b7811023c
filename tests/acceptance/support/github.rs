//! A job of GitHub Actions: the endpoint at which its runner lets it request ID tokens, of the issuer that a cluster trusts.

use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use local_cks::{OpenIdProvider, User};
use secrecy::ExposeSecret as _;

use super::{Bed, block_on};

/// The response to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Response {
    /// A token for the requested audience.
    Token,
    /// A token that the cluster rejects, since it is for another client.
    TokenForAnotherClient,
    /// 403 with the credential in its body.
    Forbidden,
}

/// The endpoint, as long as it is not dropped.
#[derive(Debug)]
pub(crate) struct GithubJob {
    shared: Arc<Shared>,
    address: SocketAddr,
}

#[derive(Debug)]
struct Shared {
    issuer: OpenIdProvider,
    stopped: AtomicBool,
    /// The responses to the next requests; then tokens.
    next: Mutex<VecDeque<Response>>,
    requests: Mutex<Vec<Issued>>,
}

/// What a request was for, and the token that it got.
#[derive(Clone, Debug)]
pub(crate) struct Issued {
    pub(crate) audience: String,
    pub(crate) token: String,
}

/// What the runner gives to the job.
const CREDENTIAL: &str = "credential-of-the-runner-for-one-job";

impl GithubJob {
    /// A job whose tokens have this subject, `repo:OWNER/NAME:…` or, as newer repositories have it, `repo:OWNER@ID/NAME@ID:…`.
    pub(crate) fn start(subject: &str, groups: &[&str]) -> Self {
        let repository = subject.strip_prefix("repo:").unwrap_or_default();
        let owner = repository.split(['/', '@']).next().unwrap_or_default();
        let user = User::new(subject).groups(groups).claim("repository_owner", owner.into());
        let issuer = block_on(OpenIdProvider::start(vec![user])).expect("an OpenID provider");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let shared = Arc::new(Shared {
            issuer,
            stopped: AtomicBool::new(false),
            next: Mutex::default(),
            requests: Mutex::default(),
        });
        let (own, subject) = (Arc::clone(&shared), subject.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if own.stopped.load(Ordering::Relaxed) {
                    return;
                }
                own.serve(stream, &subject);
            }
        });
        Self { shared, address }
    }

    /// The issuer of its tokens.
    pub(crate) fn issuer(&self) -> &OpenIdProvider {
        &self.shared.issuer
    }

    /// The variables that the runner sets in a job with `id-token: write`.
    pub(crate) fn variables(&self) -> [(String, String); 2] {
        let url = format!("http://{}/idtoken/1?api-version=2.0", self.address);
        [("ACTIONS_ID_TOKEN_REQUEST_URL", url), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", CREDENTIAL.to_owned())]
            .map(|(name, value)| (name.to_owned(), value))
    }

    /// Sets the job's variables for the host.
    pub(crate) fn enter(&self, bed: &mut Bed) {
        for (name, value) in self.variables() {
            bed.set_variable(&name, Some(&value));
        }
    }

    /// The response to the next request.
    pub(crate) fn respond(&self, response: Response) {
        self.shared.next.lock().expect("no panic inside").push_back(response);
    }

    /// The tokens so far, without those that were taken before.
    pub(crate) fn take_issued(&self) -> Vec<Issued> {
        std::mem::take(&mut *self.shared.requests.lock().expect("no panic inside"))
    }

    /// What must not leak, in addition to the tokens.
    pub(crate) fn credential() -> &'static str {
        CREDENTIAL
    }
}

impl Drop for GithubJob {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the thread.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream, subject: &str) {
        let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let target =
            lines.next().and_then(|line| Some(line.split(' ').nth(1)?.to_owned())).unwrap_or_default();
        let head: Vec<_> =
            lines.take_while(|line| !line.is_empty()).map(|line| line.to_lowercase()).collect();
        let (status, body) = if head.contains(&format!("authorization: bearer {CREDENTIAL}")) {
            self.answer(&target, subject)
        } else {
            (401, "the credential of the runner is missing".to_owned())
        };
        let _ = write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
    }

    fn answer(&self, target: &str, subject: &str) -> (u16, String) {
        let url = reqwest::Url::parse(&format!("http://job{target}")).expect("a URL");
        let audience = url.query_pairs().find(|(name, _)| name == "audience");
        let audience = audience.map(|(_, audience)| audience.into_owned()).unwrap_or_default();
        let next = self.next.lock().expect("no panic inside").pop_front();
        let client = match next.unwrap_or(Response::Token) {
            Response::Token => audience.as_str(),
            Response::TokenForAnotherClient => "another-client",
            Response::Forbidden => return (403, format!("the job of {CREDENTIAL} may not request tokens")),
        };
        let token = block_on(self.issuer.id_token_for(subject, client, 300)).expect("an ID token");
        let token = token.expose_secret().to_owned();
        let body = format!("{{\"count\":1,\"value\":\"{token}\"}}");
        self.requests.lock().expect("no panic inside").push(Issued { audience, token });
        (200, body)
    }
}
