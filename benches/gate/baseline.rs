//! What was measured, what it may be, and how the two compare.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};

/// CPU time on a busy virtual machine wanders by some tens of per cent, and both sides of a ratio do.
pub const RATIO_ALLOWANCE: f64 = 0.30;
/// On a machine of which nobody knows what else it does, they show what became twice as dear.
pub const WIDE_ALLOWANCE: f64 = 1.0;
/// Instructions of the same program on the same input are the same but for the allocator and hash maps' seeds.
const INSTRUCTION_ALLOWANCE: f64 = 0.05;

/// How the program is built decides what it costs: each profile has a baseline of its own.
const PROFILE: &str = if cfg!(debug_assertions) { "dev" } else { "release" };

/// Figures of one run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Why they are the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For people: nothing is compared that depends on it.
    #[serde(default)]
    pub machine: String,
    /// Another compiler makes other instructions of the same source: those are not compared.
    #[serde(default)]
    pub compiler: String,
    /// Instructions that a pure part takes.
    pub instructions: BTreeMap<String, u64>,
    /// CPU time of a stage over that of another, taken in the same run.
    pub ratios: BTreeMap<String, Ratio>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ratio {
    /// The stage that it is told by.
    pub to: String,
    pub ratio: f64,
    /// As it was measured.
    pub cpu_s: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Same,
    Better,
    Worse,
    /// Only one side has it.
    Unknown,
}

pub struct Line {
    pub stage: String,
    before: Option<f64>,
    now: f64,
    allowance: f64,
    pub verdict: Verdict,
}

impl Figures {
    /// Those of this build's profile; none where the file has none.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Ok(read(path)?.remove(PROFILE).unwrap_or_default())
    }

    /// Leaves the other profile's as they are.
    pub fn write(self, path: &Path) -> anyhow::Result<()> {
        let mut all = read(path)?;
        all.insert(PROFILE.to_owned(), self);
        let mut text = serde_json::to_string_pretty(&all)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Puts these in the place of the baseline's. What was not measured now stays as it was.
    pub fn accept(mut self, baseline: &Path, reason: Option<&str>) -> anyhow::Result<()> {
        let Some(reason) = reason else { bail!("say why: --accept 'the reason'") };
        let before = Self::read(baseline)?;
        if self.instructions.is_empty() {
            self.instructions = before.instructions;
        }
        if self.ratios.is_empty() {
            self.ratios = before.ratios;
        }
        self.reason = Some(reason.to_owned());
        self.machine = machine();
        self.write(baseline)
    }

    /// Held against what was measured now; what was not measured is left out. `ratio_allowance` is the share by which ratios
    /// may grow.
    pub fn compare(&self, now: &Self, ratio_allowance: f64) -> Vec<Line> {
        let mut lines = Vec::new();
        for (stage, &count) in &now.instructions {
            let before = self.instructions.get(stage).filter(|_| self.compiler == now.compiler);
            let before = before.map(|&count| count as f64);
            lines.push(Line::new(
                format!("{stage} [instructions]"),
                before,
                count as f64,
                INSTRUCTION_ALLOWANCE,
            ));
        }
        for (stage, ratio) in &now.ratios {
            let before = self.ratios.get(stage).filter(|before| before.to == ratio.to);
            let name = format!("{stage} [× {}]", ratio.to);
            lines.push(Line::new(name, before.map(|before| before.ratio), ratio.ratio, ratio_allowance));
        }
        lines
    }
}

fn read(path: &Path) -> anyhow::Result<BTreeMap<String, Figures>> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))
}

impl Line {
    fn new(stage: String, before: Option<f64>, now: f64, allowance: f64) -> Self {
        let verdict = match before {
            None => Verdict::Unknown,
            Some(before) if now > before * (1.0 + allowance) => Verdict::Worse,
            Some(before) if now < before / (1.0 + allowance) => Verdict::Better,
            Some(_) => Verdict::Same,
        };
        Self { stage, before, now, allowance, verdict }
    }
}

pub fn print(lines: &[Line]) {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["stage", "baseline", "now", "change", "allowed", ""]);
    for column in table.column_iter_mut().skip(1).take(4) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for line in lines {
        let change = line.before.map(|before| format!("{:+.1} %", (line.now / before - 1.0) * 100.0));
        table.add_row([
            line.stage.clone(),
            line.before.map_or_else(|| "—".to_owned(), figure),
            figure(line.now),
            change.unwrap_or_default(),
            format!("+{:.0} %", line.allowance * 100.0),
            match line.verdict {
                Verdict::Same => "",
                Verdict::Better => "better: accept it as the new baseline",
                Verdict::Worse => "WORSE",
                Verdict::Unknown => "not in the baseline, or by another compiler",
            }
            .to_owned(),
        ]);
    }
    println!("{table}");
}

fn figure(value: f64) -> String {
    match value {
        count if count >= 10_000.0 => format!("{count:.0}"),
        ratio => format!("{ratio:.3}"),
    }
}

/// As `rustc --version` says it.
pub fn compiler() -> String {
    let output = std::process::Command::new("rustc").arg("--version").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{}, {threads} threads", model.map_or("unknown processor", |(_, name)| name))
}
