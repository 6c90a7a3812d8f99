//! `lanai mail`: a mail to the owner, to see whether the settings are right.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::Terminal;
use crate::config::Config;
use crate::error::Failure;
use crate::net::mail::{Letter, PATIENCE, send};

/// Send yourself a test mail, by the settings of [mail] in lanai.toml.
#[derive(Debug, Args)]
pub(super) struct MailCommand {
    /// The site folder.
    #[arg(default_value = ".")]
    dir: PathBuf,
}

pub(super) fn run(command: &MailCommand, now: Timestamp) -> Result<(), Failure> {
    let config = Config::load(&command.dir)?;
    let Some(mail) = &config.mail else {
        return Err(Failure::with_hint(
            "lanai.toml has no table [mail]",
            "it needs a server and an address: see the page about configuration",
        ));
    };
    let terminal = Terminal::detect();
    if let Some(warning) = mail.warning(&command.dir) {
        terminal.say(&warning);
    }
    let password = mail.password(&command.dir, &config)?;
    let text = format!(
        "This is the test that you asked for: mail from {} arrives.\n\n\
         When somebody has come to your door, the daemon writes at {} of the next day.\n",
        config.home.home(),
        mail.at.strftime("%H:%M"),
    );
    let letter = Letter {
        name: &config.title,
        subject: &format!("A test from {}", config.title),
        text: &text,
        id: &format!("test-{}", now.as_millisecond()),
        now,
        patience: PATIENCE,
    };
    super::wait(send(&command.dir, mail, password.as_ref(), &letter))?;
    terminal.say(&format!("{}:{} took the mail for {}", mail.host, mail.port, mail.to));
    Ok(())
}
