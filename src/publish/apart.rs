//! A build in a process of its own: the first one of a site decodes its pictures, and the memory for
//! that would stay with whoever did it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Builds a site apart. What goes wrong is not said here: the next build in this process finds it, too.
pub fn build_apart(root: &Path) {
    let Ok(program) = std::env::current_exe() else { return };
    let build = Command::new(program)
        .arg("build")
        .arg(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // Without it the build here has more to do.
    drop(build);
}
