//! The arguments of `local-cks up`, together with the file of `--config`.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt as _};
use local_cks::Injection;

use crate::{
    configuration::{ClusterEntry, Configuration, parse_port},
    environment,
    failure::Failure,
    fault,
};

/// The help of `local-cks up`.
pub(crate) const HELP: &str = "\
Usage: local-cks up [OPTIONS]

Starts CoreWeave Kubernetes Service on this machine: CoreWeave's API, clusters with a real
kube-apiserver, and an OpenID provider. Runs until Ctrl-C, SIGTERM, or `local-cks down`.

  --cluster NAME[=ZONE]   a cluster with Kubernetes; repeat it for more (default: example)
  --users FILE            users and clients of the OpenID provider, in YAML or JSON
  --config FILE           clusters, users, clients, ports, faults and isolated, in YAML or JSON;
                          options add to it
  --environment FILE      where the variables are written (default: local-cks.env)
  --api-port PORT         port of CoreWeave's API (default: a free one, as for the other two)
  --proxy-port PORT       port of the proxy, which HTTPS_PROXY names
  --issuer-port PORT      port of the OpenID provider
  --fault FAULT           a fault from the start; see `local-cks fault --help`
  --isolated              the proxy rejects hosts that are not CoreWeave's, such as registries
  --detach                returns when it is ready, and leaves it running in the background
";

/// What to start.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) configuration: Configuration,
    pub(crate) faults: Vec<Injection>,
    /// The environment file.
    pub(crate) environment: PathBuf,
    pub(crate) detach: bool,
    /// This is the background process of `--detach`.
    pub(crate) detached: bool,
}

/// The option of the background process, which users do not need.
pub(crate) const DETACHED: &str = "--detached";

impl Options {
    /// `None` if the help was requested.
    pub(crate) fn parse(mut arguments: Parser) -> Result<Option<Self>, Failure> {
        let mut given = Configuration::default();
        let (mut configuration, mut users, mut named) = (None, Configuration::default(), None);
        let (mut detach, mut detached) = (false, false);
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("cluster") => given.clusters.push(ClusterEntry::of(&arguments.value()?.string()?)),
                Arg::Long("users") => users = Configuration::read(&PathBuf::from(arguments.value()?))?,
                Arg::Long("config") => {
                    configuration = Some(Configuration::read(&PathBuf::from(arguments.value()?))?);
                }
                Arg::Long("environment") => named = Some(PathBuf::from(arguments.value()?)),
                Arg::Long("api-port") => given.ports.api = arguments.value()?.parse_with(parse_port)?,
                Arg::Long("proxy-port") => given.ports.proxy = arguments.value()?.parse_with(parse_port)?,
                Arg::Long("issuer-port") => given.ports.issuer = arguments.value()?.parse_with(parse_port)?,
                Arg::Long("fault") => given.faults.push(arguments.value()?.string()?),
                Arg::Long("isolated") => given.isolated = true,
                Arg::Long("detach") => detach = true,
                Arg::Long("detached") => detached = true,
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                other => return Err(other.unexpected().into()),
            }
        }
        let mut configuration = configuration.unwrap_or_default();
        configuration.add(users);
        configuration.add(given);
        if configuration.clusters.is_empty() {
            configuration.clusters.push(ClusterEntry::of("example"));
        }
        check_clusters(&configuration.clusters)?;
        let faults = configuration.faults.iter().map(|text| {
            fault::parse(text).map_err(|why| Failure::arguments(format!("the fault {text:?}: {why}")))
        });
        Ok(Some(Self {
            faults: faults.collect::<Result<_, _>>()?,
            configuration,
            environment: environment::path(named)?,
            detach,
            detached,
        }))
    }
}

impl Configuration {
    /// Adds another one: its lists, and the values that it sets.
    fn add(&mut self, other: Self) {
        self.clusters.extend(other.clusters);
        self.users.extend(other.users);
        self.clients.extend(other.clients);
        self.faults.extend(other.faults);
        self.isolated |= other.isolated;
        let ports = [
            (&mut self.ports.api, other.ports.api),
            (&mut self.ports.proxy, other.ports.proxy),
            (&mut self.ports.issuer, other.ports.issuer),
        ];
        for (port, other) in ports {
            if other != 0 {
                *port = other;
            }
        }
    }
}

/// Names of clusters must be different in the environment file too.
fn check_clusters(clusters: &[ClusterEntry]) -> Result<(), Failure> {
    let variable = |cluster: &ClusterEntry| environment::of_cluster("", &cluster.name);
    for (at, cluster) in clusters.iter().enumerate() {
        if cluster.name.is_empty() {
            return Err(Failure::arguments("a cluster needs a name"));
        }
        if let Some(other) = clusters[..at].iter().find(|other| variable(other) == variable(cluster)) {
            let text = if other.name == cluster.name {
                format!("two clusters are named {}: local CKS needs different names", cluster.name)
            } else {
                format!(
                    "the clusters {} and {} have names that differ too little: the variables of the environment file must differ",
                    other.name, cluster.name
                )
            };
            return Err(Failure::arguments(text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Failure, Options, Parser};

    fn parse(arguments: &[&str]) -> Result<Option<Options>, Failure> {
        Options::parse(Parser::from_args(arguments))
    }

    #[test]
    fn options_add_to_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.yaml");
        fs::write(&file, "clusters: [{name: one}]\nports: {api: 4430, proxy: 8080}\nusers: [{name: ada}]\n")
            .unwrap();
        let users = directory.path().join("users.yaml");
        fs::write(&users, "users: [{name: bob}]\n").unwrap();
        let (file, users) = (file.to_str().unwrap(), users.to_str().unwrap());
        let arguments = [
            "--cluster",
            "two=Z",
            "--config",
            file,
            "--users",
            users,
            "--api-port",
            "4431",
            "--fault",
            "503 on=whoami",
        ];
        let options = parse(&arguments).unwrap().unwrap();
        let configuration = &options.configuration;
        let clusters: Vec<_> = configuration.clusters.iter().map(|cluster| cluster.name.as_str()).collect();
        let users: Vec<_> = configuration.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!((clusters, users), (vec!["one", "two"], vec!["ada", "bob"]));
        assert_eq!((configuration.ports.api, configuration.ports.proxy), (4431, 8080));
        assert_eq!(options.faults.len(), 1);
        assert!(options.environment.is_absolute());
    }

    #[test]
    fn without_a_cluster_there_is_one() {
        let options = parse(&[]).unwrap().unwrap();
        assert_eq!(options.configuration.clusters[0].name, "example");
    }

    #[test]
    fn mistakes_are_named() {
        let check = |arguments: &[&str], expected: &str| {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(&["--cluster", "a-b", "--cluster", "a.b"], "the clusters a-b and a.b");
        check(&["--cluster", "a", "--cluster", "a=ZONE"], "two clusters are named a");
        check(&["--cluster", "=ZONE"], "a cluster needs a name");
        check(&["--fault", "boom"], "the fault \"boom\": there is no fault");
        check(&["--api-port", "many"], "many");
        check(&["--colour"], "--colour");
        check(&["--users", "/nowhere/users.yaml"], "/nowhere/users.yaml");
    }
}
