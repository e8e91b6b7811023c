//! The rounds of a section: in each, every contender creates, plans and destroys the same work on a local CKS, and the floor does every
//! step right before it, so that a slow moment of the machine slows both.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use child_processes::Processes;
use local_cks::{ClusterSpec, Fault, Injection, LocalCks, Role, Tally};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::{
    contender::{Contender, PeerTypes, Place},
    failure::Failure,
    proc,
    results::{Results, Run},
    section::{Kind, Section, Step},
    statistics::as_float,
    terraform::{Cost, Terraform},
};

/// Programs, and where their files belong.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) terraform: PathBuf,
    pub(crate) cks: PathBuf,
    pub(crate) kubernetes: Option<PathBuf>,
    pub(crate) peer_types: PeerTypes,
    pub(crate) processes: Processes,
}

impl Programs {
    /// The program of a contender's provider.
    pub(crate) fn provider(&self, contender: Contender) -> Option<&Path> {
        match contender {
            Contender::Cks => Some(&self.cks),
            Contender::Kubernetes => self.kubernetes.as_deref(),
            Contender::Floor => None,
        }
    }

    /// Providers that are measured.
    pub(crate) fn contenders(&self) -> Vec<Contender> {
        let all = [Contender::Cks, Contender::Kubernetes];
        all.into_iter().filter(|contender| self.provider(*contender).is_some()).collect()
    }
}

/// Runs all rounds of a section.
pub(crate) async fn run(
    section: Section,
    programs: &Programs,
    results: &mut Results,
    say: &impl Fn(&str),
) -> Result<(), Failure> {
    let stand = Stand::start(section, programs, results.bindings).await?;
    let mut contenders: Vec<_> =
        programs.contenders().into_iter().filter(|contender| contender.has(section.kind())).collect();
    for round in 1..=results.rounds {
        for contender in &contenders {
            say(&format!(
                "{}: round {round} of {}, {contender}",
                section.title(results.bindings),
                results.rounds
            ));
            stand.lifecycle(*contender, round, results).await?;
        }
        // Whoever was first is last in the next round.
        contenders.rotate_left(1);
    }
    stand.local.stop().await;
    Ok(())
}

/// The servers of a section, and what a run needs to know of them.
struct Stand<'a> {
    section: Section,
    programs: &'a Programs,
    objects: usize,
    local: LocalCks,
    places: Vec<Place>,
    /// Process id of the kube-apiserver.
    server: Option<u32>,
}

impl<'a> Stand<'a> {
    async fn start(section: Section, programs: &'a Programs, bindings: usize) -> Result<Self, Failure> {
        // All clusters have one Kubernetes: twenty would be more than the machine can run.
        let first = ClusterSpec::new("bench-0").with_kubernetes();
        let id = first.id().to_owned();
        let mut builder = LocalCks::builder().cluster(first);
        for number in 1..section.clusters() {
            let spec = ClusterSpec::new(&format!("bench-{number}"));
            builder = builder.cluster(spec.sharing_kubernetes_of(&id));
        }
        let local = builder.start().await.map_err(Failure::of("starting local CKS"))?;
        let clusters = local.clusters();
        let places = clusters
            .iter()
            .map(|cluster| Place { cluster_id: cluster.id().to_owned(), host: cluster.managed_host() });
        let (places, server) = (places.collect(), local.cluster(&id).kubernetes_process().await);
        let stand = Self { section, programs, objects: section.objects(bindings), local, places, server };
        if section.kind() == Kind::Token {
            stand.create_service_accounts(&id).await?;
        }
        Ok(stand)
    }

    /// One for each token.
    async fn create_service_accounts(&self, cluster: &str) -> Result<(), Failure> {
        let cluster = self.local.cluster(cluster);
        for number in 0..self.objects {
            let account = json!({ "metadata": { "name": format!("bench-{number}") } });
            let path = "/api/v1/namespaces/default/serviceaccounts";
            let method = "POST".parse().map_err(Failure::of("the method"))?;
            let (status, answer) = cluster
                .kubernetes(method, path, Some(account))
                .await
                .map_err(Failure::of("creating a ServiceAccount"))?;
            if status != 201 {
                return Err(Failure::new(format!("creating a ServiceAccount: {status} {answer}")));
            }
        }
        Ok(())
    }

    async fn lifecycle(&self, who: Contender, round: usize, results: &mut Results) -> Result<(), Failure> {
        let mut floor = self.terraform(Contender::Floor, &format!("{}-{round}-{who}-floor", self.section))?;
        let contender = self.terraform(who, &format!("{}-{round}-{who}", self.section))?;
        // The same environment, although it sends no request.
        floor.environment.clone_from(&contender.environment);
        for step in self.section.steps() {
            let alone = Run { ratio: 1.0, ..self.measure(&floor, *step).await? };
            let run = self.measure(&contender, *step).await?;
            let ratio = run.cost.wall / alone.cost.wall;
            results.add(self.section, *step, Contender::Floor, alone);
            results.add(self.section, *step, who, Run { ratio, ..run });
        }
        for directory in [&floor.directory, &contender.directory] {
            fs::remove_dir_all(directory).map_err(Failure::io("remove", directory))?;
        }
        Ok(())
    }

    /// Runs a step. The ratio is not known yet.
    async fn measure(&self, terraform: &Terraform<'_>, step: Step) -> Result<Run, Failure> {
        self.local.clear_faults();
        if let Some(delay) = self.section.round_trip() {
            self.local.inject(Injection::new(Fault::Delay(delay)).times(u32::MAX));
        }
        self.local.clear_requests();
        let server = || Some(proc::cpu(self.server?)?.own);
        let before = server();
        let log = terraform.directory.join("trace.log").display().to_string();
        let logged = [("TF_LOG", "trace".to_owned()), ("TF_LOG_PATH", log)];
        let more = if step == Step::TracedPlan { logged.as_slice() } else { &[] };
        let parallelism = [self.section.parallelism(step)];
        let cost: Cost = terraform.run(&[step.arguments(), &parallelism].concat(), more).await?;
        let tally = Tally::of(&self.local.requests());
        let server = server().zip(before).map(|(after, before)| after - before);
        let state = match step {
            Step::Apply => self.state_of_one(&terraform.directory),
            _ => None,
        };
        Ok(Run { cost, ratio: 0.0, server, tally, state })
    }

    /// Bytes of the state file for each resource.
    fn state_of_one(&self, directory: &Path) -> Option<f64> {
        let bytes = fs::metadata(directory.join("terraform.tfstate")).ok()?.len();
        Some(as_float(usize::try_from(bytes).ok()?) / as_float(self.objects))
    }

    /// A new directory with the configuration.
    fn terraform(&self, who: Contender, name: &str) -> Result<Terraform<'a>, Failure> {
        let directory = self.programs.processes.directory().join(name.replace('/', "-"));
        fs::create_dir_all(&directory).map_err(Failure::io("create", &directory))?;
        let write = |name: &str, text: &str| {
            let file = directory.join(name);
            fs::write(&file, text).map_err(Failure::io("write", &file))
        };
        let peer_types = self.programs.peer_types;
        write("main.tf", &who.configuration(self.section.kind(), self.objects, &self.places, peer_types))?;
        if let Some((source, program)) = who.source().zip(self.programs.provider(who)) {
            let name = source.rsplit('/').next().unwrap_or_default();
            let link = directory.join(format!("terraform-provider-{name}"));
            symlink(program, &link).map_err(Failure::io("create", &link))?;
            let overrides =
                format!("dev_overrides {{\n    {source:?} = {:?}\n  }}", directory.display().to_string());
            write("terraform.rc", &format!("provider_installation {{\n  {overrides}\n  direct {{}}\n}}\n"))?;
        } else {
            write("terraform.rc", "")?;
        }
        let mut environment = self.local.environment();
        let settings = directory.join("terraform.rc").display().to_string();
        environment.push(("TF_CLI_CONFIG_FILE".to_owned(), settings));
        let token = self.local.token(Role::Admin);
        environment.push(("KUBE_TOKEN".to_owned(), token.expose_secret().to_owned()));
        // Versions before 2 take a host from no configuration otherwise.
        environment.push(("KUBE_LOAD_CONFIG_FILE".to_owned(), "false".to_owned()));
        Ok(Terraform {
            program: &self.programs.terraform,
            directory,
            environment,
            processes: &self.programs.processes,
        })
    }
}
