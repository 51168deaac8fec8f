use super::words_and_pictures::also;
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};
use crate::evidence::{Channel, Evidence, PictureSample};
use crate::lang::{Prose, Text};
use crate::time::{Span, joined};

pub static CHECK: Check = Check {
    id: "picture-quality",
    title: Text::new("画面质量", "picture quality"),
    explain: Text::new(
        "按抽取的画面逐一测量亮度、边缘清晰度和过曝面积，统计无法使用的画面所占比例；画面模糊、过暗、过曝、起雾、被遮挡、\
         对着天空或空墙或冻结均计入。画面中读出文字的，多处文字倒置或侧转后才能读通，或抽看的画面中人脸倒置、侧置，而正置的不多于此，可能上下颠倒或侧置，由人查看；没有人脸和文字的此类画面、歪斜和对着地面的画面不能识别。抽样间隔写在计量中，两次抽样之间的画面未看。角度是否得当、重点是否拍到由人判断。",
        "Measures brightness, contrast, sharpness and burnt-out area of sampled pictures and counts the share that cannot be \
         used: blurred, dark, burnt out, fogged, covered, pointing at the sky or an empty wall, or frozen. Where \
         more places with writing can be read only upside down or on their side, or more faces stand upside down or on their side in the pictures \
         searched for them, than are upright, a person looks whether the camera was worn so. Such pictures without a face or \
         writing, tilted ones and those of the floor are not told. Pictures between two samples are not looked at (the interval is \
         among the measures). Whether the angle is right and what matters is in view is for a person to see.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Picture],
    params: &[
        Param {
            name: "max_unfit_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.5),
            reason: Text::new(
                "超过一半画面不可用的，录像已不能反映执法过程",
                "with more than half of its pictures unusable a recording no longer shows what happened",
            ),
        },
        Param {
            name: "review_unfit_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.15),
            reason: Text::new(
                "少量模糊或遮挡在佩戴拍摄中难免，超过此比例由人查看",
                "a worn camera is blurred or covered now and then; above this share a person looks",
            ),
        },
        Param {
            name: "min_definition",
            kind: Kind::Number { min: 0.0, max: 255.0 },
            default: Default::Number(20.0),
            reason: Text::new(
                "180 行画面中最清晰边缘（百分之一的像素）的亮度差；失焦、起雾、被遮挡或空无一物的画面低于 15，手持清晰画面高于 35；达到四分之三而不足的由人查看；画面偏暗时按亮度降低要求",
                "step of luma at the sharpest edges (one pixel in a hundred) at 180 lines: pictures out of focus, fogged, covered \
                 or empty stay below 15, clear hand-held ones are above 35; from three quarters on a person looks; of dim pictures less is asked, as \
                 their brightness has it",
            ),
        },
        Param {
            name: "min_sharpness",
            kind: Kind::Number { min: 0.0, max: 10_000.0 },
            default: Default::Number(12.0),
            reason: Text::new(
                "没有边缘度量的旧记录用：480 行画面亮度拉普拉斯方差（Pech-Pacheco 等，ICPR 2000）；失焦画面低于约 10，手持清晰画面高于 50",
                "for older evidence without the figure of edges: variance of the Laplacian of luma at 480 lines (Pech-Pacheco et al., ICPR 2000): pictures out of focus stay \
                 below about 10, clear hand-held ones above 50",
            ),
        },
        Param {
            name: "min_brightness",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.12),
            reason: Text::new(
                "平均亮度（0 为黑，1 为白）；视频黑电平约为 0.06",
                "mean luma, 0 black to 1 white; coded black is 0.06",
            ),
        },
        Param {
            name: "max_brightness",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.78),
            reason: Text::new(
                "平均亮度高于此值的画面几乎全白；按所摄内容曝光的画面为 0.3 至 0.6，雾中或天空约 0.65，视频白电平为 0.92",
                "above this mean luma nearly all is white: pictures exposed for what they show have 0.3 to 0.6, fog and sky some \
                 0.65, coded white is 0.92",
            ),
        },
        Param {
            name: "max_burnt_share",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.5),
            reason: Text::new(
                "过曝面积过半的画面看不清内容",
                "a picture that is burnt out over half its area shows nothing",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

/// Why one picture cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Dark,
    Burnt,
    Blurred,
    /// Dim and of little contrast: what edges there are may be as sharp as such a picture can have them.
    Unclear,
    Frozen,
}

impl Fault {
    fn label(self) -> Prose {
        match self {
            Self::Dark => Prose::new("过暗或被遮挡", "dark or covered"),
            Self::Burnt => Prose::new("过曝", "burnt out"),
            Self::Blurred => Prose::new("模糊、起雾或无可辨内容", "blurred, fogged or empty"),
            Self::Unclear => {
                Prose::new("昏暗、对比度低或略失焦", "dim, of little contrast or slightly out of focus")
            }
            Self::Frozen => Prose::new("冻结", "frozen"),
        }
    }
}

/// One thing that lies upside down before an upright camera is common: a paper that the other side reads. So is somebody who
/// bends down.
const MIN_TURNED: usize = 2;

fn judge(case: &Case, params: &Params) -> Outcome {
    turned(by_figures(case, params), case.evidence)
}

/// Adds that the camera seems to have been upside down or on its side, which is for a person to see.
fn turned(outcome: Outcome, evidence: &Evidence) -> Outcome {
    let Some(sight) = evidence.sight.seen() else { return outcome };
    let faces = &sight.faces;
    let written = (sight.signs.len() + sight.things.len()).saturating_sub(sight.on_side_at_s.len());
    let upright = written + faces.upright as usize;
    let down = [&sight.upside_down_at_s[..], &faces.upside_down_at_s].concat();
    let on_side = [&sight.on_side_at_s[..], &faces.on_side_at_s].concat();
    let (at_s, measure, what) = if down.len() >= on_side.len() {
        (&down, "upside-down", Text::new("上下颠倒", "upside down"))
    } else {
        (&on_side, "on-side", Text::new("侧置", "on their side"))
    };
    let count = at_s.len();
    let Some(&first_s) = at_s.first().filter(|_| count >= MIN_TURNED && count > upright) else {
        return outcome;
    };
    let mut outcome = also(
        outcome,
        Prose::new(
            format!("有 {count} 处人脸或文字{0}，画面可能{0}，请人工查看。", what.zh),
            format!(
                " {count} faces or places with writing are {}; a person should look whether the camera was.",
                what.en
            ),
        ),
    );
    if outcome.verdict == Verdict::Pass {
        (outcome.verdict, outcome.confidence) = (Verdict::Review, 0.6);
    }
    outcome.still(first_s).measure(measure, count as f64)
}

fn by_figures(case: &Case, params: &Params) -> Outcome {
    let Some(facts) = case.evidence.picture.seen() else {
        return Outcome::not_assessed(Prose::new("没有画面。", "There are no pictures."));
    };
    if facts.samples.is_empty() {
        return Outcome::not_assessed(Prose::new("没有可测量的画面。", "No picture could be measured."));
    }
    let stretches = stood_for(&facts.samples);
    let faulty: Vec<(Span, Fault)> = facts
        .samples
        .iter()
        .zip(&stretches)
        .filter_map(|(sample, &span)| fault(sample, &facts.freezes, params).map(|fault| (span, fault)))
        .collect();
    let whole_s: f64 = stretches.iter().map(|span| span.duration_s()).sum();
    let share = |unfit: &dyn Fn(Fault) -> bool| {
        let of = faulty.iter().filter(|(_, fault)| unfit(*fault));
        // The sum of nothing is -0, which would be printed so.
        of.map(|(span, _)| span.duration_s()).sum::<f64>().abs() / whole_s
    };
    let unfit_share = share(&|_| true);
    let useless_share = share(&|fault| fault != Fault::Unclear);
    let (fail_at, review_at) = (params.number("max_unfit_share"), params.number("review_unfit_share"));
    let percent = (unfit_share * 100.0).round();
    let outcome = if useless_share > fail_at {
        let confidence = 0.7 + 0.3 * (useless_share - fail_at) / (1.0 - fail_at).max(f64::EPSILON);
        Outcome::fail(
            confidence,
            Prose::new(
                format!("抽取的画面有 {percent}% 无法使用。"),
                format!("{percent} % of the sampled pictures cannot be used."),
            ),
        )
    } else if unfit_share > review_at {
        Outcome::review(
            0.6,
            Prose::new(
                format!("抽取的画面有 {percent}% 不清晰，需人工查看。"),
                format!("{percent} % of the sampled pictures are unclear; a person should look."),
            ),
        )
    } else {
        Outcome::pass(
            1.0 - unfit_share,
            Prose::new(
                format!("画面清晰可用（{} 帧抽样，{percent}% 不清晰）。", facts.samples.len()),
                format!("The picture is usable ({} samples, {percent} % unclear).", facts.samples.len()),
            ),
        )
    };
    let outcome =
        spans(&faulty).into_iter().fold(outcome, |outcome, (span, fault)| outcome.span(span, fault.label()));
    let outcome = match faulty.get(faulty.len() / 2) {
        Some((span, _)) if unfit_share > review_at => outcome.still(sampled_in(*span, &facts.samples)),
        _ => outcome,
    };
    outcome
        .measure_against(
            "unfit-share",
            unfit_share,
            if useless_share > fail_at { fail_at } else { review_at },
        )
        .measure("sampling-interval-s", facts.sampling_interval_s)
}

fn fault(sample: &PictureSample, freezes: &[Span], params: &Params) -> Option<Fault> {
    let below = |value: f32, name: &str| f64::from(value) < params.number(name);
    let above = |value: f32, name: &str| f64::from(value) > params.number(name);
    if below(sample.brightness, "min_brightness") {
        Some(Fault::Dark)
    } else if above(sample.burnt, "max_burnt_share") || above(sample.brightness, "max_brightness") {
        Some(Fault::Burnt)
    } else if is_blurred(sample, params) {
        let doubtful = is_dim_and_flat(sample) || is_nearly_sharp(sample, params);
        Some(if doubtful { Fault::Unclear } else { Fault::Blurred })
    } else if sample.definition.is_some() && sample.contrast < NOTHING_IN_VIEW {
        Some(Fault::Unclear)
    } else if freezes.iter().any(|freeze| freeze.contains(sample.at_s)) {
        Some(Fault::Frozen)
    } else {
        None
    }
}

/// Whether no edge is sharp. A sensor's noise does not count for sharpness, as it does in the variance of the
/// Laplacian; and the darker a picture, the smaller its steps. Where a scene has little contrast they are small as well, but
/// not beside it.
fn is_blurred(sample: &PictureSample, params: &Params) -> bool {
    /// Below this standard deviation of luma there is nothing in view: covered, fogged or the sky.
    const MIN_CONTRAST: f32 = 0.06;
    /// Coded black, and from this far above it on a picture is bright enough for the whole requirement.
    const BLACK: f64 = 16.0;
    const BRIGHT: f64 = 50.0;
    match sample.definition {
        Some(definition) => {
            let exposed = (f64::from(sample.brightness) * 255.0 - BLACK) / BRIGHT;
            let soft = f64::from(definition) < params.number("min_definition") * exposed.clamp(0.0, 1.0);
            let sharp_for_its_contrast =
                sample.contrast >= MIN_CONTRAST && edges_to_contrast(sample) >= SHARP_EDGES_TO_CONTRAST;
            soft && !sharp_for_its_contrast
        }
        None => f64::from(sample.sharpness) < params.number("min_sharpness"),
    }
}

/// Below this standard deviation of luma nothing is in view, however sharp: dark cloth before the lens has 0.018, clear pictures in dim
/// light 0.03 and more.
const NOTHING_IN_VIEW: f32 = 0.022;

/// Whether edges are no sharper than asked for, and sharper than those of pictures that are plainly out of focus: with a soft filter of 4 to 6
/// pixels at 720 lines these come to 8 to 14 of the 20 asked for, with one of 3.5 to 14 to 28; a clear picture of fur came to 19.
fn is_nearly_sharp(sample: &PictureSample, params: &Params) -> bool {
    const NEARLY: f64 = 0.75;
    sample
        .definition
        .is_some_and(|definition| f64::from(definition) >= NEARLY * params.number("min_definition"))
}

/// Whether a picture is so dim and flat that its edges are small however sharp they are: those of one out of focus are
/// small beside its contrast, too.
fn is_dim_and_flat(sample: &PictureSample) -> bool {
    /// Rooms that are lit, and the open by day, are brighter.
    const DIM_BRIGHTNESS: f32 = 0.3;
    /// Of pictures out of focus below 0.3, of clear ones in dim light 0.55 and more.
    const EDGES_TO_CONTRAST: f32 = 0.4;
    sample.brightness < DIM_BRIGHTNESS && edges_to_contrast(sample) >= EDGES_TO_CONTRAST
}

/// In ordinary light: of pictures out of focus 0.63 at most, of clear ones with as small edges 0.75 and more.
const SHARP_EDGES_TO_CONTRAST: f32 = 0.7;

/// The sharpest edges over the standard deviation of luma.
fn edges_to_contrast(sample: &PictureSample) -> f32 {
    sample.definition.unwrap_or_default() / (sample.contrast * 255.0).max(1.0)
}

/// What each sampled picture stands for: half of the way to the one before, and to the one after. Pictures are not
/// sampled evenly, and none is to count for more than its time.
fn stood_for(samples: &[PictureSample]) -> Vec<Span> {
    /// Of a clip with one picture.
    const ALONE_S: f64 = 1.0;
    let half = |a: &PictureSample, b: &PictureSample| (b.at_s - a.at_s).max(0.0) / 2.0;
    let reach = |n: usize| {
        let before = n.checked_sub(1).map(|before| half(&samples[before], &samples[n]));
        let after = samples.get(n + 1).map(|after| half(&samples[n], after));
        // Of the first and the last as far as to its only neighbour.
        let (before_s, after_s) = match (before, after) {
            (Some(before_s), Some(after_s)) => (before_s, after_s),
            (Some(half_s), None) | (None, Some(half_s)) => (half_s, half_s),
            (None, None) => (ALONE_S / 2.0, ALONE_S / 2.0),
        };
        Span::new(samples[n].at_s - before_s, samples[n].at_s + after_s)
    };
    (0..samples.len()).map(reach).collect()
}

/// The sampled picture that stands for a stretch.
fn sampled_in(stretch: Span, samples: &[PictureSample]) -> f64 {
    let inside = samples.iter().map(|sample| sample.at_s).find(|&at_s| stretch.contains(at_s));
    inside.unwrap_or(stretch.start_s)
}

/// Faulty samples side by side as stretches, each with its fault.
fn spans(faulty: &[(Span, Fault)]) -> Vec<(Span, Fault)> {
    /// Two halves of one way meet but for rounding.
    const MEETING_S: f64 = 1e-6;
    let mut faults: Vec<Fault> = faulty.iter().map(|&(_, fault)| fault).collect();
    faults.sort();
    faults.dedup();
    let of = |fault: Fault| {
        let own = faulty.iter().filter(|(_, other)| *other == fault);
        joined(own.map(|&(span, _)| Span::new(span.start_s.max(0.0), span.end_s)).collect(), MEETING_S)
    };
    faults.iter().flat_map(|&fault| of(fault).into_iter().map(move |span| (span, fault))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{AbsenceReason, FacesSeen, Observation, PictureFacts, SeenSign, SightFacts};

    fn outcome(unfit: usize) -> Outcome {
        let clear =
            PictureSample { brightness: 0.4, contrast: 0.2, sharpness: 300.0, ..PictureSample::default() };
        let samples = (0..100).map(|n| {
            let at_s = n as f64;
            if n < unfit {
                PictureSample { at_s, sharpness: 3.0, ..clear }
            } else {
                PictureSample { at_s, ..clear }
            }
        });
        let facts =
            PictureFacts { samples: samples.collect(), sampling_interval_s: 1.0, ..PictureFacts::default() };
        crate::checks::testing::judge(&CHECK, |evidence| evidence.picture = Observation::Observed(facts))
    }

    #[test]
    fn clear_pictures_pass() {
        assert_eq!(outcome(3).verdict, Verdict::Pass);
        assert!(outcome(0).summary.en.contains("100 samples, 0 %"), "{}", outcome(0).summary.en);
    }

    #[test]
    fn mostly_blurred_fails_with_its_stretch_and_a_still() {
        let outcome = outcome(80);
        assert_eq!(outcome.verdict, Verdict::Fail);
        assert_eq!(outcome.spans.len(), 1);
        assert_eq!((outcome.spans[0].span.start_s, outcome.spans[0].span.end_s), (0.0, 79.5));
        assert_eq!(outcome.stills_at_s.len(), 1);
    }

    #[test]
    fn the_band_between_is_for_a_person() {
        assert_eq!(outcome(15).verdict, Verdict::Pass);
        assert_eq!(outcome(16).verdict, Verdict::Review);
        assert_eq!(outcome(50).verdict, Verdict::Review);
        assert_eq!(outcome(51).verdict, Verdict::Fail);
    }

    #[test]
    fn edges_tell_blur_and_dim_pictures_need_less() {
        let params = Params::resolve(CHECK.params, std::collections::BTreeMap::new()).unwrap();
        let sample = |brightness, definition| PictureSample {
            brightness,
            sharpness: 900.0,
            definition: Some(definition),
            ..PictureSample::default()
        };
        assert!(is_blurred(&sample(0.5, 14.0), &params) && !is_blurred(&sample(0.5, 40.0), &params));
        assert!(!is_blurred(&sample(0.2, 18.0), &params));
        // A scene of little contrast that is as sharp as it can be, the same out of focus, and a lens that is covered.
        let soft = |contrast, definition| PictureSample { contrast, ..sample(0.4, definition) };
        assert!(!is_blurred(&soft(0.088, 17.0), &params));
        assert!(is_blurred(&soft(0.088, 14.0), &params) && is_blurred(&soft(0.019, 8.0), &params));
    }

    #[test]
    fn a_picture_that_is_nearly_all_white_is_burnt_out() {
        let params = Params::resolve(CHECK.params, std::collections::BTreeMap::new()).unwrap();
        let sample = |brightness, burnt| PictureSample {
            brightness,
            burnt,
            contrast: 0.1,
            definition: Some(50.0),
            ..PictureSample::default()
        };
        assert!(fault(&sample(0.85, 0.45), &[], &params) == Some(Fault::Burnt));
        assert!(fault(&sample(0.6, 0.55), &[], &params) == Some(Fault::Burnt));
        assert!(fault(&sample(0.7, 0.3), &[], &params).is_none(), "snow by day");
    }

    #[test]
    fn what_is_dim_flat_or_nearly_sharp_is_for_a_person_and_never_fails() {
        let judged = |brightness, contrast, definition| {
            let sample = PictureSample {
                brightness,
                contrast,
                definition: Some(definition),
                ..PictureSample::default()
            };
            let samples = (0..20).map(|n| PictureSample { at_s: f64::from(n), ..sample });
            let facts = PictureFacts { samples: samples.collect(), ..PictureFacts::default() };
            crate::checks::testing::judge(&CHECK, |evidence| evidence.picture = Observation::Observed(facts))
                .verdict
        };
        assert_eq!(judged(0.22, 0.063, 9.0), Verdict::Review);
        // Out of focus in the same light, and in a bright room.
        assert_eq!(judged(0.22, 0.15, 9.0), Verdict::Fail);
        assert_eq!(judged(0.5, 0.063, 9.0), Verdict::Fail);
        // Fur, clear but without sharp edges, and dark cloth before the lens, whose threads are as sharp as so little light lets them be.
        assert_eq!(judged(0.42, 0.127, 19.0), Verdict::Review);
        assert_eq!(judged(0.136, 0.018, 8.0), Verdict::Review);
    }

    /// What is made of clear pictures with that in them, and with so many signs that stand as they should.
    fn seen(sight: SightFacts, signs: usize) -> Outcome {
        let clear = PictureSample { brightness: 0.4, sharpness: 300.0, ..PictureSample::default() };
        let facts = PictureFacts { samples: vec![clear; 9], ..PictureFacts::default() };
        let sign = SeenSign {
            at_s: 1.0,
            seen: Span::new(1.0, 2.0),
            text: "便民超市".to_owned(),
            confidence: 0.9,
            region: crate::evidence::Region::default(),
            height_px: 30.0,
        };
        let sight = SightFacts { signs: vec![sign; signs], ..sight };
        crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.picture = Observation::Observed(facts);
            evidence.sight = Observation::Observed(sight);
        })
    }

    #[test]
    fn writing_that_reads_only_upside_down_is_for_a_person_and_never_fails() {
        let judged = |upside_down_at_s: &[f64], signs| {
            seen(SightFacts { upside_down_at_s: upside_down_at_s.to_vec(), ..SightFacts::default() }, signs)
        };
        let outcome = judged(&[3.0, 9.0, 20.0], 2);
        assert_eq!((outcome.verdict, outcome.stills_at_s), (Verdict::Review, vec![3.0]));
        assert!(outcome.summary.zh.contains("3 处人脸或文字上下颠倒"), "{}", outcome.summary.zh);
        assert_eq!(judged(&[3.0], 0).verdict, Verdict::Pass, "a paper on the table");
        assert_eq!(judged(&[3.0, 9.0], 2).verdict, Verdict::Pass);
    }

    #[test]
    fn faces_on_their_side_are_for_a_person_unless_others_are_upright() {
        let judged = |upright, on_side_at_s: &[f64], upside_down_at_s: &[f64]| {
            let (on_side_at_s, upside_down_at_s) = (on_side_at_s.to_vec(), upside_down_at_s.to_vec());
            let faces = FacesSeen { upright, on_side_at_s, upside_down_at_s };
            seen(SightFacts { faces, ..SightFacts::default() }, 0)
        };
        let outcome = judged(0, &[0.0, 4.0], &[]);
        assert_eq!(outcome.verdict, Verdict::Review);
        assert!(
            outcome.summary.en.contains("2 faces or places with writing are on their side"),
            "{}",
            outcome.summary.en
        );
        assert_eq!(judged(0, &[0.0], &[2.5, 5.0]).verdict, Verdict::Review);
        assert_eq!(judged(0, &[4.0], &[]).verdict, Verdict::Pass, "somebody bends down");
        assert_eq!(judged(3, &[4.0, 8.0], &[]).verdict, Verdict::Pass, "somebody lies there");
    }

    #[test]
    fn no_picture_is_not_assessed() {
        let outcome = crate::checks::testing::judge(&CHECK, |evidence| {
            evidence.picture = Observation::Absent(AbsenceReason::NoPictureTrack.into());
        });
        assert_eq!(outcome.verdict, Verdict::NotAssessed);
    }
}
