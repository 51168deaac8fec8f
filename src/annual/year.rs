//! A year's clips with what was found in them, small enough to be held at once.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use jiff::civil::DateTime;

use crate::catalogue::Decision;
use crate::checks::{Basis, Verdict};
use crate::lang::{Lang, MinutesSeconds};
use crate::policy::Policy;
use crate::report::{ClipVerdict, PolicyReference, verdict_text};

/// What was found in the clips of one year, by one policy.
pub struct Year {
    pub year: i16,
    pub lang: Lang,
    pub policy: PolicyReference,
    /// In the policy's order.
    pub clauses: Vec<ClauseLine>,
    /// In order of time, then of name.
    pub clips: Vec<ClipLine>,
    /// What was found of the records as a whole, each once.
    pub ledger: Vec<LedgerLine>,
    pub left_out: LeftOut,
    /// Names and digests of the records that the results rest on.
    pub records: Vec<(String, String)>,
}

/// A clause of the policy, and how the year's clips stand to it.
pub struct ClauseLine {
    pub article: String,
    pub text: String,
    pub check: &'static str,
    pub title: &'static str,
    pub basis: Basis,
    /// Of a clause about the records as a whole: of [`LedgerLine`]s.
    pub tally: [usize; Verdict::ALL.len()],
}

impl ClauseLine {
    pub fn count(&self, verdict: Verdict) -> usize {
        self.tally[verdict as usize]
    }

    /// Some clip was held against it.
    pub fn is_in_scope(&self) -> bool {
        self.tally.iter().any(|&count| count > 0)
    }
}

pub struct ClipLine {
    pub name: Arc<str>,
    pub sha256: String,
    pub sm3: Option<String>,
    /// Where it was found last.
    pub path: String,
    pub duration_s: f64,
    pub starts_at: DateTime,
    pub device: Option<Arc<str>>,
    pub officers: Vec<Arc<str>>,
    pub unit: Option<Arc<str>>,
    pub event: Option<Arc<str>>,
    /// As its report has it.
    pub verdict: ClipVerdict,
    /// Without what concerns the records as a whole.
    pub own: ClipVerdict,
    /// One for each clause in scope that concerns single clips, in the policy's order.
    pub findings: Vec<FindingLine>,
    pub limits: Vec<Arc<str>>,
    /// The clip's report, seen from the folder that the review is written to.
    pub link: Option<String>,
}

impl ClipLine {
    pub fn officers(&self) -> String {
        self.officers.join("、")
    }
}

pub struct FindingLine {
    /// Place of its clause in [`Year::clauses`].
    pub clause: u16,
    pub verdict: Verdict,
    pub confidence: f32,
    /// Few findings have a place or words: apart, so that those of a year take less room.
    shown: Option<Box<Shown>>,
    pub summary: Arc<str>,
    /// What a person decided about it.
    pub decision: Option<Box<Decision>>,
}

/// What in the clip shows a finding.
struct Shown {
    span_s: Option<(f64, f64)>,
    quote: Option<Arc<str>>,
}

impl FindingLine {
    /// `span_s` and `quote` as [`span_s`](Self::span_s) and [`quote`](Self::quote) give them.
    pub fn new(
        clause: u16,
        (verdict, confidence): (Verdict, f32),
        span_s: Option<(f64, f64)>,
        quote: Option<Arc<str>>,
        summary: Arc<str>,
    ) -> Self {
        let shown = (span_s.is_some() || quote.is_some()).then(|| Box::new(Shown { span_s, quote }));
        Self { clause, verdict, confidence, shown, summary, decision: None }
    }

    /// Where in the clip the first of its places lies, from when until when.
    pub fn span_s(&self) -> Option<(f64, f64)> {
        self.shown.as_ref()?.span_s
    }

    /// What a person decided, in a line: the verdict, who, and why.
    pub fn decided(&self, lang: Lang) -> Option<String> {
        let Decision { verdict, reviewer, note, .. } = self.decision.as_deref()?;
        let verdict = verdict_text(*verdict).get(lang);
        Some(match (lang, note.is_empty()) {
            (Lang::Zh, true) => format!("{verdict}（{reviewer}）"),
            (Lang::Zh, false) => format!("{verdict}（{reviewer}：{note}）"),
            (Lang::En, true) => format!("{verdict} ({reviewer})"),
            (Lang::En, false) => format!("{verdict} ({reviewer}: {note})"),
        })
    }

    /// The first words that were heard.
    pub fn quote(&self) -> Option<&str> {
        self.shown.as_ref()?.quote.as_deref()
    }
}

/// What a person has to do something about.
pub struct Problem<'a> {
    pub clip: &'a ClipLine,
    pub finding: &'a FindingLine,
    pub clause: &'a ClauseLine,
    /// All that it is held against.
    pub articles: String,
}

/// Something found of the records as a whole.
pub struct LedgerLine {
    pub clause: u16,
    pub verdict: Verdict,
    pub summary: Arc<str>,
    /// Recordings whose reports say so; of what no report speaks of, those that it concerns.
    pub recordings: usize,
}

/// Clips that are not among the year's, and why.
#[derive(Default)]
pub struct LeftOut {
    /// Taken in another year.
    pub other_years: usize,
    /// Nothing tells when they were taken.
    pub undated: Vec<Arc<str>>,
    /// Judged by another version of the policy.
    pub outdated: Vec<Arc<str>>,
    /// Observed, and not judged by this policy.
    pub unjudged: Vec<String>,
    /// Of the year's clips, how many were judged by another version of the program.
    pub other_version: usize,
}

/// Clips by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally(pub [usize; ClipVerdict::ALL.len()]);

impl Tally {
    pub fn of<'a>(clips: impl IntoIterator<Item = &'a ClipLine>) -> Self {
        let mut tally = Self::default();
        for clip in clips {
            tally.add(clip.own);
        }
        tally
    }

    pub fn add(&mut self, verdict: ClipVerdict) {
        self.0[verdict as usize] += 1;
    }

    pub fn count(&self, verdict: ClipVerdict) -> usize {
        self.0[verdict as usize]
    }

    pub fn all(&self) -> usize {
        self.0.iter().sum()
    }
}

impl Year {
    pub fn new(year: i16, policy: &Policy, lang: Lang) -> Self {
        let clause = |clause: &crate::policy::Clause| ClauseLine {
            article: clause.article.clone(),
            text: clause.text.clone(),
            check: clause.check.id,
            title: clause.check.title.get(lang),
            basis: clause.basis(),
            tally: Default::default(),
        };
        Self {
            year,
            lang,
            policy: PolicyReference {
                id: policy.id.clone(),
                title: policy.title.clone(),
                sha256: policy.sha256.clone(),
            },
            clauses: policy.clauses.iter().map(clause).collect(),
            clips: Vec::new(),
            ledger: Vec::new(),
            left_out: LeftOut::default(),
            records: Vec::new(),
        }
    }

    pub fn clause(&self, finding: &FindingLine) -> &ClauseLine {
        &self.clauses[usize::from(finding.clause)]
    }

    pub fn hours(&self) -> f64 {
        self.clips.iter().map(|clip| clip.duration_s).sum::<f64>() / 3600.0
    }

    pub fn tally(&self) -> Tally {
        Tally::of(&self.clips)
    }

    /// From January to December.
    pub fn months(&self) -> [Tally; 12] {
        let mut months = [Tally::default(); 12];
        for clip in &self.clips {
            let month = usize::try_from(clip.starts_at.month()).unwrap_or(1);
            months[month - 1].add(clip.own);
        }
        months
    }

    pub fn units(&self) -> Vec<(String, Tally)> {
        self.grouped(|clip| clip.unit.iter().map(|unit| unit.to_string()).collect())
    }

    /// A clip of two officers counts for each of them.
    pub fn officers(&self) -> Vec<(String, Tally)> {
        self.grouped(|clip| clip.officers.iter().map(|officer| officer.to_string()).collect())
    }

    pub fn devices(&self) -> Vec<(String, Tally)> {
        self.grouped(|clip| clip.device.iter().map(|device| device.to_string()).collect())
    }

    /// By name; the clips of which nobody knows it under none, last.
    fn grouped(&self, names: impl Fn(&ClipLine) -> Vec<String>) -> Vec<(String, Tally)> {
        let mut groups: BTreeMap<(bool, String), Tally> = BTreeMap::new();
        for clip in &self.clips {
            let mut names = names(clip);
            if names.is_empty() {
                names.push(String::new());
            }
            for name in names {
                groups.entry((name.is_empty(), name)).or_default().add(clip.own);
            }
        }
        groups.into_iter().map(|((_, name), tally)| (name, tally)).collect()
    }

    /// Every finding with its clip, clip by clip.
    pub fn findings(&self) -> impl Iterator<Item = (&ClipLine, &FindingLine)> {
        self.clips.iter().flat_map(|clip| clip.findings.iter().map(move |finding| (clip, finding)))
    }

    /// What has to be put right or looked at: failures first, then what a person must decide.
    pub fn problems(&self) -> impl Iterator<Item = Problem<'_>> {
        [Verdict::Fail, Verdict::Review]
            .into_iter()
            .flat_map(move |verdict| self.clips.iter().flat_map(move |clip| self.problems_of(clip, verdict)))
    }

    /// A clip's findings of that verdict; what breaks several articles in the same way is one problem.
    fn problems_of<'a>(&'a self, clip: &'a ClipLine, verdict: Verdict) -> Vec<Problem<'a>> {
        let mut problems: Vec<Problem> = Vec::new();
        for finding in &clip.findings {
            let clause = self.clause(finding);
            if finding.verdict != verdict {
                continue;
            }
            let same = |problem: &&mut Problem| {
                problem.clause.check == clause.check && problem.finding.summary == finding.summary
            };
            match problems.iter_mut().find(same) {
                Some(problem) if problem.articles.contains(&clause.article) => {}
                Some(problem) => problem.articles += &format!("、{}", clause.article),
                None => problems.push(Problem { clip, finding, clause, articles: clause.article.clone() }),
            }
        }
        problems
    }

    /// Each finding of a clip that waits for a person, with its time.
    pub fn to_decide(&self, clip: &ClipLine) -> String {
        let said = self.problems_of(clip, Verdict::Review).into_iter().map(|problem| {
            let at = problem.finding.span_s().map(|(start_s, _)| format!(" {}", MinutesSeconds(start_s)));
            let (articles, title, summary) =
                (problem.articles, problem.clause.title, &problem.finding.summary);
            let at = at.unwrap_or_default();
            match self.lang {
                Lang::Zh => format!("{articles} {title}{at}：{summary}"),
                Lang::En => format!("{articles} {title}{at}: {summary}"),
            }
        });
        said.collect::<Vec<_>>().join("\n")
    }

    /// What was decided about findings of the clip that wanted a person's decision.
    pub fn decided(&self, clip: &ClipLine) -> String {
        let said = self.problems_of(clip, Verdict::Review).into_iter().filter_map(|problem| {
            let decided = problem.finding.decided(self.lang)?;
            Some(format!("{} {} {decided}", problem.articles, problem.clause.title))
        });
        said.collect::<Vec<_>>().join("\n")
    }

    /// Whether a finding of the clip is for a person to decide; one that was decided about stays in the sample, so
    /// that the same seed draws the same clips.
    pub fn waits(&self, clip: &ClipLine) -> bool {
        clip.findings.iter().any(|finding| finding.verdict == Verdict::Review)
    }

    /// Why clauses were not judged: clause, reason, number of clips; the commonest first.
    pub fn not_assessed(&self) -> Vec<(&ClauseLine, &str, usize)> {
        let of_clips = self.findings().map(|(_, line)| (line.clause, line.verdict, &line.summary, 1));
        let of_ledger =
            self.ledger.iter().map(|line| (line.clause, line.verdict, &line.summary, line.recordings));
        let unassessed =
            of_clips.chain(of_ledger).filter(|(_, verdict, _, _)| *verdict == Verdict::NotAssessed);
        let counts = counted(unassessed.map(|(clause, _, why, clips)| (clause, why, clips)));
        counts
            .into_iter()
            .map(|(clause, why, clips)| (&self.clauses[usize::from(clause)], why, clips))
            .collect()
    }

    /// What of clips was not looked at, and of how many; the commonest first.
    pub fn limits(&self) -> Vec<(&str, usize)> {
        let limits = self.clips.iter().flat_map(|clip| &clip.limits).map(|limit| ((), limit, 1));
        counted(limits).into_iter().map(|((), limit, clips)| (limit, clips)).collect()
    }
}

/// How often each text stands there under each head, the commonest first. A year's texts are kept once each, so
/// that they are told apart by where they are; a text that stands in two places all the same is put together
/// afterwards.
fn counted<'t, K: Copy + Ord + Hash>(
    texts: impl Iterator<Item = (K, &'t Arc<str>, usize)>,
) -> Vec<(K, &'t str, usize)> {
    let mut places: HashMap<(K, *const u8), (&str, usize)> = HashMap::new();
    for (head, text, count) in texts {
        places.entry((head, text.as_ptr())).or_insert((text, 0)).1 += count;
    }
    let mut counts: BTreeMap<(K, &str), usize> = BTreeMap::new();
    for ((head, _), (text, count)) in places {
        *counts.entry((head, text)).or_default() += count;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|((head, text), count)| (head, text, count)).collect();
    counts.sort_by_key(|&(_, _, count)| std::cmp::Reverse(count));
    counts
}
