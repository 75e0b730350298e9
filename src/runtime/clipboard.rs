//! The system's clipboard program, where there is one: a terminal never says whether it took a text.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::settings::environment::SECRETS;

/// How long a program may take. Chosen: those that serve the text go on in the background after a moment.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to check whether it has ended.
const PAUSE: Duration = Duration::from_millis(10);

/// A program that takes a text on its standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Program {
    path: PathBuf,
    arguments: &'static [&'static str],
    /// What it does with the text, for people.
    says: &'static str,
}

/// Programs, best first, each with the variable that says it can be used.
const PROGRAMS: &[(&str, &str, &[&str], &str)] = &[
    // `-w` hands the text on to the terminal, where tmux may do that.
    (
        "TMUX",
        "tmux",
        &["load-buffer", "-w", "-"],
        "into tmux's buffer; it hands it on to a terminal that takes it",
    ),
    ("WAYLAND_DISPLAY", "wl-copy", &[], "with wl-copy"),
    (
        "DISPLAY",
        "xclip",
        &["-selection", "clipboard", "-in"],
        "with xclip",
    ),
    ("DISPLAY", "xsel", &["--clipboard", "--input"], "with xsel"),
    ("WSL_DISTRO_NAME", "clip.exe", &[], "with clip.exe"),
];

/// The program that reaches the person's clipboard from here. Over SSH a display's clipboard is another machine's;
/// tmux knows the way to the person's.
fn program(get: &dyn Fn(&str) -> Option<String>) -> Option<Program> {
    let is_remote = ["SSH_CONNECTION", "SSH_TTY"]
        .iter()
        .any(|name| get(name).is_some());
    let path = get("PATH")?;
    let find = |name: &str| {
        let mut folders = std::env::split_paths(&path);
        folders.find_map(|folder| {
            let path = folder.join(name);
            (folder.is_absolute() && is_program(&path)).then_some(path)
        })
    };
    let set = PROGRAMS
        .iter()
        .filter(|(variable, ..)| (!is_remote || *variable == "TMUX") && get(variable).is_some());
    let found = set.into_iter().find_map(|(_, name, arguments, says)| {
        Some(Program {
            path: find(name)?,
            arguments,
            says,
        })
    });
    let of_mac = || {
        let is_mac = cfg!(target_os = "macos") && !is_remote;
        Some(Program {
            path: find("pbcopy").filter(|_| is_mac)?,
            arguments: &[],
            says: "with pbcopy",
        })
    };
    found.or_else(of_mac)
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path);
    metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Gives a text to the program, where there is one; what it did, or what went wrong.
pub(super) fn copy(text: &str) -> Option<Result<String, String>> {
    let get = |name: &str| {
        let value = std::env::var(name).ok();
        value.filter(|value| !value.is_empty())
    };
    let program = program(&get)?;
    let name = program
        .path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Some(match run(&program, text) {
        Ok(()) => Ok(program.says.to_owned()),
        Err(why) => Err(format!("{name} {why}")),
    })
}

fn run(program: &Program, text: &str) -> Result<(), String> {
    let mut command = Command::new(&program.path);
    command
        .args(program.arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    for name in SECRETS {
        command.env_remove(name);
    }
    let not_run =
        |error: std::io::Error| format!("could not be run: {}", crate::system::reason(&error));
    let mut child = command.spawn().map_err(not_run)?;
    let input = child.stdin.take();
    // A program that does not read must not be waited for.
    let text = text.to_owned();
    let writer =
        std::thread::spawn(move || input.map(|mut input| input.write_all(text.as_bytes())));
    let ended = wait(&mut child);
    if ended.is_err() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let _ = writer.join();
    ended
}

fn wait(child: &mut Child) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("failed ({status})")),
            Ok(None) => std::thread::sleep(PAUSE),
            Err(error) => return Err(format!("was lost: {}", crate::system::reason(&error))),
        }
    }
    Err("did not end in time".to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_program_that_reaches_the_person_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tmux", "wl-copy", "xsel"] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&path, mode).unwrap();
        }
        std::fs::write(folder.path().join("xclip"), "not a program").unwrap();
        let check = |set: &[&str], expected: Option<&str>| {
            let get = |name: &str| match name {
                "PATH" => Some(folder.path().display().to_string()),
                name => set.contains(&name).then(|| "1".to_owned()),
            };
            let found = program(&get).map(|found| found.path);
            let name = found.as_ref().and_then(|path| path.file_name()?.to_str());
            assert_eq!(name, expected, "{set:?}");
        };
        check(&["WAYLAND_DISPLAY", "DISPLAY"], Some("wl-copy"));
        check(&["DISPLAY"], Some("xsel"));
        check(&["TMUX", "DISPLAY"], Some("tmux"));
        check(&["TMUX", "SSH_TTY"], Some("tmux"));
        check(&["SSH_CONNECTION", "DISPLAY"], None);
        #[cfg(not(target_os = "macos"))]
        check(&[], None);
    }

    #[test]
    fn a_program_that_fails_is_told_of() {
        let program = |arguments| Program {
            path: "/bin/sh".into(),
            arguments,
            says: "",
        };
        let long = "x".repeat(1 << 20);
        assert_eq!(run(&program(&["-c", "cat > /dev/null"]), &long), Ok(()));
        let failed = run(&program(&["-c", "exit 3"]), &long).unwrap_err();
        assert!(failed.contains('3'), "{failed}");
    }
}
