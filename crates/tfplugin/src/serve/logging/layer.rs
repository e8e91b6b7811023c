//! From `tracing` to lines: an event's fields, and those of the spans around it.

use std::{error::Error, fmt, path::Path};

use serde_json::{Map, Value};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    metadata::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    fmt::{
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    layer::Context,
    registry::{LookupSpan, Scope},
};

use super::{Sink, levels::Levels, line::Line};

/// Components of a file's path that are enough to find it; the rest is the builder's business.
const CALLER_COMPONENTS: usize = 4;

/// Writes one line for each event.
pub(super) struct HclogLayer<S> {
    levels: Levels,
    provider_target: &'static str,
    sink: S,
}

/// A span's fields, kept with it.
struct SpanFields(Map<String, Value>);

/// Collects fields as JSON. `message` is one of them.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl<S: Sink> HclogLayer<S> {
    pub(super) fn new(levels: Levels, provider_target: &'static str, sink: S) -> Self {
        Self { levels, provider_target, sink }
    }

    /// A target in the host's style: without the provider's own crate, since the host adds that.
    fn module(&self, target: &str) -> String {
        let inside = match target.strip_prefix(self.provider_target) {
            Some("") => "provider",
            Some(rest) => rest.strip_prefix("::").unwrap_or(target),
            None => target,
        };
        inside.replace("::", ".")
    }
}

impl<C, S> Layer<C> for HclogLayer<S>
where
    C: Subscriber + for<'lookup> LookupSpan<'lookup>,
    S: Sink,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.levels.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, C>) -> bool {
        self.levels.enabled(metadata)
    }

    /// Spans count whatever their level, so there is no limit unless all is off.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(if self.levels.all_off() { LevelFilter::OFF } else { LevelFilter::TRACE })
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, C>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, C>) {
        // Before taking the lock: a value whose Debug panics would log that panic, within this span.
        let mut fields = Fields::default();
        values.record(&mut fields);
        if let Some(span) = context.span(id)
            && let Some(known) = span.extensions_mut().get_mut::<SpanFields>()
        {
            known.0.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, C>) {
        let mut own = Fields::default();
        event.record(&mut own);

        let mut fields = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(known) = span.extensions().get::<SpanFields>() {
                fields.extend(known.0.clone());
            }
        }
        let message = match own.0.remove("message") {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        fields.extend(own.0);

        let metadata = event.metadata();
        let line = Line {
            level: *metadata.level(),
            message,
            timestamp: timestamp(),
            module: self.module(metadata.target()),
            caller: metadata.file().map(|file| caller(file, metadata.line())),
            fields: &fields,
        };
        self.sink.put(&line.text());
    }
}

/// Now, with six decimals: the only form that hosts take for a time.
fn timestamp() -> String {
    let mut text = String::new();
    // Fails only when the text does.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

fn caller(file: &str, line: Option<u32>) -> String {
    let path = Path::new(file);
    let skipped =
        if path.is_absolute() { path.components().count().saturating_sub(CALLER_COMPONENTS) } else { 0 };
    let shown: std::path::PathBuf = path.components().skip(skipped).collect();
    format!("{}:{}", shown.display(), line.unwrap_or_default())
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // Infinity and its like are no JSON numbers.
        let value = serde_json::Number::from_f64(value)
            .map_or_else(|| Value::String(value.to_string()), Value::Number);
        self.0.insert(field.name().to_owned(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.0.insert(field.name().to_owned(), Value::from(crate::serve::ErrorChain(value).to_string()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), Value::from(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::serve::ServeOptions;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl Sink for Kept {
        fn put(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    /// The lines that `work` logs at a level, without time and place.
    fn logged(level: &str, work: impl FnOnce()) -> Vec<Value> {
        let options = ServeOptions {
            name: "demo",
            source: "acme/demo",
            version: "1.2.3",
            description: "",
            log_target: "terraform_provider_demo",
            log_crates: &[],
        };
        let levels = Levels::from_lookup(&options, |name| (name == "TF_LOG").then(|| level.to_owned()));
        let kept = Kept::default();
        let layer = HclogLayer::new(levels, options.log_target, kept.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let lines = kept.0.lock().unwrap();
        lines
            .iter()
            .map(|line| {
                let mut line: Map<String, Value> = serde_json::from_str(line).unwrap();
                assert!(line.remove("@timestamp").is_some() && line.remove("@caller").is_some());
                Value::Object(line)
            })
            .collect()
    }

    #[test]
    fn an_event_carries_the_fields_of_the_spans_around_it() {
        let lines = logged("info", || {
            let call = tracing::debug_span!(target: "tfplugin::rpc", "rpc", rpc = "ReadResource", id = 1, late = "no");
            call.in_scope(|| {
                call.record("late", "yes");
                let inner = tracing::trace_span!(target: "terraform_provider_demo::client", "request", id = 2);
                inner.in_scope(|| {
                    tracing::info!(target: "terraform_provider_demo::client::http", tries = 3_u64, done = true, "sent");
                });
            });
        });
        assert_eq!(
            lines,
            [json!({
                "@level": "info", "@message": "sent", "@module": "client.http",
                "rpc": "ReadResource", "id": 2, "late": "yes", "tries": 3, "done": true,
            })]
        );
    }

    #[test]
    fn what_is_too_verbose_or_foreign_is_not_logged() {
        let lines = logged("info", || {
            tracing::debug!(target: "terraform_provider_demo", "verbose");
            tracing::info!(target: "h2::codec", "foreign");
            tracing::info_span!(target: "h2::codec", "foreign", stream = 1).in_scope(|| {
                tracing::info!(target: "terraform_provider_demo", "own");
                tracing::warn!(target: "tfplugin::engine", "framework");
            });
        });
        assert_eq!(
            lines,
            [
                json!({"@level": "info", "@message": "own", "@module": "provider"}),
                json!({"@level": "warn", "@message": "framework", "@module": "tfplugin.engine"}),
            ]
        );
    }

    #[test]
    fn every_kind_of_value_has_its_json() {
        let error = std::io::Error::other("broken");
        let lines = logged("trace", || {
            tracing::trace!(
                target: "demo.client",
                float = 1.5,
                infinite = f64::INFINITY,
                negative = -1,
                debug = ?Some("x"),
                error = &error as &(dyn Error + 'static),
            );
        });
        assert_eq!(
            lines,
            [json!({
                "@level": "trace", "@message": "", "@module": "demo.client", "float": 1.5, "infinite": "inf",
                "negative": -1, "debug": "Some(\"x\")", "error": "broken",
            })]
        );
    }

    #[test]
    fn times_have_six_decimals_and_a_zone() {
        let time = timestamp();
        let shape: String = time.chars().map(|each| if each.is_ascii_digit() { '0' } else { each }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00.000000Z");
    }

    #[test]
    fn callers_are_named_without_the_builders_directories() {
        assert_eq!(caller("src/client.rs", Some(7)), "src/client.rs:7");
        assert_eq!(
            caller("/home/anna/.cargo/h2-0.4.1/src/codec/mod.rs", Some(7)),
            "h2-0.4.1/src/codec/mod.rs:7"
        );
    }
}
