//! What `map` makes of completions, and the page of events that is ready to go out.

use std::io;
use std::sync::Arc;

use super::MapArgs;
use crate::cli::destination::{kind, settings};
use crate::cli::outcomes::{Diagnostic, Outcomes, RecordsPart};
use crate::cli::output::print_json;
use crate::completion::load::{self, Loaded};
use crate::completion::{Completion, Edits, Origin};
use crate::event::wire::{self, WireRequest};
use crate::feed;
use crate::json::{Document, JsonText, Limits, write_pretty};
use crate::mapping::twins::MadeEvent;
use crate::mapping::{self, Deliveries, Mapped, Outcome};
use crate::prepare::{self, NotSent, PrepareOptions};
use crate::settings::Environment;

/// The message for an input that holds nothing.
pub(super) const NOTHING: &str = "nothing was mapped";

/// The output for some records.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// For standard output.
    pub data: String,
    /// For standard error.
    pub part: RecordsPart,
}

impl Page {
    /// Writes it.
    pub fn put(&mut self, outcomes: &mut Outcomes) -> io::Result<()> {
        if !self.data.is_empty() {
            print_json(&self.data)?;
            self.data.clear();
        }
        outcomes.take(std::mem::take(&mut self.part));
        Ok(())
    }

    /// Writes it once it has grown large.
    pub fn spill(&mut self, outcomes: &mut Outcomes) -> anyhow::Result<()> {
        const LARGE: usize = 1 << 16;
        if self.data.len() >= LARGE || self.part.said.len() >= 64 {
            self.put(outcomes)?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MapForm {
    Event,
    Wire,
    Explain,
}

/// What is made of each completion, and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Mapper {
    edits: Edits,
    options: PrepareOptions,
    /// What OpenRouter delivered, to compare exchanges with under `--explain`.
    deliveries: Arc<Deliveries>,
    form: MapForm,
    pretty: bool,
}

impl Mapper {
    /// What is made of them as the arguments and the settings say.
    pub fn new(args: &MapArgs) -> anyhow::Result<Mapper> {
        let environment = Environment::of_process();
        let options = args
            .destination
            .options_with(args.mapping.changes.privacy)?;
        let settings = settings(&environment, &options)?;
        let kind = kind(&settings, &environment)?;
        let options = settings.prepare_options(jiff::Timestamp::now().as_millisecond(), kind);
        let form = match (args.wire, args.explain) {
            (true, _) => MapForm::Wire,
            (_, true) => MapForm::Explain,
            _ => MapForm::Event,
        };
        let deliveries = match form {
            // Standard input is answered line by line, so nothing is read ahead.
            MapForm::Explain => {
                feed::deliveries::gather_from_files(&args.mapping.paths, &options.context)
            }
            _ => Deliveries::default(),
        };
        Ok(Mapper {
            edits: args.mapping.edits(),
            options,
            deliveries: Arc::new(deliveries),
            form,
            pretty: args.pretty,
        })
    }

    /// Notes the time: a completion without one gets the time of sending.
    pub fn refresh(&mut self) {
        self.options.context.now = jiff::Timestamp::now().as_millisecond();
    }

    /// Maps one record of a file with one a line.
    pub fn record(&self, bytes: &[u8], origin: &Origin, page: &mut Page) {
        let mut loaded = Loaded::default();
        load::load_slice(bytes, origin, &mut loaded);
        page.part.records.take(&mut loaded);
        self.loaded(loaded, page);
    }

    /// Maps everything that was loaded.
    pub fn loaded(&self, mut loaded: Loaded, page: &mut Page) {
        page.part.recognised += load::recognised(&loaded);
        page.part.records.file_is(&mut loaded);
        page.part.said.extend(Diagnostic::of(&mut loaded));
        for completion in &loaded.completions {
            self.completion(completion, page);
        }
    }

    fn completion(&self, completion: &Completion, page: &mut Page) {
        match self.write(completion, &mut page.data) {
            Ok(mapped) => {
                page.part.made.extend(MadeEvent::of(completion, &mapped));
                page.data.push('\n');
            }
            Err(reason) => {
                let of = format!("{} ({})", completion.origin, completion.name);
                let why = reason.to_string();
                page.part.said.push(match reason.kind().is_failure() {
                    true => Diagnostic::Refused { of, why },
                    false => Diagnostic::NoEvent { of, why },
                });
            }
        }
    }

    /// Appends what is printed for a completion, without a line's end, and gives what was made of it.
    ///
    /// # Errors
    /// Why it makes no event.
    pub fn write(&self, completion: &Completion, out: &mut String) -> Result<Mapped, NotSent> {
        let mapped = match self.form {
            MapForm::Explain => {
                let context = &self.options.context;
                let mut mapped = mapping::inspect(completion, &self.edits, context);
                let differences = self.deliveries.differences(completion, &mapped);
                mapped.findings.extend(differences);
                mapped
            }
            _ => mapping::map(completion, &self.edits, &self.options.context),
        };
        let event = match &mapped.outcome {
            Outcome::Event(event) => event,
            Outcome::NoEvent(none) => return Err(NotSent::NoEvent(none.says.clone())),
        };
        if self.form == MapForm::Wire {
            prepare::may_leave(completion, event)?;
        }
        let start = out.len();
        let outbound = self.options.apply(event);
        match self.form {
            MapForm::Event => wire::write_event(outbound, out),
            MapForm::Wire => write_wire(&wire::request(outbound), out),
            MapForm::Explain => crate::share::explain::write(completion, &mapped, outbound, out),
        }
        if self.pretty {
            let json = out.split_off(start);
            write_for_reading(json, out);
        }
        Ok(mapped)
    }
}

fn write_wire(request: &WireRequest, out: &mut String) {
    let path = JsonText::string(request.route.path());
    out.push_str("{\"method\":\"POST\",\"path\":");
    out.push_str(path.as_str());
    out.push_str(",\"body\":");
    out.push_str(&String::from_utf8_lossy(&request.body));
    out.push('}');
}

fn write_for_reading(json: String, out: &mut String) {
    let limits = Limits {
        depth: 256,
        bytes: usize::MAX,
    };
    match Document::parse(json.as_str().into(), limits) {
        Ok(doc) => write_pretty(doc.root(), out),
        Err(_) => out.push_str(&json),
    }
}
