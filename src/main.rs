//! Parse, run, exit code.

use std::process::ExitCode;

use clap::Parser;
use lanai::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli::run(cli, jiff::Timestamp::now()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            cli::report_failure(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
