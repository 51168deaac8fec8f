//! The built program, run and watched.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Counting shared pages once takes the kernel through all of a process's, which may not go on meanwhile: ten times a second it
/// cost a run on two cores a tenth of its speed.
const SHARE_MEMORY_EVERY: Duration = Duration::from_secs(2);
/// How the kernel counts processor time (proc(5), `sysconf(_SC_CLK_TCK)`).
const TICK: Duration = Duration::from_millis(10);

/// What a run took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    pub wall: Duration,
    /// Of the process and its children that ended.
    pub cpu: Duration,
    /// The most resident memory of the process.
    pub most_mb: u64,
    /// The most of any of its children, and of all together at one time with shared pages counted once.
    #[allow(dead_code)] // not every bench has children
    pub child_mb: u64,
    #[allow(dead_code)]
    pub together_mb: u64,
}

/// The processors that a run may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    All,
    #[allow(dead_code)] // not every bench asks
    One,
}

fn start(args: &[&str], cores: Cores) -> Child {
    let program = env!("CARGO_BIN_EXE_pingcha");
    let mut command = match cores {
        Cores::All => Command::new(program),
        Cores::One => Command::new("taskset"),
    };
    if cores == Cores::One {
        command.args(["--cpu-list", "0", program]);
    }
    command.env("PINGCHA_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("models"));
    // Judging on one core; clips are observed side by side whatever this says.
    command.env("RAYON_NUM_THREADS", "1");
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[allow(dead_code)] // not every bench asks
pub fn measured(args: &[&str]) -> Run {
    measured_on(args, Cores::All)
}

pub fn measured_on(args: &[&str], cores: Cores) -> Run {
    let begun = Instant::now();
    let mut child = start(args, cores);
    let mut run = Run::default();
    let mut shared_at = begun;
    loop {
        run.most_mb = run.most_mb.max(megabytes(child.id(), "status", "VmHWM:"));
        run.cpu = run.cpu.max(cpu(child.id()));
        let children = children(child.id());
        let peak = children.iter().map(|&id| megabytes(id, "status", "VmHWM:")).max();
        run.child_mb = run.child_mb.max(peak.unwrap_or(0));
        if shared_at.elapsed() >= SHARE_MEMORY_EVERY {
            let all = children.into_iter().chain([child.id()]);
            run.together_mb = run.together_mb.max(all.map(|id| megabytes(id, "smaps_rollup", "Pss:")).sum());
            shared_at = Instant::now();
        }
        if child.try_wait().unwrap().is_some() {
            run.wall = begun.elapsed();
            return run;
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// How long it takes until the program looks into a clip; it is ended then.
#[allow(dead_code)] // not every bench asks
pub fn begun_after(args: &[&str]) -> Duration {
    let begun = Instant::now();
    let mut child = start(args, Cores::All);
    while children(child.id()).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without looking into a clip");
        std::thread::sleep(LOOK_EVERY);
    }
    let after = begun.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    after
}

fn read(process: u32, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap_or_default()
}

fn megabytes(process: u32, file: &str, line: &str) -> u64 {
    let text = read(process, file);
    let found = text.lines().find_map(|text| text.strip_prefix(line));
    found.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Fields 14 to 17 of proc(5)'s stat: its own time, and that of children that were waited for. The name before them may
/// hold blanks.
fn cpu(process: u32) -> Duration {
    let stat = read(process, "stat");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    TICK * fields.take(4).filter_map(|ticks| ticks.parse::<u32>().ok()).sum()
}

fn children(process: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let listed = threads.map(|thread| std::fs::read_to_string(thread.path().join("children")));
    listed
        .flatten()
        .flat_map(|ids| ids.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}
