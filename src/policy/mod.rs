//! Policies: a regulation's clauses, each tied to the check that judges it.
//!
//! A policy is a TOML file. Five come with the program, one for each regulation in
//! `policies/texts/`; a site writes its own by copying one (`docs/policies.md`). Loading and linting
//! are the same reading, and a clause whose text is not in its regulation is an error: what a report
//! cites must be what the regulation says.

mod embedded;
mod names;
mod problem;
mod reader;
mod regulation;
mod values;

use std::path::Path;

use sha2::{Digest, Sha256};

pub use embedded::{EmbeddedPolicy, embedded};
pub use problem::{PolicyError, Problem, Severity};
pub use regulation::Regulation;

use crate::checks::{Basis, Check, Params};
use crate::figures::hexadecimal;
use crate::session::Pattern;

/// The policy that `check` judges by when none is named. Of the five it is the one that prints the
/// whole announcement, demands the clock and an unbroken recording, and forbids inserted pictures
/// and edits, so that it asks most of the footage itself; the report names it, and a site names its
/// own with `--policy`.
pub const DEFAULT_POLICY: &str = "jiangyuan-culture-tourism";

/// No policy or regulation comes near this: a larger file was named by mistake.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A regulation as data.
#[derive(Debug)]
pub struct Policy {
    pub id: String,
    pub title: String,
    /// Where the regulation's text comes from.
    pub source: String,
    /// IANA name, such as `Asia/Shanghai`; known to the bundled time zone database.
    pub time_zone: String,
    /// How the agency's cameras name their files; [`crate::session::DEFAULT_PATTERNS`] where the policy
    /// does not say.
    pub file_names: Vec<Pattern>,
    /// In the file's order; at least one.
    pub clauses: Vec<Clause>,
    /// Of the policy file's bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// One sentence of the regulation that a machine can help to check.
#[derive(Debug)]
pub struct Clause {
    /// As the regulation counts: `第八条`, `第七条第（一）项`, `附件2第1项`.
    pub article: String,
    /// The regulation's sentence, word for word.
    pub text: String,
    pub check: &'static Check,
    pub params: Params,
}

impl Clause {
    /// What it is judged by.
    pub fn basis(&self) -> Basis {
        self.check.basis.of(&self.params)
    }
}

/// A text file as it was read.
struct TextFile {
    text: String,
    /// Lower-case hexadecimal, of the bytes.
    sha256: String,
}

/// The policy of that id, or in that file. A name with a folder or the ending `.toml` is a file;
/// any other is an embedded policy's id before it is a file.
pub fn load(id_or_path: &str) -> Result<Policy, PolicyError> {
    let file = find(id_or_path)?;
    let reading = reader::read(Path::new(id_or_path), &file.text, file.sha256);
    reading.policy.ok_or(PolicyError::Faulty { path: id_or_path.to_owned(), problems: reading.problems })
}

/// The policy file's text, found as [`load`] finds it, whether or not it can be used.
pub fn source(id_or_path: &str) -> Result<String, PolicyError> {
    find(id_or_path).map(|file| file.text)
}

fn find(id_or_path: &str) -> Result<TextFile, PolicyError> {
    let path = Path::new(id_or_path);
    let is_file_name = path.components().count() > 1 || path.extension().is_some_and(|end| end == "toml");
    if is_file_name {
        return read_text(path);
    }
    if let Some(policy) = embedded::find(id_or_path) {
        return Ok(TextFile { text: policy.toml.to_owned(), sha256: sha256(policy.toml.as_bytes()) });
    }
    if path.exists() {
        return read_text(path);
    }
    let nearest = names::nearest(id_or_path, embedded().iter().map(|policy| policy.id)).map(str::to_owned);
    Err(PolicyError::Unknown { name: id_or_path.to_owned(), nearest })
}

/// Everything that is wrong with the policy `text`, and what could not be checked, in the order of
/// the lines. `path` is where it lies: a regulation that it names is looked for beside it.
pub fn lint(path: &Path, text: &str) -> Vec<Problem> {
    reader::read(path, text, String::new()).problems
}

/// [`lint`] of a file.
pub fn lint_file(path: &Path) -> Result<Vec<Problem>, PolicyError> {
    Ok(lint(path, &read_text(path)?.text))
}

fn read_text(path: &Path) -> Result<TextFile, PolicyError> {
    use std::io::Read as _;

    let unreadable = |source| PolicyError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(PolicyError::TooLarge { path: path.to_owned(), limit_bytes: MAX_FILE_BYTES });
    }
    let sha256 = sha256(&bytes);
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
        PolicyError::NotUtf8 { path: path.to_owned(), line }
    })?;
    Ok(TextFile { text, sha256 })
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

#[cfg(test)]
mod docs;
#[cfg(test)]
mod tests;
