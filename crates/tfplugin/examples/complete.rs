//! What `minimal` does not have: write-only arguments, identity, lists, moves, upgrades, ephemeral resources, and actions. The next
//! version of its provider: `text_document` follows `text_file`.

use std::io::{self, ErrorKind};
use std::{fs, hash::BuildHasher as _, path::Path, path::PathBuf, process::ExitCode};

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value as Json;
use tfplugin::provider::Configuration;
use tfplugin::serve::{self, ServeOptions};
use tfplugin::{
    Action, Capabilities, Context, Diagnostic, Diagnostics, EphemeralResource, Error, Found, IdentitySchema,
    Import, ImportResource, ListResource, MoveResource, MoveSource, Offers, Opened, Progress, Provider,
    Resource, Schema, StoredState, UpgradeResource, Value,
};

fn main() -> ExitCode {
    let options = ServeOptions {
        name: "text",
        source: "example/text",
        version: "0.2.0",
        description: "Manages documents.",
        log_target: env!("CARGO_CRATE_NAME"),
        log_crates: &[],
    };
    serve::run::<Text>(&options)
}

/// Manages documents in a directory.
#[derive(Clone, Debug, Schema)]
struct Text {
    /// Directory of the documents.
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
        Offers::new()
            .resource::<Document>()
            .list_resource::<Documents>()
            .ephemeral_resource::<Pass>()
            .action::<Copy>()
    }
}

/// A document: a text file, and a file beside it with its secret.
#[derive(Clone, Debug, Schema)]
#[schema(name = "text_document", version = 1)]
struct Document {
    /// Name of the file, such as `greeting.txt`. Changing it replaces the document.
    #[schema(required, replace)]
    name: String,
    /// Content of the file.
    #[schema(required)]
    text: String,
    /// Content of the file `NAME.secret`. It is in no plan and in no state, so that nothing shows a change of it but that of
    /// `secret_version`.
    #[schema(optional, sensitive, write_only)]
    secret: Option<SecretString>,
    /// A number to raise with each change of `secret`.
    #[schema(optional)]
    secret_version: Option<i64>,
}

impl Document {
    fn failed(&self, what: &str, error: &io::Error) -> Error {
        Error::new(format!("{} cannot be {what}", self.name), error.to_string()).at("name")
    }

    fn secret_file(&self, directory: &Path) -> PathBuf {
        directory.join(format!("{}.secret", self.name))
    }

    /// As the files have it. `self` has at least the name.
    fn found(self, directory: &Path) -> Result<Option<Self>, Error> {
        match fs::read_to_string(directory.join(&self.name)) {
            Ok(text) => Ok(Some(Self { text, ..self })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("read", &error)),
        }
    }

    fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), text: String::new(), secret: None, secret_version: None }
    }
}

impl Resource for Document {
    type Provider = PathBuf;

    const CAPABILITIES: Capabilities<Self, PathBuf> = Capabilities::none()
        .identity(IdentitySchema::of(&["name"]))
        .import::<Self>()
        .move_from::<Self>()
        .upgrade();

    fn validate(config: &DocumentPartial, report: &mut Diagnostics) {
        if !config.secret.is_null() && config.secret_version.is_null() {
            let detail = "Set `secret_version = 1`, and raise it with each change of the secret.";
            report.push(Diagnostic::error("Secret without a version", detail).at("secret"));
        }
    }

    async fn create(self, context: &Context<PathBuf>) -> Result<Self, Error> {
        let directory = context.provider();
        fs::write(directory.join(&self.name), &self.text).map_err(|error| self.failed("written", &error))?;
        // From here on there is something: if the rest fails, the state keeps it.
        context.record(&self);
        if let Some(secret) = &self.secret {
            let written = fs::write(self.secret_file(directory), secret.expose_secret());
            written.map_err(|error| self.failed("written", &error))?;
        }
        Ok(self)
    }

    async fn read(self, context: &Context<PathBuf>) -> Result<Option<Self>, Error> {
        self.found(context.provider())
    }

    async fn update(self, _prior: Self, context: &Context<PathBuf>) -> Result<Self, Error> {
        self.create(context).await
    }

    async fn delete(self, context: &Context<PathBuf>) -> Result<(), Error> {
        for file in [context.provider().join(&self.name), self.secret_file(context.provider())] {
            removed(&file).map_err(|error| self.failed("removed", &error))?;
        }
        Ok(())
    }
}

/// What is gone already is removed.
fn removed(file: &Path) -> io::Result<()> {
    fs::remove_file(file)
        .or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

impl ImportResource<PathBuf> for Document {
    async fn import(from: Import, _: &Context<PathBuf>) -> Result<Self, Error> {
        match from {
            Import::Id(name) => Ok(Self::named(name)),
            Import::Identity(identity) => Ok(Self::named(identity.text("name"))),
            _ => Err(Error::new("Import needs a name", "Set `id` to the name of the document.")),
        }
    }
}

/// Version 0 had the name in `title`.
impl UpgradeResource for Document {
    fn upgrade(_version: i64, stored: &StoredState) -> Result<Self, Error> {
        let stored: Json = stored.parse()?;
        let text = |member: &str| stored[member].as_str().unwrap_or_default().to_owned();
        Ok(Self { text: text("text"), ..Self::named(text("title")) })
    }
}

/// `moved { from = text_file.greeting  to = text_document.greeting }`
impl MoveResource for Document {
    fn move_from(source: &MoveSource, _: &mut Diagnostics) -> Result<Option<Self>, Error> {
        if !source.is_from("example", "text") || source.type_name != "text_file" {
            return Ok(None);
        }
        let file: Json = source.state.parse()?;
        let text = |member: &str| file[member].as_str().unwrap_or_default().to_owned();
        Ok(Some(Self { text: text("text"), ..Self::named(text("name")) }))
    }
}

/// Lists documents.
#[derive(Clone, Debug, Schema)]
struct Documents {
    /// What their names begin with. Default: all documents.
    #[schema(optional)]
    prefix: Option<String>,
}

impl ListResource for Documents {
    type Resource = Document;

    async fn list(self, found: &Found<Document>, context: &Context<PathBuf>) -> Result<(), Error> {
        let prefix = self.prefix.unwrap_or_default();
        let entries = fs::read_dir(context.provider())
            .map_err(|error| Error::new("Directory cannot be read", error.to_string()))?;
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(&prefix) || name.ends_with(".secret") {
                continue;
            }
            if let Some(document) = Document::named(&name).found(context.provider())? {
                found.add(name, document).await;
            }
        }
        Ok(())
    }
}

/// A word for one run, which is valid as long as its file exists.
#[derive(Clone, Debug, Schema)]
#[schema(name = "text_pass")]
struct Pass {
    /// Name of the file.
    #[schema(required)]
    name: String,
    /// The word.
    #[schema(computed, sensitive)]
    word: Value<SecretString>,
}

impl EphemeralResource for Pass {
    type Provider = PathBuf;

    async fn open(self, context: &Context<PathBuf>) -> Result<Opened<Self>, Error> {
        let word = format!("{:x}", std::hash::RandomState::new().hash_one(&self.name));
        // What `close` needs, before there is something to close.
        context.set_private_state("name", &self.name);
        fs::write(context.provider().join(&self.name), &word)
            .map_err(|error| Error::new("Pass cannot be written", error.to_string()).at("name"))?;
        Ok(Opened::new(Self { word: Value::Known(word.into()), ..self }))
    }

    async fn close(context: &Context<PathBuf>) -> Result<(), Error> {
        let Some(name) = context.private_state::<String>("name") else { return Ok(()) };
        removed(&context.provider().join(name))
            .map_err(|error| Error::new("Pass cannot be removed", error.to_string()))
    }
}

/// Copies a document.
#[derive(Clone, Debug, Schema)]
#[schema(name = "text_copy")]
struct Copy {
    /// Name of the document.
    #[schema(required)]
    name: String,
    /// Name of the copy.
    #[schema(required)]
    to: String,
}

impl Action for Copy {
    type Provider = PathBuf;

    async fn invoke(self, progress: &Progress, context: &Context<PathBuf>) -> Result<(), Error> {
        let [from, to] = [&self.name, &self.to].map(|name| context.provider().join(name));
        let size = fs::copy(from, to).map_err(|error| {
            Error::new(format!("{} cannot be copied", self.name), error.to_string()).at("name")
        })?;
        progress.report(format!("{size} bytes of {} are in {}", self.name, self.to)).await;
        Ok(())
    }
}
