//! The examples that `--help` and the manual show for each command.

use crate::mapping::{Code, Severity};

/// The width of a list of codes, in columns. Chosen for a narrow terminal.
const WIDTH: usize = 78;

/// The inspector.
pub const INSPECTOR: &str = "\
Examples:
  rainscope                           open the bundled samples
  rainscope logs/ more.jsonl          open files and folders
  rainscope map --privacy log.jsonl   what would be sent with privacy mode on
  rainscope check fixtures            findings, with the lines they are about

Exit status:
  0  done
  1  the work was done and the answer is no
  2  some or all of it could not be done

Environment:
  RAINSCOPE_LOG=debug       keep a log of what is done, without keys and without text of requests
                            and answers: error, warn, info, debug or trace, in the file that
                            `rainscope config path` names
  RAINSCOPE_LOG_PAYLOADS=1  let the text into it too, but still no keys";

/// `tour`.
pub const TOUR: &str = "\
Examples:
  rainscope tour                     from the beginning
  rainscope tour 6                   from the leak on
  rainscope tour --demo --present    for others to watch: the same each time

Space does what a stop asks for, or do it yourself. Esc leaves the tour, and
the inspector is there; `:tour` goes on at the same stop. Test traces go to a
sink on this machine, and are in no history.";

/// `map`.
pub const MAP: &str = "\
Examples:
  rainscope map response.json
  tail -f log.jsonl | rainscope map -
  rainscope map --jobs 4 log.jsonl > events.jsonl
  tail -F log.jsonl | rainscope map --wire --lines -    one line out for each line in
  rainscope map --privacy --wire log.jsonl | jq -c .body
  rainscope map --user ada --trace feature=search --trace 'build:=7' request-response.json
  rainscope map --explain --pretty sample.json

No PATH is the bundled samples, and says so; what is piped in is read by -.

A completion without an event (an error body) is named on standard error. With
--lines it is answered by an object with error, kind and from (FILE:LINE), and
so are lines that hold none; kind is no-event, blank, unrecognised, malformed,
unreadable, too-long (more than 64 MiB) or, with --wire, text-missing (from a
report without text). A line of several completions is answered by an array.
--lines ends with 0 whatever the lines hold, and with 2 if the input itself
could not be read to its end.

Exit status:
  0  all was mapped
  2  some of it could not be read; the rest was mapped";

/// `report`.
pub const REPORT: &str = "\
Examples:
  rainscope report                                 the bundled samples, in rainscope-report.html
  rainscope report log.jsonl --out report.html
  rainscope report --with-text one.json --out -    with the conversation, to standard output
  rainscope report --format markdown one.json      for an issue or a chat

The page asks nothing of a network and opens from a file. Without --with-text
it holds no text of the conversation; secrets that are recognised are masked
either way. It loads again: `rainscope report.html`; where it holds no text,
nothing of it is sent, and `check` says so.

Exit status:
  0  all is in it
  2  some of it could not be read, or nothing was written";

/// `play`.
pub const PLAY: &str = "\
Examples:
  rainscope play demo.txt              a script with captions and chapters, on the bundled samples
  rainscope play demo.txt our.ndjson   on completions of your own

A script has a key or a word after another: down*3, run:privacy (a command by
its name), type:\"text\", wait:\"text on the screen\", caption:\"text\",
chapter:\"title\", pause:800 (milliseconds); lines that begin with # are
remarks. The same script makes a recording: `rainscope shot --script demo.txt
--format cast`.

Space or the right arrow skips ahead, and begins the next chapter; Esc takes over,
and the inspector is yours. Time, ids and the sink's address on the screen
stand still; its port is another each time. A script writes no files, and
reaches nothing but the sink on this machine.";

/// `shot`.
pub const SHOT: &str = "\
Examples:
  rainscope shot                                        the first screen as text
  rainscope shot --keys 'tab*3 down*2' --format dark --out inspector.svg
  rainscope shot --size 80x24 --keys 's wait:accepted'  send a test trace to the sink and show the panel
  rainscope shot --keys 'e type:\"2\" enter' my.json
  rainscope shot --format png --out screen.png           a picture for slides
  rainscope shot --script demo.txt --format cast --out demo.cast     a recording with chapters
  rainscope shot --script demo.txt --format dark --animate --out demo.svg

Time and ids stand still, so the same keys give the same picture.";

/// `check`: its examples and every finding's code.
pub fn check() -> String {
    let mut help = format!("{CHECK}\n\nCodes of findings:");
    for severity in [Severity::Error, Severity::Warning, Severity::Info] {
        let mut line = format!("  {:<8}", severity.name());
        let codes = Code::ALL.iter().filter(|code| code.severity() == severity);
        for code in codes.map(|code| code.as_str()) {
            if line.len() + 1 + code.len() > WIDTH {
                help = format!("{help}\n{line}");
                line = " ".repeat(10);
            }
            line = format!("{line} {code}");
        }
        help = format!("{help}\n{line}");
    }
    format!(
        "{help}\nAnd always an error: unreadable and not-recognised input; golden-missing,\n\
         golden-ambiguous and event-differs with --expect."
    )
}

/// `check`, without the codes.
const CHECK: &str = "\
Examples:
  rainscope check fixtures
  rainscope check --deny warning --allow session-missing logs/
  rainscope check --format github fixtures
  rainscope check --statistics logs/                  how often each code was found
  rainscope check --jobs 4 log.jsonl
  rainscope check --expect golden fixtures            compare with approved events
  rainscope check --expect golden --update fixtures   approve what they are now

A ~ in place of a line's number marks what is shown as decoded, and stands
otherwise in the file.

rainscope.toml, in the current folder or one around it:
  [check]
  paths = [\"fixtures\"]
  deny = [\"warning\"]
  allow = [\"session-missing\"]
  expect = \"golden\"

With --privacy the summary says of how many events nothing of the conversation
would leave, and of how many that can't be told, because the prompt or the
answer is not known here (a preset's own prompt never is, nor all of a session
of Claude Code), or is so short (\"hi\") or so full of numbers that a value may
have it by chance, or because a value repeats four to eight digits, as of a PIN.

The leak scan compares words and long numbers, whatever their case,
punctuation, grouping, markup and letters (full width, bold), in
percent-encoding, quoted-printable, HTML, escapes, base64, hexadecimal (UTF-16
too) and run-together words as well. In the conversation's own texts links,
HTML, JSON's escapes, and base64 and hexadecimal in one piece are read, one
encoding deep; what stands in quotes, as JSON's strings do, counts by itself.
It can't see what is encoded there in other ways, a text that is spread over
several values, translated, put in other words, misspelt, with other words or
tags between its own or its words parted at their apostrophes, in letters that
only look alike or lost their accents or dots (Turkish I for \u{131}), in UTF-8 that
was read as another encoding, in another alphabet or cipher, in more than four
encodings within one another, compressed or encrypted; fewer than four words
of a longer sentence, or four and more that have fewer than fourteen letters
together;
fewer than nine digits, or more that stand beside letters there; words every
other of which has digits, but where they are all of the latest message or of
the answer; an earlier message of a word or two; what a picture or a recording
holds, and a part of its address or data; or what a request has beside its conversation, such as descriptions of
tools, schemas and metadata.

Exit status:
  0  nothing denied was found
  1  something denied was found, or an event differs from its golden one
  2  some of it could not be read";

/// `completions`.
pub const COMPLETIONS: &str = "\
Examples:
  rainscope completions bash > ~/.local/share/bash-completion/completions/rainscope
  rainscope completions zsh > ~/.zfunc/_rainscope
  rainscope completions fish > ~/.config/fish/completions/rainscope.fish";

/// `man`.
pub const MAN: &str = "\
Examples:
  rainscope man | man -l -
  rainscope man > ~/.local/share/man/man1/rainscope.1";

/// `send`.
pub const SEND: &str = "\
Examples:
  rainscope send --dry-run log.jsonl        what would be sent, where and in how many requests
  rainscope send log.jsonl                  to the destination that is configured
  rainscope send --base-url http://127.0.0.1:5899 --privacy logs/
  rainscope send --resume --format json log.jsonl | jq -c .result
  rainscope send --rate 200/s logs/
  tail -F log.jsonl | rainscope map --wire --lines - | rainscope send --wire --rate 50/s -

The write key is no option: `rainscope connect` saves it, or
RAINDROP_WRITE_KEY holds it. Where nothing is configured, the program's own
sink judges the events and keeps none.

--rate counts events over all connections. A 429 holds all of them for as long
as the server asks, halves the rate, and the rate recovers within 30 s; such a
request is tried up to ten times. With --wire a line is sent as it stands and
when it comes; one that is no request of `map --wire` is named, and the others
are sent.

Exit status:
  0  every event was accepted (or would be sent)
  1  an event was refused, given up, too large or conflicting, or the run was stopped
  2  the settings are wrong, or some of the input could not be read; the rest was sent";

/// `verify`.
pub const VERIFY: &str = "\
Examples:
  rainscope send log.jsonl && rainscope verify log.jsonl
  rainscope verify --base-url http://127.0.0.1:5899 log.jsonl     a sink, or a Raindrop Workshop
  RAINDROP_QUERY_API_KEY=… rainscope verify log.jsonl             Raindrop itself
  rainscope verify --timeout 30 --format json log.jsonl | jq -c 'select(.result != \"stored\")'

A server on this machine is asked itself. For any other destination Raindrop's
Query API is asked, at most once a second, for up to 180 s: an event can take
that long to appear. Its key is RAINDROP_QUERY_API_KEY, which is not the write
key and goes to RAINDROP_QUERY_API_BASE or to Raindrop alone. What was sent is
taken from the history, and --privacy, --user, --session-id and the trace
options say nothing of that; what the history does not have is expected as the
completions make it now. The history keeps the verdict.

Exit status:
  0  every event is stored, as sent or by value
  1  a field is lost or changed, an event was not found, or the run was stopped
  2  the settings are wrong, an event could not be read back, or some of the input could not be read";

/// `sink`.
pub const SINK: &str = "\
Examples:
  rainscope sink                                  take any write key at 127.0.0.1:5899
  rainscope sink --listen 127.0.0.1:0 --store events.ndjson
  rainscope sink --fail 500,429,ok --delay 200    to see how a sender retries
  rainscope sink --format json | jq -c .event_ids

Exit status:
  0  it was stopped
  2  it could not listen or write its store";

/// `listen`.
pub const LISTEN: &str = "\
Examples:
  rainscope listen -- npm run dev                 run an app and look at its calls as they happen
  rainscope listen --record calls.ndjson          in one terminal, and in another one:
    eval \"$(rainscope listen --print-env)\"       point the clients there
  rainscope listen --show ai-sdk                  the line to paste for a client without a variable
  rainscope listen --no-tui --trace env=dev       mapped events on standard output, one a line
  rainscope listen --no-tui --events e.jsonl -- pytest
  rainscope listen --forward -- npm run dev       send each event to the destination, too

Clients follow their base-URL variables; a base URL in the app's code wins
over them, and such calls are not seen. Requests pass through unaltered to
OpenRouter and nowhere else; keys are kept nowhere. Broadcast deliveries are
taken at /broadcast and /v1/traces with the bearer token that is shown, or
RAINSCOPE_DELIVERIES_TOKEN.

Exit status:
  0  it was stopped
  1  without the inspector: an event that was forwarded was not accepted
  2  it could not listen, record or run the command
  that of the command, where there was one";

/// `fetch`.
pub const FETCH: &str = "\
Examples:
  rainscope fetch gen-1780662787-HsCxAbCdEfGhIjKlMnOp | rainscope map -
  rainscope fetch --save samples gen-1780662787-HsCxAbCdEfGhIjKlMnOp
  rainscope fetch --recent 20 > recent.ndjson     the account's latest, with a management key
  rainscope gen-1780662787-HsCxAbCdEfGhIjKlMnOp   fetched, and opened in the inspector

The key is OPENROUTER_API_KEY, which reads what it made itself; --recent takes
OPENROUTER_MANAGEMENT_KEY, and works where the account has the analytics
endpoint. Prompt and completion are there where Input & Output Logging was on.

Exit status:
  0  all were fetched
  1  OpenRouter has no such generation for this key
  2  one could not be read, or the key is missing or refused";

/// `test`.
pub const TEST: &str = "\
Examples:
  rainscope test
  rainscope test --base-url http://127.0.0.1:5899
  rainscope test --format json | jq .passed

No request of the test creates an event.

Exit status:
  0  the connection works
  1  it does not
  2  the settings are wrong, or there is no write key";

/// `connect`.
pub const CONNECT: &str = "\
Examples:
  rainscope connect                                          asks for all it needs
  pass raindrop | rainscope connect --base-url https://api.raindrop.ai --project demo
  rainscope connect --base-url http://127.0.0.1:5899 --kind sink < /dev/null

The write key is read from the terminal or from standard input, never from an
option.

Exit status:
  0  the test passed and all was saved
  1  the test failed; nothing was saved
  2  the settings are wrong, or could not be saved";

/// `config`.
pub const CONFIG: &str = "\
Examples:
  rainscope config show
  rainscope config show --format json | jq -c 'select(.setting == \"destination.base_url\")'
  rainscope config path

Exit status:
  0  shown
  2  the settings have a mistake, or cannot be read";
