//! `data/graph.json`: who follows whom among those whom the owner follows in public. The daemon
//! writes it if the owner wants a picture of it; without it there is none.

use std::path::Path;

use super::{Over, read_file, write_file};
use crate::error::{Failure, Problem, Problems};
use crate::graph::Circle;

/// The file.
const FILE: &str = "data/graph.json";

/// Reads the file; none if it is not there.
pub(super) fn load(root: &Path, problems: &mut Problems) -> Result<Circle, Failure> {
    let path = root.join(FILE);
    if !path.exists() {
        return Ok(Circle::default());
    }
    match serde_json::from_slice(&read_file(&path)?) {
        Ok(circle) => Ok(circle),
        Err(error) => {
            problems.push(Problem::in_file(
                FILE,
                format!("this is not what the daemon writes there: {error}; delete the file, it is made again"),
            ));
            Ok(Circle::default())
        }
    }
}

/// Whether the file is there.
pub fn exists(root: &Path) -> bool {
    root.join(FILE).exists()
}

/// Writes the file; one that says the same already is left as it is. Returns whether anything was
/// written.
///
/// # Errors
/// A failure that names the file.
pub fn write(root: &Path, circle: &Circle) -> Result<bool, Failure> {
    let path = root.join(FILE);
    let text = serde_json::to_string_pretty(circle)
        .map_err(|error| Failure::run(format!("cannot write {FILE}: {error}")))?;
    let text = text + "\n";
    if path.exists() && read_file(&path)? == text.as_bytes() {
        return Ok(false);
    }
    write_file(&path, text.as_bytes(), Over::Existing)?;
    Ok(true)
}
