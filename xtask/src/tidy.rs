//! `cargo xtask tidy`: rules that compilers and clippy do not check. Each finding has the place and what to edit.

mod circles;
mod crates;
mod files;
mod guides;
mod imports;
mod messages;
mod modules;
mod packages;
mod pages;
mod problem;
mod tls;
mod words;
mod workflows;

use lexopt::{Arg, Parser};

use self::problem::Problem;
use crate::{docs, failure::Failure, repository};

const HELP: &str = "\
Usage: cargo xtask tidy

Checks, and prints the place and the fix of each finding:
  - the arrows of ARCHITECTURE.md: which crate may depend on which
  - files of one crate do not import each other in a circle; imports are in order
  - src/errors has the messages of the clients' errors, and those that several files share; no others
  - files: none over 600 lines, each .rs file says what it is for, none is named mod.rs, no ignored tests
  - words that the glossary of CONTRIBUTING.md retires
  - guides quote no message that the program does not have, and show every file of their example;
    the index links every page; links and quoted titles of guides are right
  - the workflows of GitHub Actions, with actionlint
  - one TLS stack and one crypto provider in the provider's binary
  - the framework's crates can be published, with all that their pages show
  - docs/ is what schema, examples/ and templates/ make it; the tables of modules/ are those of their HCL
";

pub(crate) fn run(mut arguments: Parser) -> Result<(), Failure> {
    if let Some(argument) = arguments.next()? {
        return match argument {
            Arg::Short('h') | Arg::Long("help") => {
                print!("{HELP}");
                Ok(())
            }
            other => Err(other.unexpected().into()),
        };
    }

    let sources = repository::sources()?;
    let mut problems = crates::check()?;
    problems.extend(files::check(&sources));
    match modules::parse(&sources) {
        Ok(modules) => {
            problems.extend(circles::check(&modules));
            problems.extend(imports::check(&modules));
            problems.extend(messages::check(&modules));
        }
        Err(problem) => problems.push(problem),
    }
    problems.extend(guides::check(&sources)?);
    let prose = repository::prose()?;
    problems.extend(pages::check(&sources, &prose));
    problems.extend(words::check(&sources));
    problems.extend(words::check(&prose));
    problems.extend(tls::check()?);
    problems.extend(packages::check()?);
    problems.extend(workflows::check()?);
    for problem in &problems {
        eprintln!("{problem}");
    }
    // Last, since it builds the provider; it also runs after findings, so that one run shows everything.
    let docs = docs::check();
    match problems.len() {
        0 => docs,
        count => {
            if let Err(failure) = docs {
                eprintln!("{failure}");
            }
            Err(Failure::new(format!(
                "tidy: {count} {}, see above",
                if count == 1 { "finding" } else { "findings" }
            )))
        }
    }?;
    println!("tidy: {} files, no findings", sources.len());
    Ok(())
}
