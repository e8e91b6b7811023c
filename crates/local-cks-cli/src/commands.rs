//! The commands that use a running local-cks: `wait`, `status`, `fault`, `requests`, `id-token`, `open`, `down`.

use std::{
    env,
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use lexopt::{Arg, Parser, ValueExt as _};
use serde_json::Value;

use crate::{
    client::Client,
    environment,
    failure::Failure,
    fault, private_file,
    protocol::Request,
    requests::{LIMIT, table},
};

/// Variable with the user that `open` logs in.
const USER: &str = "LOCAL_CKS_USER";

/// What opens pages on this machine.
const BROWSER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

const PAUSE: Duration = Duration::from_millis(50);

const OF_ENVIRONMENT: &str =
    "  --environment FILE  that of `local-cks up` (default: the one of this shell, else local-cks.env)\n";

/// `local-cks wait`: returns once it is ready.
pub(crate) fn wait(mut arguments: Parser) -> Result<(), Failure> {
    let (mut environment, mut seconds) = (None, 120);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            Arg::Long("seconds") => seconds = arguments.value()?.parse()?,
            other => {
                let usage = "Usage: local-cks wait [--environment FILE] [--seconds N]\n\nReturns once `local-cks up` is ready.\n  \
                             --seconds N         fails after this time (default: 120)\n";
                return help(other, usage);
            }
        }
    }
    let begun = Instant::now();
    loop {
        match Client::find(environment.clone()) {
            Ok(_) => return Ok(()),
            Err(Failure::NotRunning { .. }) if begun.elapsed() < Duration::from_secs(seconds) => {
                std::thread::sleep(PAUSE);
            }
            Err(Failure::NotRunning { .. }) => return Err(Failure::TooSlow { what: "ready", seconds }),
            Err(other) => return Err(other),
        }
    }
}

/// `local-cks status`: what runs.
pub(crate) fn status(mut arguments: Parser) -> Result<(), Failure> {
    let (mut environment, mut json) = (None, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            Arg::Long("json") => json = true,
            other => {
                return help(
                    other,
                    "Usage: local-cks status [--environment FILE] [--json]\n\nShows what runs.\n",
                );
            }
        }
    }
    let status = Client::find(environment)?.send(&Request::Status)?;
    if json {
        println!("{status:#}");
        return Ok(());
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    println!("ready          for {} s, process {}", status["seconds"], status["process"]);
    for cluster in status["clusters"].as_array().into_iter().flatten() {
        let [name, zone, id, state] = ["name", "zone", "id", "status"].map(|field| text(&cluster[field]));
        println!("cluster        {name} ({zone}), id {id}, {state}");
    }
    let users: Vec<_> = status["users"].as_array().into_iter().flatten().map(text).collect();
    println!("issuer         {}, users: {}", text(&status["issuer_url"]), users.join(", "));
    println!("requests       {}", status["requests"]);
    println!("pending faults {}", status["pending_faults"]);
    Ok(())
}

/// `local-cks fault`: injects a fault.
pub(crate) fn inject(mut arguments: Parser) -> Result<(), Failure> {
    let (mut environment, mut words, mut clear) = (None, Vec::new(), false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            Arg::Long("clear") => clear = true,
            Arg::Value(word) => words.push(word.string()?),
            other => {
                let usage = format!(
                    "Usage: local-cks fault [--environment FILE] FAULT\n       local-cks fault [--environment FILE] --clear\n\n\
                     Injects a fault into the next requests that it fits, or removes all pending ones.\n\n{}\n\
                     Examples:\n  local-cks fault 503 retry-after=2s on=update-cluster times=2\n  \
                     local-cks fault reset-after on=managed method=POST path=/clusterrolebindings\n\n{OF_ENVIRONMENT}",
                    fault::SYNTAX
                );
                return help(other, &usage);
            }
        }
    }
    let text = words.join(" ");
    // Before anything is sent: a mistake is one of the command line.
    if !clear || !text.is_empty() {
        fault::parse(&text).map_err(Failure::arguments)?;
    }
    if clear {
        let result = Client::find(environment.clone())?.send(&Request::ClearFaults)?;
        println!("removed: {}; pending faults: 0", result["removed"]);
    }
    if !text.is_empty() {
        let result = Client::find(environment)?.send(&Request::Fault(text))?;
        println!("injected; pending faults: {}", result["pending"]);
    }
    Ok(())
}

/// `local-cks requests`: shows the log of requests, or empties it.
pub(crate) fn requests(mut arguments: Parser) -> Result<(), Failure> {
    let (mut environment, mut json, mut clear) = (None, false, false);
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            Arg::Long("json") => json = true,
            Arg::Long("clear") => clear = true,
            other => {
                let usage = format!(
                    "Usage: local-cks requests [--environment FILE] [--json | --clear]\n\n\
                     Shows the requests that CoreWeave's API and the clusters' endpoints received, in order: the last {LIMIT} \
                     of them.\n  \
                     --json              one JSON object a line, with method, host, path, status (null: no response, \
                     or none yet) and user_agent\n  \
                     --clear             empties the log instead\n"
                );
                return help(other, &usage);
            }
        }
    }
    if json && clear {
        return Err(Failure::arguments("--json and --clear exclude each other"));
    }
    let mut client = Client::find(environment)?;
    if clear {
        client.send(&Request::ClearRequests)?;
        println!("no request is logged");
        return Ok(());
    }
    let log = client.send(&Request::Requests)?;
    if let Some(dropped @ 1..) = log["dropped"].as_u64() {
        eprintln!("{dropped} requests before these are not in the log");
    }
    let logged = log["requests"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines = if json { logged.iter().map(Value::to_string).collect() } else { table(logged) };
    let mut out = io::stdout().lock();
    match lines.iter().try_for_each(|line| writeln!(out, "{line}")) {
        // A reader such as `head` that has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::system("print the requests")),
    }
}

/// `local-cks id-token`: writes an ID token of a user to a file.
pub(crate) fn id_token(mut arguments: Parser) -> Result<(), Failure> {
    let (mut environment, mut user, mut file, mut client_id) = (None, None, None, "kubernetes".to_owned());
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            Arg::Long("client-id") => client_id = arguments.value()?.string()?,
            Arg::Long("file") => file = Some(PathBuf::from(arguments.value()?)),
            Arg::Value(name) if user.is_none() => user = Some(name.string()?),
            other => {
                let usage = "Usage: local-cks id-token [--environment FILE] [--client-id ID] --file FILE USER\n\n\
                             Writes an ID token of the user, valid for an hour, to a file that only its owner can read.\n  \
                             --client-id ID      the token's audience (default: kubernetes)\n";
                return help(other, usage);
            }
        }
    }
    let user = user.ok_or_else(|| Failure::arguments("the name of a user is missing"))?;
    let file = file.ok_or_else(|| Failure::arguments("--file is missing: a token is not printed"))?;
    let token = Client::find(environment)?.send(&Request::IdToken { user, client_id })?;
    private_file::write(&file, token.as_str().unwrap_or_default())
}

/// `local-cks open`: the browser of programs that log in. Logs `LOCAL_CKS_USER` in, else opens the page in this machine's browser.
pub(crate) fn open(mut arguments: Parser) -> Result<(), Failure> {
    let page = match arguments.next()? {
        Some(Arg::Value(page)) => page.string()?,
        Some(other) => {
            let usage = "Usage: local-cks open URL\n\nLogs the user LOCAL_CKS_USER in at this page; without that variable, opens it \
                         in a browser.\nIn $LOCAL_CKS_BIN it is the browser that kubelogin starts.\n";
            return help(other, usage);
        }
        None => return Err(Failure::arguments("the URL is missing")),
    };
    if let Some(user) = env::var(USER).ok().filter(|user| !user.is_empty()) {
        return Client::find(None)?.send(&Request::LogIn { user, page }).map(drop);
    }
    let own = env::var_os("LOCAL_CKS_BIN").unwrap_or_default();
    let path = env::var_os("PATH").unwrap_or_default();
    let others = env::split_paths(&path).filter(|directory| directory != Path::new(&own));
    let browser = others.map(|directory| directory.join(BROWSER)).find(|path| path.is_file());
    let Some(browser) = browser else {
        let text = format!(
            "no browser is installed: set {USER} to a user of --users, or open the page that kubelogin prints"
        );
        return Err(Failure::Rejected(text));
    };
    Err(Failure::System("start the browser", Command::new(browser).arg(page).exec()))
}

/// `local-cks down`: stops it.
pub(crate) fn down(mut arguments: Parser) -> Result<(), Failure> {
    let mut environment = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Arg::Long("environment") => environment = Some(PathBuf::from(arguments.value()?)),
            other => {
                let usage = "Usage: local-cks down [--environment FILE]\n\nStops it, and returns once everything has ended.\n";
                return help(other, usage);
            }
        }
    }
    let found = Client::find(environment);
    if let Err(Failure::NotRunning { path }) = &found
        && let Some(written) = environment::read(path)?
        && Client::connect(&written.control).is_none()
    {
        environment::discard(path, &written);
        println!("removed {}, of one that was killed", path.display());
    }
    found?.stop()?;
    println!("stopped");
    Ok(())
}

/// Prints the help if that is the argument; else it is wrong.
fn help(argument: Arg<'_>, usage: &str) -> Result<(), Failure> {
    match argument {
        Arg::Short('h') | Arg::Long("help") => {
            print!("{usage}");
            if !usage.contains(OF_ENVIRONMENT) && usage.contains("--environment") {
                print!("{OF_ENVIRONMENT}");
            }
            Ok(())
        }
        other => Err(other.unexpected().into()),
    }
}
