//! The owner's command that brings the built site to its host.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// How long it may take.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How long what it said may take to come once it has ended: whatever it left in the background may
/// hold the other end for ever.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Characters of what it says that are kept.
const LONGEST_OUTPUT: usize = 2_000;

/// Bytes of what it says that are kept while it runs, the last ones.
const KEPT: usize = 4 * LONGEST_OUTPUT;

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deployed {
    /// Well.
    Yes,
    /// Not: what it said, the end of it at least.
    No(String),
}

/// Runs the command in the site folder. It gets no input, and is ended if it takes too long, with all
/// that it began.
pub async fn deploy(root: &Path, command: &[String]) -> Deployed {
    run(root, command, LONGEST).await
}

async fn run(root: &Path, command: &[String], longest: Duration) -> Deployed {
    let Some((program, arguments)) = command.split_first() else { return Deployed::Yes };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Deployed::No(format!("cannot run {program}: {error}")),
    };
    let group = Group::of(&child);
    let said = [listen(child.stderr.take()), listen(child.stdout.take())];
    match tokio::time::timeout(longest, child.wait()).await {
        // The group ends where it is dropped.
        Err(_) => Deployed::No(format!("{program} took longer than {} s", longest.as_secs())),
        Ok(Err(error)) => Deployed::No(format!("{program}: {error}")),
        Ok(Ok(status)) => {
            // What it left behind on purpose may go on.
            group.release();
            if status.success() {
                return Deployed::Yes;
            }
            let said = last_words(said).await;
            Deployed::No(format!("{program}: {status}: {said}"))
        }
    }
}

/// Keeps the last bytes of what comes, for as long as anything comes: whatever a command left in the
/// background would not survive to speak to nobody.
fn listen(pipe: Option<impl AsyncRead + Unpin + Send + 'static>) -> Listener {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let task = tokio::spawn({
        let kept = Arc::clone(&kept);
        async move {
            let Some(mut pipe) = pipe else { return };
            let mut piece = [0; 4 * 1024];
            while let Ok(length @ 1..) = pipe.read(&mut piece).await {
                let mut kept = super::lock(&kept);
                kept.extend_from_slice(piece.get(..length).unwrap_or_default());
                let over = kept.len().saturating_sub(KEPT);
                kept.drain(..over);
            }
        }
    });
    Listener { kept, task }
}

/// Somebody who reads what a command says.
struct Listener {
    kept: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

/// The end of what a command said that has ended, errors first.
async fn last_words(mut listeners: [Listener; 2]) -> String {
    let all = async {
        for listener in &mut listeners {
            // One that goes on has kept what it heard.
            let _ = (&mut listener.task).await;
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, all).await;
    let said: Vec<u8> =
        listeners.iter().flat_map(|listener| super::lock(&listener.kept).clone()).collect();
    let said = String::from_utf8_lossy(&said);
    let said = said.trim();
    let from = said.char_indices().rev().nth(LONGEST_OUTPUT).map_or(0, |(at, _)| at);
    said.get(from..).unwrap_or_default().to_owned()
}

/// A command and whatever it began, which all end when this is dropped: the daemon stops, or it took
/// too long.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }

    /// Lets it go.
    fn release(mut self) {
        #[cfg(unix)]
        {
            self.leader = None;
        }
        drop(self);
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.leader {
            // Its leader has not been waited for: the number is still that of this group. It may
            // have ended by itself.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
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

    #[tokio::test]
    async fn what_goes_on_in_the_background_is_no_failure() {
        let dir = tempfile::tempdir().unwrap();
        // It holds the pipes until somebody ends it.
        let behind = "sleep 600 & echo $! > pid; echo";
        for (end, went_well) in [("done", true), ("no way >&2; exit 3", false)] {
            let command = words(&["sh", "-c", &format!("{behind} {end}")]);
            match run(dir.path(), &command, Duration::from_secs(60)).await {
                Deployed::Yes => assert!(went_well),
                Deployed::No(why) => assert!(!went_well && why.contains("no way"), "{why}"),
            }
            let pid = std::fs::read_to_string(dir.path().join("pid")).unwrap();
            let ended = std::process::Command::new("kill").arg(pid.trim()).status().unwrap();
            assert!(ended.success(), "it was left alone");
        }
    }

    #[tokio::test]
    async fn what_goes_on_in_the_background_may_speak() {
        for (end, went_well) in [("exit 0", true), ("exit 3", false)] {
            let dir = tempfile::tempdir().unwrap();
            for name in ["go", "said"] {
                let made = std::process::Command::new("mkfifo").arg(dir.path().join(name)).status();
                assert!(made.unwrap().success());
            }
            let behind = "(exec 3>said; read line <go; echo one; echo two >&2; echo done >&3) &";
            let said = dir.path().join("said");
            // It begins with somebody who reads, and ends with the last who writes.
            let said = std::thread::spawn(move || std::fs::read_to_string(said).unwrap());
            let command = words(&["sh", "-c", &format!("{behind} {end}")]);
            let ended = run(dir.path(), &command, Duration::from_secs(60)).await;
            assert_eq!(ended == Deployed::Yes, went_well, "{ended:?}");
            tokio::task::yield_now().await;
            let go = dir.path().join("go");
            let said = tokio::task::spawn_blocking(move || {
                std::fs::write(go, "now\n").unwrap();
                said.join().unwrap()
            });
            assert_eq!(said.await.unwrap(), "done\n", "{end}");
        }
    }

    #[tokio::test]
    async fn a_command_that_talks_much_is_heard_to_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let talk = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1";
        let said = deploy(dir.path(), &words(&["sh", "-c", talk])).await;
        let Deployed::No(why) = said else { panic!("{said:?}") };
        assert!(why.contains("line 19999") && why.len() < LONGEST_OUTPUT + 200, "{why}");
    }

    #[tokio::test]
    async fn what_is_broken_off_ends_with_all_that_it_began() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("alive");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        // Opening waits for somebody who writes, reading for the end of the last of them.
        let (begun, heard) = tokio::sync::oneshot::channel();
        let reader = std::thread::spawn(move || {
            let mut file = std::fs::File::open(fifo).unwrap();
            begun.send(()).unwrap();
            let mut all = Vec::new();
            std::io::Read::read_to_end(&mut file, &mut all).unwrap();
            all
        });
        let command = words(&["sh", "-c", "sleep 600 > alive & wait"]);
        tokio::select! {
            ended = deploy(dir.path(), &command) => panic!("{ended:?}"),
            heard = heard => heard.unwrap(),
        }
        assert_eq!(reader.join().unwrap(), b"");
    }

    #[tokio::test]
    async fn what_takes_too_long_has_failed() {
        let dir = tempfile::tempdir().unwrap();
        let ended = run(dir.path(), &words(&["sleep", "600"]), Duration::ZERO).await;
        assert!(matches!(&ended, Deployed::No(why) if why.contains("took longer")), "{ended:?}");
    }
}
