//! `local-cks up`: starts everything, writes the environment file when it is ready, and stops everything at its end.

use std::{
    env,
    fs::Permissions,
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use child_processes::{EndSignals, Processes};
use local_cks::{LocalCks, OpenIdProvider, OtherHosts};
use tokio::sync::Notify;

use crate::{
    certificates,
    client::Client,
    configuration::{ClientEntry, Configuration, UserEntry},
    control, environment,
    failure::Failure,
    files,
    options::Options,
    programs, requests,
    running::Running,
};

/// Begin of the last line of the output before the end.
pub(crate) const LAST: &str = "Stop it with:";

/// Runs until a signal or a request ends it.
pub(crate) async fn run(options: Options, since: Instant) -> Result<(), Failure> {
    // From here on signals stop what runs.
    let mut signals = EndSignals::new().map_err(Failure::system("listen for signals"))?;
    let names: Vec<_> = options.configuration.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    let noun = if names.len() == 1 { "cluster" } else { "clusters" };
    say!("local-cks {}: starting {noun} {} …", env!("CARGO_PKG_VERSION"), names.join(", "));

    check(&options)?;
    let stop = Arc::new(Notify::new());
    let running = tokio::select! {
        running = start(&options, since) => Arc::new(running?),
        name = signals.next() => return Err(Failure::Interrupted(name)),
    };
    let socket = running.directory.directory().join("control");
    control::listen(&socket, &running, Arc::clone(&stop))?;
    // Another one may have become ready since.
    expect_none_running(&options)?;
    environment::write(&options.environment, &files::write(&running, &socket)?)?;
    explain(&running, &options, since);

    tokio::select! {
        name = signals.next() => say!("{name}: stopping …"),
        () = stop.notified() => say!("stopping …"),
    }
    environment::remove(&options.environment);
    drop(running);
    say!("stopped");
    Ok(())
}

/// What would fail later, or with a message that says less.
fn check(options: &Options) -> Result<(), Failure> {
    expect_none_running(options)?;
    let ports = options.configuration.ports;
    let wanted = [(ports.api, "--api-port"), (ports.proxy, "--proxy-port"), (ports.issuer, "--issuer-port")];
    for (port, option) in wanted.into_iter().filter(|(port, _)| *port != 0) {
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        listening.map_err(|source| Failure::Port { port, option, source })?;
    }
    programs::find(options.configuration.clusters.iter().any(|cluster| cluster.kubernetes))
}

/// Fails if one with the same environment file runs.
pub(crate) fn expect_none_running(options: &Options) -> Result<(), Failure> {
    if let Some(written) = environment::read(&options.environment)?
        && Client::connect(&written.control).is_some()
    {
        let path = options.environment.clone();
        return Err(Failure::RunsAlready { path, process: written.process });
    }
    Ok(())
}

async fn start(options: &Options, since: Instant) -> Result<Running, Failure> {
    let Configuration { clusters, users, clients, ports, isolated, .. } = &options.configuration;
    let directory = Processes::in_directory(directory()?)?;
    let users: Vec<_> = users.iter().map(|entry| (entry.name.clone(), UserEntry::user(entry))).collect();
    let of_issuer = users.iter().map(|(_, user)| user.clone()).collect();
    let clients = clients.iter().map(ClientEntry::client).collect();
    let authority = OpenIdProvider::authority()?;
    let issuer = OpenIdProvider::start_at(ports.issuer, &authority, of_issuer, clients);

    let other_hosts = if *isolated { OtherHosts::rejected() } else { OtherHosts::passed_through() };
    // API servers trust the issuer as they trust a public one, so that a module needs no argument for its CA.
    let (roots, of_system) = certificates::bundle(&[authority.pem()]);
    if of_system == 0 && !isolated {
        say!(
            "warning: this machine has no certificates of public CAs, so that no other host can be verified"
        );
    }
    let with_kubernetes = clusters.iter().any(|cluster| cluster.kubernetes);
    let builder = LocalCks::builder()
        .api_port(ports.api)
        .proxy_port(ports.proxy)
        .other_hosts(other_hosts)
        .roots(&roots)
        .log_limit(requests::LIMIT);
    let builder = clusters.iter().fold(builder, |builder, cluster| builder.cluster(cluster.spec()));
    // What the programs for it were looked up for.
    let builder = if with_kubernetes { builder.create_with_kubernetes() } else { builder };
    let (issuer, local) = tokio::try_join!(issuer, builder.start())?;
    for injection in &options.faults {
        local.inject(injection.clone());
    }
    Ok(Running { local, issuer, users, since, directory })
}

/// A new directory for the files of users: where no other user of the machine can put files with the same names after the end, if this
/// user has such a place.
fn directory() -> Result<PathBuf, Failure> {
    let own = env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty());
    let parent = own.map_or_else(env::temp_dir, PathBuf::from);
    let only_owner = Permissions::from_mode(0o700);
    let made = tempfile::Builder::new().prefix("local-cks-run-").permissions(only_owner).tempdir_in(&parent);
    Ok(made.map_err(Failure::file("create a directory in", parent))?.keep())
}

/// What a user does next, without a secret.
fn explain(running: &Running, options: &Options, since: Instant) {
    let file = options.environment.display();
    say!("ready after {:.1} s", since.elapsed().as_secs_f64());
    for (name, cluster) in running.clusters() {
        let zone = cluster.field("zone");
        say!("  cluster      {name} ({}), id {}", zone.as_str().unwrap_or_default(), cluster.id());
    }
    say!("  issuer       {}", running.issuer.issuer_url());
    if !running.users.is_empty() {
        say!("  users        {}", running.user_names());
    }
    say!("  environment  {file}");
    say!("In a shell:    set -a; . {file}; set +a; PATH=$PATH:$LOCAL_CKS_BIN");
    say!("{LAST}  local-cks down{}", if options.detached { "" } else { ", or Ctrl-C" });
}
