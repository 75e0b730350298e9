//! The diagnostic log: what the program did at its edges, for a bug report.
//!
//! `RAINSCOPE_LOG=debug` writes `rainscope.log` into the state folder. An event names files, hosts,
//! routes, sizes, states and times. It never holds a write key, and holds text of a request or an
//! answer only where `RAINSCOPE_LOG_PAYLOADS=1` asks for it: such events have [`PAYLOADS`] as their
//! target, so that whoever logs one decides nothing.

mod file;

use std::any::Any;
use std::fmt::{self, Debug, Write};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;

use file::LogFile;

/// The variable that asks for the log and says how much goes into it.
pub const LOG: &str = "RAINSCOPE_LOG";
/// The variable that lets text of requests and answers into it.
pub const LOG_PAYLOADS: &str = "RAINSCOPE_LOG_PAYLOADS";
/// The target of events that hold text of a request or an answer.
pub const PAYLOADS: &str = "rainscope::payloads";

/// Why there is no log although one was asked for.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The variable's value is no level.
    #[error("RAINSCOPE_LOG: {0:?} is no level; it takes error, warn, info, debug, trace or off")]
    Level(String),
    /// The system tells no folder for it.
    #[error("the log has no place: set HOME or RAINSCOPE_STATE_DIR")]
    NoFolder,
    /// Its folder or file cannot be made.
    #[error("the log {} cannot be written: {}", .path.display(), crate::system::reason(.reason))]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
}

/// What the environment says of the log: the values of [`LOG`] and [`LOG_PAYLOADS`].
#[derive(Debug, Clone, Copy, Default)]
pub struct LogSettings<'a> {
    /// The level.
    pub level: Option<&'a str>,
    /// Whether text of requests and answers goes into it.
    pub payloads: Option<&'a str>,
}

/// Begins the log where one is wanted, and has panics told there too. `path` is the file's place. Call
/// it once, before anything is done.
///
/// # Errors
/// When the log cannot be written. Nothing else depends on it.
pub fn begin(wanted: LogSettings<'_>, path: Option<&Path>) -> Result<(), LogError> {
    let Some(level) = level(wanted.level)? else {
        return Ok(());
    };
    let path = path.ok_or(LogError::NoFolder)?;
    let failed = |reason| LogError::Io {
        path: path.to_owned(),
        reason,
    };
    let file = LogFile::open(path, file::LIMIT).map_err(failed)?;
    let with_payloads = wanted.payloads.is_some_and(|text| text.trim() != "0");
    let subscriber = subscriber(level, with_payloads, file);
    // A second log in the same process would be another program's, which embeds this one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    log_panics();
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        system = std::env::consts::OS,
        process = std::process::id(),
        "started"
    );
    Ok(())
}

/// The level that the variable names; none where it is not set or says `off`.
fn level(wanted: Option<&str>) -> Result<Option<LevelFilter>, LogError> {
    let Some(text) = wanted else {
        return Ok(None);
    };
    let level = match text.trim().to_ascii_lowercase().as_str() {
        "off" => return Ok(None),
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err(LogError::Level(text.to_owned())),
    };
    Ok(Some(level))
}

/// Takes this program's own events alone: those of libraries may hold headers.
fn subscriber(
    level: LevelFilter,
    with_payloads: bool,
    file: LogFile,
) -> impl tracing::Subscriber + Send + Sync {
    let payloads = if with_payloads {
        level
    } else {
        LevelFilter::OFF
    };
    let targets = Targets::new()
        .with_target("rainscope", level)
        .with_target(PAYLOADS, payloads);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_timer(Utc)
        .with_writer(Mutex::new(file))
        .with_filter(targets);
    Registry::default().with(lines)
}

/// Times as the history and the events have them.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, out: &mut Writer<'_>) -> fmt::Result {
        write!(out, "{:.3}", jiff::Timestamp::now())
    }
}

/// The place of a panic, but not its message, which may quote the text that was at hand.
fn log_panics() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        tracing::error!(
            place,
            thread = thread.name().unwrap_or_default(),
            "panicked"
        );
        if let Some(message) = panic_message(info.payload()) {
            tracing::error!(target: PAYLOADS, message, "panicked with");
        }
        tell(info);
    }));
}

/// A panic's message, where it has one.
pub(crate) fn panic_message(payload: &dyn Any) -> Option<&str> {
    let literal = payload.downcast_ref::<&str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// The name of an enum's variant, by its `Debug`, without what the variant holds.
pub struct Variant<'a, T>(pub &'a T);

impl<T: Debug> fmt::Display for Variant<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = Name(String::new());
        // Ends in an error at the first character behind the name, so nothing more is formatted.
        let _ = write!(name, "{:?}", self.0);
        f.write_str(&name.0)
    }
}

struct Name(String);

impl Write for Name {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let length = text.find(|c: char| !c.is_alphanumeric());
        self.0.push_str(&text[..length.unwrap_or(text.len())]);
        match length {
            Some(_) => Err(fmt::Error),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_named_or_refused() {
        let check = |text: &str, expected: Option<LevelFilter>| {
            assert_eq!(level(Some(text)).ok().flatten(), expected, "{text:?}");
        };
        check("debug", Some(LevelFilter::DEBUG));
        check(" Trace ", Some(LevelFilter::TRACE));
        check("off", None);
        check("rainscope=debug", None);
        assert!(level(None).is_ok_and(|level| level.is_none()));
        let error = level(Some("loud")).map_err(|error| error.to_string());
        assert!(error.is_err_and(|says| says.contains("error, warn, info, debug, trace or off")));
    }

    #[test]
    fn a_panic_is_told_by_its_place_and_its_words_only_where_payload_is_wanted() {
        let check = |with_payloads: bool| {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("rainscope.log");
            let file = LogFile::open(&path, file::LIMIT).expect("a log");
            let subscriber = subscriber(LevelFilter::ERROR, with_payloads, file);
            tracing::subscriber::with_default(subscriber, || {
                log_panics();
                let text = "payload\u{e9}";
                let caught = std::panic::catch_unwind(|| text[..8].len());
                drop(std::panic::take_hook());
                assert!(caught.is_err());
            });
            std::fs::read_to_string(path).expect("a log")
        };
        let log = check(false);
        assert!(log.contains("panicked place=\"src"), "{log}");
        assert!(!log.contains("payload\u{e9}"), "{log}");
        let log = check(true);
        assert!(log.contains("payload\u{e9}"), "{log}");
    }

    #[test]
    fn a_variant_is_named_without_what_it_holds() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "what it holds is only there to be left out")]
        enum Example {
            Unit,
            Tuple(&'static str),
            Struct { text: &'static str },
        }
        let check =
            |value: Example, expected: &str| assert_eq!(Variant(&value).to_string(), expected);
        check(Example::Unit, "Unit");
        check(Example::Tuple("payload"), "Tuple");
        check(Example::Struct { text: "payload" }, "Struct");
    }
}
