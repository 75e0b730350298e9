//! What the words of a log's line mark it with beside names: processes, threads, numbers, random ids.

/// What a process is called that stands in a log's words without a name; no member is called so.
pub(super) const PROCESS: &str = "a process";
/// The same of a thread.
pub(super) const THREAD: &str = "a thread";
/// The same of a number of which nobody knows what it counts: a process, a line of source, records, milliseconds. All but the
/// first go up, so that only a lower one behind a request tells that it is another's.
pub(super) const NUMBER: &str = "a number";
/// The same of the outermost span that a line was written in.
pub(super) const SPAN: &str = "a span";
/// The same of the path of an HTTP request's line.
pub(super) const PATH: &str = "a path";
/// What stands in words as `id=`, which may be a machine's.
pub(super) const WORD: &str = "a word";

/// The process or the thread that a word of a log names, and its number: `[1234]`, `app[9185e2d7]`, `#1234]`, `(#2)`,
/// `INFO/ForkPoolWorker-2]`, `[http-nio-8080-exec-2]`, `[Thread-3`.
pub(super) fn worker(word: &str) -> Option<(&'static str, &str)> {
    /// Threads that keep a call to its end: those of servers that wait for it.
    const KEEPING: [&str; 3] = ["-exec-", "Thread-", "ThreadPoolExecutor-"];
    let word = word.trim_end_matches(':');
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let bare = word.trim_matches(['[', ']', '(', ')']);
    let is_in_brackets = word.len() > bare.len();
    if let Some(number) = bare.strip_prefix('#')
        && is_number(number)
    {
        return Some((NUMBER, number));
    }
    if let Some(inner) = word.strip_suffix(']')
        && let Some((name, inner)) = inner.split_once('[')
    {
        let is_named = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_machine = inner.len() >= 8 && inner.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_number(inner) {
            return Some((NUMBER, inner));
        }
        if is_named && is_machine {
            return Some((PROCESS, inner));
        }
    }
    let behind = |name: &str| {
        let (_, number) = bare.rsplit_once(name)?;
        is_number(&number.replace('_', "")).then_some(number)
    };
    if let Some(number) = behind("PoolWorker-") {
        return Some((PROCESS, number));
    }
    let thread = KEEPING.iter().find_map(|name| behind(name));
    thread
        .filter(|_| is_in_brackets)
        .map(|number| (THREAD, number))
}

/// Whether a word is a random id: a UUID, hexadecimal digits, or letters and digits as such ids have them; in brackets a
/// short one will do.
pub(super) fn is_random(word: &str, is_bracketed: bool) -> bool {
    const SHORTEST: usize = 5;
    const SURE: usize = 16;
    const THREADS: [&str; 8] = [
        "exec", "thread", "worker", "pool", "nio", "task", "loop", "http",
    ];
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    if digits == 0 || letters == 0 {
        return false;
    }
    let is_hex = word
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_hex {
        return word.len() >= SURE || (is_bracketed && word.len() >= SHORTEST);
    }
    let is_of_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_thread = || {
        let lower = word.to_ascii_lowercase();
        THREADS.iter().any(|name| lower.contains(name))
    };
    is_bracketed && word.len() >= SURE && digits >= 3 && word.bytes().all(is_of_id) && !is_thread()
}
