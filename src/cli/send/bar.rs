//! One line on the terminal that says how far the sending is. It is drawn over itself, and cleared
//! before anything else is written.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::cli::output::grouped;

const WIDEST: usize = 30;

/// How far it is.
pub(super) struct ProgressCounts {
    /// Completions that are through, whichever way.
    pub(super) done: usize,
    /// Completions found so far.
    pub(super) found: usize,
    /// Events accepted.
    pub(super) sent: usize,
    /// Completions that failed.
    pub(super) failed: usize,
    /// Since it began.
    pub(super) elapsed: Duration,
}

/// The line.
#[derive(Debug, Default)]
pub(super) struct Bar {
    is_drawn: bool,
    waits_until: Option<Instant>,
}

impl Bar {
    /// A retry is waited for.
    pub(super) fn waits(&mut self, wait: Duration) {
        self.waits_until = Instant::now().checked_add(wait);
    }

    /// Draws it. A terminal that is gone is no concern.
    pub(super) fn draw(&mut self, progress: &ProgressCounts) {
        let columns = crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns));
        let waits = self
            .waits_until
            .and_then(|until| until.checked_duration_since(Instant::now()));
        let line = line(progress, waits, columns.saturating_sub(1));
        self.is_drawn = true;
        let mut err = io::stderr().lock();
        let _ = write!(err, "\r{line}\u{1b}[K").and_then(|()| err.flush());
    }

    /// Takes it away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

/// Events in a second.
pub(super) fn rate(count: usize, elapsed: Duration) -> usize {
    let millis = elapsed.as_millis().max(1);
    usize::try_from(count as u128 * 1000 / millis).unwrap_or(usize::MAX)
}

fn line(progress: &ProgressCounts, waits: Option<Duration>, columns: usize) -> String {
    let ProgressCounts {
        done,
        found,
        sent,
        failed,
        elapsed,
    } = progress;
    let mut words = format!(
        " {}/{}  {}/s",
        grouped(*done),
        grouped(*found),
        grouped(rate(*sent, *elapsed))
    );
    if *done > 0 && done < found {
        let left = elapsed.as_secs_f64() * (found - done) as f64 / *done as f64;
        words.push_str(&format!("  {} left", spelled_out(left)));
    }
    if *failed > 0 {
        words.push_str(&format!("  {} failed", grouped(*failed)));
    }
    if let Some(wait) = waits {
        words.push_str(&format!("  trying again in {} s", wait.as_secs() + 1));
    }
    let room = columns.saturating_sub(words.chars().count()).min(WIDEST);
    let full = (room * done)
        .checked_div(*found)
        .unwrap_or_default()
        .min(room);
    let line = format!("{}{}{words}", "━".repeat(full), "┈".repeat(room - full));
    line.chars().take(columns).collect()
}

fn spelled_out(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let progress = |done, found, failed, seconds| ProgressCounts {
            done,
            found,
            sent: done,
            failed,
            elapsed: Duration::from_secs(seconds),
        };
        let table = [
            (progress(0, 0, 0, 0), None, 20, "┈┈┈┈┈┈┈┈┈┈┈ 0/0  0/s"),
            (
                progress(5_000, 10_000, 0, 10),
                None,
                50,
                "━━━━━━━━━┈┈┈┈┈┈┈┈┈┈ 5,000/10,000  500/s  10 s left",
            ),
            (
                progress(1, 100, 1, 60),
                None,
                47,
                "┈┈┈┈ 1/100  0/s  1 h 39 min left  1 failed",
            ),
            (
                progress(9, 9, 0, 9),
                Some(1500),
                50,
                "━━━━━━━━━━━━━━━━━━ 9/9  1/s  trying again in 2 s",
            ),
            (progress(5, 9, 0, 9), None, 5, " 5/9 "),
        ];
        for (progress, wait, columns, expected) in table {
            let found = line(&progress, wait.map(Duration::from_millis), columns);
            assert!(found.chars().count() <= columns, "{found}");
            assert_eq!(
                found.trim_matches(['━', '┈']),
                expected.trim_matches(['━', '┈'])
            );
        }
    }
}
