//! What `--help` and the manual show of each command: examples first, as one reads them first.

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
  2  some or all of it could not be done";

/// `map`.
pub const MAP: &str = "\
Examples:
  rainscope map response.json
  tail -f log.jsonl | rainscope map -
  rainscope map --jobs 4 log.jsonl > events.jsonl
  rainscope map --privacy --wire log.jsonl | jq -c .body
  rainscope map --user ada --trace feature=search --trace 'build:=7' request-response.json
  rainscope map --explain --pretty sample.json

A completion without an event (an error body) is named on standard error.

Exit status:
  0  all was mapped
  2  some of it could not be read; the rest was mapped";

/// `shot`.
pub const SHOT: &str = "\
Examples:
  rainscope shot                                        the first screen as text
  rainscope shot --keys 'tab*3 down*2' --format dark --out inspector.svg
  rainscope shot --size 80x24 --keys 's wait:accepted'  send a test trace to the sink and show the panel
  rainscope shot --keys 'e type:\"2\" enter' my.json

Time and ids stand still, so the same keys give the same picture.";

/// `check`.
pub const CHECK: &str = "\
Examples:
  rainscope check fixtures
  rainscope check --deny warning --allow session-missing logs/
  rainscope check --format github fixtures
  rainscope check --expect golden fixtures            compare with approved events
  rainscope check --expect golden --update fixtures   approve what they are now

rainscope.toml, in the current folder or one around it:
  [check]
  paths = [\"fixtures\"]
  deny = [\"warning\"]
  allow = [\"session-missing\"]
  expect = \"golden\"

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
