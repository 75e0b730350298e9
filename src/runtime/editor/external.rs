//! Runs the person's own editor. It has the terminal to itself: nothing is read or drawn meanwhile, but messages are
//! handled, so that a send goes on, and so are signals.

use std::io::Write;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::sync::mpsc::UnboundedReceiver;

use super::command::{EditorCommand, PrivateFile};
use crate::inspector::Msg;
use crate::inspector::edits::external_editor::EditorOutcome;
use crate::inspector::windows::problems::FilePlace;
use crate::runtime::signals::Signals;
use crate::runtime::{Screen, Shell};
use crate::settings::Environment;
use crate::settings::environment::SECRETS;
use crate::terminal::{self, Modes};

/// How long an editor may take to end with the program. Chosen: within the time that a closed terminal leaves.
const PATIENCE: Duration = Duration::from_millis(200);

/// After this long, a Ctrl-C typed for the editor has reached this program too. Chosen: too short to notice.
const SETTLED: Duration = Duration::from_millis(20);

/// Shown for editors that have a window of their own and leave the terminal empty.
const WAITS: &str = "rainscope waits for your editor to end … ";

/// Whether the program goes on after the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::runtime) enum AfterEditor {
    /// It does.
    Continue,
    /// A signal or a closed terminal has ended it.
    Exit,
}

impl Screen {
    /// Gives the terminal to the editor, and the result to the model. Nothing else may read the terminal, so drop
    /// the stream of its events first.
    pub(in crate::runtime) async fn edit_externally(
        &mut self,
        (editor, file): (EditorCommand, EditedFile),
        shell: &mut Shell,
        messages: &mut UnboundedReceiver<Msg>,
        signals: &mut Signals,
    ) -> anyhow::Result<AfterEditor> {
        terminal::give_back();
        say(WAITS);
        let modes = Modes::now();
        let ended = match start(&editor, &file) {
            Ok(child) => wait(child, shell, messages, signals).await,
            Err(error) => Some(Err(editor.not_run(&error))),
        };
        // An editor that failed may have left the terminal in any state.
        modes.restore();
        say("\r\x1b[K");
        let taken = self.take_again(shell);
        let Some(ended) = ended else {
            return Ok(AfterEditor::Exit);
        };
        taken?;
        // What was typed before the editor could read it was not meant for the panes. The runtime tells of
        // a typed signal a turn later than it was sent, and another thread may have to take it first.
        tokio::time::sleep(SETTLED).await;
        terminal::forget_typed();
        signals.forget_typed()?;
        let failed = match ended {
            Ok(status) if status.success() => None,
            Ok(status) => Some(EditorOutcome::Failed(editor.name(), how(status))),
            Err(edited) => Some(edited),
        };
        match (file, failed) {
            (EditedFile::Private(file), failed) => {
                let edited = failed.unwrap_or_else(|| file.read());
                shell.update(Msg::EditorClosed(edited));
            }
            (EditedFile::Own(_), Some(failed)) => shell.update(Msg::Notice(says(&failed))),
            // Changes to it are read again.
            (EditedFile::Own(_), None) => {}
        }
        Ok(AfterEditor::Continue)
    }
}

/// What the editor works on.
#[derive(Debug)]
pub(in crate::runtime) enum EditedFile {
    /// A text of ours, in a private file.
    Private(PrivateFile),
    /// A file of the person's own: the arguments that open it at a place.
    Own(Vec<String>),
}

/// Finds the editor and writes the text to a file for it.
pub(in crate::runtime) fn prepare(
    text: &str,
    environment: &Environment,
) -> Result<(EditorCommand, EditedFile), EditorOutcome> {
    let editor = EditorCommand::of(environment)?;
    Ok((editor, EditedFile::Private(PrivateFile::with(text)?)))
}

/// Finds the editor for a place in a file.
pub(in crate::runtime) fn prepare_at(
    place: &FilePlace,
    environment: &Environment,
) -> Result<(EditorCommand, EditedFile), EditorOutcome> {
    let editor = EditorCommand::of(environment)?;
    if !Path::new(&*place.file).is_file() {
        let says = format!("{} is no file that an editor could open", place.file);
        return Err(EditorOutcome::Unusable(says));
    }
    let arguments = editor.arguments_for(place);
    Ok((editor, EditedFile::Own(arguments)))
}

/// Why a file was not edited, for people.
pub(in crate::runtime) fn says(outcome: &EditorOutcome) -> String {
    match outcome {
        EditorOutcome::Text(_) => String::new(),
        EditorOutcome::NoTerminal => "there is no terminal to give to an editor".to_owned(),
        EditorOutcome::NoEditor => "set $VISUAL or $EDITOR to the editor of your choice".to_owned(),
        EditorOutcome::NotRun(editor, why) => format!("{editor} could not be run: {why}"),
        EditorOutcome::Failed(editor, how) => format!("{editor} ended with {how}"),
        EditorOutcome::Unusable(why) => why.clone(),
    }
}

fn start(editor: &EditorCommand, file: &EditedFile) -> std::io::Result<Child> {
    let mut command = Command::new(&editor.program);
    command.args(&editor.arguments);
    match file {
        EditedFile::Private(file) => command.arg(file.path()),
        EditedFile::Own(arguments) => command.args(arguments),
    };
    // The keys given to this program are none of its business.
    for name in SECRETS {
        command.env_remove(name);
    }
    // Standard input may be the data being inspected.
    if let Some(input) = terminal::input() {
        command.stdin(Stdio::from(input));
    }
    command.spawn()
}

/// Waits for the editor; none where the program is to end, and then the editor has ended too. Ctrl-C is for the
/// editor, though the terminal sends it to this program as well.
async fn wait(
    mut child: Child,
    shell: &mut Shell,
    messages: &mut UnboundedReceiver<Msg>,
    signals: &mut Signals,
) -> Option<Result<ExitStatus, EditorOutcome>> {
    loop {
        tokio::select! {
            biased;
            status = child.wait() => {
                let lost = |error| EditorOutcome::Unusable(format!("the editor was lost: {error}"));
                return Some(status.map_err(lost));
            }
            () = signals.any_but_typed() => {
                end(child).await;
                return None;
            }
            Some(message) = messages.recv() => shell.update(message),
        }
    }
}

/// Ends an editor, giving it a moment to tidy up.
async fn end(mut child: Child) {
    #[cfg(unix)]
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok())
        && let Some(id) = rustix::process::Pid::from_raw(id)
    {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        if tokio::time::timeout(PATIENCE, child.wait()).await.is_ok() {
            return;
        }
    }
    let _ = child.start_kill();
    let _ = tokio::time::timeout(PATIENCE, child.wait()).await;
}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("signal {signal}");
    }
    match status.code() {
        Some(code) => format!("status {code}"),
        None => "a failure".to_owned(),
    }
}

/// Writes to the terminal while it is not taken over. Failures are ignored: the next frame reports them.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
