//! Checks that were asked for, each in a folder of its own: `check.json`, an upload, and the reports.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::figures::hexadecimal;
use crate::report::ClipVerdict;

const RECORD: &str = "check.json";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Waiting,
    Running,
    Done,
    /// Not the clip's fault: nothing is known of it. `error` says why.
    Failed,
}

/// One clip that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub id: String,
    /// As it was asked for: a path, or an upload's name.
    pub clip: String,
    /// Where it lies here.
    pub file: String,
    pub state: State,
    pub verdict: Option<ClipVerdict>,
    pub error: Option<String>,
}

impl Check {
    /// The clip's file name; the reports' names begin with it.
    pub fn name(&self) -> &str {
        Path::new(&self.file).file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

pub struct Store {
    folder: PathBuf,
    checks: Mutex<BTreeMap<String, Check>>,
    came: Condvar,
    count: AtomicU64,
}

impl Store {
    /// What an earlier service left; what it was at is to be done again.
    pub fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut checks = BTreeMap::new();
        for entry in std::fs::read_dir(folder)? {
            let Ok(bytes) = std::fs::read(entry?.path().join(RECORD)) else { continue };
            let Ok(mut check) = serde_json::from_slice::<Check>(&bytes) else { continue };
            if check.state == State::Running {
                check.state = State::Waiting;
            }
            checks.insert(check.id.clone(), check);
        }
        let count = AtomicU64::new(0);
        Ok(Self { folder: folder.to_owned(), checks: Mutex::new(checks), came: Condvar::new(), count })
    }

    pub fn folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// A name that nobody can guess or choose: it becomes a folder.
    pub fn new_id(&self) -> io::Result<String> {
        let mut chance = [0; 8];
        io::Read::read_exact(&mut File::open("/dev/urandom")?, &mut chance)?;
        let moment = jiff::Timestamp::now().as_millisecond();
        let count = self.count.fetch_add(1, Ordering::Relaxed) & 0xffff;
        let id = format!("{moment:012x}{count:04x}{}", hexadecimal(&chance));
        std::fs::create_dir(self.folder(&id))?;
        Ok(id)
    }

    /// Puts a clip in line, once that is on the disk.
    pub fn add(&self, id: String, clip: String, file: String) -> io::Result<Check> {
        let check = Check { id, clip, file, state: State::Waiting, verdict: None, error: None };
        self.keep(&check)?;
        self.checks().insert(check.id.clone(), check.clone());
        self.came.notify_one();
        Ok(check)
    }

    pub fn get(&self, id: &str) -> Option<Check> {
        self.checks().get(id).cloned()
    }

    /// The latest first.
    pub fn latest(&self, most: usize) -> Vec<Check> {
        self.checks().values().rev().take(most).cloned().collect()
    }

    /// Waits for the next in line; `None` when it is time to stop.
    pub(super) fn next(&self, stop: &AtomicBool) -> Option<Check> {
        const LOOK_AGAIN: Duration = Duration::from_millis(200);
        let mut checks = self.checks();
        while !stop.load(Ordering::Relaxed) {
            if let Some(check) = checks.values_mut().find(|check| check.state == State::Waiting) {
                check.state = State::Running;
                return Some(check.clone());
            }
            checks = self.came.wait_timeout(checks, LOOK_AGAIN).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    pub(super) fn ended(&self, id: &str, outcome: Result<ClipVerdict, String>) {
        let mut checks = self.checks();
        let Some(check) = checks.get_mut(id) else { return };
        match outcome {
            Ok(verdict) => (check.state, check.verdict) = (State::Done, Some(verdict)),
            Err(error) => (check.state, check.error) = (State::Failed, Some(error)),
        }
        if let Err(error) = self.keep(check) {
            // It is done again after a restart.
            tracing::error!(%error, id, "the state of a check could not be kept");
        }
    }

    fn keep(&self, check: &Check) -> io::Result<()> {
        let folder = self.folder(&check.id);
        let mut file = tempfile::NamedTempFile::new_in(&folder)?;
        file.write_all(&serde_json::to_vec_pretty(check)?)?;
        file.as_file().sync_all()?;
        file.persist(folder.join(RECORD)).map_err(|error| error.error)?;
        File::open(&folder)?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }

    fn checks(&self) -> MutexGuard<'_, BTreeMap<String, Check>> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_is_there_after_a_restart_and_what_was_at_hand_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let add =
            |clip: &str| store.add(store.new_id().unwrap(), clip.to_owned(), format!("/in/{clip}")).unwrap();
        let (first, second) = (add("a.mp4"), add("b.mp4"));
        let stop = AtomicBool::new(false);
        assert_eq!(store.next(&stop).unwrap().id, first.id);
        store.ended(&first.id, Ok(ClipVerdict::Review));
        assert_eq!(store.next(&stop).unwrap().id, second.id);
        drop(store);

        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.get(&first.id).unwrap().verdict, Some(ClipVerdict::Review));
        assert_eq!(store.next(&stop).unwrap().id, second.id);
        let latest: Vec<String> = store.latest(9).into_iter().map(|check| check.id).collect();
        assert_eq!(latest, [second.id, first.id]);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(store.next(&stop), None);
    }
}
