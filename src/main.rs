//! The program: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser;
use rainscope::cli::{self, Args, Exit};

fn main() -> ExitCode {
    match cli::run(Args::parse()) {
        Ok(exit) => exit.into(),
        Err(error) if cli::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&format!("rainscope: {error:#}"));
            Exit::Failed.into()
        }
    }
}
