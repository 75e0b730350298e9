//! `rainscope completions SHELL` and `rainscope man`, made from the table of arguments, so that every option they
//! name exists.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Args;
use super::output::{Exit, raw};

/// Prints the completions of a shell.
pub fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "rainscope", &mut script);
    put(&script)
}

/// Prints the manual page, the commands' options included.
pub fn man() -> anyhow::Result<Exit> {
    let mut command = Args::command();
    command.build();
    let mut page = Vec::new();
    let main = Man::new(command.clone());
    main.render_title(&mut page)?;
    main.render_name_section(&mut page)?;
    main.render_synopsis_section(&mut page)?;
    main.render_description_section(&mut page)?;
    main.render_options_section(&mut page)?;
    write_examples(&main, &mut page)?;
    for part in command
        .get_subcommands()
        .filter(|part| part.get_name() != "help")
    {
        write_command(part, &mut page)?;
    }
    put(&page)
}

/// A command as a section of the page. Its options and examples stand one level lower than they would
/// on a page of its own.
fn write_command(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("rainscope {}", command.get_name());
    writeln!(page, ".SH {}", name.to_uppercase())?;
    let mut inner = Vec::new();
    let man = Man::new(command.clone());
    man.render_synopsis_section(&mut inner)?;
    man.render_description_section(&mut inner)?;
    man.render_options_section(&mut inner)?;
    write_examples(&man, &mut inner)?;
    let inner = String::from_utf8_lossy(&inner).replace(".SH ", ".SS ");
    page.extend_from_slice(inner.as_bytes());
    Ok(())
}

/// The examples under their own name, with their lines kept as they are.
fn write_examples(man: &Man, page: &mut Vec<u8>) -> io::Result<()> {
    let mut section = Vec::new();
    man.render_extra_section(&mut section)?;
    let section = String::from_utf8_lossy(&section);
    if let Some((_, examples)) = section.split_once(".SH EXTRA\n") {
        let examples = examples.trim_start_matches("Examples:\n");
        write!(page, ".SH EXAMPLES\n.nf\n{}\n.fi\n", examples.trim_end())?;
    }
    Ok(())
}

fn put(bytes: &[u8]) -> anyhow::Result<Exit> {
    raw(bytes)?;
    Ok(Exit::Done)
}
