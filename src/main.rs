//! The program: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser;
use rainscope::cli::{self, Args, Exit};
use rainscope::system;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(failed) = cli::start_apart() {
        return failed;
    }
    system::forbid_core_dumps();
    system::outlive_file_size_limit();
    system::allow_many_files();
    cli::print_panics();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return cli::usage(&error),
    };
    cli::begin_log();
    let status = match cli::run(args) {
        Ok(exit) => exit.into(),
        Err(error) if cli::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&format!("rainscope: {}", cli::error_text(&error)));
            Exit::Failed.into()
        }
    };
    cli::finish_saying();
    status
}
