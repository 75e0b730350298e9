//! The inspector without a terminal: plays a script of keys and returns the screen. It is the same
//! model, drawing and local sink; time and ids stand still, so that a picture is the same each time.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use tokio::sync::mpsc::unbounded_channel;

use super::files::loader;
use super::sending::own_sink::SINK_DEADLINE;
use super::{Shell, StartDestination};
use crate::clock::Clock;
use crate::inspector;
use crate::inspector::edits::external_editor::EditorOutcome;
use crate::inspector::keys::script::ScriptStep;
use crate::inspector::library::Batch;
use crate::inspector::ui::theme::Look;
use crate::inspector::{Effect, Model, Msg};
use crate::mapping::Context;
use crate::samples;
use crate::share::picture;
use crate::share::recording::Recording;

/// How long a script may wait for a text.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A text that a script waited for did not come.
#[derive(Debug, thiserror::Error)]
#[error("\"{text}\" did not appear within {} s", patience.as_secs())]
pub struct Missed {
    /// The text.
    pub text: String,
    /// How long it was waited for.
    pub patience: Duration,
    /// The rows of the screen as it was then.
    pub screen: Vec<String>,
}

/// Where a script is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptFrom {
    /// Whoever runs the program typed it.
    Person,
    /// A file, which may come from anywhere: it writes no files and asks no servers.
    File,
}

/// A script, and where it is from.
#[derive(Debug, Clone, Copy)]
pub struct Script<'s> {
    /// Its steps.
    pub steps: &'s [ScriptStep],
    /// Where it is from.
    pub from: ScriptFrom,
    /// How long it may wait for a text.
    pub patience: Duration,
}

/// What the inspector is told of the samples that ship with the program.
pub fn samples() -> Vec<Msg> {
    let loaded = samples::load_all();
    vec![Msg::Loaded(Batch {
        loaded,
        ..Batch::default()
    })]
}

/// What the inspector is told of paths, as it reads them on a terminal.
pub fn read(paths: &[PathBuf], context: &Context) -> Vec<Msg> {
    let (sender, mut messages) = unbounded_channel();
    loader::read(paths.to_vec(), context.clone(), sender);
    std::iter::from_fn(|| messages.try_recv().ok()).collect()
}

/// The files that were read.
pub fn files(told: &[Msg]) -> impl Iterator<Item = &str> {
    let batches = told.iter().flat_map(|message| match message {
        Msg::Loaded(batch) => std::slice::from_ref(batch),
        Msg::LoadedMany(batches) => batches,
        _ => &[],
    });
    batches.flat_map(|batch| {
        let completions = batch.loaded.completions.iter();
        let records = batch.records.iter().map(|record| &*record.block.file);
        completions.map(|it| &*it.origin.file).chain(records)
    })
}

/// Plays a script at a size and returns all that was seen.
///
/// # Errors
/// As [`play`].
pub fn record(
    model: Model,
    loaded: Vec<Msg>,
    look: &Look,
    size: (u16, u16),
    script: Script<'_>,
) -> anyhow::Result<Recording> {
    let mut recording = Recording::default();
    let mut caption = String::new();
    perform(
        model,
        loaded,
        look,
        size,
        script,
        |step, screen| match step {
            None => recording.show(screen(), &caption),
            Some(ScriptStep::Chapter(title)) => {
                // What was said belongs to the chapter before.
                caption.clear();
                recording.chapter(title);
                recording.show(screen(), &caption);
            }
            Some(step @ ScriptStep::Caption(text)) => {
                caption.clone_from(text);
                recording.show(screen(), &caption);
                recording.wait(step.takes());
            }
            Some(step) => {
                recording.wait(step.takes());
                recording.show(screen(), &caption);
            }
        },
    )?;
    let (width, height) = size;
    anyhow::ensure!(
        !recording.is_cut(),
        "the script shows more screens of {width} by {height} than memory has room for: give it fewer steps, or a smaller --size"
    );
    Ok(recording)
}

/// Plays a script at a size and returns the last screen.
///
/// # Errors
/// A text that the script waits for did not appear: [`Missed`] holds the screen.
pub fn play(
    model: Model,
    loaded: Vec<Msg>,
    look: &Look,
    size: (u16, u16),
    script: Script<'_>,
) -> anyhow::Result<Buffer> {
    perform(model, loaded, look, size, script, |_, _| {})
}

/// Plays a script, tells of the first screen and of each step that was done, and returns the last screen.
fn perform(
    model: Model,
    loaded: Vec<Msg>,
    look: &Look,
    (width, height): (u16, u16),
    script: Script<'_>,
    mut done: impl FnMut(Option<&ScriptStep>, &dyn Fn() -> Buffer),
) -> anyhow::Result<Buffer> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let screen = runtime.block_on(async {
        let (sender, mut messages) = unbounded_channel();
        let mut shell = Shell::new(model, Clock::demo(), sender);
        shell.is_scripted = script.from == ScriptFrom::File;
        shell.update(Msg::Resize(width, height));
        for message in loaded {
            shell.update(message);
        }
        while shell.model.is_busy() {
            shell.update(Msg::Continue);
        }
        shell
            .connect(StartDestination::OwnSink { project: None })
            .await;
        done(None, &|| draw(&shell, look, width, height));
        for step in script.steps {
            match step {
                ScriptStep::Key(key) | ScriptStep::Typed(key) => {
                    act(&mut shell, Msg::Key(*key));
                }
                ScriptStep::Run(command) => act(&mut shell, Msg::Run(*command)),
                ScriptStep::Paste(text) => shell.update(Msg::Paste(text.clone())),
                ScriptStep::Wait(text) => loop {
                    let screen = draw(&shell, look, width, height);
                    if picture::text(&screen).contains(text) {
                        break;
                    }
                    let message = tokio::time::timeout(script.patience, messages.recv()).await;
                    let Ok(message) = message else {
                        return Err(Missed {
                            text: text.clone(),
                            patience: script.patience,
                            screen: picture::text(&screen).lines().map(str::to_owned).collect(),
                        }
                        .into());
                    };
                    shell.update(message.context("the inspector has ended")?);
                },
                ScriptStep::Caption(_) | ScriptStep::Chapter(_) | ScriptStep::Pause(_) => {}
            }
            done(Some(step), &|| draw(&shell, look, width, height));
        }
        let screen = draw(&shell, look, width, height);
        shell.stop_own_sink().await;
        Ok(screen)
    });
    runtime.shutdown_timeout(SINK_DEADLINE);
    screen
}

/// Presses a key or runs a command, and does what it asks of a terminal as far as that can be done without one.
fn act(shell: &mut Shell, message: Msg) {
    shell.update(message);
    for effect in std::mem::take(&mut shell.for_terminal) {
        match effect {
            Effect::EditExternally(_) => {
                shell.update(Msg::EditorClosed(EditorOutcome::NoTerminal));
            }
            Effect::EditAt(_) => {
                let says = "there is no terminal to give to an editor".to_owned();
                shell.update(Msg::Notice(says));
            }
            Effect::Export { .. } => {
                let says = "no picture was written: `shot --out FILE` writes it".to_owned();
                shell.update(Msg::Notice(says));
            }
            _ => {}
        }
    }
    while shell.model.is_busy() {
        shell.update(Msg::Continue);
    }
}

fn draw(shell: &Shell, look: &Look, width: u16, height: u16) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let cursor = inspector::draw(&shell.model, look, &mut buffer);
    // Where a terminal would show its cursor.
    if let Some(cell) = cursor.and_then(|at| buffer.cell_mut(at)) {
        cell.set_style(Style::new().add_modifier(Modifier::REVERSED));
    }
    buffer
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::event::privacy::Privacy;
    use crate::inspector::keys::script;
    use crate::{completion::Edits, mapping};

    /// What was said in a chapter does not stand below the pictures of the next.
    #[test]
    fn a_caption_ends_with_its_chapter() {
        let model = Model::new(mapping::Context::at(0), Privacy::Off, Edits::none());
        let text = "chapter:One caption:\"First\" p chapter:Two J caption:\"Second\" p";
        let steps = script::parse(text).unwrap();
        let script = Script {
            steps: &steps,
            from: ScriptFrom::File,
            patience: Duration::ZERO,
        };
        let look = Look::default();
        let recording = record(model, samples(), &look, (80, 24), script).unwrap();
        let mut captions = recording.captions();
        captions.dedup();
        assert_eq!(captions, ["First", "", "Second"]);
    }

    /// The screen is told row by row, so that it can be read.
    #[test]
    fn a_text_that_does_not_come_is_told_with_the_screen() {
        let model = Model::new(mapping::Context::at(0), Privacy::Off, Edits::none());
        let steps = script::parse("wait:never-there").unwrap();
        let script = Script {
            steps: &steps,
            from: ScriptFrom::Person,
            patience: Duration::ZERO,
        };
        let look = Look::default();
        let error = play(model, samples(), &look, (80, 24), script).unwrap_err();
        let missed = error.downcast_ref::<Missed>().unwrap();
        assert_eq!(
            error.to_string(),
            "\"never-there\" did not appear within 0 s"
        );
        assert_eq!(missed.screen.len(), 24);
        assert!(
            missed.screen[0].contains("rainscope"),
            "{}",
            missed.screen[0]
        );
        assert!(missed.screen.iter().all(|row| !row.contains('\n')));
    }
}
