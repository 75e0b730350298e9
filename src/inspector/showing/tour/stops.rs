//! The tour's stops, as data: which sample, what is said, what is lit, and what ends each step.

use crate::inspector::Command;

/// A stop of the tour.
#[derive(Debug, Clone, Copy)]
pub struct Stop {
    /// Its title.
    pub title: &'static str,
    /// The bundled sample that it is about.
    pub sample: &'static str,
    /// A script that brings the screen to where it begins.
    pub setup: &'static str,
    /// What happens at it.
    pub steps: &'static [TourStep],
}

/// A step of a stop.
#[derive(Debug, Clone, Copy)]
pub struct TourStep {
    /// What is said. `{privacy}` stands for the key of the command with this name.
    pub says: &'static str,
    /// What is said instead where the person went elsewhere with what the step asks for.
    pub astray: Option<&'static str>,
    /// What it points at.
    pub light: Light,
    /// What the person is to do.
    pub task: Task,
}

/// What a step waits for.
#[derive(Debug, Clone, Copy)]
pub enum Task {
    /// That it was read.
    Read,
    /// A command, and what comes of it.
    Do {
        /// The command that the person runs.
        command: Command,
        /// Where the cursor has to be for it; it is brought there.
        at: At,
        /// A script that does all of it in the person's place.
        script: &'static str,
        /// What ends the step.
        until: Until,
    },
}

/// Where a cursor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Wherever it was left; a window stays open.
    Anywhere,
    /// On a value of the completion or of the event, by its pointer.
    Pointer(&'static str),
    /// On a key in the trace pane.
    TraceKey(&'static str),
}

/// What ends a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The command ran.
    Ran,
    /// An edit was made.
    Edited,
    /// An edit gave the event a user of its own.
    HasUser,
    /// The test trace was accepted.
    Accepted,
    /// What was stored of it was read back, whole.
    Stored,
}

/// A text on the screen that is lit: the first one within a part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Light {
    /// The part.
    pub within: Within,
    /// The text.
    pub text: &'static str,
}

/// A part of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// The line at the top.
    Header,
    /// The trace pane.
    Trace,
    /// The completion's pane.
    Completion,
    /// The event's pane.
    Event,
    /// The window over the panes.
    Window,
}

const fn lit(within: Within, text: &'static str) -> Light {
    Light { within, text }
}

const fn read(says: &'static str, light: Light) -> TourStep {
    TourStep {
        says,
        astray: None,
        light,
        task: Task::Read,
    }
}

/// The whole tour.
pub const STOPS: &[Stop] = &[
    Stop {
        title: "Where a field comes from",
        sample: "Time check",
        setup: "run:go-to type:/user_id enter",
        steps: &[
            read(
                "The completion is what OpenRouter saw, the event what Raindrop gets. The cursor is on user_id: the value it \
                 was made of is marked in the completion, and the line below names the rule.",
                lit(Within::Event, "user_id"),
            ),
            TourStep {
                says: "{jump} jumps from a field to its source, and back. Try it.",
                astray: None,
                light: lit(Within::Completion, "user \"user_12345\""),
                task: Task::Do {
                    command: Command::Open,
                    at: At::Pointer("/user_id"),
                    script: "run:jump",
                    until: Until::Ran,
                },
            },
            TourStep {
                says: "Here it is in the request. Each value on this side says whether it arrives, and if not, why not. \
                       {detail} shows all that is known of the one under the cursor.",
                astray: None,
                light: lit(Within::Completion, "user \"user_12345\""),
                task: Task::Do {
                    command: Command::Detail,
                    at: At::Pointer("/request/user"),
                    script: "run:detail",
                    until: Until::Ran,
                },
            },
            read(
                "The rule, and how sure it is: documented by OpenRouter or Raindrop, observed in a real event, or assumed. \
                 What nobody outside can know is called unknown.",
                lit(Within::Window, "documented"),
            ),
        ],
    },
    Stop {
        title: "A missing user",
        sample: "Anonymous",
        setup: "run:go-to type:/user_id enter",
        steps: &[
            TourStep {
                says: "This request names no user, so the event goes to one that stands in for everybody: \"anonymous\". \
                       {findings} lists what deserves a look in this completion.",
                astray: None,
                light: lit(Within::Event, "user_id"),
                task: Task::Do {
                    command: Command::Findings,
                    at: At::Anywhere,
                    script: "run:findings",
                    until: Until::Ran,
                },
            },
            TourStep {
                says: "A finding says what it means and what to do. {jump} goes to where it is fixed; pressed again, it opens \
                       the field: type a user, and keep it with Enter.",
                astray: Some(
                    "That was the place of another finding. {findings} lists them again: the one about the user stands first.",
                ),
                light: lit(Within::Window, "user-missing"),
                task: Task::Do {
                    command: Command::Open,
                    at: At::Anywhere,
                    script: "run:jump run:jump type:ada enter",
                    until: Until::HasUser,
                },
            },
            read(
                "The event has a user now, and the finding is gone. The file was not touched: an edit can be undone, copied \
                 as a snippet for your code, or saved as a new sample.",
                lit(Within::Event, "user_id"),
            ),
        ],
    },
    Stop {
        title: "Lost metadata",
        sample: "Metadata is not trace",
        setup: "run:go-to type:/request/metadata enter",
        steps: &[
            TourStep {
                says: "This app put its keys into `metadata`, and none of them is in the event. {dropped} lists every value \
                       that goes nowhere, and says why.",
                astray: None,
                light: lit(Within::Completion, "metadata"),
                task: Task::Do {
                    command: Command::Dropped,
                    at: At::Anywhere,
                    script: "run:dropped",
                    until: Until::Ran,
                },
            },
            read(
                "OpenRouter forwards `trace`, not `metadata`: keys that are put there become properties in Raindrop, to \
                 filter and group by.",
                lit(Within::Window, "`trace` is where such keys belong"),
            ),
        ],
    },
    Stop {
        title: "An edit, live",
        sample: "Time check",
        setup: "run:go-to type:/properties/feature enter",
        steps: &[
            TourStep {
                says: "What would one more key do? {add} adds one to the trace: type team, Enter, then search, Enter, and \
                       watch the event while you type.",
                astray: None,
                light: lit(Within::Event, "feature"),
                task: Task::Do {
                    command: Command::AddKey,
                    at: At::Anywhere,
                    script: "run:add type:team enter type:search enter",
                    until: Until::Edited,
                },
            },
            read(
                "properties.{added} is in the event, marked as new, and the size of the body has changed. {copy-trace} copies \
                 the trace as a snippet for your code.",
                lit(Within::Event, "team"),
            ),
        ],
    },
    Stop {
        title: "Privacy, proven",
        sample: "Time check",
        setup: "run:go-to type:/ai_data/input enter",
        steps: &[
            TourStep {
                says: "{privacy} switches privacy mode: input and output are kept back, the route changes with them, and every other field stays.",
                astray: None,
                light: lit(Within::Event, "input"),
                task: Task::Do {
                    command: Command::TogglePrivacy,
                    at: At::Anywhere,
                    script: "run:privacy",
                    until: Until::Ran,
                },
            },
            TourStep {
                says: "Both stay in sight, struck through, so that nobody has to remember what was there. {compare} puts the \
                       event without and with privacy mode side by side.",
                astray: None,
                light: lit(Within::Header, "PRIVACY ON"),
                task: Task::Do {
                    command: Command::Compare,
                    at: At::Anywhere,
                    script: "run:compare",
                    until: Until::Ran,
                },
            },
            read(
                "The verdict comes from a scan of the very bytes that would leave: it finds nothing of what was said.",
                lit(Within::Window, "no leak"),
            ),
        ],
    },
    Stop {
        title: "A leak, found and mended",
        sample: "A trace value leaks the prompt",
        setup: "run:privacy run:go-to type:/properties/preview enter",
        steps: &[
            TourStep {
                says: "Privacy mode is on, and the prompt leaves all the same: the app put a copy of it into a trace key. \
                       {compare} shows where.",
                astray: None,
                light: lit(Within::Event, "preview"),
                task: Task::Do {
                    command: Command::Compare,
                    at: At::Anywhere,
                    script: "run:compare",
                    until: Until::Ran,
                },
            },
            read(
                "The scan names the field and what it still says. Trace keys are meant to arrive, so no setting helps: the \
                 key itself has to go.",
                lit(Within::Window, "preview"),
            ),
            TourStep {
                says: "{delete} deletes the key here; the app must no longer set it. `rainscope check` finds the same in CI, \
                       before anything is sent.",
                astray: None,
                light: lit(Within::Trace, "preview"),
                task: Task::Do {
                    command: Command::DeleteKey,
                    at: At::TraceKey("preview"),
                    script: "run:delete",
                    until: Until::Edited,
                },
            },
            TourStep {
                says: "The key is gone from the event. {compare} scans again.",
                astray: None,
                light: lit(Within::Header, "PRIVACY ON"),
                task: Task::Do {
                    command: Command::Compare,
                    at: At::Anywhere,
                    script: "run:compare",
                    until: Until::Ran,
                },
            },
            read(
                "Mended: the scan finds nothing of the conversation any more.",
                lit(Within::Window, "no leak"),
            ),
        ],
    },
    Stop {
        title: "Sent, and read back",
        sample: "Time check",
        setup: "run:go-to type:/event enter",
        steps: &[
            TourStep {
                says: "{send} sends a test trace, exactly as it is shown, with an id of its own. In this tour it goes to a \
                       sink on this machine that speaks Raindrop's API; nothing leaves it.",
                astray: None,
                light: lit(Within::Event, "event"),
                task: Task::Do {
                    command: Command::Send,
                    at: At::Anywhere,
                    script: "run:send",
                    until: Until::Accepted,
                },
            },
            TourStep {
                says: "Accepted says that it arrived, not that it was stored. {verify} reads it back and compares it field by \
                       field.",
                astray: None,
                light: lit(Within::Window, "accepted"),
                task: Task::Do {
                    command: Command::Verify,
                    at: At::Anywhere,
                    script: "run:verify",
                    until: Until::Stored,
                },
            },
            read(
                "All of it is stored as it was sent. Your own completions: `rainscope FILE`; your own Raindrop: {destination}; \
                 every key: {help}. That was the tour.",
                lit(Within::Window, "all of it is stored"),
            ),
        ],
    },
];
