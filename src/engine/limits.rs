//! What a report says was not looked at, and why.

use crate::evidence::{Evidence, Observation};
use crate::lang::{Lang, Prose};
use crate::policy::{Clause, Policy};
use crate::records::{Extract, numbers};

/// What was not looked at, and why: nothing of it is ever shown as a pass.
pub(super) fn limits(
    evidence: &Evidence,
    policy: &Policy,
    extract: Option<&Extract>,
    demonstration: bool,
) -> Vec<Prose> {
    let mut limits = extract.map(unmatched).unwrap_or_default();
    let records: Vec<&Clause> =
        policy.clauses.iter().filter(|clause| clause.check.basis.is_records()).collect();
    if !records.is_empty() && extract.is_none() {
        let count = records.len();
        let titles = |lang: Lang| {
            let mut titles: Vec<&str> = records.iter().map(|clause| clause.check.title.get(lang)).collect();
            titles.dedup();
            titles.join(if lang == Lang::Zh { "、" } else { ", " })
        };
        limits.push(Prose::new(
            format!("未提供台账：有 {count} 条依据台账核对的规定未检查（{}）", titles(Lang::Zh)),
            format!(
                "no records were given: {count} clauses that rest on them were not checked ({})",
                titles(Lang::En)
            ),
        ));
    }
    if demonstration {
        limits.push(Prose::new(
            "语音由演示模型识别，识别能力有限，仅供演示和测试",
            "speech was recognised by the demonstration model, whose ability is limited: for demonstration and tests only",
        ));
    }
    limits.extend(speech_coverage(evidence));
    limits.extend(evidence.damage.iter().cloned());
    limits.extend(evidence.limits.iter().cloned());
    limits.extend(sampling(evidence));
    limits.extend(searching(evidence));
    limits
}

/// What matches nothing, on either side.
fn unmatched(extract: &Extract) -> Vec<Prose> {
    let mut limits = Vec::new();
    if extract.clip.is_none() {
        limits.push(Prose::new(
            "台账中没有找到本段录像（按校验值、文件名、设备和时间）",
            "the ledger has no row for this clip (by digest, file name, device and time)",
        ));
    }
    if extract.event.is_none() {
        limits.push(Prose::new(
            "案件清单中没有找到本段录像所属的执法活动",
            "the case list has no event that this clip belongs to",
        ));
    }
    let rows = extract.rows_without_clip;
    if !rows.is_empty() {
        /// Stretches that a report names: those of a whole year fill no report.
        const NAMED: usize = 20;
        let (shown, more) = (numbers(&rows[..rows.len().min(NAMED)]), rows.len() > NAMED);
        let count: u32 = rows.iter().map(|(first, last)| last - first + 1).sum();
        limits.push(Prose::new(
            format!(
                "台账登记的录像中有 {count} 段没有一并检查（第{shown}行{}）",
                if more { "等" } else { "" }
            ),
            format!(
                "{count} recordings of the ledger were not checked with this one (rows {shown}{})",
                if more { " and others" } else { "" }
            ),
        ));
    }
    limits
}

fn speech_coverage(evidence: &Evidence) -> Option<Prose> {
    let duration_s = evidence.clip.duration_s;
    match &evidence.speech {
        Observation::Absent(absence) if evidence.unreadable.is_none() => {
            let why = absence.prose();
            Some(Prose::new(
                format!("未识别语音：{}", why.zh),
                format!("speech was not recognised: {}", why.en),
            ))
        }
        Observation::Absent(_) => None,
        Observation::Observed(speech) => {
            let listened_s: f64 = speech.listened.iter().map(|span| span.duration_s()).sum();
            (listened_s < duration_s - 1.0).then(|| {
                Prose::new(
                    format!("语音只识别了 {listened_s:.0} 秒（全长 {duration_s:.0} 秒）；可用 --speech full 识别全部"),
                    format!("{listened_s:.0} of {duration_s:.0} s were listened to for words; --speech full listens to all"),
                )
            })
        }
    }
}

/// Where pictures were searched for things and signs more sparsely than somebody holds one up.
fn searching(evidence: &Evidence) -> Option<Prose> {
    const UNREMARKABLE_S: f64 = 2.5;
    let sight = evidence.sight.seen()?;
    (sight.interval_s > UNREMARKABLE_S).then(|| {
        let (pictures, interval_s) = (sight.pictures, sight.interval_s);
        let watched_s: f64 = sight.watched.iter().map(|span| span.duration_s()).sum();
        Prose::new(
            format!("证件和标志在 {pictures} 幅画面中查找，细看 {watched_s:.0} 秒，其余最大间隔 {interval_s:.1} 秒"),
            format!(
                "credentials and signs were looked for in {pictures} pictures: closely for {watched_s:.0} s, elsewhere at most \
                 {interval_s:.1} s apart"
            ),
        )
    })
}

/// Pictures closer together than a second leave nothing out that this version judges by.
fn sampling(evidence: &Evidence) -> Option<Prose> {
    const UNREMARKABLE_S: f64 = 1.0;
    let interval_s = evidence.picture.seen()?.sampling_interval_s;
    (interval_s > UNREMARKABLE_S).then(|| {
        Prose::new(
            format!("画面按关键帧抽样，最大间隔 {interval_s:.1} 秒；可用 --thorough 逐帧检查"),
            format!("pictures were sampled at key frames, at most {interval_s:.1} s apart; --thorough looks at every one"),
        )
    })
}
