//! `rainscope`: the inspector. Arguments and settings are checked before the screen is taken over; a
//! mistake in the settings is told on screen, and the defaults stand in.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::CommandFactory;

use super::args::{Args, InspectorArgs};
use super::check::policy;
use super::output::{Exit, complain};
use crate::event::privacy::Privacy;
use crate::inspector::Model;
use crate::inspector::ui::theme::{Look, Symbols, Theme};
use crate::inspector::windows::live::Access;
use crate::mapping::Context;
use crate::openrouter;
use crate::runtime::remembered::{self, Remembered};
use crate::runtime::{self, Clock, Left, Start, Where};
use crate::settings::environment::Environment;
use crate::settings::resolve::{Target, resolve};
use crate::settings::{Name, Settings};
use crate::terminal::Multiplexer;

/// Opens the inspector.
pub fn run(args: &InspectorArgs) -> anyhow::Result<Exit> {
    named(&args.mapping.paths)?;
    let left = runtime::run(start(args)?)?;
    Ok(tell(&left))
}

/// Says what was not kept, and gives the exit status.
pub(super) fn tell(left: &Left) -> Exit {
    for says in &left.says {
        complain(&format!("rainscope: {says}"));
    }
    left.status.map_or(Exit::Done, Exit::Command)
}

/// What the inspector starts with, as arguments and settings have it.
pub(super) fn start(args: &InspectorArgs) -> anyhow::Result<Start> {
    if !io::stdout().is_terminal() {
        bail!("the inspector needs a terminal; `rainscope map` prints events instead");
    }
    let environment = Environment::of_process();
    let (settings, mistakes) = Settings::load(&environment, &args.destination.options()?);
    let clock = match args.demo {
        true => Clock::DEMO,
        false => Clock::System,
    };
    let mut context = Context::at(clock.now());
    if let Some(user) = settings.text(Name::DefaultUser) {
        context.default_user = user.to_owned();
    }
    let privacy = match settings.flag(Name::Privacy) {
        true => Privacy::On,
        false => args.mapping.mode(),
    };
    let mut model = Model::new(context, privacy, args.mapping.edits());
    model.pressed = args.demo.then(Vec::new);
    let base_url = openrouter::base_url(environment.get(openrouter::BASE_URL));
    model.kept.live.access = Access {
        base_url: base_url
            .map(|base_url| base_url.as_str().to_owned())
            .map_err(|error| error.to_string()),
        has_key: !args.demo && environment.get(openrouter::API_KEY).is_some(),
    };
    let keys = settings.keys.iter();
    let keys = keys.map(|binding| (binding.command.as_str(), binding.keys.as_slice()));
    let of_keys = model.keymap.rebind(keys);
    let (look, of_look) = look(args, &settings);
    let of_keys = of_keys.into_iter().map(|says| format!("[keys] {says}"));
    let mistakes = mistakes.iter().map(ToString::to_string);
    model
        .mistakes
        .extend(mistakes.chain(of_keys).chain(of_look));
    model.usual = remembered::of_settings(&settings);
    let remembered = match args.demo {
        true => None,
        false => Remembered::of(&settings),
    };
    model.arrange(match &remembered {
        Some(remembered) => remembered.arrangement,
        None => model.usual,
    });
    let of_layout = remembered.as_ref().and_then(|place| place.mistake.clone());
    model.mistakes.extend(of_layout);
    let term = env::var("TERM").unwrap_or_default();
    Ok(Start {
        model,
        paths: args.mapping.paths.clone(),
        listening: None,
        destination: destination(args, &settings, &environment),
        look,
        mouse: settings.flag(Name::Mouse),
        multiplexer: Multiplexer::of(env::var_os("TMUX").is_some(), &term),
        clock,
        settings: (!args.demo).then(|| Arc::new(settings)),
        remembered,
        environment,
    })
}

/// Refuses paths of which there is none, and a mistyped command, which reads as a path.
fn named(paths: &[PathBuf]) -> anyhow::Result<()> {
    let is_missing = |path: &Path| path.as_os_str() != "-" && path.symlink_metadata().is_err();
    let Some(first) = paths.first().filter(|path| is_missing(path)) else {
        return Ok(());
    };
    let command = mistyped(first);
    let first = first.display();
    if let Some(command) = command {
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

/// The command that a path which does not exist most likely stands for.
pub(super) fn mistyped(path: &Path) -> Option<String> {
    let word = path.to_str().filter(|_| path.symlink_metadata().is_err())?;
    let table = Args::command();
    let commands = table.get_subcommands().map(clap::Command::get_name);
    policy::nearest(word, commands).map(str::to_owned)
}

/// How things look, and what is wrong with the theme's name.
fn look(args: &InspectorArgs, settings: &Settings) -> (Look, Option<String>) {
    let symbols = match args.ascii || settings.flag(Name::Ascii) {
        true => Symbols::ascii(),
        false => Symbols::unicode(),
    };
    if let Some(theme) = args.theme {
        let theme = theme.theme();
        return (Look { theme, symbols }, None);
    }
    let name = settings.text(Name::Theme).unwrap_or("auto");
    let (theme, mistake) = match Theme::named(name) {
        _ if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => {
            (Theme::monochrome(), None)
        }
        Some(theme) => (theme, None),
        None => {
            let says = "theme: none of auto, terminal, dark, light, monochrome".to_owned();
            (Theme::terminal(), Some(says))
        }
    };
    (Look { theme, symbols }, mistake)
}

/// Where test traces go. A demonstration stays on this machine.
fn destination(args: &InspectorArgs, settings: &Settings, environment: &Environment) -> Where {
    if args.demo {
        return Where::OwnSink { project: None };
    }
    if !settings.flag(Name::Enabled) {
        return Where::Nowhere("the destination is switched off in the settings".to_owned());
    }
    match resolve(settings, environment) {
        Ok(resolved) => match resolved.target {
            Target::OwnSink { project } => Where::OwnSink { project },
            Target::Destination(destination) => {
                Where::Destination(destination, resolved.key_source)
            }
        },
        Err(error) => Where::Nowhere(error.to_string()),
    }
}
