//! `rainscope`: the inspector. Arguments and settings are checked before the screen is taken over; a mistake in the
//! settings is shown on screen, and the defaults are used, but for where events go and what they hold.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;

use crate::cli::options::{DestinationArgs, KeyArgs, MappingArgs, ThemeName};
use crate::cli::output::{Exit, complain};
use crate::cli::wait::block_on;
use crate::clock::Clock;
use crate::delivery::connect::{self, ServerKind};
use crate::event::DestinationKind;
use crate::fetch;
use crate::inspector::keys::keymap::Keymap;
use crate::inspector::ui::symbols::Symbols;
use crate::inspector::ui::theme::{Look, Theme};
use crate::inspector::windows::live::Access;
use crate::inspector::{Command, Model};
use crate::openrouter;
use crate::runtime::saved_layout::{self, SavedLayout};
use crate::runtime::{self, Exited, Opening, Start, StartDestination, look_on};
use crate::s3::Location;
use crate::settings::access::KeyConsent;
use crate::settings::environment::Environment;
use crate::settings::resolve::{Server, SettingsTarget, locate, resolve};
use crate::settings::{self, Binding, SettingName, Settings};
use crate::terminal::Multiplexer;
use crate::terminal::background::Background;

/// Arguments of the inspector.
#[derive(Debug, clap::Args)]
pub struct InspectorArgs {
    /// Which completions, and what to change in them
    #[command(flatten)]
    pub mapping: MappingArgs,
    /// Where test traces go; by default the local sink, or Raindrop where there is a write key
    #[command(flatten)]
    pub destination: DestinationArgs,
    /// Who may get the write key
    #[command(flatten)]
    pub key: KeyArgs,
    /// How it looks
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// How the inspector looks.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ScreenArgs {
    /// Draw borders and symbols in ASCII alone
    #[arg(long)]
    pub ascii: bool,
    /// Colours; by default those of the settings, and none where NO_COLOR is set
    #[arg(long, value_name = "THEME", value_enum)]
    pub theme: Option<ThemeName>,
    /// For demonstrations: time, ids and the sink's address on the screen stand still, and the keys that are pressed
    /// are shown
    #[arg(long)]
    pub demo: bool,
    /// Presenter mode: what is done is said in words, only the rows that matter are shown, with more contrast
    #[arg(long)]
    pub present: bool,
}

/// Opens the inspector. `mistyped` gives the command most likely meant by a path that does not exist.
pub fn run(args: &InspectorArgs, mistyped: fn(&Path) -> Option<String>) -> anyhow::Result<Exit> {
    named(&args.mapping.paths, mistyped)?;
    let exited = runtime::run(start(args, Environment::of_process())?)?;
    Ok(tell(&exited))
}

/// Reports what could not be kept, and gives the exit status.
pub(in crate::cli) fn tell(exited: &Exited) -> Exit {
    for says in &exited.says {
        complain(&format!("rainscope: {says}"));
    }
    match exited.signal {
        Some(signal) => Exit::Signal(signal),
        None => exited.status.map_or(Exit::Done, Exit::Command),
    }
}

/// What the inspector starts with, from arguments, settings and environment.
pub(in crate::cli) fn start(
    args: &InspectorArgs,
    environment: Environment,
) -> anyhow::Result<Start> {
    if !io::stdout().is_terminal() {
        bail!("the inspector needs a terminal; `rainscope map` prints events instead");
    }
    let (settings, mistakes) = Settings::load(
        &environment,
        &args
            .destination
            .options_with(args.mapping.changes.privacy)?,
    );
    let clock = match args.screen.demo {
        true => Clock::demo(),
        false => Clock::System,
    };
    let context = settings.context(clock.now());
    let mut model = Model::new(
        context,
        settings.privacy_in_doubt(&mistakes),
        args.mapping.edits(),
    );
    model.pressed = args.screen.demo.then(Vec::new);
    model.present(args.screen.present);
    let base_url = openrouter::base_url(environment.get(openrouter::BASE_URL));
    model.kept.live.access = Access {
        base_url: base_url
            .map(|base_url| base_url.as_str().to_owned())
            .map_err(|error| error.to_string()),
        has_key: !args.screen.demo && environment.get(openrouter::API_KEY).is_some(),
    };
    let of_keys = rebind(&mut model.keymap, &settings);
    let Looks {
        look,
        asks_for_background,
        mistake: of_look,
    } = looks(args, &settings);
    let doubt = settings::is_destination_in_doubt(&mistakes).then(|| {
        let key = |command| model.keymap.shown(command);
        format!(
            "the settings have a mistake, so that they don't say where to: {} shows it, {} says where to",
            key(Command::Problems),
            key(Command::Destination)
        )
    });
    let mistakes = mistakes.iter().map(ToString::to_string);
    model
        .mistakes
        .extend(mistakes.chain(of_keys).chain(of_look));
    model.default_arrangement = saved_layout::of_settings(&settings);
    let remembered = match args.screen.demo {
        true => None,
        false => SavedLayout::of(&settings),
    };
    model.arrange(match &remembered {
        Some(remembered) => remembered.arrangement,
        None => model.default_arrangement,
    });
    let of_layout = remembered.as_ref().and_then(|place| place.mistake.clone());
    model.mistakes.extend(of_layout);
    let term = env::var("TERM").unwrap_or_default();
    Ok(Start {
        model,
        paths: args.mapping.paths.clone(),
        listening: None,
        destination: destination(args, &settings, &environment, doubt),
        look,
        asks_for_background,
        mouse: settings.flag(SettingName::Mouse),
        multiplexer: Multiplexer::of(env::var_os("TMUX").is_some(), &term),
        clock,
        settings: (!args.screen.demo).then(|| Arc::new(settings)),
        remembered,
        environment,
        opening: Opening::Panes,
    })
}

/// Refuses paths that do not exist, and mistyped commands, which look like paths.
fn named(paths: &[PathBuf], mistyped: fn(&Path) -> Option<String>) -> anyhow::Result<()> {
    let is_missing = |path: &Path| {
        let is_file = path.symlink_metadata().is_ok();
        let is_elsewhere = path.as_os_str() == "-" || Location::is_meant(path);
        !is_elsewhere && !is_file && fetch::id_of_path(path).is_none()
    };
    let Some(first) = paths.first().filter(|path| is_missing(path)) else {
        return Ok(());
    };
    let command = mistyped(first);
    let first = first.display();
    if let Some(command) = command {
        if *command == *first.to_string() {
            bail!(
                "{first}: no such file or folder; a command stands before its options: `rainscope {command} …`"
            );
        }
        bail!("{first}: no such file or folder; did you mean the command `{command}`?");
    }
    if paths.iter().all(|path| is_missing(path)) {
        match paths.len() - 1 {
            0 => bail!("{first}: no such file or folder"),
            more => bail!("{first}: no such file or folder, and none of the {more} after it"),
        }
    }
    Ok(())
}

/// How things look.
struct Looks {
    look: Look,
    /// Whether the theme depends on the terminal's background, so that it is worth asking for.
    asks_for_background: bool,
    /// What is wrong with the theme's name.
    mistake: Option<String>,
}

/// Gives commands the settings' keys, and says what is wrong with them.
fn rebind(keymap: &mut Keymap, settings: &Settings) -> Vec<String> {
    let keys = settings.keys.iter();
    let keys = keys.map(|binding| (binding.command.as_str(), binding.keys.as_slice()));
    let says = keymap.rebind(keys).into_iter();
    says.map(|says| {
        let is_it = |binding: &&Binding| {
            let rest = says.trim_start_matches('`').strip_prefix(&binding.command);
            rest.is_some_and(|rest| rest.starts_with([':', '`']))
        };
        match settings.keys.iter().find(is_it) {
            Some(binding) => format!("{}: [keys] {says}", binding.place),
            None => format!("[keys] {says}"),
        }
    })
    .collect()
}

/// What the inspector alone finds wrong in settings: keys, and the theme's name.
pub(in crate::cli) fn mistakes_of_screen(settings: &Settings) -> Vec<String> {
    let mut mistakes = rebind(&mut Keymap::default(), settings);
    let name = settings.text(SettingName::Theme);
    mistakes.extend(mistake_of_theme(
        name.and_then(Theme::named).is_none(),
        settings,
    ));
    mistakes
}

fn mistake_of_theme(is_unknown: bool, settings: &Settings) -> Option<String> {
    let (_, origin) = settings.get(SettingName::Theme);
    is_unknown.then(|| format!("{origin}: theme: none of auto, terminal, dark, light, monochrome"))
}

/// How things look, by arguments, environment and settings.
fn looks(args: &InspectorArgs, settings: &Settings) -> Looks {
    let symbols = match args.screen.ascii || settings.flag(SettingName::Ascii) {
        true => Symbols::ascii(),
        false => Symbols::unicode(),
    };
    let has_no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let name = settings.text(SettingName::Theme).unwrap_or("auto");
    let (theme, is_auto) = match args.screen.theme {
        Some(theme) => (Some(theme.theme()), theme == ThemeName::Auto),
        None if has_no_colour => (Some(Theme::monochrome()), false),
        None => (Theme::named(name), name == "auto"),
    };
    let mistake = mistake_of_theme(theme.is_none(), settings);
    let theme = theme.unwrap_or_else(Theme::terminal);
    // The terminal's own colours suit any background, so without true colours there is nothing to ask.
    // Only where the terminal is read as bytes is its answer told from what is typed.
    let asks_for_background = cfg!(unix) && is_auto && !has_no_colour && has_true_colour();
    let told = env::var("COLORFGBG").ok();
    let told = told.filter(|_| is_auto && !has_no_colour && has_true_colour());
    let look = match told.as_deref().and_then(Background::of_variable) {
        Some(background) => look_on(background, symbols),
        None => Look::new(theme, symbols),
    };
    Looks {
        look,
        asks_for_background,
        mistake,
    }
}

/// Whether the terminal says that it has true colours.
fn has_true_colour() -> bool {
    let variable = |name| env::var(name).unwrap_or_default();
    matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit")
        || variable("TERM").ends_with("-direct")
}

/// Where test traces go. A demonstration stays on this machine. A command that prints the key may ask on the
/// terminal, so it runs before the screen is taken over.
fn destination(
    args: &InspectorArgs,
    settings: &Settings,
    environment: &Environment,
    doubt: Option<String>,
) -> StartDestination {
    if args.screen.demo {
        return StartDestination::OwnSink { project: None };
    }
    // Where a mistake may hide what the person set, nothing is sent by the defaults.
    if let Some(doubt) = doubt {
        return StartDestination::Nowhere(doubt);
    }
    if !settings.flag(SettingName::Enabled) {
        let server = locate(settings, environment).ok().flatten();
        return StartDestination::SwitchedOff(server.map(Box::new));
    }
    let consent = match args.key.use_key {
        true => KeyConsent::Given,
        false => KeyConsent::NotGiven,
    };
    match resolve(settings, environment) {
        Ok(SettingsTarget::OwnSink { project }) => StartDestination::OwnSink { project },
        Ok(SettingsTarget::Server(server)) => match with_key(server, consent) {
            Ok(server) => StartDestination::Server(Box::new(server), consent),
            Err(error) => StartDestination::Nowhere(error.to_string()),
        },
        Err(error) => StartDestination::Nowhere(error.to_string()),
    }
}

/// Runs the command that prints the key, where the server is one that gets it: a Workshop gets none.
fn with_key(server: Server, consent: KeyConsent) -> anyhow::Result<Server> {
    let Some(key) = server.key.as_ref().filter(|key| !key.is_known()) else {
        return Ok(server);
    };
    let is_agreed = consent == KeyConsent::Given;
    let gets_it = match server.base_url.is_loopback() {
        false => is_agreed || key.belongs_to.is_none(),
        true if server.kind == Some(DestinationKind::Workshop) => false,
        true => match block_on(connect::who_answers(&server.base_url))? {
            Ok(ServerKind::Workshop) => false,
            Ok(ServerKind::Sink | ServerKind::Other) => true,
            Err(_) => is_agreed,
        },
    };
    Ok(match gets_it {
        true => server.with_key_at_hand()?,
        false => server,
    })
}
