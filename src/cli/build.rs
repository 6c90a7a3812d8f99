//! `lanai build`: the site folder to a folder of files for any host.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use jiff::Timestamp;

use super::Terminal;
use crate::build::output::Prune;
use crate::build::{Extent, Options, Report, Session};
use crate::error::Failure;

/// Build the site into a folder that any web host can serve.
#[derive(Debug, Args)]
pub(super) struct BuildCommand {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Where to put the site [default: DIR/public].
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Build with another theme than lanai.toml says.
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
    /// Build for another address than lanai.toml says.
    #[arg(long, value_name = "ADDRESS")]
    url: Option<url::Url>,
    /// Show drafts and posts that are not yet due.
    #[arg(long)]
    drafts: bool,
    /// Remove files from the output folder that Lanai did not make.
    #[arg(long)]
    prune: bool,
    /// Build as if it were this time (2024-05-01T09:30:00Z).
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Print the steps of the build and how long each took.
    #[arg(long)]
    timings: bool,
    /// Print a report for scripts to standard output.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &BuildCommand, now: Timestamp) -> Result<(), Failure> {
    let terminal = Terminal::detect();
    let options = options(command, now)?;
    let bar = terminal.progress();
    let start = Instant::now();
    let mut session = Session::default();
    let result = session.build(&command.dir, &options, Extent::Whole, &bar);
    bar.clear();
    if command.json {
        print_json(&result);
    }
    let report = result?;
    session.save()?;
    terminal.problems(&report.warnings);
    terminal.summary(&report, start.elapsed().as_secs_f64());
    if command.timings {
        terminal.timings(&report.steps);
    }
    // The process is about to end: taking its memory apart would only take time.
    std::mem::forget(session);
    Ok(())
}

fn options(command: &BuildCommand, now: Timestamp) -> Result<Options, Failure> {
    let mut options = Options::for_site(&command.dir, command.now.unwrap_or(now));
    if let Some(output) = &command.output {
        // Every output folder has a manifest of its own: what one build wrote, another must not delete.
        let absolute =
            std::path::absolute(output).map_err(|error| Failure::io("find", output, &error))?;
        let name = blake3::hash(absolute.to_string_lossy().as_bytes()).to_hex();
        options.manifest =
            command.dir.join(format!(".lanai/manifest-{}", name.as_str().get(0..16).unwrap_or("")));
        options.output.clone_from(output);
    }
    if let Some(url) = &command.url {
        let base = crate::model::Base::new(url.clone());
        options.base = Some(base.ok_or_else(|| {
            Failure::with_hint(
                format!("{url} is not a web address"),
                "write it whole: https://you.example",
            )
        })?);
    }
    options.theme.clone_from(&command.theme);
    options.drafts = command.drafts;
    options.prune = if command.prune { Prune::Yes } else { Prune::No };
    Ok(options)
}

fn print_json(result: &Result<Report, Failure>) {
    let value = match result {
        Ok(report) => report.to_json(),
        Err(Failure::Problems(problems)) => serde_json::json!({
            "problems": problems.sorted().iter().map(|p| p.to_json()).collect::<Vec<_>>(),
        }),
        Err(failure) => serde_json::json!({ "failed": failure.to_string() }),
    };
    println!("{value:#}");
}
