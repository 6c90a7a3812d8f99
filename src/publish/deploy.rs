//! The owner's command that brings the built site to its host.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// How long it may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Characters of what it says that are kept.
const LONGEST_OUTPUT: usize = 2_000;

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// Well.
    Yes,
    /// Not: what it said, the end of it at least.
    No(String),
}

/// Runs the command in the site folder. It gets no input, and is ended if it takes too long.
pub async fn deploy(root: &Path, command: &[String]) -> Deployed {
    let Some((program, arguments)) = command.split_first() else { return Deployed::Yes };
    let child = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let child = match child {
        Ok(child) => child,
        Err(error) => return Deployed::No(format!("cannot run {program}: {error}")),
    };
    match tokio::time::timeout(LONGEST, child.wait_with_output()).await {
        Err(_) => Deployed::No(format!("{program} took longer than {} s", LONGEST.as_secs())),
        Ok(Err(error)) => Deployed::No(format!("{program}: {error}")),
        Ok(Ok(output)) if output.status.success() => Deployed::Yes,
        Ok(Ok(output)) => {
            let said = [output.stderr, output.stdout].concat();
            let said = String::from_utf8_lossy(&said);
            let said = said.trim();
            let from = said.char_indices().rev().nth(LONGEST_OUTPUT).map_or(0, |(at, _)| at);
            Deployed::No(format!(
                "{program}: {}: {}",
                output.status,
                said.get(from..).unwrap_or("")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &[&str]) -> Vec<String> {
        command.iter().map(|word| (*word).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_command_runs_in_the_site_folder_and_says_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let made = words(&["sh", "-c", "pwd > here"]);
        assert_eq!(deploy(dir.path(), &made).await, Deployed::Yes);
        assert!(dir.path().join("here").exists());
        let failed = deploy(dir.path(), &words(&["sh", "-c", "echo no way >&2; exit 3"])).await;
        assert!(matches!(&failed, Deployed::No(why) if why.contains("no way")), "{failed:?}");
        let missing = deploy(dir.path(), &words(&["no-such-program-here"])).await;
        assert!(matches!(missing, Deployed::No(_)));
        assert_eq!(deploy(dir.path(), &[]).await, Deployed::Yes);
    }
}
