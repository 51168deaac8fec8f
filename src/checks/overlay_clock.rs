use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};
use crate::evidence::{Channel, ClockDoubt, ClockFacts, ClockFit, ClockReading};
use crate::lang::{MinutesSeconds, Prose, Text};
use crate::time::Span;

pub static CHECK: Check = Check {
    id: "overlay-clock",
    title: Text::new("水印时钟", "burnt-in clock"),
    explain: Text::new(
        "核对画面上的水印时钟：是否读得出，走时是否与时间戳一致，有无跳变、停走。时、分或日期中未能可靠读出的数字以“?”表示，不影响本项判断。时钟只显示整秒，片段越短，走时快慢越难测准；\
         只有读数确已排除正常走时，才判不符合。未读出时钟不等于没有时钟，由人认定。不核对时钟本身准不准，那由“设备时间”一项核对。",
        "Checks the clock burnt into the picture: whether it can be read, runs at the rate of the time stamps, leaps or stands \
         still. Digits of hour, minute or date that could not be read surely are written as ?, and nothing here rests on them. It shows whole seconds only, so the shorter the clip, the less is known of its rate; a clock fails only where \
         its readings rule out one that runs well. A clock that was not read may still be there: a person decides. Whether \
         the time it shows is right is another check's question.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Clock],
    params: &[
        Param {
            name: "max_disagreement_s",
            kind: Kind::Number { min: 0.1, max: 3_600.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "片内时钟与时间戳最多相差多少；按 GA/T 947.2-2015 的走时要求，一段录像之内不应差出一个显示秒",
                "how far clock and time stamps may part within a clip; by the rate that GA/T 947.2-2015 demands, by less than \
                 one displayed second",
            ),
        },
        Param {
            name: "max_drift_ppm",
            kind: Kind::Number { min: 1.0, max: 1e6 },
            default: Default::Number(35.0),
            reason: Text::new(
                "走时偏差上限；GA/T 947.2-2015 为每天 3 秒，约合百万分之 35",
                "how wrong the rate may be; GA/T 947.2-2015 allows 3 s a day, 35 parts in a million",
            ),
        },
        Param {
            name: "max_missing_s",
            kind: Kind::Number { min: 0.0, max: 86_400.0 },
            default: Default::Number(10.0),
            reason: Text::new(
                "时钟连续读不出超过此时长，由人复核；短时被遮、反光或黑屏不计",
                "a clock unreadable for longer is for a person to look at; a hand, a glare, a black picture last less",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// A figure must exceed its limit by this factor to count as certain; between, a person decides.
const CERTAINTY_FACTOR: f64 = 1.2;

/// Leaps that the observer is less sure of are for a person.
const MIN_JUMP_CONFIDENCE: f32 = 0.7;

/// Cameras that stamp pictures at 30 a second and take 29.97 show a clock 1,000 ppm off, though the
/// clock is right: only what goes beyond is certainly the clock's.
const STAMPING_TOLERANCE_PPM: f64 = 1_000.0;

/// A clock that loses more than all of the time that passes runs backward.
const BACKWARD_PPM: f64 = -1e6;

/// A larger share of readings that agree with no others leaves the rest in doubt.
const MAX_MISFIT_SHARE: f64 = 0.2;

/// One thing that is wrong with the clock.
struct Fault {
    certain: bool,
    confidence: f64,
    /// Seconds by which clock and time stamps part at least, where that can be said.
    by_s: f64,
    span: Option<Span>,
    what: Prose,
}

fn judge(case: &Case, params: &Params) -> Outcome {
    let Some(clock) = case.evidence.clock.seen() else {
        return Outcome::not_assessed(Prose::new("未观察水印时钟。", "The burnt-in clock was not observed."));
    };
    if clock.pictures == 0 {
        return Outcome::not_assessed(Prose::new(
            "没有可看的画面，未能查找水印时钟。",
            "There were no pictures to look for a clock in.",
        ));
    }
    let fitting = clock.readings.iter().filter(|reading| reading.fits).count();
    if clock.readings.is_empty() {
        let pictures = clock.pictures;
        return Outcome::review(
            0.8,
            Prose::new(
                format!("所看 {pictures} 幅画面均未读出水印时钟，请人工查看。"),
                format!("No burnt-in clock could be read in the {pictures} pictures looked at: please look yourself."),
            ),
        )
        .measure("readings", 0.0)
        .still(0.0);
    }
    let faults = faults(clock, case.evidence.clip.duration_s, params);
    let disagreement_s = faults.iter().map(|fault| fault.by_s).fold(0.0, f64::max);
    let mut outcome = verdict(clock, fitting, &faults, params)
        .measure("readings", fitting as f64)
        .measure_against("max_disagreement_s", disagreement_s, params.number("max_disagreement_s"));
    if let Some(fit) = &clock.fit {
        outcome = outcome
            .measure_against("drift_ppm", fit.drift_ppm, params.number("max_drift_ppm"))
            .measure("drift_uncertainty_ppm", fit.drift_uncertainty_ppm);
    }
    for fault in faults {
        if let Some(span) = fault.span {
            outcome = outcome.span(span, fault.what).still(span.start_s).still(span.end_s);
        }
    }
    outcome
}

fn verdict(clock: &ClockFacts, fitting: usize, faults: &[Fault], params: &Params) -> Outcome {
    let worst = faults.iter().max_by(|a, b| {
        a.certain.cmp(&b.certain).then(a.by_s.total_cmp(&b.by_s)).then(a.confidence.total_cmp(&b.confidence))
    });
    let Some(worst) = worst else {
        let mean =
            clock.readings.iter().map(|r| f64::from(r.confidence)).sum::<f64>() / clock.readings.len() as f64;
        let (good, more) = (good(clock, fitting, params), clock.unsure.map(unsure).unwrap_or_default());
        return Outcome::pass(0.95 * mean, Prose::new(good.zh + &more.zh, good.en + &more.en));
    };
    let more = match faults.len() - 1 {
        0 => Prose::new("", ""),
        others => Prose::new(format!("另有 {others} 处。"), format!(" And {others} more.")),
    };
    let summary =
        Prose::new(format!("{}。{}", worst.what.zh, more.zh), format!("{}.{}", worst.what.en, more.en));
    match worst.certain {
        true => Outcome::fail(worst.confidence, summary),
        false => Outcome::review(worst.confidence, summary),
    }
}

fn faults(clock: &ClockFacts, duration_s: f64, params: &Params) -> Vec<Fault> {
    let limit_s = params.number("max_disagreement_s");
    let mut faults = leaps(clock, limit_s);
    faults.extend(stops(clock, limit_s));
    match &clock.fit {
        Some(fit) => faults.extend(drift(fit, duration_s, limit_s, params.number("max_drift_ppm"))),
        None if clock.stopped.is_empty() => faults.push(Fault {
            certain: false,
            confidence: 0.5,
            by_s: 0.0,
            span: None,
            what: Prose::new(
                "水印时钟的读数太少或互不相符，看不出走时",
                "The clock's readings are too few or do not agree, so nothing can be said of its rate",
            ),
        }),
        None => {}
    }
    faults.extend(changes(clock));
    faults.extend(misfits(clock));
    let missing = clock.missing.iter().filter(|span| span.duration_s() > params.number("max_missing_s"));
    faults.extend(missing.map(|&span| Fault {
        certain: false,
        confidence: 0.7,
        by_s: 0.0,
        span: Some(span),
        what: Prose::new(
            format!("{} 至 {} 读不出水印时钟", MinutesSeconds(span.start_s), MinutesSeconds(span.end_s)),
            format!(
                "The clock cannot be read from {} to {}",
                MinutesSeconds(span.start_s),
                MinutesSeconds(span.end_s)
            ),
        ),
    }));
    faults
}

fn leaps(clock: &ClockFacts, limit_s: f64) -> Vec<Fault> {
    let fitting = |reading: &&ClockReading| reading.fits;
    clock.jumps.iter().map(move |jump| {
        // A leap that was placed to the picture has the time of the first one behind it.
        let before = clock.readings.iter().filter(fitting).rfind(|reading| reading.at_s < jump.at_s);
        let after = clock.readings.iter().filter(fitting).find(|reading| reading.at_s >= jump.at_s);
        let text = |reading: Option<&ClockReading>| reading.map_or("?", |reading| reading.text.as_str()).to_owned();
        let (before, after, at) = (text(before), text(after), MinutesSeconds(jump.at_s));
        let (direction, way) = if jump.by_s > 0.0 { ("多", "ahead of") } else { ("少", "behind") };
        let by_s = jump.by_s.abs();
        let date = whole_days(jump.by_s).map_or(Prose::new("", ""), |days| {
            Prose::new(
                format!("，正好 {days:+} 天，疑似日期进位有误"),
                format!(", {days:+} days to the second: the date seems to have rolled wrongly"),
            )
        });
        Fault {
            certain: by_s > CERTAINTY_FACTOR * limit_s && jump.confidence >= MIN_JUMP_CONFIDENCE,
            confidence: f64::from(jump.confidence),
            by_s,
            span: Some(Span::new(jump.at_s, jump.at_s).widened(jump.uncertainty_s)),
            what: Prose::new(
                format!("水印时钟在 {at} 处疑似跳变：由“{before}”到“{after}”，比实际经过的时间{direction} {by_s:.1} 秒{}", date.zh),
                format!("The clock seems to leap at {at}: from \"{before}\" to \"{after}\", {by_s:.1} s {way} the time that passed{}", date.en),
            ),
        }
    })
    .collect()
}

fn stops(clock: &ClockFacts, limit_s: f64) -> impl Iterator<Item = Fault> {
    // What is shown for a second is not late before that second is over.
    const DISPLAYED_SECOND_S: f64 = 1.0;
    clock.stopped.iter().map(move |&span| {
        let text = clock.readings.iter().find(|reading| span.contains(reading.at_s));
        let text = text.map_or("?", |reading| reading.text.as_str());
        let by_s = (span.duration_s() - DISPLAYED_SECOND_S).max(0.0);
        let (start, end) = (MinutesSeconds(span.start_s), MinutesSeconds(span.end_s));
        Fault {
            certain: by_s > CERTAINTY_FACTOR * limit_s,
            confidence: 0.9,
            by_s,
            span: Some(span),
            what: Prose::new(
                format!("水印时钟疑似停走：{start} 至 {end} 一直显示“{text}”"),
                format!("The clock seems to stand still: it shows \"{text}\" from {start} to {end}"),
            ),
        }
    })
}

/// Digits that could not be read surely, though they run on as they should: rate, leaps and stops do not rest on them.
fn unsure(doubt: ClockDoubt) -> Prose {
    let part = match doubt {
        ClockDoubt::Date => Text::new("日期", "date"),
        ClockDoubt::Time => Text::new("时、分", "hour or minute"),
    };
    Prose::new(
        format!("{}未能可靠读出（以“?”表示），走时与跳变的判断不依赖它。", part.zh),
        format!(" Its {} could not be read surely (\"?\"), which neither rate nor leaps rest on.", part.en),
    )
}

/// Another clock for a while, and dates that do not exist.
fn changes(clock: &ClockFacts) -> impl Iterator<Item = Fault> {
    clock.changes.iter().map(|change| {
        let (start, end) = (MinutesSeconds(change.start_s), MinutesSeconds(change.end_s));
        let (what, text) = (change.what.text(), &change.text);
        Fault {
            certain: false,
            confidence: 0.6,
            by_s: 0.0,
            span: Some(Span::new(change.start_s, change.end_s)),
            what: Prose::new(
                format!("{start} 至 {end} 疑似{}，显示“{text}”", what.zh),
                format!("From {start} to {end} it seems that {}: \"{text}\"", what.en),
            ),
        }
    })
}

/// Whole days by which a leap is off, if it is by nothing else: the date went wrong, not the time.
fn whole_days(by_s: f64) -> Option<f64> {
    const DAY_S: f64 = 86_400.0;
    const DISPLAYED_SECOND_S: f64 = 1.0;
    let days = (by_s / DAY_S).round();
    (days != 0.0 && (by_s - days * DAY_S).abs() <= DISPLAYED_SECOND_S).then_some(days)
}

/// A wrong rate, where the readings leave no right one.
fn drift(fit: &ClockFit, duration_s: f64, limit_s: f64, limit_ppm: f64) -> Option<Fault> {
    let least_ppm = fit.drift_ppm.abs() - fit.drift_uncertainty_ppm;
    if least_ppm <= limit_ppm {
        return None;
    }
    let by_s = least_ppm / 1e6 * duration_s;
    let (fast, faster) = if fit.drift_ppm > 0.0 { ("快", "fast") } else { ("慢", "slow") };
    let (drift, within) = (fit.drift_ppm.abs() / 1e4, fit.drift_uncertainty_ppm / 1e4);
    let what = match fit.drift_ppm < BACKWARD_PPM {
        true => Prose::new("水印时钟疑似倒走", "The clock seems to run backward"),
        false => Prose::new(
            format!("水印时钟与时间戳走时不一致：疑似偏{fast} {drift:.2}%（±{within:.2}%）"),
            format!(
                "The clock does not run at the rate of the time stamps: {drift:.2}% {faster} (±{within:.2}%)"
            ),
        ),
    };
    Some(Fault {
        certain: least_ppm > limit_ppm + STAMPING_TOLERANCE_PPM || by_s > CERTAINTY_FACTOR * limit_s,
        confidence: 0.9,
        by_s,
        span: None,
        what,
    })
}

/// Readings that agree with no others: a few are misread, many or the very last may be more.
fn misfits(clock: &ClockFacts) -> Option<Fault> {
    let stood = |reading: &ClockReading| clock.stopped.iter().any(|span| span.contains(reading.at_s));
    let misfits: Vec<&ClockReading> =
        clock.readings.iter().filter(|reading| !reading.fits && !stood(reading)).collect();
    let at_an_end = |reading: &&&ClockReading| {
        let ends = [clock.readings.first(), clock.readings.last()];
        ends.into_iter().flatten().any(|end| end.at_s == reading.at_s)
    };
    let share = misfits.len() as f64 / clock.readings.len() as f64;
    let shown = misfits.iter().find(at_an_end).or(misfits.first().filter(|_| share > MAX_MISFIT_SHARE))?;
    let (count, at, text) = (misfits.len(), MinutesSeconds(shown.at_s), &shown.text);
    // Without a line there is nothing to misfit; that is said elsewhere.
    clock.fit.is_some().then(|| Fault {
        certain: false,
        confidence: 0.6,
        by_s: 0.0,
        span: Some(Span::new(shown.at_s, shown.at_s)),
        what: Prose::new(
            format!("有 {count} 处时钟读数与其余读数不符，如 {at} 处读作“{text}”，可能误读，也可能跳变"),
            format!("{count} readings do not agree with the others, such as \"{text}\" at {at}: misread, or a leap"),
        ),
    })
}

fn good(clock: &ClockFacts, fitting: usize, params: &Params) -> Prose {
    let rate = match &clock.fit {
        Some(fit) if fit.drift_uncertainty_ppm > params.number("max_drift_ppm") => Prose::new(
            format!("未见走时偏差（片长所限，只能精确到 {:.2}%）", fit.drift_uncertainty_ppm / 1e4),
            format!(
                "no drift was seen (to {:.2}%, which is what the clip's length allows)",
                fit.drift_uncertainty_ppm / 1e4
            ),
        ),
        Some(fit) => Prose::new(
            format!("走时偏差 {:.0} ppm", fit.drift_ppm),
            format!("its rate is off by {:.0} ppm", fit.drift_ppm),
        ),
        None => Prose::new("", ""),
    };
    let first = clock.readings.first().map_or("", |reading| reading.text.as_str());
    Prose::new(
        format!("水印时钟可读（首个读数“{first}”），{fitting} 次读数与时间戳相符，无跳变；{}。", rate.zh),
        format!(
            "The clock can be read (first \"{first}\"); {fitting} readings agree with the time stamps, without a leap; {}.",
            rate.en
        ),
    )
}

#[cfg(test)]
mod tests;
