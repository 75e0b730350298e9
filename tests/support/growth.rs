//! Whether time grows with size: what grows with its square is told from what grows as it does.

use std::time::Duration;

use cpu_time::ThreadTime;

/// Whether sixteen times as much takes about sixteen times as long; what grows with the square of its size takes 256
/// times as long. Only this thread's time on a processor counts, whatever else the machine is doing; of several
/// runs the fastest counts, and a bad result is measured again.
pub fn grows_with_size<T>(what: &str, make: impl Fn(usize) -> T, work: impl Fn(&T)) {
    const LONG_ENOUGH: Duration = Duration::from_millis(1);
    const TIMES: usize = 16;
    const MOST: f64 = 40.0;
    let fastest = |made: &T, runs: usize| {
        let runs = (0..runs).map(|_| {
            let begun = ThreadTime::now();
            work(made);
            begun.elapsed()
        });
        runs.min().unwrap()
    };
    let mut size = 8;
    while fastest(&make(size), 2) < LONG_ENOUGH && size < 1 << 14 {
        size *= 2;
    }
    let (small, large) = (make(size), make(TIMES * size));
    let grows = || fastest(&large, 1).as_secs_f64() / fastest(&small, 5).as_secs_f64();
    let mut ratio = grows();
    for _ in 0..4 {
        if ratio > MOST {
            ratio = ratio.min(grows());
        }
    }
    assert!(
        ratio <= MOST,
        "{what}: {TIMES} times {size} takes {ratio:.0} times as long"
    );
}
