//! How far a batch has come: a bar on a terminal, plain lines else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::search::Found;
use crate::evidence::Evidence;
use crate::lang::{Lang, Prose};
use crate::report::{ClipVerdict, Report, visible};

/// Plain lines come this often.
const LINE_EVERY: Duration = Duration::from_secs(30);

pub(super) struct Progress {
    bar: ProgressBar,
    lang: Lang,
    begun: Instant,
    last_line: Instant,
    clips: usize,
    known: usize,
    observed: usize,
    lost: usize,
    unreadable: usize,
    footage_s: f64,
    /// Findings that fail, of clips judged by themselves.
    failing: usize,
}

impl Progress {
    pub fn new(clips: usize, lang: Lang) -> Self {
        let bar = ProgressBar::new(clips as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            lang,
            begun: now,
            last_line: now,
            clips,
            known: 0,
            observed: 0,
            lost: 0,
            unreadable: 0,
            footage_s: 0.0,
            failing: 0,
        }
    }

    pub fn known(&mut self) {
        self.known += 1;
        self.step();
    }

    pub fn observed(&mut self, evidence: &Evidence, alone: &Report) {
        use crate::checks::Verdict;
        self.observed += 1;
        self.footage_s += evidence.clip.duration_s;
        self.unreadable += usize::from(evidence.unreadable.is_some());
        self.failing += alone.findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count();
        self.step();
    }

    pub fn lost(&mut self) {
        self.lost += 1;
        self.step();
    }

    /// A line that stays, such as a clip's error.
    pub fn say(&self, line: &str) {
        let line = format!("pingcha: {}", visible(line));
        match self.bar.is_hidden() {
            true => eprintln!("{line}"),
            false => self.bar.println(line),
        }
    }

    fn step(&mut self) {
        self.bar.inc(1);
        self.bar.set_message(self.text().get(self.lang).to_owned());
        if self.bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let done = self.known + self.observed + self.lost;
            eprintln!("{done}/{}  {}", self.clips, self.text().get(self.lang));
        }
    }

    fn text(&self) -> Prose {
        let hours = self.footage_s / 3600.0;
        let elapsed_s = self.begun.elapsed().as_secs_f64();
        let speed = self.footage_s / elapsed_s.max(1e-3);
        let left = self.clips - (self.known + self.observed + self.lost).min(self.clips);
        let left_s = if self.observed == 0 { 0.0 } else { elapsed_s / self.observed as f64 * left as f64 };
        let minutes = (left_s / 60.0).ceil();
        let errors = self.unreadable + self.lost;
        Prose::new(
            format!(
                "{hours:.1} 小时录像，{speed:.0} 倍速；不符合 {} 项，无法读取 {errors} 个，约剩 {minutes:.0} 分钟",
                self.failing
            ),
            format!(
                "{hours:.1} h of footage at {speed:.0} x; {} findings fail, {errors} clips unreadable, about {minutes:.0} min left",
                self.failing
            ),
        )
    }

    pub fn judging(&self) {
        self.bar.set_message(Prose::new("评查中", "judging").get(self.lang).to_owned());
    }

    pub fn interrupted(&self) {
        self.bar.abandon();
        let (seen, all) = (self.known + self.observed, self.clips);
        let said = Prose::new(
            format!("已停止：{all} 个录像中 {seen} 个已入库，再次运行即可继续"),
            format!("stopped: {seen} of {all} clips are in the catalogue; run it again to go on"),
        );
        eprintln!("pingcha: {}", said.get(self.lang));
    }

    /// What was made of all clips, and what was passed by, on standard output.
    pub fn finished(&self, verdicts: &[ClipVerdict], found: &Found) {
        self.bar.finish_and_clear();
        let elapsed_s = self.begun.elapsed().as_secs_f64();
        let (observed, hours) = (self.observed, self.footage_s / 3600.0);
        let counts = super::counts(verdicts);
        let said = Prose::new(
            format!("{}。\n本次新看 {observed} 个，{hours:.2} 小时录像，用时 {elapsed_s:.0} 秒。", counts.zh),
            format!(
                "{}.\n{observed} were observed now, {hours:.2} h of footage in {elapsed_s:.0} s.",
                counts.en
            ),
        );
        print!("{}\n{}", said.get(self.lang), found.told().get(self.lang));
    }
}
