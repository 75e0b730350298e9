//! Every promise of the screen's design in own words, part by part, each with the tests that fail
//! without it, as `file::test`. Where the program does it in another way than the first drawing had
//! it, the words say so; the reasons are among the decisions of `ARCHITECTURE.md`.

/// A promise and its tests.
pub type Promise = (&'static str, &'static [&'static str]);

/// The parts of the page with their promises.
pub const PAGE: &[(&str, &[Promise])] = &[
    ("the picture", PICTURE),
    ("provenance, both ways", PROVENANCE),
    ("compare", COMPARE),
    ("privacy", PRIVACY),
    ("trace", TRACE),
    ("send", SEND),
    ("destination", DESTINATION),
    ("reading and copying", READING),
    ("keys and mouse", KEYS),
    ("widths", WIDTHS),
    ("looks", LOOKS),
    ("clipboard", CLIPBOARD),
    ("hostile text", HOSTILE),
    ("manners", MANNERS),
];

const PICTURE: &[Promise] = &[
    (
        "the header names the program, how many completions there are, the mode and where test traces go",
        &[
            "tests/inspector/design/picture.rs::the_header_tells_what_is_loaded_the_mode_and_the_destination",
        ],
    ),
    (
        "three columns: the list above the trace, the completion, the event",
        &[
            "tests/inspector/design/picture.rs::three_columns_have_the_list_above_the_trace_the_completion_and_the_event",
        ],
    ),
    (
        "the completion's title names its API; the event's names the request it is sent by",
        &[
            "tests/inspector/design/picture.rs::three_columns_have_the_list_above_the_trace_the_completion_and_the_event",
        ],
    ),
    (
        "the cursor's row has a mark (▌) in each pane",
        &["tests/inspector/design/picture.rs::the_cursor_of_each_pane_has_a_mark"],
    ),
    (
        "the list marks what has findings, with their number (⚠1), errors (✗), and what makes no event (–)",
        &["tests/inspector/design/picture.rs::the_list_tells_what_deserves_a_look"],
    ),
    (
        "the trace pane lists user, session and the keys of the trace, what OpenRouter puts in where a key is missing (‹gen-…›), and ends with a place to add one",
        &[
            "tests/inspector/design/picture.rs::the_trace_pane_has_user_session_keys_and_a_place_to_add",
        ],
    ),
    (
        "containers show whether they are open (▾ ▸) and how much they hold ([2], or a number in the event)",
        &["tests/inspector/design/picture.rs::trees_have_folds_counts_and_short_values"],
    ),
    (
        "values that are too long are cut, and say so (…)",
        &[
            "tests/inspector/design/picture.rs::trees_have_folds_counts_and_short_values",
            "src/display.rs::clips_by_columns",
        ],
    ),
    (
        "each leaf of the completion is marked: it arrives (●), does not (∅), another came before it (◌), or privacy keeps it back (⊘)",
        &["tests/inspector/design/picture.rs::source_leaves_say_whether_they_arrive"],
    ),
    (
        "a row of the event names its source at its end (◂), where there is room",
        &["tests/inspector/design/picture.rs::event_rows_name_their_source_where_there_is_room"],
    ),
    (
        "below stands the worst finding with what to do, the event's size and the number of leaks",
        &[
            "tests/inspector/design/picture.rs::below_stand_the_worst_finding_the_size_and_the_leaks",
        ],
    ),
    (
        "the last line names keys and what they do",
        &["tests/inspector/design/picture.rs::the_hint_bar_names_the_common_commands"],
    ),
];

const PROVENANCE: &[Promise] = &[
    (
        "on a row of the event its sources light up; their mark is ◆, since ● says that a value arrives",
        &[
            "tests/inspector/design/lens.rs::sources_light_up_beside_an_event_row_and_one_line_names_the_rule",
        ],
    ),
    (
        "and one line tells the rule",
        &[
            "tests/inspector/design/lens.rs::sources_light_up_beside_an_event_row_and_one_line_names_the_rule",
        ],
    ),
    (
        "on a row of the completion: where it went",
        &["tests/inspector/design/lens.rs::a_source_row_lights_what_it_became_or_says_why_not"],
    ),
    (
        "or why it went nowhere: the mark and the reason",
        &[
            "tests/inspector/design/lens.rs::a_source_row_lights_what_it_became_or_says_why_not",
            "tests/inspector/screen/provenance.rs::every_source_row_jumps_or_folds_or_says_why_it_goes_nowhere",
        ],
    ),
    (
        "Enter goes from a field to its source",
        &[
            "tests/inspector/screen/provenance.rs::every_event_row_goes_to_its_source_and_back",
            "tests/inspector/screen/provenance.rs::edited_rows_go_to_their_source_and_back_even_where_it_is_folded",
        ],
    ),
    (
        "and back",
        &["tests/inspector/screen/provenance.rs::every_event_row_goes_to_its_source_and_back"],
    ),
    (
        "nothing that is sent is without provenance",
        &["tests/core/properties.rs::generated_samples_keep_the_promises"],
    ),
];

const COMPARE: &[Promise] = &[
    (
        "c: privacy off and on beside each other",
        &[
            "tests/inspector/design/lens.rs::the_comparison_aligns_off_and_on_and_strikes_out_what_goes",
        ],
    ),
    (
        "aligned row by row",
        &[
            "tests/inspector/design/lens.rs::the_comparison_aligns_off_and_on_and_strikes_out_what_goes",
            "src/inspector/windows/compare/mod.rs::aligns_by_pointer_and_finds_moves",
        ],
    ),
    (
        "rows that go are struck through and have a symbol",
        &[
            "tests/inspector/design/lens.rs::the_comparison_aligns_off_and_on_and_strikes_out_what_goes",
        ],
    ),
    (
        "the rest is visibly equal",
        &[
            "tests/inspector/design/lens.rs::the_comparison_aligns_off_and_on_and_strikes_out_what_goes",
        ],
    ),
    (
        "below, the leak scan's verdict over the exact bytes",
        &[
            "tests/inspector/design/lens.rs::the_verdict_is_over_the_exact_private_bytes",
            "tests/pty/stories.rs::proves_privacy_and_finds_the_sample_where_it_leaks",
        ],
    ),
];

const PRIVACY: &[Promise] = &[
    (
        "p switches at once, everywhere",
        &[
            "tests/inspector/design/lens.rs::privacy_changes_everything_at_once_and_is_said_loudly",
            "tests/inspector/screen/provenance.rs::privacy_keeps_the_cursor_and_says_what_is_kept_back",
        ],
    ),
    (
        "the header says so loudly",
        &["tests/inspector/design/lens.rs::privacy_changes_everything_at_once_and_is_said_loudly"],
    ),
];

const TRACE: &[Promise] = &[
    (
        "edited in place",
        &["tests/inspector/screen/edits.rs::tab_walks_through_the_fields_and_keeps_what_was_typed"],
    ),
    (
        "every key re-maps",
        &["tests/inspector/screen/edits.rs::every_key_remaps_and_the_touched_row_is_marked"],
    ),
    (
        "the fields that are touched are marked, and in sight",
        &[
            "tests/inspector/screen/edits.rs::every_key_remaps_and_the_touched_row_is_marked",
            "tests/inspector/screen/edits.rs::the_row_that_an_edit_touches_is_in_sight",
        ],
    ),
    (
        "keys are added",
        &[
            "tests/inspector/screen/edits.rs::keys_are_added_renamed_and_deleted_at_their_places",
            "tests/pty/stories.rs::adds_a_trace_key_and_sees_it_appear",
        ],
    ),
    (
        "renamed",
        &["tests/inspector/screen/edits.rs::keys_are_added_renamed_and_deleted_at_their_places"],
    ),
    (
        "deleted",
        &["tests/inspector/screen/edits.rs::keys_are_added_renamed_and_deleted_at_their_places"],
    ),
    (
        "turned from text to JSON and back",
        &["tests/inspector/design/editing.rs::a_value_turns_from_text_to_json_and_back"],
    ),
    (
        "undone and made again",
        &["tests/inspector/screen/edits.rs::undo_and_redo_walk_the_same_road"],
    ),
    (
        "reset to the sample",
        &["tests/inspector/screen/edits.rs::reset_takes_all_back_and_redo_brings_it_again"],
    ),
    (
        "copied as a part of a request, which can be pasted there",
        &["tests/inspector/design/editing.rs::the_copied_snippet_is_the_edited_part_of_a_request"],
    ),
    (
        "saved as a new sample",
        &[
            "tests/inspector/views/writing.rs::saves_a_sample_that_gives_the_same_event",
            "tests/inspector/views/writing.rs::writes_files_and_never_over_another_unasked",
        ],
    ),
    (
        "written as JSON by those who prefer it",
        &["tests/inspector/views/writing.rs::writes_the_trace_as_json"],
    ),
    (
        "an edit that is not valid stays visible with its error",
        &[
            "tests/inspector/screen/edits.rs::a_bad_value_stays_visible_and_the_last_good_event_stays",
            "tests/inspector/views/writing.rs::writes_the_trace_as_json",
        ],
    ),
    (
        "and the last valid event stays on the right",
        &[
            "tests/inspector/screen/edits.rs::a_bad_value_stays_visible_and_the_last_good_event_stays",
            "tests/inspector/views/writing.rs::writes_the_trace_as_json",
        ],
    ),
];

const SEND: &[Promise] = &[
    (
        "s: the exact request, word for word",
        &[
            "tests/inspector/design/sending.rs::the_panel_shows_the_exact_request_without_its_key",
            "tests/inspector/screen/sending.rs::what_is_shown_is_what_is_sent",
        ],
    ),
    (
        "its key is hidden",
        &[
            "tests/inspector/design/sending.rs::the_panel_shows_the_exact_request_without_its_key",
            "tests/pty/sending.rs::sends_on_this_machine_at_once_and_never_shows_the_key",
        ],
    ),
    (
        "attempts as they happen, with answer and time",
        &["tests/inspector/design/sending.rs::attempts_appear_as_they_end_with_answer_and_time"],
    ),
    (
        "waits are counted down",
        &[
            "tests/inspector/screen/sending.rs::a_retry_is_counted_down_and_ticks_stop_with_it",
            "tests/inspector/deliveries_ui/sending.rs::a_retry_is_counted_down_and_has_the_same_bytes",
        ],
    ),
    (
        "S sends all that is listed",
        &[
            "tests/inspector/deliveries_ui/send_all.rs::everything_listed_arrives_with_its_own_id",
            "tests/inspector/deliveries_ui/send_all.rs::what_a_filter_hides_is_not_sent",
            "tests/pty/stories.rs::sends_all_sees_it_end_and_finds_it_in_the_inbox",
        ],
    ),
    (
        "with its progress",
        &["tests/inspector/deliveries_ui/send_all.rs::what_was_refused_is_named_and_jumped_to"],
    ),
    (
        "and it can be stopped",
        &[
            "tests/inspector/deliveries_ui/send_all.rs::elsewhere_it_asks_with_the_count_and_esc_stops_it",
        ],
    ),
    (
        "a test trace gets an id of its own",
        &["tests/inspector/screen/sending.rs::each_sending_has_an_id_of_its_own"],
    ),
    (
        "its retries keep it",
        &[
            "tests/inspector/deliveries_ui/sending.rs::a_retry_is_counted_down_and_has_the_same_bytes",
        ],
    ),
    (
        "accepted is not stored, and that is said",
        &["tests/inspector/design/sending.rs::accepted_is_not_called_stored"],
    ),
];

const DESTINATION: &[Promise] = &[
    (
        "t: the write key is masked",
        &["tests/inspector/deliveries_ui/destination.rs::the_typed_key_is_shown_nowhere"],
    ),
    (
        "base URL and project are typed there",
        &["tests/inspector/deliveries_ui/destination.rs::mistakes_and_failures_say_what_to_do"],
    ),
    (
        "the connection is tested",
        &[
            "tests/inspector/deliveries_ui/destination.rs::a_refused_key_is_corrected_tested_and_saved",
            "tests/pty/stories.rs::a_wrong_key_is_told_mended_tested_and_sends_again",
        ],
    ),
    (
        "Save exists only after a test that passed",
        &[
            "tests/inspector/deliveries_ui/destination.rs::save_exists_after_a_passed_test_alone_and_any_edit_takes_it_away",
        ],
    ),
    (
        "any edit takes it away again",
        &[
            "tests/inspector/deliveries_ui/destination.rs::save_exists_after_a_passed_test_alone_and_any_edit_takes_it_away",
        ],
    ),
    (
        "out of the box it is the program's own sink, on loopback, without account and network",
        &["tests/pty/sending.rs::sends_to_its_own_sink_and_shows_what_arrived"],
    ),
];

const READING: &[Promise] = &[
    (
        "containers fold and unfold, one, all, or to a level",
        &[
            "tests/inspector/design/reading.rs::containers_fold_and_unfold",
            "tests/inspector/views/moving.rs::folds_by_level",
        ],
    ),
    (
        "search finds text, keys and pointers",
        &[
            "tests/inspector/design/reading.rs::search_finds_text_keys_and_pointers",
            "tests/inspector/screen/commands.rs::search_goes_round_in_every_tree",
        ],
    ),
    (
        "value and pointer are copied",
        &["tests/inspector/screen/commands.rs::copies_say_what_and_hold_it"],
    ),
    (
        "the event is copied as JSON",
        &["tests/inspector/screen/commands.rs::copies_say_what_and_hold_it"],
    ),
    (
        "the request is copied as curl, which names a variable in place of the key",
        &[
            "tests/inspector/screen/commands.rs::copies_say_what_and_hold_it",
            "src/share/curl.rs::quotes_for_the_shell",
        ],
    ),
    (
        "long texts have a view of their own, wrapped between words",
        &["tests/inspector/design/reading.rs::a_long_text_has_real_lines_and_its_markdown_is_text"],
    ),
    (
        "with real line breaks, and Markdown as the text it is",
        &["tests/inspector/design/reading.rs::a_long_text_has_real_lines_and_its_markdown_is_text"],
    ),
];

const KEYS: &[Promise] = &[
    (
        "? and the hint bar come from the same table",
        &[
            "tests/inspector/design/keyboard.rs::help_hint_bar_and_palette_follow_the_keymap",
            "tests/inspector/screen/commands.rs::the_help_names_every_key_and_command",
            "tests/inspector/screen/commands.rs::every_key_of_the_table_reaches_its_command",
        ],
    ),
    (
        ": is a palette of every command",
        &["tests/inspector/screen/commands.rs::the_palette_finds_and_does_every_command"],
    ),
    (
        "that half remembered names find",
        &[
            "tests/inspector/design/keyboard.rs::the_palette_does_what_scattered_letters_mean",
            "src/inspector/windows/palette.rs::offers_the_likeliest_first",
        ],
    ),
    (
        "Vim's keys and arrows",
        &["tests/inspector/design/keyboard.rs::vim_keys_and_arrows_are_the_same"],
    ),
    (
        "the mouse clicks",
        &[
            "tests/inspector/design/keyboard.rs::the_mouse_clicks_scrolls_and_drags",
            "tests/inspector/screen/mouse.rs::a_click_focuses_selects_and_opens",
            "tests/pty/manners.rs::clicks_count_and_with_shift_they_are_the_terminals",
        ],
    ),
    (
        "its wheel scrolls",
        &[
            "tests/inspector/design/keyboard.rs::the_mouse_clicks_scrolls_and_drags",
            "tests/inspector/screen/mouse.rs::the_wheel_scrolls_what_is_under_it_and_never_what_is_typed",
            "src/inspector/ui/cursor.rs::scrolling_moves_the_view_by_what_it_says",
        ],
    ),
    (
        "it drags dividers",
        &[
            "tests/inspector/design/keyboard.rs::the_mouse_clicks_scrolls_and_drags",
            "tests/inspector/views/moving.rs::panes_are_zoomed_and_shared_out",
        ],
    ),
    (
        "with Shift it is the terminal's, for selecting text",
        &["tests/pty/manners.rs::clicks_count_and_with_shift_they_are_the_terminals"],
    ),
];

const WIDTHS: &[Promise] = &[
    (
        "three columns on a wide screen; from 112 on, not from 140",
        &["tests/inspector/design/widths.rs::columns_popup_tabs_and_words_by_width"],
    ),
    (
        "two from 90, with the list as a popup",
        &[
            "tests/inspector/design/widths.rs::columns_popup_tabs_and_words_by_width",
            "tests/inspector/design/widths.rs::the_list_is_a_popup_on_two_columns",
        ],
    ),
    (
        "tabs below that",
        &[
            "tests/inspector/design/widths.rs::columns_popup_tabs_and_words_by_width",
            "tests/inspector/design/widths.rs::tabs_show_one_pane_and_tell_which",
        ],
    ),
    (
        "words where nothing fits",
        &["tests/inspector/design/widths.rs::columns_popup_tabs_and_words_by_width"],
    ),
    (
        "no size is too small or too large",
        &[
            "tests/inspector/screen/sizes.rs::every_size_of_every_window_is_straight",
            "tests/pty/life.rs::survives_any_size",
            "tests/pty/life.rs::a_window_of_one_cell_does_not_end_it",
        ],
    ),
];

const LOOKS: &[Promise] = &[
    (
        "the terminal's own 16 colours by default, for light and dark",
        &[
            "tests/inspector/design/looks.rs::by_default_only_the_terminals_own_colours_are_used",
            "tests/pty/manners.rs::colours_are_the_terminals_own_or_none",
        ],
    ),
    (
        "every state has a symbol or a modifier too",
        &[
            "tests/inspector/design/looks.rs::every_state_has_a_symbol_or_a_modifier_besides_its_colour",
            "tests/inspector/design/looks.rs::marks_of_a_kind_differ_in_unicode_and_in_ascii",
        ],
    ),
    (
        "NO_COLOR is honoured",
        &["tests/pty/manners.rs::colours_are_the_terminals_own_or_none"],
    ),
    (
        "borders and symbols of ASCII where that is asked for",
        &[
            "tests/inspector/screen/pictures.rs::ascii_means_ascii",
            "tests/pty/manners.rs::ascii_draws_borders_and_symbols_of_ascii",
        ],
    ),
];

const CLIPBOARD: &[Promise] = &[
    (
        "copies go through the terminal (OSC 52)",
        &["tests/pty/manners.rs::copies_go_through_the_terminal_wrapped_for_what_stands_between"],
    ),
    (
        "wrapped for tmux and screen",
        &[
            "tests/pty/manners.rs::copies_go_through_the_terminal_wrapped_for_what_stands_between",
            "src/terminal/mod.rs::wraps_the_clipboard_for_multiplexers",
        ],
    ),
    (
        "and it is said what was copied",
        &["tests/inspector/screen/commands.rs::copies_say_what_and_hold_it"],
    ),
];

const HOSTILE: &[Promise] = &[
    (
        "control and escape characters are shown as symbols and never sent to the terminal",
        &[
            "tests/inspector/screen/sizes.rs::hostile_text_keeps_the_columns",
            "src/display.rs::nothing_reaches_the_terminal_raw",
        ],
    ),
    (
        "wide, combining and joined characters keep the columns straight, and those that turn the direction",
        &[
            "tests/inspector/screen/sizes.rs::hostile_text_keeps_the_columns",
            "tests/inspector/screen/sizes.rs::every_size_of_every_window_is_straight",
        ],
    ),
];

const MANNERS: &[Promise] = &[
    (
        "Ctrl-Z puts it to sleep, and fg wakes it where it was",
        &["tests/pty/manners.rs::sleeps_with_the_terminal_as_it_was_and_wakes_where_it_was"],
    ),
    (
        "Ctrl-C leaves, and asks first where something is on its way",
        &["tests/inspector/screen/sending.rs::quit_asks_while_something_is_on_its_way"],
    ),
    (
        "a panic gives the terminal back",
        &["tests/pty/life.rs::a_panic_gives_the_terminal_back"],
    ),
    (
        "signals too, and a window that is closed ends the program",
        &[
            "tests/pty/life.rs::signals_end_it_and_restore_the_terminal",
            "tests/pty/life.rs::a_closed_terminal_ends_it",
        ],
    ),
    (
        "arguments are checked before the screen is taken over",
        &["tests/pty/life.rs::needs_a_terminal_and_right_arguments_before_it_takes_the_screen"],
    ),
    (
        "settings too; a mistake there is told on the screen, with the defaults in force",
        &["tests/pty/life.rs::mistakes_in_the_settings_are_known_before_the_screen_is_taken_over"],
    ),
    (
        "no byte and no wake-up while nothing happens",
        &["tests/pty/life.rs::nothing_wakes_up_while_nothing_happens"],
    ),
    (
        "little is written where little changes, for slow lines",
        &["tests/pty/life.rs::moving_a_cursor_costs_few_bytes"],
    ),
];
