//! Everything a key can do, as one table: the keymap, the hint bar, the help and the palette read it,
//! so they never drift apart.

use crate::inspector::ui::cursor::CursorStep;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Move the cursor.
    Up,
    /// Move the cursor.
    Down,
    /// Close a container, or go to the one around.
    Left,
    /// Open a container.
    Right,
    /// A pane's height up.
    PageUp,
    /// A pane's height down.
    PageDown,
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
    /// To the next pane.
    NextPane,
    /// To the pane before.
    PreviousPane,
    /// The completion after this one.
    NextCompletion,
    /// The completion before this one.
    PreviousCompletion,
    /// Jump along the provenance, or open what the cursor is on.
    Open,
    /// Open or close a container.
    ToggleFold,
    /// Close all containers.
    FoldAll,
    /// Open all containers.
    UnfoldAll,
    /// Privacy mode on or off.
    TogglePrivacy,
    /// Privacy off and on side by side.
    Compare,
    /// Edit the value under the trace cursor.
    EditTrace,
    /// Write user, session and trace as JSON.
    EditRaw,
    /// Write them in the person's own editor.
    EditExternally,
    /// Make the same edits in all listed completions.
    EditListed,
    /// Save as a new sample.
    Save,
    /// Rename a trace key.
    RenameKey,
    /// Add a trace key.
    AddKey,
    /// Delete a trace key, or clear user or session.
    DeleteKey,
    /// Take the last edit back.
    Undo,
    /// Make it again.
    Redo,
    /// Back to the sample as it was loaded.
    Reset,
    /// Send a test trace.
    Send,
    /// Send all that is listed.
    SendAll,
    /// Say where test traces go.
    Destination,
    /// Make the request again, for real.
    AskOpenRouter,
    /// Read a generation's record.
    Fetch,
    /// Show what the local sink received.
    Inbox,
    /// Show the last test trace again.
    LastSend,
    /// Show what the command wrote that is listened to.
    Output,
    /// Forward the event of each call as it ends, or stop that.
    Forward,
    /// Show what was sent.
    History,
    /// Read back what the destination stored, and compare.
    Verify,
    /// Edit what was sent as a new sample.
    EditSent,
    /// Show the value in full.
    Detail,
    /// Copy the value.
    CopyValue,
    /// Copy the pointer.
    CopyPointer,
    /// Copy the event as JSON.
    CopyEvent,
    /// Copy the request as a curl command.
    CopyCurl,
    /// Copy the trace metadata as a request snippet.
    CopyTrace,
    /// Compare with something else.
    CompareMode,
    /// Open a tree to a level.
    FoldLevel,
    /// Go to a pointer.
    GoTo,
    /// One pane alone, or all.
    Zoom,
    /// Make the pane wider.
    Wider,
    /// Make the pane narrower.
    Narrower,
    /// The panes as wide as they usually are.
    ResetPanes,
    /// Show what is loaded at a glance.
    Overview,
    /// Show what the event does not carry.
    Dropped,
    /// Show only completions that fit.
    Filter,
    /// Another order of the list.
    Sort,
    /// The order the other way round.
    SortReverse,
    /// As it was loaded.
    SortLoaded,
    /// By what the list calls them.
    SortName,
    /// By model.
    SortModel,
    /// By user.
    SortUser,
    /// The newest first.
    SortTime,
    /// The worst first.
    SortSeverity,
    /// The highest cost first.
    SortCost,
    /// Those with the most tokens first.
    SortTokens,
    /// The slowest first.
    SortDuration,
    /// Mark a completion.
    Mark,
    /// Search in the pane.
    Search,
    /// The next match.
    NextMatch,
    /// The match before.
    PreviousMatch,
    /// Show all findings in full.
    Findings,
    /// Show the problems met while loading.
    Problems,
    /// Open a file or a folder besides what is loaded.
    OpenFile,
    /// Add the bundled samples.
    Samples,
    /// Another theme.
    Theme,
    /// Write a report of what is shown.
    Report,
    /// Write such a report with the conversation's text.
    ReportWithText,
    /// Write a report of what is listed.
    ReportListed,
    /// Write a picture of the screen.
    Picture,
    /// Be shown around.
    Tour,
    /// Show it to others.
    Present,
    /// Find a command by its name.
    Palette,
    /// Explain the keys.
    Help,
    /// Close what is open.
    Close,
    /// Stop the program.
    Suspend,
    /// Leave.
    Quit,
}

/// Where a command belongs in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandGroup {
    /// Getting around.
    Move,
    /// Looking at things.
    Look,
    /// Trace metadata.
    Trace,
    /// Sending.
    Send,
    /// Copying.
    Copy,
    /// The program itself.
    Program,
}

impl CommandGroup {
    /// All groups, in the order of the help.
    pub const ALL: [CommandGroup; 6] = [
        CommandGroup::Move,
        CommandGroup::Look,
        CommandGroup::Trace,
        CommandGroup::Send,
        CommandGroup::Copy,
        CommandGroup::Program,
    ];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            CommandGroup::Move => "Move",
            CommandGroup::Look => "Look",
            CommandGroup::Trace => "Trace metadata",
            CommandGroup::Send => "Send",
            CommandGroup::Copy => "Copy",
            CommandGroup::Program => "Program",
        }
    }
}

/// A command's place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandEntry {
    /// The command.
    pub command: Command,
    /// Its stable name, as settings and the palette have it.
    pub name: &'static str,
    /// Two or three words for the hint bar.
    pub hint: &'static str,
    /// One sentence for the help.
    pub help: &'static str,
    /// Its group.
    pub group: CommandGroup,
    /// Its keys by default, in the notation of [`crate::inspector::keys::key::Key`].
    pub keys: &'static [&'static str],
}

macro_rules! table {
    ($($group:ident { $($command:ident $name:literal [$($key:literal),*] $hint:literal $help:literal;)+ })+) => {
        /// Every command, in the order of the help.
        pub const TABLE: &[CommandEntry] = &[$($(CommandEntry {
            command: Command::$command,
            name: $name,
            hint: $hint,
            help: $help,
            group: CommandGroup::$group,
            keys: &[$($key),*],
        },)+)+];
    };
}

table! {
    Move {
        Up "up" ["k", "up"] "up" "Move the cursor up";
        Down "down" ["j", "down"] "down" "Move the cursor down";
        Left "left" ["h", "left"] "close" "Close a container, or go to the one around it";
        Right "right" ["l", "right"] "open" "Open a container";
        PageUp "page-up" ["ctrl-u", "pageup"] "page up" "Move up by half a pane";
        PageDown "page-down" ["ctrl-d", "pagedown"] "page down" "Move down by half a pane";
        Top "top" ["g", "home"] "top" "Go to the first row";
        Bottom "bottom" ["G", "end"] "bottom" "Go to the last row";
        GoTo "go-to" ["ctrl-g"] "go to" "Go to a JSON pointer of the completion or the event; Tab completes it";
        NextPane "next-pane" ["tab"] "pane" "Go to the next pane";
        PreviousPane "previous-pane" ["backtab"] "pane back" "Go to the pane before";
        NextCompletion "next-completion" ["J", "ctrl-n"] "next" "Show the next completion";
        PreviousCompletion "previous-completion" ["K", "ctrl-p"] "previous" "Show the completion before";
    }
    Look {
        Open "jump" ["enter"] "jump" "Jump between a field and its source; open what the cursor is on";
        TogglePrivacy "privacy" ["p"] "privacy" "Switch privacy mode: keep input and output back";
        Compare "compare" ["c"] "compare" "Show privacy off and on side by side, with the leak scan's verdict; or a marked completion";
        CompareMode "compare-mode" ["m"] "other kinds" "In the comparison: against privacy, the sample as it was loaded, what was delivered, a marked one";
        Detail "detail" ["v"] "detail" "Show the value under the cursor in full, and all that is known of it";
        ToggleFold "fold" ["space"] "fold" "Open or close a container";
        FoldAll "fold-all" ["-"] "fold all" "Close all containers";
        UnfoldAll "unfold-all" ["+", "="] "unfold all" "Open all containers";
        FoldLevel "fold-level" ["1", "2", "3", "4", "5", "6", "7", "8", "9"] "level" "Open the tree to this level";
        Zoom "zoom" ["z"] "zoom" "Show the pane alone, or all panes again";
        Wider "wider" [">"] "wider" "Make the pane wider; dividers can be dragged as well";
        Narrower "narrower" ["<"] "narrower" "Make the pane narrower";
        ResetPanes "usual-panes" ["|"] "usual panes" "Give all panes their usual width (how they are shared out is remembered)";
        Search "search" ["/"] "search" "Search the pane's keys, values and pointers; n goes on into the next completions";
        NextMatch "next-match" ["n"] "next match" "Go to the next match";
        PreviousMatch "previous-match" ["N"] "match before" "Go to the match before";
        Overview "overview" ["o"] "overview" "Counts, cost, tokens and time of what is loaded; each bar lists its completions";
        Output "command-output" ["$"] "output" "While listening: what the command wrote, and what leads apps and deliveries here";
        Dropped "dropped" ["D"] "dropped" "Every value of the completion that the event does not carry, and why";
        Filter "filter" ["f"] "filter" "List what fits: words, ids, key:NAME=VALUE, model:…, cost>0.01, duration>2s; Tab completes";
        Sort "sort" ["O"] "sort" "Sort the list by the next of: name, model, user, time, findings, cost, tokens, duration";
        SortReverse "sort-reverse" ["I"] "reverse" "Turn the order of the list round";
        SortLoaded "sort-loaded" [] "as loaded" "List the completions as they were loaded";
        SortName "sort-name" [] "by name" "Sort the list by name";
        SortModel "sort-model" [] "by model" "Sort the list by model";
        SortUser "sort-user" [] "by user" "Sort the list by user";
        SortTime "sort-time" [] "by time" "Sort the list by time, the newest first";
        SortSeverity "sort-findings" [] "by findings" "Sort the list by findings, the worst first";
        SortCost "sort-cost" [] "by cost" "Sort the list by cost, the highest first";
        SortTokens "sort-tokens" [] "by tokens" "Sort the list by tokens, the most first";
        SortDuration "sort-duration" [] "by duration" "Sort the list by duration, the slowest first";
        Mark "mark" ["x"] "mark" "Mark a completion, to compare others with it or to list the marked ones";
        Findings "findings" ["F"] "findings" "All findings of the completion, with what to do; each leads to its place";
        Problems "problems" ["!"] "problems" "Show what could not be loaded, and why";
    }
    Trace {
        EditTrace "edit" ["e"] "edit trace" "Edit the value under the trace cursor; every key re-maps";
        RenameKey "rename" ["r"] "rename" "Rename a trace key";
        AddKey "add" ["a"] "add key" "Add a trace key";
        DeleteKey "delete" ["d", "delete"] "delete" "Delete a trace key; clear user or session";
        Undo "undo" ["u"] "undo" "Take the last edit back";
        Redo "redo" ["ctrl-r", "U"] "redo" "Make an undone edit again";
        EditRaw "edit-json" ["ctrl-o"] "as JSON" "Write user, session and trace as JSON over several lines";
        EditExternally "edit-external" ["ctrl-e"] "own editor" "Write user, session and trace as JSON in your own editor ($VISUAL or $EDITOR)";
        EditListed "edit-listed" ["A"] "edit all" "Make the same edits in all completions that are listed; asks first";
        Save "save" ["w"] "save" "Save the completion with its edits as a new sample; asks for the name";
        Reset "reset" ["R"] "reset" "Back to the sample as it was loaded (redo brings the edits back one by one)";
    }
    Send {
        Send "send" ["s"] "send" "Send a test trace to the destination";
        SendAll "send-all" ["S"] "send all" "Send the events of all listed completions to the destination";
        Destination "destination" ["t"] "destination" "Say where test traces go, test the connection, save it";
        AskOpenRouter "ask-openrouter" ["X"] "ask again" "Make this request through OpenRouter, for real: it costs money and asks first";
        Forward "forward" ["B"] "forward" "While listening: forward each call's event to the destination as it ends, or stop that";
        Fetch "fetch" ["b"] "fetch record" "Read the generation's record from OpenRouter: cost, tokens, times; texts if kept";
        LastSend "last-send" ["L"] "last send" "Show again what was sent last: the request, each attempt, the answer";
        Verify "verify" ["V"] "verify" "Read back what the destination stored of the event that was sent, and compare";
        History "history" ["H"] "history" "Show what was sent, and what came of it; send it again";
        EditSent "edit-sent" ["W"] "edit sent" "In the history: edit what was sent as a new sample";
        Inbox "inbox" ["i"] "sink inbox" "Show what the local sink received";
    }
    Copy {
        CopyValue "copy-value" ["y"] "copy" "Copy the value under the cursor";
        CopyPointer "copy-pointer" ["Y"] "copy pointer" "Copy the JSON pointer under the cursor";
        CopyEvent "copy-event" ["E"] "copy event" "Copy the event as it would be sent";
        CopyCurl "copy-curl" ["C"] "copy curl" "Copy the request as curl, with $RAINDROP_WRITE_KEY in place of a key";
        CopyTrace "copy-trace" ["T"] "copy trace" "Copy user, session and trace as a request snippet";
    }
    Program {
        Report "report" [] "report" "Write a page of this completion to hand to others, without the conversation's text";
        ReportWithText "report-with-text" [] "report, text" "Write such a page with the conversation's text; asks first";
        ReportListed "report-listed" [] "report listed" "Write a page of all that are listed, without the text";
        Picture "picture" [] "picture" "Write a picture of this screen, windows included, as SVG";
        Tour "tour" [] "tour" "Be shown around on the bundled samples; what is open comes back as it was";
        Present "present" ["P", "f5"] "present" "Presenter mode: say below what was done, show the rows that matter, with more contrast";
        Palette "palette" [":"] "commands" "Find any command by its name, or by another word for it";
        OpenFile "open" [] "open file" "Open a file or a folder, too (:open PATH, Tab completes); a paste is loaded as well";
        Samples "samples" [] "samples" "Add the bundled samples to the list";
        Theme "theme" [] "theme" "Show the screen in the next theme: the terminal's colours, dark, light, none";
        Help "help" ["?", "f1"] "help" "Show this help";
        Close "close" ["esc"] "close" "Close what is open";
        Suspend "suspend" ["ctrl-z"] "suspend" "Put the program to sleep (fg wakes it)";
        Quit "quit" ["q", "ctrl-c"] "quit" "Leave";
    }
}

impl Command {
    /// Its entry in the table.
    pub fn entry(self) -> &'static CommandEntry {
        let found = TABLE.iter().find(|entry| entry.command == self);
        found.unwrap_or(&TABLE[0])
    }

    /// The movement over rows that it is.
    pub fn step(self) -> Option<CursorStep> {
        Some(match self {
            Command::Up => CursorStep::Up,
            Command::Down => CursorStep::Down,
            Command::PageUp => CursorStep::PageUp,
            Command::PageDown => CursorStep::PageDown,
            Command::Top => CursorStep::Top,
            Command::Bottom => CursorStep::Bottom,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_command_is_listed_once() {
        for (index, entry) in TABLE.iter().enumerate() {
            for other in &TABLE[index + 1..] {
                assert_ne!(entry.name, other.name);
                assert_ne!(entry.command, other.command);
            }
        }
    }
}
