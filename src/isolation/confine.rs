//! What a child takes from itself before it reads foreign bytes: files by landlock, system calls by seccomp,
//! memory, time and core dumps by resource limits. Nothing of it can be had back.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a confined process may still reach.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Files and folders that it may read.
    pub read: Vec<PathBuf>,
    /// Devices of a hardware decoder, read, written and driven; a process that has any may use more system calls.
    pub devices: Vec<PathBuf>,
    /// Seconds of processor time.
    pub cpu_s: u64,
}

/// How far a process could be confined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Level {
    /// It opens nothing but what it was told.
    pub files: bool,
    /// No network, no other program, no other process, nothing opened to be written.
    pub calls: bool,
    /// Memory and time are bounded, and it leaves no core dump.
    pub resources: bool,
}

impl Level {
    pub fn is_full(self) -> bool {
        self.files && self.calls && self.resources
    }

    /// What could not be taken away.
    pub fn missing(self) -> Vec<&'static str> {
        let parts = [(self.files, "landlock"), (self.calls, "seccomp"), (self.resources, "rlimits")];
        parts.into_iter().filter(|(reached, _)| !reached).map(|(_, name)| name).collect()
    }
}

/// Where programs and what they load lie, what the processors can do, and a source of chance.
const SYSTEM: [&str; 9] = [
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/dev/urandom",
];

/// Address space of a child: what a decoder that eats memory may take. 720p was seen to need 1 GiB of it, most of
/// that promised to threads and never touched; below 4 GiB decoders of large pictures fail.
const ADDRESS_SPACE: u64 = 6 << 30;

/// Confines this process. Meant to be called while it has one thread: landlock holds for the thread that
/// asks for it and those that it starts.
#[cfg(target_os = "linux")]
pub fn confine(reach: &Reach) -> Level {
    let resources = limit_resources(reach.cpu_s);
    let alone = is_single_threaded();
    let files = restrict_files(reach).unwrap_or(false) && alone;
    // Last: it takes away what the others need.
    let calls = super::calls::restrict(!reach.devices.is_empty());
    Level { files, calls, resources }
}

/// Elsewhere a child is a process of its own, and no more.
#[cfg(not(target_os = "linux"))]
pub fn confine(_reach: &Reach) -> Level {
    Level::default()
}

#[cfg(target_os = "linux")]
fn limit_resources(cpu_s: u64) -> bool {
    use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
    let fixed = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    let limits =
        [(Resource::As, ADDRESS_SPACE), (Resource::Core, 0), (Resource::Fsize, 0), (Resource::Cpu, cpu_s)];
    let all = limits.into_iter().all(|(resource, most)| setrlimit(resource, fixed(most)).is_ok());
    // Nobody is left behind when the parent is killed.
    all && set_parent_process_death_signal(Some(Signal::KILL)).is_ok()
}

#[cfg(target_os = "linux")]
fn is_single_threaded() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.count() == 1)
}

#[cfg(target_os = "linux")]
fn restrict_files(reach: &Reach) -> Result<bool, landlock::RulesetError> {
    use landlock::{
        ABI, Access, AccessFs, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    };
    // Later versions add rights over what opens for writing, which the system calls forbid anyway.
    const VERSION: ABI = ABI::V3;
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut rules = Ruleset::default().handle_access(AccessFs::from_all(VERSION))?.create()?;
    let system = SYSTEM.iter().map(Path::new);
    for path in system.chain(reach.read.iter().map(PathBuf::as_path)) {
        // What is not there needs no rule.
        let Ok(place) = PathFd::new(path) else { continue };
        let rights = if path.is_dir() { reading } else { AccessFs::ReadFile.into() };
        rules = rules.add_rule(PathBeneath::new(place, rights))?;
    }
    for path in &reach.devices {
        let Ok(place) = PathFd::new(path) else { continue };
        let rights = if path.is_dir() { reading } else { AccessFs::ReadFile.into() };
        rules = rules.add_rule(PathBeneath::new(place, rights | AccessFs::WriteFile))?;
    }
    Ok(rules.restrict_self()?.ruleset != RulesetStatus::NotEnforced)
}
