//! `rainscope test`: the connection test of the configured destination, step by step.

use serde_json::json;

use super::destination::{ReadyDestination, described, offer_workshop, ready, settings};
use super::options::{DestinationArgs, KeyArgs, OutputFormat};
use super::output::{Exit, complain, print, print_json};
use super::wait::block_on;
use crate::delivery::answer::AttemptOutcome;
use crate::delivery::connect::{ConnectionTest, TestStep, has_key, test};
use crate::delivery::http::Client;
use crate::destination::Destination;
use crate::settings::Environment;
use crate::settings::access::AccessError;

/// Arguments of `test`.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Where events go
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get the write key
    #[command(flatten)]
    pub key: KeyArgs,
    /// How to tell what was answered
    #[arg(long, value_enum, default_value_t = OutputFormat::Human)]
    pub format: OutputFormat,
}

/// Tests it.
pub fn run(args: &TestArgs) -> anyhow::Result<Exit> {
    let environment = Environment::of_process();
    let settings = settings(&environment, &args.destination.options()?)?;
    block_on(async {
        let ready = ready(&settings, &environment, args.key.use_key).await;
        let ReadyDestination {
            destination,
            key_source,
            sink,
        } = match ready {
            Ok(ready) => ready,
            Err(error) if args.format == OutputFormat::Json => match silence(&error) {
                Some(silence) => {
                    let line = json!({"passed": false, "steps": [], "says": silence.to_string()});
                    print_json(&format!("{line}\n"))?;
                    return Ok(Exit::No);
                }
                None => return Err(error),
            },
            Err(error) => match refused(&error)? {
                true => return Ok(Exit::No),
                false => return Err(error),
            },
        };
        if sink.is_some() {
            complain("nothing is configured: testing the program's own sink");
            offer_workshop(&environment).await;
        }
        if args.format == OutputFormat::Json {
            let tested = test(&Client::default(), destination.clone(), |_| {}).await;
            print_json(&format!("{}\n", machine(&destination, &tested)))?;
            return Ok(exit(&tested));
        }
        let key = key_source.name();
        print(&format!("{}, write key: {key}", described(&destination)))?;
        let tested = shown(&Client::default(), destination).await?;
        Ok(exit(&tested))
    })?
}

/// Tests, and prints every step as it ends and the result.
pub async fn shown(client: &Client, destination: Destination) -> anyhow::Result<ConnectionTest> {
    let mut written = Ok(());
    let has_key = has_key(&destination);
    let tested = test(client, destination, |step| {
        written = print(&line(step, has_key));
    })
    .await;
    written?;
    match &tested.result {
        Ok(_) => print("The connection works.")?,
        Err(failed) => {
            print(&failed.says)?;
            print(&failed.help)?;
        }
    }
    Ok(tested)
}

/// Reports that a server which does not say what it is gets no key, so the test has failed. False for any other
/// error.
pub fn refused(error: &anyhow::Error) -> anyhow::Result<bool> {
    let Some(silence) = silence(error) else {
        return Ok(false);
    };
    print(&silence.to_string())?;
    Ok(true)
}

fn silence(error: &anyhow::Error) -> Option<&AccessError> {
    error
        .downcast_ref::<AccessError>()
        .filter(|error| matches!(error, AccessError::Silent { .. }))
}

fn exit(tested: &ConnectionTest) -> Exit {
    match tested.result {
        Ok(_) => Exit::Done,
        Err(_) => Exit::No,
    }
}

fn line(step: &TestStep, has_key: bool) -> String {
    let mark = if step.passed { "passed" } else { "failed" };
    format!(
        "{mark}  {} {} ({})  {} ms  {}",
        step.method,
        step.path,
        step.what,
        step.attempt.elapsed.as_millis(),
        step.attempt.outcome.says_to(has_key)
    )
}

fn machine(destination: &Destination, tested: &ConnectionTest) -> String {
    let step = |step: &TestStep| {
        let status = match &step.attempt.outcome {
            AttemptOutcome::Answered { status, .. } => Some(*status),
            AttemptOutcome::Fault(_) => None,
        };
        json!({
            "method": step.method,
            "path": step.path,
            "status": status,
            "says": step.attempt.outcome.says_to(has_key(destination)),
            "ms": millis(step.attempt.elapsed),
            "passed": step.passed,
        })
    };
    let failed = tested.result.as_ref().err();
    json!({
        "destination": described(destination),
        "base_url": destination.base_url().as_str(),
        "passed": tested.result.is_ok(),
        "steps": tested.steps.iter().map(step).collect::<Vec<_>>(),
        "says": failed.map(|failed| &failed.says),
        "help": failed.map(|failed| &failed.help),
    })
    .to_string()
}

/// Milliseconds with a fraction.
pub fn millis(elapsed: std::time::Duration) -> f64 {
    (elapsed.as_secs_f64() * 1e6).round() / 1e3
}
