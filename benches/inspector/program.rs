//! The real program in a real terminal, from its start to the last record.

use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Longer than anything takes.
const DEADLINE: Duration = Duration::from_secs(60);
const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

/// When things were there, from the start of the process.
pub struct Opened {
    /// Anything on the screen.
    pub first_frame: Duration,
    /// A record in the list.
    pub first_record: Duration,
    /// All records counted.
    pub all_records: Duration,
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
        now: Duration::ZERO,
    };
    let first_frame = screen.wait("a frame", |text| !text.trim().is_empty());
    let first_record = screen.wait("a record", |text| text.contains("request 0"));
    let counted = format!("{records} completions");
    let all_records = screen.wait(&counted, |text| text.replace(',', "").contains(&counted));
    let peak = child.process_id().and_then(peak_of);
    child.kill().unwrap();
    child.wait().unwrap();
    Opened {
        first_frame,
        first_record,
        all_records,
        peak,
    }
}

struct Screen {
    parser: vt100::Parser,
    output: Receiver<(Duration, Vec<u8>)>,
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
            self.parser.process(&bytes);
            self.now = at;
        }
        self.now
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
