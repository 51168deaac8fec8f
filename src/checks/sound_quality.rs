use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};
use crate::evidence::{AbsenceReason, Observation, SoundFacts};
use crate::lang::{MinutesSeconds, Prose, Text};

pub static CHECK: Check = Check {
    id: "sound-quality",
    title: Text::new("声音质量", "sound quality"),
    explain: Text::new(
        "核对声音是否与画面同步录下：有音频轨、全程不中断、不被静音、不削波。没有音频轨即不合格。交流声、持续噪声盖过\
         声音或人声被淹没的，由人试听。",
        "Checks that sound was recorded along with the picture: there is a sound track, it runs throughout, is not muted and \
         not clipped. A clip without a sound track fails. Where hum or steady noise covers \
         the sound, or voices drown, a person listens.",
    ),
    basis: Basis::Footage,
    // A missing sound track is what this check is about, so it asks for no channel.
    needs: &[],
    params: &[
        Param {
            name: "max_lost_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.1),
            reason: Text::new(
                "声音缺失超过一成的，不再是同步录音",
                "with a tenth of the sound lost it is no longer recorded throughout",
            ),
        },
        Param {
            name: "max_loss_s",
            kind: Kind::Number { min: 0.0, max: 3600.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "单次中断达到此长度即请人查看",
                "a single loss of this length is shown to a person",
            ),
        },
        Param {
            name: "min_level_dbfs",
            kind: Kind::Number { min: -120.0, max: 0.0 },
            default: Default::Number(-60.0),
            reason: Text::new(
                "全程中位电平；16 位录音中低于此值的语音已难以辨认",
                "median level of the clip; speech below this is hardly understood in a 16-bit recording",
            ),
        },
        Param {
            name: "max_clipped_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.02),
            reason: Text::new(
                "削波样点超过此比例时语音明显失真",
                "with more clipped samples speech is audibly distorted",
            ),
        },
        Param {
            name: "min_speech_to_noise_db",
            kind: Kind::Number { min: -20.0, max: 60.0 },
            default: Default::Number(3.0),
            reason: Text::new(
                "有人声的秒与无人声的秒电平之差；低于此值时语音几乎被环境声淹没",
                "level of seconds with voice over that of the others; below this speech is nearly drowned",
            ),
        },
        Param {
            name: "max_hum_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.6),
            reason: Text::new(
                "50 Hz 及其谐波占声音能量的比例（各时刻的中位数）；过半为交流声盖过其余声音",
                "share of the sound's energy at 50 Hz and its harmonics (median over time); beyond half hum covers the rest",
            ),
        },
        Param {
            name: "min_dynamics_db",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(5.0),
            reason: Text::new(
                "响处与轻处（50 毫秒）电平之差；电平高而几乎不变的，是持续噪声盖住了一切，人声的差距在 15 dB 以上",
                "distance of loud from soft moments (50 ms); loud sound that hardly changes is noise that covers everything, \
                 talk spans 15 dB and more",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let facts = match &case.evidence.sound {
        Observation::Observed(facts) => facts,
        Observation::Absent(absence) if absence.reason == AbsenceReason::NoSoundTrack => {
            return Outcome::fail(
                1.0,
                Prose::new(
                    "文件没有音频轨，未同步录音。",
                    "The clip has no sound track: sound was not recorded with the picture.",
                ),
            );
        }
        Observation::Absent(absence) => {
            return Outcome::not_assessed(absence.prose().sentence("未能检查：", "Not assessed: "));
        }
    };
    let duration_s = case.evidence.clip.duration_s.max(f64::EPSILON);
    let lost_s: f64 = facts.losses.iter().map(|loss| loss.duration_s()).sum();
    let lost_share = (lost_s / duration_s).min(1.0);
    let median_dbfs = f64::from(median(&facts.level_dbfs));
    let longest_s = facts.losses.iter().map(|loss| loss.duration_s()).fold(0.0, f64::max);

    let outcome = decide(facts, lost_share, longest_s, median_dbfs, params);
    let outcome = facts
        .losses
        .iter()
        .fold(outcome, |outcome, &loss| outcome.span(loss, Prose::new("无声", "no sound")));
    let outcome = outcome
        .measure_against("lost-share", lost_share, params.number("max_lost_share"))
        .measure_against("median-level-dbfs", median_dbfs, params.number("min_level_dbfs"))
        .measure_against("clipped-share", facts.clipped, params.number("max_clipped_share"));
    let against = |outcome: Outcome, name, value: Option<f64>, limit: &str| match value {
        Some(value) => outcome.measure_against(name, value, params.number(limit)),
        None => outcome,
    };
    let outcome = against(outcome, "speech-to-noise-db", facts.speech_to_noise_db, "min_speech_to_noise_db");
    let outcome = against(outcome, "hum-share", facts.hum_share, "max_hum_share");
    against(outcome, "dynamics-db", facts.dynamics_db, "min_dynamics_db")
}

fn decide(facts: &SoundFacts, lost_share: f64, longest_s: f64, median_dbfs: f64, params: &Params) -> Outcome {
    let percent = (lost_share * 100.0).round();
    if lost_share > params.number("max_lost_share") {
        return Outcome::fail(
            0.95,
            Prose::new(format!("声音有 {percent}% 缺失。"), format!("{percent} % of the sound is missing.")),
        );
    }
    if longest_s >= params.number("max_loss_s") {
        let longest = MinutesSeconds(longest_s);
        return Outcome::review(
            0.8,
            Prose::new(
                format!("声音中断 {} 次，最长 {longest}，需人工查看。", facts.losses.len()),
                format!(
                    "Sound is lost {} times, at most for {longest}; a person should look.",
                    facts.losses.len()
                ),
            ),
        );
    }
    if median_dbfs < params.number("min_level_dbfs") {
        return Outcome::review(
            0.6,
            Prose::new(
                format!("声音过小（中位电平 {median_dbfs:.1} dBFS），需人工试听。"),
                format!(
                    "The sound is very low (median level {median_dbfs:.1} dBFS); a person should listen."
                ),
            ),
        );
    }
    if facts.clipped > params.number("max_clipped_share") {
        return Outcome::review(
            0.7,
            Prose::new("声音削波失真，需人工试听。", "The sound is clipped; a person should listen."),
        );
    }
    if let Some(noisy) = noisy(facts, median_dbfs, params) {
        return Outcome::review(0.6, noisy);
    }
    Outcome::pass(
        0.9,
        Prose::new(
            "声音全程录下，未见静音或失真。",
            "Sound was recorded throughout, neither muted nor clipped.",
        ),
    )
}

/// Sound that is steady is held to be noise only from this level on: a quiet room is steady too.
const LOUD_DBFS: f64 = -35.0;

/// The energy of 800 samples of white noise wanders by a twentieth (the deviation of a chi-squared sum), which parts loud
/// moments from soft ones by 0.6 dB; coloured noise wanders more. What is steadier is a test tone.
const NOISE_DYNAMICS_DB: f64 = 0.4;

/// What covers the voices, if something does.
fn noisy(facts: &SoundFacts, median_dbfs: f64, params: &Params) -> Option<Prose> {
    let below = |value: Option<f64>, name: &str| value.is_some_and(|value| value < params.number(name));
    if facts.hum_share.is_some_and(|share| share > params.number("max_hum_share")) {
        return Some(Prose::new(
            "交流声盖过其余声音，需人工试听。",
            "Mains hum covers the rest of the sound; a person should listen.",
        ));
    }
    if facts.dynamics_db.is_some_and(|db| db < NOISE_DYNAMICS_DB) {
        return None;
    }
    if median_dbfs > LOUD_DBFS && below(facts.dynamics_db, "min_dynamics_db") {
        return Some(Prose::new(
            "持续噪声盖住声音，需人工试听。",
            "Steady noise covers the sound; a person should listen.",
        ));
    }
    below(facts.speech_to_noise_db, "min_speech_to_noise_db").then(|| {
        Prose::new(
            "人声几乎被环境声淹没，需人工试听。",
            "Speech is nearly drowned by the noise around it; a person should listen.",
        )
    })
}

fn median(levels: &[f32]) -> f32 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Verdict;
    use crate::time::Span;

    fn judged(facts: SoundFacts) -> Outcome {
        crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.clip.duration_s = 100.0;
            evidence.sound = Observation::Observed(facts);
        })
    }

    fn good() -> SoundFacts {
        SoundFacts { level_dbfs: vec![-25.0; 100], ..SoundFacts::default() }
    }

    #[test]
    fn sound_throughout_passes() {
        assert_eq!(judged(good()).verdict, Verdict::Pass);
    }

    #[test]
    fn no_sound_track_fails_but_one_that_cannot_be_decoded_is_not_assessed() {
        let absent = |reason: AbsenceReason| {
            crate::checks::testing::judge(&CHECK, |evidence| {
                evidence.sound = Observation::Absent(reason.into())
            })
        };
        assert_eq!(absent(AbsenceReason::NoSoundTrack).verdict, Verdict::Fail);
        assert_eq!(absent(AbsenceReason::NotDecodable).verdict, Verdict::NotAssessed);
    }

    #[test]
    fn a_short_loss_is_for_a_person_a_long_one_fails() {
        let losing = |end_s| SoundFacts { losses: vec![Span::new(10.0, end_s)], ..good() };
        assert_eq!(judged(losing(10.9)).verdict, Verdict::Pass);
        assert_eq!(judged(losing(14.0)).verdict, Verdict::Review);
        assert_eq!(judged(losing(30.0)).verdict, Verdict::Fail);
    }

    #[test]
    fn faint_or_clipped_sound_is_for_a_person() {
        assert_eq!(judged(SoundFacts { level_dbfs: vec![-70.0; 100], ..good() }).verdict, Verdict::Review);
        assert_eq!(judged(SoundFacts { clipped: 0.1, ..good() }).verdict, Verdict::Review);
    }

    #[test]
    fn sound_that_hum_or_noise_covers_is_for_a_person() {
        assert_eq!(judged(SoundFacts { hum_share: Some(0.8), ..good() }).verdict, Verdict::Review);
        assert_eq!(judged(SoundFacts { dynamics_db: Some(2.0), ..good() }).verdict, Verdict::Review);
        assert_eq!(judged(SoundFacts { speech_to_noise_db: Some(1.0), ..good() }).verdict, Verdict::Review);
        let tone = SoundFacts { dynamics_db: Some(0.1), ..good() };
        assert_eq!(judged(tone).verdict, Verdict::Pass);
        let quiet_room = SoundFacts { level_dbfs: vec![-50.0; 100], dynamics_db: Some(2.0), ..good() };
        assert_eq!(judged(quiet_room).verdict, Verdict::Pass);
    }
}
