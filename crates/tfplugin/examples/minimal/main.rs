//! A whole provider: `text_file`, a file whose content Terraform manages.

use std::{fs, io, io::ErrorKind, path::PathBuf, process::ExitCode};

use tfplugin::provider::Configuration;
use tfplugin::serve::{self, ServeOptions};
use tfplugin::{Context, Error, Offers, Plan, Provider, Resource, Schema, Value};

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "text",
        source: "example/text",
        version: "0.1.0",
        description: "Manages text files.",
        log_target: env!("CARGO_CRATE_NAME"),
        log_crates: &[],
    };
    serve::run::<Text>(&options)
}

/// Manages text files in a directory.
#[derive(Clone, Debug, Schema)]
struct Text {
    /// Directory of the files.
    #[schema(required)]
    directory: String,
}

impl Provider for Text {
    type Data = PathBuf;

    async fn configure(config: TextPartial, _: Configuration) -> Result<PathBuf, Error> {
        let unknown = Error::unknown_configuration("Directory unknown", "Give a value that is known.");
        config.directory.known().map(PathBuf::from).ok_or(unknown)
    }

    fn offers() -> Offers<PathBuf> {
        Offers::new().resource::<TextFile>()
    }
}

/// A text file.
#[derive(Clone, Debug, Schema)]
#[schema(name = "text_file")]
struct TextFile {
    /// Name of the file, such as `greeting.txt`. Changing it replaces the file.
    #[schema(required, replace)]
    name: String,
    /// Content of the file.
    #[schema(required)]
    text: String,
    /// Number of bytes in the file.
    #[schema(computed)]
    size: Value<i64>,
}

impl TextFile {
    fn failed(&self, what: &str, error: &io::Error) -> Error {
        Error::new(format!("{} cannot be {what}", self.name), error.to_string()).at("name")
    }

    fn measured(self) -> Self {
        Self { size: Value::Known(i64::try_from(self.text.len()).unwrap_or(i64::MAX)), ..self }
    }
}

impl Resource for TextFile {
    type Provider = PathBuf;

    async fn plan(plan: &mut Plan<Self>, _: &Context<PathBuf>) -> Result<(), Error> {
        plan.planned.size = plan.whole().map_or(Value::Unknown, |planned| planned.measured().size);
        Ok(())
    }

    async fn create(self, context: &Context<PathBuf>) -> Result<Self, Error> {
        let written = fs::write(context.provider().join(&self.name), &self.text);
        written.map_err(|error| self.failed("written", &error)).map(|()| self.measured())
    }

    async fn read(self, context: &Context<PathBuf>) -> Result<Option<Self>, Error> {
        match fs::read_to_string(context.provider().join(&self.name)) {
            Ok(text) => Ok(Some(Self { text, ..self }.measured())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    async fn update(self, _prior: Self, context: &Context<PathBuf>) -> Result<Self, Error> {
        self.create(context).await
    }

    async fn delete(self, context: &Context<PathBuf>) -> Result<(), Error> {
        match fs::remove_file(context.provider().join(&self.name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed("removed", &error)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
