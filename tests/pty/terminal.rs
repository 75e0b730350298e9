//! The real program in a real terminal: a pty with a screen behind it. Every wait is for something to be
//! seen, with a deadline that is met only where something is wrong.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rainscope::inspector::keys::script::{self, ScriptStep};

/// Longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(20);
/// What erases the screen. The program writes it once for every size that it draws for anew.
const ERASE: &[u8] = b"\x1b[2J";

/// The program at work.
pub struct Terminal {
    /// The screen.
    pub screen: vt100::Parser,
    /// Every byte that the program wrote.
    pub written: Vec<u8>,
    master: Option<Box<dyn MasterPty + Send>>,
    input: Option<Box<dyn Write + Send>>,
    output: Receiver<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    modes: Option<String>,
    /// Who holds it keeps the terminal from taking what the program writes.
    gate: Arc<Mutex<()>>,
    home: tempfile::TempDir,
}

impl Terminal {
    /// Starts the program with arguments in a terminal of columns and rows.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)], size: (u16, u16)) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rainscope"));
        command.args(arguments);
        Terminal::run(command, environment, size)
    }

    /// Starts the program in a terminal that sends it no signals.
    pub fn without_signals(size: (u16, u16)) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rainscope"));
        command.set_controlling_tty(false);
        Terminal::run(command, &[], size)
    }

    /// Starts the program with a file as its standard input; the terminal stays its own.
    pub fn fed_with(file: &Path, arguments: &str, size: (u16, u16)) -> Terminal {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", &format!("exec \"$0\" {arguments} < \"$1\"")]);
        command.arg(env!("CARGO_BIN_EXE_rainscope"));
        command.arg(file);
        Terminal::run(command, &[], size)
    }

    /// Starts a shell's script with the program as its `$0`.
    pub fn within_a_shell(script: &str, size: (u16, u16)) -> Terminal {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_rainscope")]);
        Terminal::run(command, &[], size)
    }

    /// Starts one test of this very binary, which does something on purpose there.
    pub fn of_this_test(name: &str, size: (u16, u16)) -> Terminal {
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture"]);
        Terminal::run(command, &[("RAINSCOPE_TEST_PANICS", "1")], size)
    }

    fn run(
        mut command: CommandBuilder,
        environment: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Terminal {
        let home = tempfile::tempdir().unwrap();
        command.env_clear();
        for name in [
            "HOME",
            "XDG_CONFIG_HOME",
            "XDG_STATE_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
        ] {
            command.env(name, home.path());
        }
        command.env("TERM", "xterm-256color");
        command.env("PATH", "/usr/bin:/bin");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.cwd(env!("CARGO_MANIFEST_DIR"));
        let pair = native_pty_system().openpty(size_of(columns, rows)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        let gate = Arc::<Mutex<()>>::default();
        let at_gate = Arc::clone(&gate);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                drop(at_gate.lock());
                if sender.send(bytes[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal {
            screen: vt100::Parser::new(rows, columns, 0),
            written: Vec::new(),
            input: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            output,
            child,
            modes,
            gate,
            home,
        }
    }

    /// What keeps the terminal from taking what the program writes, while it is held.
    pub fn gate(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.gate)
    }

    /// The screen's text.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// The screen as it was when the program gave the terminal back.
    pub fn last_screen(&self) -> String {
        let end = b"\x1b[?1049l";
        let mut windows = self.written.windows(end.len());
        let end = windows.rposition(|part| part == end);
        let (rows, columns) = self.screen.screen().size();
        let mut screen = vt100::Parser::new(rows, columns, 0);
        screen.process(&self.written[..end.unwrap_or(self.written.len())]);
        screen.screen().contents()
    }

    /// The diagnostic log, where one was asked for.
    pub fn log(&self) -> String {
        let path = self.home.path().join("rainscope/rainscope.log");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// The first line of the screen with a text.
    pub fn line_with(&self, text: &str) -> String {
        let all = self.text();
        let line = all.lines().find(|line| line.contains(text));
        line.unwrap_or_default().to_owned()
    }

    /// Presses the keys of a script.
    pub fn press(&mut self, script: &str) -> &mut Terminal {
        for step in script::parse(script).unwrap() {
            match step {
                ScriptStep::Wait(text) => {
                    self.wait_for(&text);
                }
                ScriptStep::Paste(text) => {
                    self.send(format!("\x1b[200~{text}\x1b[201~").as_bytes())
                }
                ScriptStep::Key(key) | ScriptStep::Typed(key) => self.send(&bytes_of(&key)),
                step => panic!("only a recording does this: {step:?}"),
            }
        }
        self
    }

    /// Sends bytes to the program.
    pub fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Waits for a text on the screen.
    pub fn wait_for(&mut self, text: &str) -> &mut Terminal {
        self.wait(text, |terminal| terminal.text().contains(text))
    }

    /// Waits until a text is gone.
    pub fn wait_without(&mut self, text: &str) -> &mut Terminal {
        self.wait(text, |terminal| !terminal.text().contains(text))
    }

    /// Waits for a condition.
    pub fn wait(&mut self, what: &str, is_so: impl Fn(&Terminal) -> bool) -> &mut Terminal {
        let end = Instant::now() + DEADLINE;
        while self.is_within_a_frame() || !is_so(self) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                self.read(left).is_ok(),
                "waited in vain for {what}; the screen is\n{}",
                self.text()
            );
        }
        self
    }

    /// Reads until so many bytes were written, be it in the middle of a frame.
    pub fn read_at_least(&mut self, bytes: usize) -> &mut Terminal {
        let end = Instant::now() + DEADLINE;
        while self.written.len() < bytes {
            let left = end.saturating_duration_since(Instant::now());
            self.read(left).expect("so many bytes");
        }
        self
    }

    /// Whether a frame has begun to arrive and not ended: terminals show none of it by then.
    fn is_within_a_frame(&self) -> bool {
        let last = |mark: &[u8]| memchr::memmem::rfind(&self.written, mark);
        last(b"\x1b[?2026h") > last(b"\x1b[?2026l")
    }

    /// Waits until all keys so far are dealt with and drawn. Opens the help and closes it for that, so no
    /// window may be open.
    pub fn catch_up(&mut self) -> &mut Terminal {
        self.press("?").wait_for("┌ Help");
        self.press("esc").wait_without("┌ Help")
    }

    /// Waits for a frame after `before` bytes.
    pub fn wait_for_frame(&mut self, before: usize) -> &mut Terminal {
        self.wait("a frame", |terminal| terminal.written.len() > before)
    }

    /// Gives the terminal another size, and waits until the program draws for it. What was on its way
    /// before is still of the old size.
    pub fn resize_and_wait(&mut self, columns: u16, rows: u16) -> &mut Terminal {
        let master = self.master.as_ref().unwrap();
        master.resize(size_of(columns, rows)).unwrap();
        let (mut bytes, end) = (Vec::new(), Instant::now() + DEADLINE);
        let erased = loop {
            match memchr::memmem::find(&bytes, ERASE) {
                Some(at) => break at,
                None => {
                    let left = end.saturating_duration_since(Instant::now());
                    bytes.extend(
                        self.output
                            .recv_timeout(left)
                            .expect("a frame of the new size"),
                    );
                }
            }
        };
        self.take(&bytes[..erased]);
        self.screen.screen_mut().set_size(rows, columns);
        self.take(&bytes[erased..]);
        self
    }

    /// Bytes that come within a time in which none should.
    pub fn bytes_within(&mut self, time: Duration) -> usize {
        let (before, end) = (self.written.len(), Instant::now() + time);
        while self
            .read(end.saturating_duration_since(Instant::now()))
            .is_ok()
        {}
        self.written.len() - before
    }

    fn read(&mut self, time: Duration) -> Result<(), RecvTimeoutError> {
        let bytes = self.output.recv_timeout(time)?;
        self.take(&bytes);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.written.extend(bytes);
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Terminal {
        self.screen.screen_mut().set_size(rows, columns);
        let master = self.master.as_ref().unwrap();
        master.resize(size_of(columns, rows)).unwrap();
        self
    }

    /// Sends a signal.
    pub fn signal(&mut self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// The number of the program's process.
    pub fn process(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    fn id(&self) -> Pid {
        let id = i32::try_from(self.child.process_id().unwrap()).unwrap();
        Pid::from_raw(id).unwrap()
    }

    /// Closes the terminal, as a window that is closed, and waits for the program to be over.
    pub fn hang_up(mut self) -> ExitStatus {
        // The thread that reads ends with the next bytes, and lets its side of the terminal go.
        self.output = channel().1;
        self.send(b"p");
        self.input = None;
        self.master = None;
        self.end_unread()
    }

    /// Waits for the program to be over, whatever it still writes.
    pub fn end_unread(&mut self) -> ExitStatus {
        let (ended, is_ended) = channel::<()>();
        let id = self.id();
        let watch = std::thread::spawn(move || {
            if is_ended.recv_timeout(DEADLINE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(id, Signal::KILL);
                panic!("still running");
            }
        });
        let status = self.child.wait().unwrap();
        drop(ended);
        watch.join().unwrap();
        status
    }

    /// Whether the line settings are as they were before the program.
    pub fn has_its_modes(&self) -> bool {
        let modes = self.master.as_ref().map(|master| modes(&**master));
        modes.is_some_and(|modes| modes == self.modes)
    }

    /// Fails if the program ever wrote a secret, or its first half.
    pub fn never_wrote(&self, secret: &str) {
        let written = String::from_utf8_lossy(&self.written);
        for part in [secret, &secret[..secret.len() / 2]] {
            assert!(!written.contains(part), "the terminal was told {part}");
        }
    }

    /// Reads to the end, and waits for the program to be over.
    pub fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.read(left) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("still running:\n{}", self.text()),
            }
        }
    }

    /// Waits for the end and fails unless the terminal is as it was.
    pub fn end_restored(&mut self) -> ExitStatus {
        let status = self.end();
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "bracketed paste is off");
        assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
        assert!(self.has_its_modes(), "the line settings are as before");
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing running.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process(self.id(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

fn modes(master: &dyn MasterPty) -> Option<String> {
    master.get_termios().map(|modes| format!("{modes:?}"))
}

fn size_of(cols: u16, rows: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// What a terminal sends for a key.
fn bytes_of(key: &KeyEvent) -> Vec<u8> {
    let bytes = match (key.code, key.modifiers) {
        (KeyCode::Char(c), KeyModifiers::CONTROL) => vec![c as u8 & 0x1f],
        (KeyCode::Char(c), _) => c.to_string().into_bytes(),
        (KeyCode::Enter, _) => b"\r".to_vec(),
        // As terminals spell it that tell it from the beginning of another key (kitty's protocol).
        (KeyCode::Esc, _) => b"\x1b[27u".to_vec(),
        (KeyCode::Tab, _) => b"\t".to_vec(),
        (KeyCode::BackTab, _) => b"\x1b[Z".to_vec(),
        (KeyCode::Backspace, _) => vec![0x7f],
        (KeyCode::Up, _) => b"\x1b[A".to_vec(),
        (KeyCode::Down, _) => b"\x1b[B".to_vec(),
        (KeyCode::Right, _) => b"\x1b[C".to_vec(),
        (KeyCode::Left, _) => b"\x1b[D".to_vec(),
        (other, _) => panic!("no bytes for {other:?}"),
    };
    match key.modifiers {
        KeyModifiers::ALT => [b"\x1b", bytes.as_slice()].concat(),
        _ => bytes,
    }
}
