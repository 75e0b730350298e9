//! How fast a bulk send goes: so many events a second over all connections together, nothing while the server asks to
//! wait, and slower for a while after that.
//!
//! Requests take their turns one after the other. A turn is free once the events of the turns before it are paid for
//! at the rate in force; what a late request lost is made up for, but only as far as a tenth of a second, so that a stall
//! is not followed by a burst. The pace itself is pure: the time comes as an argument.

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How much lost time is made up for. Chosen: more than a timer is ever late.
const CATCH_UP: Duration = Duration::from_millis(100);
/// How much of a second's events go in one request at most. Chosen: with the first one for free, 1 % over 10 s.
const REQUESTS_A_SECOND: f64 = 10.0;
/// How long it takes from the slowest pace back to the whole rate. Chosen.
const RECOVERY: Duration = Duration::from_secs(30);
/// The slowest pace, as a part of the rate. Chosen.
const SLOWEST: f64 = 1.0 / 64.0;

/// So many events a second or a minute, over all connections.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SendRate {
    a_second: f64,
}

impl SendRate {
    /// Events in a second.
    #[must_use]
    pub const fn a_second(self) -> f64 {
        self.a_second
    }

    /// Events in one request, at most: a request with many would be a burst.
    #[must_use]
    pub fn batch(self, most: usize) -> usize {
        // The cast saturates.
        let even = (self.a_second / REQUESTS_A_SECOND).ceil() as usize;
        even.clamp(1, most.max(1))
    }
}

impl FromStr for SendRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected events a second or a minute, like 50/s or 600/m".to_owned();
        let (count, unit) = text.split_once('/').ok_or_else(expected)?;
        let seconds = match unit {
            "s" => 1.0,
            "m" => 60.0,
            _ => return Err(expected()),
        };
        let count: u32 = count.parse().map_err(|_| expected())?;
        match count {
            0 => Err("nothing would ever be sent; expected at least 1".to_owned()),
            count => Ok(Self {
                a_second: f64::from(count) / seconds,
            }),
        }
    }
}

/// The pace of one run, shared by its requests.
#[derive(Debug)]
pub struct Pace {
    /// Held by the request whose turn is next, while it waits.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<PaceState>,
}

impl Pace {
    /// At most so many events a second; without a rate, only the server's wishes count.
    #[must_use]
    pub fn new(rate: Option<SendRate>) -> Self {
        Self {
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(PaceState::new(rate)),
        }
    }

    /// Waits until a request with so many events may go. Requests go in the order in which they ask; one that is
    /// dropped while it waits takes no turn.
    pub async fn turn(&self, events: usize) {
        let _turn = self.turn.lock().await;
        loop {
            // Once more after each wait: the server may have asked for a longer one.
            let now = Instant::now();
            let free = self.state().free_at(now);
            if free <= now {
                break;
            }
            sleep_until(free).await;
        }
        self.state().take(Instant::now(), events);
    }

    /// The server asked for fewer requests, of a request that began at `begun`: none goes for this long.
    pub fn throttled(&self, begun: Instant, wait: Duration) {
        self.state().throttled(begun, Instant::now(), wait);
    }

    fn state(&self) -> MutexGuard<'_, PaceState> {
        // Nothing that holds it can fail half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where the pace stands.
#[derive(Debug)]
struct PaceState {
    rate: Option<SendRate>,
    /// When the events that went are paid for.
    paid: Option<Instant>,
    /// Until when the server wants nothing.
    held: Option<Instant>,
    /// The last slowing down: when it was, when the pace began to recover, and from which part of the rate.
    slowed: Option<(Instant, Instant, f64)>,
}

impl PaceState {
    const fn new(rate: Option<SendRate>) -> Self {
        Self {
            rate,
            paid: None,
            held: None,
            slowed: None,
        }
    }

    /// When the next request may go.
    fn free_at(&self, now: Instant) -> Instant {
        let free = self.paid.filter(|_| self.rate.is_some());
        let held = self.held.unwrap_or(now);
        free.unwrap_or(now).max(held)
    }

    /// A request with so many events goes.
    fn take(&mut self, now: Instant, events: usize) {
        let Some(rate) = self.rate else {
            return;
        };
        let cost = events as f64 / (rate.a_second * self.part(now));
        let lost = now.checked_sub(CATCH_UP).unwrap_or(now);
        let from = match self.paid {
            None => now,
            Some(paid) => paid.max(lost),
        };
        self.paid = from.checked_add(Duration::try_from_secs_f64(cost).unwrap_or(Duration::MAX));
    }

    /// The part of the rate that is in force.
    fn part(&self, now: Instant) -> f64 {
        match self.slowed {
            None => 1.0,
            Some((_, since, part)) => {
                let rested = now.saturating_duration_since(since).as_secs_f64();
                (part + rested / RECOVERY.as_secs_f64()).min(1.0)
            }
        }
    }

    fn throttled(&mut self, begun: Instant, now: Instant, wait: Duration) {
        let until = now.checked_add(wait).unwrap_or(now);
        let held = self.held.map_or(until, |held| held.max(until));
        self.held = Some(held);
        // Of several that were under way together, one slows down.
        let is_known = self.slowed.is_some_and(|(at, ..)| begun <= at);
        let (at, part) = match self.slowed {
            Some((at, _, part)) if is_known => (at, part),
            _ => (now, (self.part(now) / 2.0).max(SLOWEST)),
        };
        self.slowed = Some((at, held, part));
        // What was saved up before is no reason to hurry now.
        self.paid = self.paid.map(|paid| paid.max(held));
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[test]
    fn rates() {
        let check = |text: &str, expected: Option<(f64, usize)>| {
            let rate = text.parse::<SendRate>().ok();
            let found = rate.map(|rate| (rate.a_second(), rate.batch(50)));
            assert_eq!(found, expected, "{text}");
        };
        check("50/s", Some((50.0, 5)));
        check("200/s", Some((200.0, 20)));
        check("5000/s", Some((5000.0, 50)));
        check("1/s", Some((1.0, 1)));
        check("30/m", Some((0.5, 1)));
        for wrong in [
            "",
            "50",
            "/s",
            "0/s",
            "-1/s",
            "1.5/s",
            "50/h",
            "50/s ",
            "99999999999/s",
        ] {
            check(wrong, None);
        }
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Sends for so long over so many connections, each answered after `latency`; `answers_429` says, of a time and
    /// of how many events went in the last second, whether a request is refused. Gives when events were accepted.
    fn simulate(
        rate: &str,
        connections: usize,
        latency: Duration,
        lasts: Duration,
        answers_429: impl Fn(Duration, usize) -> Option<Duration>,
    ) -> Vec<(Duration, usize)> {
        let rate: SendRate = rate.parse().unwrap();
        let begin = Instant::now();
        let mut state = PaceState::new(Some(rate));
        let mut ready = vec![begin; connections];
        let mut sent: Vec<(Duration, usize)> = Vec::new();
        let batch = rate.batch(50);
        loop {
            let next = ready.iter_mut().min().unwrap();
            // A timer is up to a millisecond late.
            let mut now = *next;
            while state.free_at(now) > now {
                now = state.free_at(now) + ms(1);
            }
            let at = now - begin;
            if at >= lasts {
                return sent;
            }
            state.take(now, batch);
            *next = now + latency;
            let recent = sent
                .iter()
                .rev()
                .take_while(|(then, _)| at - *then < ms(1000));
            let recent = recent.map(|(_, events)| events).sum();
            match answers_429(at, recent) {
                Some(wait) => state.throttled(now, now + latency, wait),
                None => sent.push((at, batch)),
            }
        }
    }

    fn count(sent: &[(Duration, usize)], from: u64, to: u64) -> f64 {
        let within = sent
            .iter()
            .filter(|(at, _)| *at >= ms(from) && *at < ms(to));
        within.map(|(_, events)| *events as f64).sum()
    }

    #[test]
    fn ten_seconds_have_ten_times_the_rate_within_five_percent() {
        for (rate, a_second) in [
            ("200/s", 200.0),
            ("50/s", 50.0),
            ("7/s", 7.0),
            ("3000/s", 3000.0),
        ] {
            for (connections, latency) in [(1, ms(2)), (4, ms(40)), (64, ms(200))] {
                let sent = simulate(rate, connections, latency, ms(10_000), |_, _| None);
                let part = count(&sent, 0, 10_000) / (10.0 * a_second);
                let possible = connections as f64 * 1000.0 / latency.as_millis() as f64 * 20.0;
                if possible > a_second {
                    assert!((part - 1.0).abs() < 0.05, "{rate} {connections}: {part}");
                }
                // And no second has a burst.
                for second in 0..10 {
                    let part = count(&sent, second * 1000, second * 1000 + 1000) / a_second;
                    assert!(part < 1.3, "{rate} {connections}, second {second}: {part}");
                }
            }
        }
    }

    #[test]
    fn a_429_holds_all_connections_and_the_pace_recovers() {
        let refuses = |at: Duration, _| (at >= ms(5000) && at < ms(5100)).then_some(ms(2000));
        let sent = simulate("200/s", 8, ms(50), ms(60_000), refuses);
        assert_eq!(
            count(&sent, 5200, 7000),
            0.0,
            "nothing goes while the server asks to wait"
        );
        let slower = count(&sent, 7100, 9100) / 400.0;
        assert!(
            (0.4..0.7).contains(&slower),
            "one burst of refusals halves it once: {slower}"
        );
        let whole = count(&sent, 40_000, 60_000) / 4000.0;
        assert!((whole - 1.0).abs() < 0.05, "{whole}");
    }

    #[test]
    fn a_server_that_takes_less_is_found_out() {
        // It takes 60 in a second, whatever it is asked.
        let refuses = |_, recent| (recent >= 60).then_some(ms(500));
        let sent = simulate("200/s", 4, ms(20), ms(120_000), refuses);
        let a_second = count(&sent, 20_000, 120_000) / 100.0;
        assert!((20.0..=61.0).contains(&a_second), "{a_second}");
    }

    #[test]
    fn without_a_rate_only_the_server_slows_down() {
        let now = Instant::now();
        let mut state = PaceState::new(None);
        for _ in 0..100 {
            assert_eq!(state.free_at(now), now);
            state.take(now, 50);
        }
        state.throttled(now, now, ms(700));
        state.throttled(now, now, ms(300));
        assert_eq!(state.free_at(now), now + ms(700));
        assert_eq!(state.free_at(now + ms(800)), now + ms(800));
    }
}
