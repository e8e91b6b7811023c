//! The command line for people, and its output. Hosts start the binary without arguments.

use std::ffi::OsString;

use lexopt::{Arg, Parser, ValueExt as _};

use super::ServeOptions;

/// What the arguments select.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invocation {
    /// No arguments: a host, or a person who wonders what this is.
    Plain,
    /// `--debug`: serve without a host, for a debugger.
    Debug,
    Help,
    Version,
}

impl Invocation {
    pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut invocation = Self::Plain;
        let mut parser = Parser::from_args(arguments.map(with_two_dashes));
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(Self::Help),
                Arg::Short('V') | Arg::Long("version") => return Ok(Self::Version),
                Arg::Long("debug") => {
                    let debug = parser.optional_value().map(|value| value.parse_with(boolean)).transpose()?;
                    invocation = if debug.unwrap_or(true) { Self::Debug } else { Self::Plain };
                }
                other => return Err(other.unexpected()),
            }
        }
        Ok(invocation)
    }
}

// Providers written in Go take one dash, and their users are used to it.
fn with_two_dashes(argument: OsString) -> OsString {
    let name = argument.to_str().and_then(|text| text.split('=').next());
    if let Some("-debug" | "-help" | "-version") = name {
        let mut two_dashes = OsString::from("-");
        two_dashes.push(argument);
        return two_dashes;
    }
    argument
}

/// The spellings that Go's flags take (strconv.ParseBool).
fn boolean(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err("write true or false"),
    }
}

pub(super) fn version(options: &ServeOptions) -> String {
    format!("terraform-provider-{} {}\n", options.name, options.version)
}

/// For `--help`, on standard output.
pub(super) fn help(options: &ServeOptions) -> String {
    let ServeOptions { name, .. } = options;
    format!(
        "{introduction}\n\
         Usage: terraform-provider-{name} [--debug | --help | --version]\n\
         \n\
         Options:\n\
         \x20     --debug    Serve without a host: prints the TF_REATTACH_PROVIDERS setting that makes Terraform and\n\
         \x20                OpenTofu use this process, until Ctrl-C ends it. Made for debuggers.\n\
         \x20 -h, --help     Print this and exit.\n\
         \x20 -V, --version  Print the version and exit.\n\
         \n\
         Environment:\n\
         \x20 TF_LOG_PROVIDER_{upper}, TF_LOG_PROVIDER, TF_LOG\n\
         \x20                 What to log, first one set wins: trace, debug, info, warn, error or off.\n\
         \x20 TF_LOG_SDK, TF_LOG_SDK_PROTO\n\
         \x20                 The same for the plugin framework, and for its protocol part.\n",
        introduction = introduction(options),
        upper = super::logging::environment_suffix(name),
    )
}

/// For a person who starts the binary by hand, on standard error.
pub(super) fn notice(options: &ServeOptions) -> String {
    format!(
        "{}\nThis binary is a plugin: it does nothing by itself. Run it with --help for what it takes.\n",
        introduction(options)
    )
}

/// For a command line that makes no sense, on standard error.
pub(super) fn complaint(options: &ServeOptions, error: &lexopt::Error) -> String {
    format!(
        "terraform-provider-{name}: {error}\nRun terraform-provider-{name} --help for what it takes.\n",
        name = options.name
    )
}

fn introduction(options: &ServeOptions) -> String {
    let ServeOptions { name, source, version, description, .. } = options;
    format!(
        "terraform-provider-{name} {version}\n\
         {description}\n\
         \n\
         Terraform and OpenTofu start it when a configuration asks for it:\n\
         \n\
         \x20 terraform {{\n\
         \x20   required_providers {{\n\
         \x20     {name} = {{\n\
         \x20       source = \"{source}\"\n\
         \x20     }}\n\
         \x20   }}\n\
         \x20 }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: ServeOptions = ServeOptions {
        name: "demo",
        source: "acme/demo",
        version: "1.2.3",
        description: "Manages demonstrations.",
        log_target: "demo",
        log_crates: &[],
    };

    #[track_caller]
    fn check(arguments: &[&str], expected: Result<Invocation, &str>) {
        let parsed = Invocation::parse(arguments.iter().map(OsString::from));
        assert_eq!(parsed.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
    }

    #[test]
    fn arguments_mean_what_providers_users_are_used_to() {
        check(&[], Ok(Invocation::Plain));
        check(&["--debug"], Ok(Invocation::Debug));
        check(&["-debug"], Ok(Invocation::Debug));
        check(&["-h"], Ok(Invocation::Help));
        check(&["-help"], Ok(Invocation::Help));
        check(&["--debug", "--help"], Ok(Invocation::Help));
        check(&["--version"], Ok(Invocation::Version));
        check(&["-V"], Ok(Invocation::Version));
        check(&["--verbose"], Err("invalid option '--verbose'"));
        check(&["serve"], Err("unexpected argument \"serve\""));
        check(&["--debug=yes"], Err("cannot parse argument \"yes\": write true or false"));
        check(&["--version=1", "--debug"], Ok(Invocation::Version));
    }

    #[test]
    fn debug_takes_a_value_as_flags_of_go_do() {
        for (values, expected) in [
            (["", "=1", "=t", "=T", "=TRUE", "=true", "=True"].as_slice(), Invocation::Debug),
            (&["=0", "=f", "=F", "=FALSE", "=false", "=False"], Invocation::Plain),
        ] {
            for value in values {
                check(&[&format!("--debug{value}")], Ok(expected));
                check(&[&format!("-debug{value}")], Ok(expected));
            }
        }
        check(&["--debug=true", "--debug=false"], Ok(Invocation::Plain));
        check(&["--debug", "true"], Err("unexpected argument \"true\""));
        check(&["--debug="], Err("cannot parse argument \"\": write true or false"));
    }

    #[test]
    fn every_text_says_what_the_binary_is_and_where_to_read_on() {
        let notice = notice(&OPTIONS);
        for part in ["terraform-provider-demo 1.2.3", "Manages demonstrations.", "\"acme/demo\"", "--help"] {
            assert!(notice.contains(part), "{part:?} is missing in:\n{notice}");
        }
        let help = help(&OPTIONS);
        for part in ["terraform-provider-demo 1.2.3", "--debug", "--version", "TF_LOG_PROVIDER_DEMO"] {
            assert!(help.contains(part), "{part:?} is missing in:\n{help}");
        }
        assert_eq!(version(&OPTIONS), "terraform-provider-demo 1.2.3\n");
    }
}
