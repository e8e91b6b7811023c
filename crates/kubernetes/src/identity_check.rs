//! Requests on connections that lead to the expected cluster: each connection is checked before anything else is sent on it, and again
//! when credentials or kubeconfig were read again, since then it may lead elsewhere.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use request_pipeline::{Problem, Repeated, Retry, TlsProblem, repeat};
use serde_json::Value;

use super::{
    client::Connected,
    connection::Server,
    errors::{Action, Error},
    http::{Answer, Request},
    identity::{Gone, Mismatch, Proof, Verdict},
    namespace::Namespace,
    object::{Api, Kind as _, ObjectPlace},
    session::Session,
    status::Refusal,
};

/// Outcome of a request with all its repetitions.
pub(super) type Outcome<T = Value> = Repeated<T, Refusal>;

/// A connection that was checked, so that requests may be sent on it: nothing shows that it leads to another cluster. Only
/// [`Session::check`] makes one.
struct Checked {
    connected: Arc<Connected>,
    proof: Option<Proof>,
}

impl Checked {
    fn connected(&self) -> &Connected {
        &self.connected
    }
}

/// Why a check has no result.
enum Stopped {
    /// The server rejected the credentials.
    Rejected(Box<Refusal>),
    /// A request failed.
    Problem(Problem),
    /// TLS failed for good.
    Tls(TlsProblem),
    /// A final error, such as another cluster.
    Final(Box<Error>),
}

impl Stopped {
    /// The outcome of the attempt that required the check.
    fn into_answer<T>(self) -> Result<Answer<T>, Error> {
        match self {
            Self::Rejected(refusal) => Ok(Answer::Rejected(*refusal)),
            Self::Problem(problem) => Ok(Answer::Problem(problem)),
            Self::Tls(problem) => Ok(Answer::Tls(problem)),
            Self::Final(error) => Err(*error),
        }
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Final(error.into())
    }
}

/// The only requests that are sent on a connection that is not checked.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Issuer,
    KubeSystemUid,
}

impl Fact {
    fn request(self) -> Request {
        /// Longer than either: they come from whoever is at the address.
        const LONGEST: usize = 64 << 10;
        let request = match self {
            Self::Issuer => Request::get(
                Action { verb: "get", api: DISCOVERY, place: None, subresource: None },
                "/.well-known/openid-configuration".to_owned(),
            ),
            Self::KubeSystemUid => {
                let (api, place) = (Namespace::api(false), ObjectPlace::cluster("kube-system"));
                Request::get(Action::on("get", api, &place), api.path_of(&place))
            }
        };
        request.at_most(LONGEST)
    }

    fn of(self, response: &Value) -> Option<String> {
        let text = match self {
            Self::Issuer => response.get("issuer"),
            Self::KubeSystemUid => response.pointer("/metadata/uid"),
        };
        text.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    }
}

/// The document is not an object of an API; its name stands in messages.
const DISCOVERY: Api = Api { group_version: "", kind: "issuer discovery document", plural: "" };

impl Session {
    /// A request, repeated while its failure may pass.
    pub(super) async fn send(&self, request: &Request) -> Result<Outcome, Error> {
        let attempt = |checked: Checked| async move { self.attempt(checked.connected(), request).await };
        self.repeat_on_connection(request, attempt).await
    }

    /// What shows that this is the expected cluster; `None` if nothing does, and nothing shows that it is another one.
    pub async fn proof(&self) -> Result<Option<Proof>, Error> {
        self.find_out(Fact::Issuer, |checked| async move { Ok(checked.proof) }).await
    }

    /// Identifies a cluster: the uid of the namespace `kube-system`. `None` if the caller may not read that.
    pub async fn cluster_uid(&self) -> Result<Option<String>, Error> {
        let uid =
            |checked: Checked| async move { self.known(checked.connected(), Fact::KubeSystemUid).await };
        self.find_out(Fact::KubeSystemUid, uid).await
    }

    /// Fails unless it is certain that this is the expected cluster, so that what was not found there, or was found to be another one,
    /// counts. An address is checked again: it may no longer lead to the same cluster.
    pub async fn expect_certain(&self) -> Result<(), Error> {
        self.find_out(Fact::Issuer, |checked| async move { self.certain(checked.connected()).await }).await
    }

    /// The evidence that the object that was just not found is gone.
    pub(super) async fn confirm_gone(&self) -> Result<Gone, Error> {
        self.expect_certain().await.map(|()| Gone::confirmed())
    }

    /// Fails before a create that a state rests on goes to a cluster that cannot be told from others. Without a state there is nothing to
    /// compare with: a first create goes where the configuration says.
    pub(super) async fn expect_writable(&self) -> Result<(), Error> {
        if self.expected().uid.is_none() {
            return Ok(());
        }
        self.find_out(Fact::Issuer, |checked| async move {
            checked.proof.map(|_| ()).ok_or_else(|| self.uncertain(checked.connected()).into())
        })
        .await
    }

    /// Repeats attempts on a connection that leads to the expected cluster. `request`: what messages name.
    async fn repeat_on_connection<T, A>(
        &self,
        request: &Request,
        attempt: impl Fn(Checked) -> A,
    ) -> Result<Outcome<T>, Error>
    where
        A: Future<Output = Result<Answer<T>, Error>>,
    {
        let client = self.client();
        let renewed = AtomicBool::new(false);
        // The server of the last attempt, for messages: a changed kubeconfig may lead to another.
        let server = Mutex::new(String::new());
        let once = || async {
            let connected = client.made(self.call()).await?;
            connected.server.clone_into(&mut server.lock().unwrap_or_else(PoisonError::into_inner));
            let answer = self.attempt_checked(&connected, &attempt).await?;
            // The credentials may have been revoked or replaced.
            if matches!(&answer, Answer::Rejected(refusal) if refusal.status == 401)
                && !renewed.load(Ordering::Relaxed)
                && client.renew(&connected).await
            {
                tracing::debug!(server = connected.server, "credentials rejected, reading them again");
                renewed.store(true, Ordering::Relaxed);
                let connected = client.made(self.call()).await?;
                return self.attempt_checked(&connected, &attempt).await;
            }
            Ok(answer)
        };
        let Request { action, method, target, .. } = request;
        let server = || server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut outcome = repeat(
            Retry::until(self.call().deadline, client.connection().backoff),
            self.call(),
            once,
            || format!("{action}: {method} {}{target}", server()),
            || client.has_succeeded(),
            |ended| Error::ended(ended, action, &client.connection().title, &server()),
        )
        .await?;
        if let Err(refusal) = &mut outcome.answer
            && refusal.status == 401
            && client.connection().answers_anonymous
        {
            refusal.anonymous = client.made(self.call()).await?.anonymous_version().await;
        }
        Ok(outcome)
    }

    async fn attempt_checked<T, A>(
        &self,
        connected: &Arc<Connected>,
        attempt: &impl Fn(Checked) -> A,
    ) -> Result<Answer<T>, Error>
    where
        A: Future<Output = Result<Answer<T>, Error>>,
    {
        match self.check(connected).await {
            Ok(checked) => attempt(checked).await,
            Err(stopped) => stopped.into_answer(),
        }
    }

    /// Checks a connection before anything else is sent on it. Once for each connection, the check sends one request, or two.
    async fn check(&self, connected: &Arc<Connected>) -> Result<Checked, Stopped> {
        let expected = self.expected();
        let checked = |proof| Ok(Checked { connected: Arc::clone(connected), proof });
        if self.is_named_by_coreweave() {
            return checked(Some(Proof::Endpoint));
        }
        match expected.by_issuer(self.known(connected, Fact::Issuer).await?.as_deref()) {
            Verdict::Same => return checked(Some(Proof::Issuer)),
            Verdict::Other(mismatch) => return Err(self.other_cluster(connected, mismatch).into()),
            Verdict::Nothing if expected.uid.is_none() => return checked(None),
            Verdict::Nothing => {}
        }
        match expected.by_uid(self.known(connected, Fact::KubeSystemUid).await?.as_deref()) {
            Verdict::Same => checked(Some(Proof::Uid)),
            Verdict::Other(mismatch) => Err(self.other_cluster(connected, mismatch).into()),
            Verdict::Nothing => checked(None),
        }
    }

    /// Both findings agree with what is expected, as far as there are any, and at least one shows it.
    async fn certain(&self, connected: &Connected) -> Result<(), Stopped> {
        let expected = self.expected();
        let is_named = self.is_named_by_coreweave();
        let by_issuer = if is_named {
            Verdict::Same
        } else {
            expected.by_issuer(self.read(connected, Fact::Issuer).await?.as_deref())
        };
        let by_uid = if expected.uid.is_none() {
            Verdict::Nothing
        } else if is_named {
            expected.by_uid(self.known(connected, Fact::KubeSystemUid).await?.as_deref())
        } else {
            expected.by_uid(self.read(connected, Fact::KubeSystemUid).await?.as_deref())
        };
        match (by_issuer, by_uid) {
            (Verdict::Other(mismatch), _) | (_, Verdict::Other(mismatch)) => {
                Err(self.other_cluster(connected, mismatch).into())
            }
            (Verdict::Nothing, Verdict::Nothing) => Err(self.uncertain(connected).into()),
            (Verdict::Same, _) | (_, Verdict::Same) => Ok(()),
        }
    }

    fn is_named_by_coreweave(&self) -> bool {
        matches!(self.client().connection().server, Server::Endpoint(_))
    }

    /// A finding about this connection, requested by the first that needs it.
    async fn known(&self, connected: &Connected, fact: Fact) -> Result<Option<String>, Stopped> {
        let evidence = &connected.evidence;
        let cell = match fact {
            Fact::Issuer => &evidence.issuer,
            Fact::KubeSystemUid => &evidence.uid,
        };
        cell.get_or_try_init(|| self.read(connected, fact)).await.cloned()
    }

    async fn read(&self, connected: &Connected, fact: Fact) -> Result<Option<String>, Stopped> {
        match self.attempt(connected, &fact.request()).await? {
            Answer::Success(response) => Ok(fact.of(&response)),
            Answer::Rejected(refusal) if refusal.status == 401 => Err(Stopped::Rejected(refusal.into())),
            Answer::Rejected(_) => Ok(None),
            Answer::Problem(problem) => Err(Stopped::Problem(problem)),
            Answer::Tls(problem) => Err(Stopped::Tls(problem)),
        }
    }

    /// Something about a checked connection. `fact`: the request that messages name.
    async fn find_out<T, F>(&self, fact: Fact, find: impl Fn(Checked) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Stopped>>,
    {
        let request = fact.request();
        let attempt = |checked| {
            let found = find(checked);
            async move { found.await.map_or_else(Stopped::into_answer, |found| Ok(Answer::Success(found))) }
        };
        let outcome = self.repeat_on_connection(&request, attempt).await?;
        outcome.answer.map_err(|refusal| self.refused(refusal, request.action))
    }

    fn other_cluster(&self, connected: &Connected, mismatch: Mismatch) -> Error {
        Error::OtherCluster {
            id: self.expected().id.clone(),
            server: connected.server.clone(),
            named_by: self.client().connection().server.named_by(),
            mismatch: Box::new(mismatch),
        }
    }

    fn uncertain(&self, connected: &Connected) -> Error {
        Error::UncertainCluster {
            id: self.expected().id.clone(),
            server: connected.server.clone(),
            named_by: self.client().connection().server.named_by(),
            remembers: self.expected().uid.is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
