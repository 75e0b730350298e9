//! `rainscope sink`: the local Raindrop-compatible endpoint in the foreground, one line for each
//! request that reached it, until Ctrl-C.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::json;

use super::behind::PrintsBehind;
use super::options::OutputFormat;
use super::output::{Exit, complain, print, print_json, say_behind};
use super::wait::{Interrupts, block_on};
use crate::delivery::sink::{
    Exposure, KeyCheck, Receipt, Rules, Script, Sink, SinkError, SinkOptions,
};
use crate::destination::WriteKey;
use crate::display;

/// The port of Raindrop Workshop, so that clients looking for one find the sink.
const LISTEN: &str = "127.0.0.1:5899";

/// How long open requests may take to end when the sink is stopped. Chosen.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// How long a reader may take for the last lines. Chosen.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Bytes of a receipt without its body, about.
const OWN_BYTES: usize = 1024;

/// Arguments of `sink`.
#[derive(Debug, clap::Args)]
pub struct SinkArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = LISTEN)]
    pub listen: SocketAddr,
    /// Take this write key alone (else any); the variable keeps it out of process lists
    #[arg(
        long,
        value_name = "KEY",
        env = "RAINSCOPE_SINK_KEY",
        hide_env_values = true
    )]
    pub write_key: Option<String>,
    /// Answers to give in turn, repeating: a status, ok, hang or cut, like 500,429,ok
    #[arg(
        long,
        value_name = "SCRIPT",
        default_value = "",
        hide_default_value = true
    )]
    pub fail: Script,
    /// Hold every answer back this long
    #[arg(
        long,
        value_name = "MILLISECONDS",
        default_value_t = 0,
        hide_default_value = true
    )]
    pub delay: u64,
    /// Append what is accepted to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub store: Option<PathBuf>,
    /// Let other machines reach the sink: they can fill the store, and with --write-key's key read events back
    #[arg(long)]
    pub allow_network: bool,
    /// Take nothing but what the schema of Raindrop's npm package takes
    #[arg(long)]
    pub strict: bool,
    /// Let pages of this origin use the sink too; * lets any (pages of this machine always may)
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// How to tell what arrives
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
}

/// Runs the sink until it is stopped.
pub fn run(args: &SinkArgs) -> anyhow::Result<Exit> {
    let options = options(args)?;
    let format = args.format;
    block_on(async move {
        let mut interrupts = Interrupts::listen()?;
        let keys = match options.keys {
            KeyCheck::Any => "any write key",
            KeyCheck::Exactly(_) => "one write key",
        };
        let told = Arc::new(PrintsBehind::start(move |receipt, _| {
            tell(receipt, format)
        })?);
        let tell = Arc::clone(&told);
        let on_receipt = move |receipt: Receipt| {
            let bytes = receipt.body.len() + receipt.merged.as_ref().map_or(0, String::len);
            tell.push(receipt, OWN_BYTES + bytes);
        };
        let sink = Sink::start(options, on_receipt).await;
        let sink = sink.map_err(|error| match error {
            SinkError::NotLoopback(_) => anyhow::anyhow!("{error} with --allow-network"),
            error => error.into(),
        })?;
        let at = sink.base_url();
        say_behind()?;
        complain(&format!(
            "rainscope sink listens at {at} and takes {keys}; Ctrl-C stops it"
        ));
        interrupts.next().await;
        let unstored = sink.unstored();
        let in_time = sink.stop(LAST_ANSWERS).await;
        // Whether it was read is no concern, but where it was not, these are not all.
        let untold = told.finish(LAST_LINES).await;
        if untold > 0 {
            complain(&format!(
                "rainscope sink: {untold} more came that are not told above: nobody read them"
            ));
        }
        complain(if in_time {
            "rainscope sink: stopped"
        } else {
            "rainscope sink: stopped; requests that hung were cut"
        });
        match unstored() {
            0 => Ok(Exit::Done),
            count => {
                let requests = display::counted(count, "request");
                complain(&format!(
                    "rainscope sink: {requests} answered 500, since the store could not be written"
                ));
                Ok(Exit::Failed)
            }
        }
    })?
}

fn options(args: &SinkArgs) -> anyhow::Result<SinkOptions> {
    let keys = match &args.write_key {
        // An empty variable counts as not set.
        Some(key) if !key.is_empty() => KeyCheck::Exactly(WriteKey::new(key.clone())?),
        _ => KeyCheck::Any,
    };
    Ok(SinkOptions {
        listen: args.listen,
        exposure: match args.allow_network {
            true => Exposure::Network,
            false => Exposure::LoopbackOnly,
        },
        keys,
        rules: match args.strict {
            true => Rules::Strict,
            false => Rules::Documented,
        },
        allowed_origins: args.allow_origin.clone(),
        fail: args.fail.clone(),
        delay: Duration::from_millis(args.delay),
        store: args.store.clone(),
        ..SinkOptions::default()
    })
}

fn tell(receipt: &Receipt, format: OutputFormat) -> io::Result<()> {
    match format {
        OutputFormat::Human => {
            let indented = |line: &String| format!("                     {line}");
            let reasons = receipt.reasons.iter().map(indented);
            let notes = receipt.notes();
            std::iter::once(human(receipt))
                .chain(reasons)
                .chain(notes.iter().map(indented))
                .try_for_each(|line| print(&line))
        }
        OutputFormat::Json => print_json(&format!("{}\n", machine(receipt))),
    }
}

fn human(receipt: &Receipt) -> String {
    let clock = receipt.at.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
    let status = receipt
        .status
        .map_or("—".to_owned(), |status| status.to_string());
    let mut line = format!(
        "{clock}  {:>4}  {status:>3}  {} {}  {} B  {}",
        receipt.number, receipt.method, receipt.path, receipt.bytes, receipt.summary
    );
    if let Some(project) = &receipt.project {
        line.push_str(&format!("  project {project}"));
    }
    match receipt.event_ids.as_slice() {
        [] => {}
        [id] => line.push_str(&format!("  {id}")),
        [first, .., last] => line.push_str(&format!("  {first} … {last}")),
    }
    line
}

fn machine(receipt: &Receipt) -> String {
    json!({
        "number": receipt.number,
        "at": receipt.at.to_string(),
        "method": receipt.method,
        "path": receipt.path,
        "status": receipt.status,
        "accepted": receipt.accepted(),
        "event_ids": receipt.event_ids,
        "new_events": receipt.new_events,
        "project": receipt.project,
        "reasons": receipt.reasons,
        "strict": receipt.strict,
        "filled": receipt.filled,
        "summary": receipt.summary,
        "bytes": receipt.bytes,
        "body": receipt.body,
        "body_cut": receipt.body_cut,
        "merged": receipt.merged,
    })
    .to_string()
}
