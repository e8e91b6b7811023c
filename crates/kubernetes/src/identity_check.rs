//! Requests to servers of the expected cluster: each server behind an address is checked before anything else is sent to it, and again when
//! credentials or kubeconfig were read again.
//!
//! A server is known by the certificate that it presents. Each connection shows it anew, so that an address that begins to lead elsewhere leads
//! to a server that is not checked yet. Several servers of one cluster, each with a certificate of its own, are each checked once.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use request_pipeline::{Problem, Repeated, Retry, TlsProblem, repeat};
use serde_json::Value;

use super::{
    client::Connected,
    errors::{Action, Error},
    http::{Answer, Request, Unsent},
    identity::{Evidence, Gone, Mismatch, Proof, Verdict},
    namespace::Namespace,
    object::{Api, Kind as _, ObjectPlace},
    page::FromBody,
    picture::Pictures,
    pool::KnownServer,
    session::Session,
    status::Refusal,
};

/// Outcome of a request with all its repetitions.
pub(super) type Outcome<T = Value> = Repeated<T, Refusal>;

/// How often an attempt starts again because the next connection leads to another server than the one before. Each time one finding more is
/// known, so that this is enough for eight servers in turn that close each connection after one request.
const MOST_TURNS: usize = 32;

/// A server to which a connection leads.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub(super) connected: Arc<Connected>,
    pub(super) server: Arc<KnownServer>,
}

/// A server that was checked, so that requests may be sent to it: nothing shows that it belongs to another cluster. Only
/// [`Session::checked`] makes one.
struct Checked {
    reached: Reached,
    proof: Option<Proof>,
}

/// What is found about servers that are checked once more.
#[derive(Default)]
struct Anew(Mutex<Vec<(Arc<KnownServer>, Arc<Evidence>)>>);

impl Anew {
    fn of(&self, server: &Arc<KnownServer>) -> Arc<Evidence> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, evidence)) = all.iter().find(|(known, _)| Arc::ptr_eq(known, server)) {
            return Arc::clone(evidence);
        }
        let evidence = Arc::default();
        all.push((Arc::clone(server), Arc::clone(&evidence)));
        evidence
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
    /// No connection leads to this server any more; the request was not sent.
    Moved,
    /// A final error, such as another cluster.
    Final(Box<Error>),
}

impl Stopped {
    /// The outcome of the attempt that required the check; `None` if it starts again.
    fn into_answer<T>(self) -> Result<Option<Answer<T>>, Error> {
        Ok(Some(match self {
            Self::Rejected(refusal) => Answer::Rejected(*refusal),
            Self::Problem(problem) => Answer::Problem(problem),
            Self::Tls(problem) => Answer::Tls(problem),
            Self::Moved => return Ok(None),
            Self::Final(error) => return Err(*error),
        }))
    }
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Final(error.into())
    }
}

impl From<Unsent> for Stopped {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Moved => Self::Moved,
            Unsent::Final(error) => Self::Final(error),
        }
    }
}

/// The only requests that are sent to a server that is not checked.
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
        let _write = request.written().map(|path| self.client().remembered::<Pictures>().write(path));
        let Repeated { answer, repeated } = self.send_from(request).await?;
        Ok(Repeated { answer: answer.map(|(response, _)| response), repeated })
    }

    /// The same for a request that only reads: the answer in another form, with the server that it is from.
    pub(super) async fn send_from<T: FromBody>(
        &self,
        request: &Request,
    ) -> Result<Outcome<(T, Reached)>, Error> {
        let attempt = |checked: Checked| async move {
            if request.needs_proof && checked.proof.is_none() && self.expected().uid.is_some() {
                return Err(self.uncertain(&checked.reached).into());
            }
            let reached = checked.reached;
            let answer = self.attempt(&reached.connected, &reached.server, request).await?;
            if matches!(answer, Answer::Success(_) | Answer::Rejected(_)) {
                self.believe(&reached.server);
            }
            Ok(answer.map(|response| (response, reached)))
        };
        // On the heap: it is large, and a part of every operation.
        Box::pin(self.repeat_on_checked(request, attempt)).await
    }

    /// Whether an earlier answer of this server would be believed if it came now. If so, it is.
    pub(super) async fn believes(&self, reached: &Reached) -> bool {
        let is_checked = self.check(reached).await.is_ok();
        if is_checked {
            self.believe(&reached.server);
        }
        is_checked
    }

    /// What shows that this is the expected cluster; `None` if nothing does, and nothing shows that it is another one.
    pub async fn proof(&self) -> Result<Option<Proof>, Error> {
        self.find_out(Fact::Issuer, |checked| async move { Ok(checked.proof) }).await
    }

    /// Identifies the cluster that was read and written: the uid of the namespace `kube-system`. `None` if the caller may not read that, or if
    /// it may be another cluster's by now.
    pub async fn cluster_uid(&self) -> Result<Option<String>, Error> {
        let uid = |checked: Checked| async move {
            let uid = self.known(&checked.reached, Fact::KubeSystemUid).await?;
            let others = self.believed_besides(&checked.reached.server);
            let agree = others.is_empty()
                || checked.proof.is_some()
                    && others.iter().all(|other| other.evidence.shows(self.expected()));
            Ok(uid.filter(|_| agree))
        };
        self.find_out(Fact::KubeSystemUid, uid).await
    }

    /// Fails unless it is certain that this is the expected cluster, so that what was not found there, or was found to be another one,
    /// counts: the cluster of every server whose responses this session believed. An address is checked again.
    pub async fn expect_certain(&self) -> Result<(), Error> {
        let anew = Anew::default();
        let anew = &anew;
        self.find_out(Fact::Issuer, |checked| async move { self.certain(&checked.reached, anew).await }).await
    }

    /// The evidence that the object that was just not found is gone.
    pub(super) async fn confirm_gone(&self) -> Result<Gone, Error> {
        self.expect_certain().await.map(|()| Gone::confirmed())
    }

    /// Repeats attempts at a server of the expected cluster. `request`: what messages name.
    async fn repeat_on_checked<T, A>(
        &self,
        request: &Request,
        attempt: impl Fn(Checked) -> A,
    ) -> Result<Outcome<T>, Error>
    where
        A: Future<Output = Result<Answer<T>, Stopped>>,
    {
        let client = self.client();
        let renewed = AtomicBool::new(false);
        // The server of the last attempt, for messages: a changed kubeconfig may lead to another.
        let server = Mutex::new(String::new());
        let Request { action, method, target, .. } = request;
        let once = || async {
            let connected = client.connected(self.call()).await?;
            connected.server.clone_into(&mut server.lock().unwrap_or_else(PoisonError::into_inner));
            let answer = self.attempt_checked(&connected, action, &attempt).await?;
            // The credentials may have been revoked or replaced.
            if matches!(&answer, Answer::Rejected(refusal) if refusal.status == 401)
                && !renewed.load(Ordering::Relaxed)
                && client.renew(&connected).await
            {
                tracing::debug!(server = connected.server, "credentials rejected, reading them again");
                renewed.store(true, Ordering::Relaxed);
                let connected = client.connected(self.call()).await?;
                return self.attempt_checked(&connected, action, &attempt).await;
            }
            Ok(answer)
        };
        let server = || server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut outcome = repeat(
            Retry::until(self.repeats_until(), client.connection().backoff),
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
            refusal.anonymous = client.connected(self.call()).await?.anonymous_version().await;
        }
        Ok(outcome)
    }

    async fn attempt_checked<T, A>(
        &self,
        connected: &Arc<Connected>,
        action: &Action,
        attempt: &impl Fn(Checked) -> A,
    ) -> Result<Answer<T>, Error>
    where
        A: Future<Output = Result<Answer<T>, Stopped>>,
    {
        for _ in 0..MOST_TURNS {
            let stopped = match self.checked(connected, action).await {
                Ok(Ok(checked)) => match attempt(checked).await {
                    Ok(answer) => return Ok(answer),
                    Err(stopped) => stopped,
                },
                Ok(Err(answer)) => return Ok(answer),
                Err(stopped) => stopped,
            };
            if let Some(answer) = stopped.into_answer()? {
                return Ok(answer);
            }
        }
        let cause = "each new connection to the address leads to another server".to_owned();
        Ok(Answer::Problem(Problem { cause, retry_after: None, connected: true }))
    }

    /// A checked server to which a connection leads. `Err` inside: the outcome of the attempt without a connection.
    async fn checked<T>(
        &self,
        connected: &Arc<Connected>,
        action: &Action,
    ) -> Result<Result<Checked, Answer<T>>, Stopped> {
        let server = match self.open(connected, action, connected.pool.server()).await? {
            Ok(server) => server,
            Err(answer) => return Ok(Err(answer)),
        };
        let reached = Reached { connected: Arc::clone(connected), server };
        match self.check(&reached).await {
            Ok(proof) => Ok(Ok(Checked { reached, proof })),
            Err(stopped) => {
                let pool = &connected.pool;
                match &stopped {
                    // An API server that starts may reject at first what it answers later.
                    Stopped::Final(error) if matches!(**error, Error::UncertainCluster { .. }) => {
                        pool.forget(&reached.server);
                    }
                    // The address may lead to the right one again.
                    Stopped::Final(_) => pool.close(&reached.server),
                    _ => {}
                }
                Err(stopped)
            }
        }
    }

    /// Checks a server before anything else is sent to it. Once for each server, the check sends one request, or two.
    async fn check(&self, reached: &Reached) -> Result<Option<Proof>, Stopped> {
        let expected = self.expected();
        if self.client().connection().is_named_by_coreweave() {
            return Ok(Some(Proof::Endpoint));
        }
        match expected.by_issuer(self.known(reached, Fact::Issuer).await?.as_deref()) {
            Verdict::Same => {
                self.client().note_issuer();
                return Ok(Some(Proof::Issuer));
            }
            Verdict::Other(mismatch) => return Err(self.other_cluster(reached, mismatch).into()),
            Verdict::Nothing if expected.uid.is_none() => return self.unproved(reached),
            Verdict::Nothing => {}
        }
        match expected.by_uid(self.known(reached, Fact::KubeSystemUid).await?.as_deref()) {
            Verdict::Same => Ok(Some(Proof::Uid)),
            Verdict::Other(mismatch) => Err(self.other_cluster(reached, mismatch).into()),
            Verdict::Nothing => self.unproved(reached),
        }
    }

    /// Servers of one cluster answer one caller alike: after one that shows which cluster it is, another that shows nothing is not believed.
    /// The same holds after credentials or a kubeconfig were read again, which may lead elsewhere.
    fn unproved(&self, reached: &Reached) -> Result<Option<Proof>, Stopped> {
        let mut servers = reached.connected.pool.servers().into_iter();
        if self.client().has_shown_issuer() || servers.any(|server| server.evidence.shows(self.expected())) {
            return Err(self.uncertain(reached).into());
        }
        Ok(None)
    }

    /// Both findings agree with what is expected, as far as there are any, and at least one shows it. The same holds for every other server
    /// that was believed.
    async fn certain(&self, reached: &Reached, anew: &Anew) -> Result<(), Stopped> {
        let expected = self.expected();
        let is_named = self.client().connection().is_named_by_coreweave();
        let by_issuer = if is_named {
            Verdict::Same
        } else {
            let evidence = anew.of(&reached.server);
            expected.by_issuer(self.found(reached, &evidence, Fact::Issuer).await?.as_deref())
        };
        let by_uid = if expected.uid.is_none() {
            Verdict::Nothing
        } else if is_named {
            expected.by_uid(self.known(reached, Fact::KubeSystemUid).await?.as_deref())
        } else {
            let evidence = anew.of(&reached.server);
            expected.by_uid(self.found(reached, &evidence, Fact::KubeSystemUid).await?.as_deref())
        };
        match (by_issuer, by_uid) {
            (Verdict::Other(mismatch), _) | (_, Verdict::Other(mismatch)) => {
                Err(self.other_cluster(reached, mismatch).into())
            }
            (Verdict::Nothing, Verdict::Nothing) => Err(self.uncertain(reached).into()),
            (Verdict::Same, _) | (_, Verdict::Same) => {
                let others = self.believed_besides(&reached.server);
                if others.iter().all(|other| other.evidence.shows(expected)) {
                    return Ok(());
                }
                Err(self.uncertain(reached).into())
            }
        }
    }

    /// A finding about this server, requested by the first that needs it.
    async fn known(&self, of: &Reached, fact: Fact) -> Result<Option<String>, Stopped> {
        self.found(of, &of.server.evidence, fact).await
    }

    async fn found(&self, of: &Reached, evidence: &Evidence, fact: Fact) -> Result<Option<String>, Stopped> {
        let cell = match fact {
            Fact::Issuer => &evidence.issuer,
            Fact::KubeSystemUid => &evidence.uid,
        };
        cell.get_or_try_init(|| self.read(of, fact)).await.cloned()
    }

    async fn read(&self, of: &Reached, fact: Fact) -> Result<Option<String>, Stopped> {
        match self.attempt(&of.connected, &of.server, &fact.request()).await? {
            Answer::Success(response) => Ok(fact.of(&response)),
            Answer::Rejected(refusal) if refusal.status == 401 => Err(Stopped::Rejected(refusal.into())),
            Answer::Rejected(_) => Ok(None),
            Answer::Problem(problem) => Err(Stopped::Problem(problem)),
            Answer::Tls(problem) => Err(Stopped::Tls(problem)),
        }
    }

    /// Something about a checked server. `fact`: the request that messages name.
    async fn find_out<T, F>(&self, fact: Fact, find: impl Fn(Checked) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Stopped>>,
    {
        let request = fact.request();
        let attempt = |checked| {
            let found = find(checked);
            async move { found.await.map(Answer::Success) }
        };
        let outcome = Box::pin(self.repeat_on_checked(&request, attempt)).await?;
        outcome.answer.map_err(|refusal| self.refused(refusal, request.action))
    }

    fn other_cluster(&self, reached: &Reached, mismatch: Mismatch) -> Error {
        Error::OtherCluster {
            id: self.expected().id.clone(),
            server: reached.connected.server.clone(),
            named_by: self.client().connection().server.named_by(),
            mismatch: Box::new(mismatch),
        }
    }

    fn uncertain(&self, reached: &Reached) -> Error {
        Error::UncertainCluster {
            id: self.expected().id.clone(),
            server: reached.connected.server.clone(),
            named_by: self.client().connection().server.named_by(),
            remembers: self.expected().uid.is_some(),
        }
    }
}

#[cfg(test)]
mod moved_tests;
#[cfg(test)]
mod tests;
