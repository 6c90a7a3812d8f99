//! `lanai init`: a site folder that builds.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Terminal;
use crate::error::{Failure, Source};
use crate::site::{Draft, ForeignConfig, create, foreign_config};
use crate::text::slug::slug;

/// Make a new site folder; asks for what the flags do not say.
#[derive(Debug, Args)]
#[command(
    after_help = "For example: lanai init my-site --title 'Ana Mora' --url https://ana.example"
)]
pub(super) struct Init {
    /// The folder to make.
    dir: PathBuf,
    /// The site's name.
    #[arg(long)]
    title: Option<String>,
    /// The site's address.
    #[arg(long)]
    url: Option<String>,
    /// Your name, as others see it.
    #[arg(long)]
    name: Option<String>,
    /// The language you write in (en, de, pt-BR …).
    #[arg(long)]
    language: Option<String>,
    /// Ask nothing; take what is not given from the folder's name.
    #[arg(long)]
    yes: bool,
    /// Take over the folder of another generator: its posts build as they are.
    #[arg(long, value_name = "GENERATOR")]
    from: Option<Foreign>,
}

/// Generators whose folders build as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Foreign {
    Hugo,
    Zola,
    Jekyll,
}

pub(super) fn run(command: Init) -> Result<(), Failure> {
    let root = command.dir.clone();
    if root.join(crate::config::FILE).exists() {
        return Err(Failure::with_hint(
            format!("{} is a site already", root.display()),
            "edit its lanai.toml, or name another folder",
        ));
    }
    let answers = ask(command)?;
    check(&answers)?;
    create(
        &root,
        &Draft { file: crate::config::FILE.to_owned(), text: configuration(&answers, &root) },
    )?;
    if answers.from.is_none() {
        first_files(&root, &answers)?;
    }
    Terminal::detect().say(&format!(
        "{} is a site now. See it: lanai serve {}\nWrite: lanai new note --site {}",
        root.display(),
        root.display(),
        root.display()
    ));
    Ok(())
}

struct Answers {
    title: String,
    url: String,
    name: String,
    language: String,
    from: Option<Foreign>,
}

fn ask(command: Init) -> Result<Answers, Failure> {
    let folder = command
        .dir
        .file_name()
        .map_or("My site".into(), |name| name.to_string_lossy())
        .into_owned();
    let silent = command.yes || !io::stdin().is_terminal();
    let question = |text: &str, given: Option<String>, usual: String| -> Result<String, Failure> {
        match given {
            Some(answer) => Ok(answer),
            None if silent => Ok(usual),
            None => prompt(text, &usual),
        }
    };
    let known = match command.from {
        Some(_) => foreign_config(&command.dir)?,
        None => ForeignConfig::default(),
    };
    let title = command.title.or(known.title);
    let usual = title.clone().unwrap_or(folder);
    let name = question("Your name", command.name.or(known.author), usual)?;
    let title = question("The site's name", title, name.clone())?;
    let usual = format!("https://{}.example", slug(&name));
    let url = question("The site's address", command.url.or(known.url), usual)?;
    let language = command.language.or(known.language);
    let language = question("The language you write in", language, "en".to_owned())?;
    Ok(Answers { title, url, name, language, from: command.from })
}

fn prompt(text: &str, usual: &str) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::io("read", "your answer", &error);
    let mut err = io::stderr();
    write!(err, "{text} [{usual}]: ").and_then(|()| err.flush()).map_err(failed)?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(failed)?;
    let answer = line.trim();
    Ok(if answer.is_empty() { usual.to_owned() } else { answer.to_owned() })
}

/// A site that would not build is not made.
fn check(answers: &Answers) -> Result<(), Failure> {
    let source = Source::new(crate::config::FILE, configuration(answers, Path::new("")));
    match crate::config::parse(&source) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let first = problems.first().map(|p| p.message.clone()).unwrap_or_default();
            Err(Failure::with_hint(first, "give another value and run the command again"))
        }
    }
}

/// Text as a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn configuration(answers: &Answers, root: &Path) -> String {
    let mut text = format!(
        "title = {}\nurl = {}\nlanguage = {}\n",
        quoted(&answers.title),
        quoted(&answers.url),
        quoted(&answers.language)
    );
    text.push_str(
        "# Colours and form: theme = \"porch\" or \"journal\", accent = \"oklch(0.55 0.12 40)\".\n",
    );
    text.push_str(&format!("\n[author]\nname = {}\n", quoted(&answers.name)));
    text.push_str("# note = \"A line about you.\"\n# photo = \"media/me.jpg\"\n# me = [\"https://social.example/@you\"]\n");
    if let Some(from) = answers.from {
        let folder = match from {
            // Jekyll keeps its posts beside its configuration.
            Foreign::Jekyll => ".",
            Foreign::Hugo | Foreign::Zola => "content",
        };
        let exists = folder == "." || root.join(folder).is_dir() || root.as_os_str().is_empty();
        let folder = if exists { folder } else { "." };
        text.push_str(&format!("\n[content]\nforeign = true\nfolder = \"{folder}\"\n"));
    }
    text
}

fn first_files(root: &Path, answers: &Answers) -> Result<(), Failure> {
    let about = format!(
        "+++\ntitle = \"About\"\n+++\n\nI am {}. This is my place on the web.\n",
        answers.name
    );
    for (file, text) in [
        ("content/about.md", about.as_str()),
        (".gitignore", "/public/\n/.lanai/\n/data/private/\n"),
    ] {
        if !root.join(file).exists() {
            create(root, &Draft { file: file.to_owned(), text: text.to_owned() })?;
        }
    }
    Ok(())
}
