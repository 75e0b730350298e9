//! The real program in a real terminal, from its start to the last record, and how soon it answers keys.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(60);
const ROWS: u16 = 40;
const COLUMNS: u16 = 120;
/// Down and up in the list, each of which changes the screen.
const KEYS: [&str; 2] = ["j", "k"];
const PRESSES: usize = 200;

/// When things were there, from the start of the process.
pub struct Opened {
    /// Anything on the screen.
    pub first_frame: Duration,
    /// A record in the list.
    pub first_record: Duration,
    /// All records counted.
    pub all_records: Duration,
    /// The longest time from a key press to the next byte on the screen while records are counted: no frame holds keys
    /// up for longer.
    pub longest_held_up: Duration,
    /// From a key press to its first byte once all is quiet: the median.
    pub first_byte: Duration,
    /// The most memory that the process had, in bytes, where the system tells.
    pub peak: Option<u64>,
}

/// Opens a file of so many records in the inspector.
pub fn open(file: &Path, records: usize) -> Opened {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_rainscope"));
    command.arg(file);
    command.env_clear();
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    let pair = native_pty_system().openpty(PtySize {
        rows: ROWS,
        cols: COLUMNS,
        pixel_width: 0,
        pixel_height: 0,
    });
    let pair = pair.unwrap();
    let mut reader = pair.master.try_clone_reader().unwrap();
    let (sender, output) = channel();
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            if sender
                .send((start.elapsed(), bytes[..count].to_vec()))
                .is_err()
            {
                return;
            }
        }
    });
    let mut screen = Screen {
        parser: vt100::Parser::new(ROWS, COLUMNS, 0),
        output,
        input: pair.master.take_writer().unwrap(),
        start,
        now: Duration::ZERO,
    };
    let first_frame = screen.wait("a frame", |text| !text.trim().is_empty());
    let first_record = screen.wait("a record", |text| text.contains("request 0"));
    let counted = format!("{records} completions");
    let is_counted = |text: &str| text.replace(',', "").contains(&counted);
    let mut longest_held_up = Duration::ZERO;
    let mut keys = KEYS.iter().cycle();
    while !is_counted(&screen.parser.screen().contents()) {
        let key = keys.next().copied().unwrap_or_default();
        longest_held_up = longest_held_up.max(screen.press(key));
    }
    let all_records = screen.now;
    screen.rest();
    let mut pressed: Vec<Duration> = keys
        .take(PRESSES)
        .map(|key| {
            let taken = screen.press(key);
            screen.rest();
            taken
        })
        .collect();
    pressed.sort();
    let first_byte = pressed[PRESSES / 2];
    let peak = child.process_id().and_then(peak_of);
    child.kill().unwrap();
    child.wait().unwrap();
    Opened {
        first_frame,
        first_record,
        all_records,
        longest_held_up,
        first_byte,
        peak,
    }
}

struct Screen {
    parser: vt100::Parser,
    output: Receiver<(Duration, Vec<u8>)>,
    input: Box<dyn Write + Send>,
    start: Instant,
    now: Duration,
}

impl Screen {
    /// When the screen was first as it should be.
    fn wait(&mut self, what: &str, is_so: impl Fn(&str) -> bool) -> Duration {
        while !is_so(&self.parser.screen().contents()) {
            let Ok((at, bytes)) = self.output.recv_timeout(DEADLINE) else {
                unreachable!(
                    "waited in vain for {what}:\n{}",
                    self.parser.screen().contents()
                );
            };
            self.take((at, bytes));
        }
        self.now
    }

    /// Presses a key; how long it takes until something is written.
    fn press(&mut self, key: &str) -> Duration {
        while let Ok(written) = self.output.try_recv() {
            self.take(written);
        }
        let pressed = self.start.elapsed();
        self.input.write_all(key.as_bytes()).unwrap();
        self.input.flush().unwrap();
        loop {
            let Ok(written) = self.output.recv_timeout(DEADLINE) else {
                unreachable!("nothing is written after {key:?}");
            };
            self.take(written);
            if self.now > pressed {
                return self.now - pressed;
            }
        }
    }

    /// Waits until nothing more is written.
    fn rest(&mut self) {
        const QUIET: Duration = Duration::from_millis(20);
        while let Ok(written) = self.output.recv_timeout(QUIET) {
            self.take(written);
        }
    }

    fn take(&mut self, (at, bytes): (Duration, Vec<u8>)) {
        self.parser.process(&bytes);
        self.now = at;
    }
}

/// `VmHWM` of a process, on systems that have it.
fn peak_of(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
