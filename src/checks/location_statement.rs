use crate::evidence::SeenSign;
use crate::lang::{MinutesSeconds, Prose, Text};

use super::said::{Duty, MissingMeans, opening};
use super::words_and_pictures::{also, by_words, passed_by_pictures, without_pictures};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params, Verdict};

pub static CHECK: Check = Check {
    id: "location-statement",
    title: Text::new("反映执法地点", "place identified"),
    explain: Text::new(
        "检查是否反映执法地点：画面摄入门牌、招牌等标志，或没有标志时以语音说明所在地点。语音在开头规定时间的转写中按读音比对，并摘录所说的地点；\
         画面按关键帧抽样，读出其中的文字（竖写的牌匾也读），水印不算。读到像单位名称、街路、门牌的文字，或听到地点说明，即为符合；只读到其他文字的，列出请人工查看。没有读到也没有听到的，\
         不等于没有拍到标志（可能过小、模糊或不在抽样的画面中），由人工查看，从不判为不符合。不能核对地点是否属实。",
        "Whether the place is identified: a sign, a house number or a landmark in the picture or, without one, the place named \
         aloud. The transcript of the opening window is compared by sound, and the place named is quoted; pictures are sampled \
         at key frames and the text in them is read, that of plaques which is written downwards too, burnt-in lines left out. \
         Text that reads like an institution's name, a \
         street or a house number, or the spoken place, meets the clause; where only other text was read it is listed for a \
         person. Where nothing was read or heard a sign may still have been filmed (too small, blurred, between the samples): \
         a person looks, and this never fails. It cannot tell whether the place is the right one, and knows no landmark \
         without writing on it.",
    ),
    basis: Basis::Footage,
    // Words or pictures are enough, so it asks for neither; the plan has both observed.
    needs: &[],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "说明地点的说法，×× 表示地点。",
                "Wordings that name the place; ×× stands for it.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 10.0, max: 14400.0 },
            default: Default::Number(600.0),
            reason: Text::new(
                "在录制开始后的这段时间内（秒）听取、查看。600 秒：进入现场、出示证件、说明来意之后，仍未反映地点的，多已错过。",
                "Looked and listened for within this time after recording starts, in seconds. 600 s: after arrival, credential \
                 and purpose; a place not shown or named by then is usually left out.",
            ),
        },
        Param {
            name: "min_sign_confidence",
            kind: Kind::Number { min: 0.0, max: 1.0 },
            default: Default::Number(0.85),
            reason: Text::new(
                "读出文字的平均置信度；低于此的只供人工参考。误读的招牌多在 0.8 以下。",
                "Mean confidence of the characters read; signs read with less are shown to a person. Misread ones mostly stay \
                 below 0.8.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("地点说明", "the statement of the place"),
    missing: MissingMeans::OtherwiseMet(Text::new(
        "地点也可能由画面中的标志反映。",
        "The place may be shown by a sign in the picture.",
    )),
    ordered: false,
};

/// What names of institutions, shops, streets and houses end in. What every building bears (安全出口, 消防通道, 收银台)
/// ends in none of them.
const PLACE_ENDINGS: [&str; 46] = [
    "局",
    "法院",
    "检察院",
    "政府",
    "委员会",
    "学校",
    "大学",
    "中学",
    "小学",
    "学院",
    "幼儿园",
    "医院",
    "卫生院",
    "诊所",
    "药房",
    "药店",
    "公司",
    "厂",
    "商行",
    "超市",
    "商店",
    "商场",
    "市场",
    "书店",
    "酒店",
    "宾馆",
    "旅馆",
    "饭店",
    "餐厅",
    "面馆",
    "会所",
    "网吧",
    "影院",
    "图书馆",
    "博物馆",
    "艺术馆",
    "体育馆",
    "中心",
    "大厦",
    "广场",
    "小区",
    "社区",
    "路",
    "街",
    "巷",
    "寺",
];
/// Shorter text ends in one of them by chance: 走路, 上街.
const MIN_NAME_CHARACTERS: usize = 4;
const REVIEW_CONFIDENCE: f64 = 0.5;

fn judge(case: &Case, params: &Params) -> Outcome {
    let evidence = case.evidence;
    let stretch = opening(evidence, params.number("window_s"));
    let spoken = by_words(evidence, &DUTY, params.phrases("parts"), stretch);
    let Some(sight) = evidence.sight.seen() else { return without_pictures(spoken, evidence) };
    let signs: Vec<&SeenSign> = sight.signs.iter().filter(|sign| stretch.contains(sign.at_s)).collect();
    let least = params.number("min_sign_confidence") as f32;
    let (places, others): (Vec<&SeenSign>, Vec<&SeenSign>) =
        signs.iter().partition(|sign| sign.confidence >= least && names_a_place(&sign.text));
    let outcome = match (places.first(), spoken.verdict) {
        (Some(first), _) => seen(spoken, first, &places),
        (None, Verdict::Pass) => spoken,
        (None, _) if others.is_empty() => in_doubt(
            spoken,
            Prose::new(
                "抽样的画面中没有读到标志文字，请人工查看。",
                " No sign was read in the sampled pictures; a person should look.",
            ),
        ),
        (None, _) => {
            let read = quoted(&others);
            in_doubt(
                spoken,
                Prose::new(
                    format!("画面中读到{}，不能确认是否反映地点，请人工查看。", read.zh),
                    format!(
                        " Read in the picture: {}; whether it tells the place is for a person to see.",
                        read.en
                    ),
                ),
            )
        }
    };
    let shown = if places.is_empty() { &others } else { &places };
    with_pictures(outcome, shown).measure("signs", signs.len() as f64)
}

/// Whether text reads like the name of an institution or a street, or like a house number.
fn names_a_place(text: &str) -> bool {
    let text = text.trim();
    let number = text.trim_end_matches('号');
    let is_house =
        number.len() < text.len() && number.chars().next_back().is_some_and(|digit| digit.is_ascii_digit());
    let chinese = text.chars().filter(|symbol| ('一'..='鿿').contains(symbol)).count();
    is_house || (chinese >= MIN_NAME_CHARACTERS && PLACE_ENDINGS.iter().any(|ending| text.ends_with(ending)))
}

/// A place that is seen, and perhaps heard as well.
fn seen(spoken: Outcome, first: &SeenSign, places: &[&SeenSign]) -> Outcome {
    let read = quoted(places);
    passed_by_pictures(spoken, f64::from(first.confidence), |also_heard| {
        let (heard_zh, heard_en) = match also_heard {
            true => ("，并听到地点说明", ", and the place was named aloud"),
            false => ("", ""),
        };
        Prose::new(
            format!("画面中读到反映地点的文字{}{heard_zh}。", read.zh),
            format!("Text that tells the place is in the picture: {}{heard_en}.", read.en),
        )
    })
}

fn in_doubt(spoken: Outcome, more: Prose) -> Outcome {
    let mut outcome = also(spoken, more);
    outcome.verdict = Verdict::Review;
    outcome.confidence = REVIEW_CONFIDENCE;
    outcome
}

const NAMED: usize = 4;

fn quoted(signs: &[&SeenSign]) -> Prose {
    let each = |zh: bool| {
        let each = signs.iter().take(NAMED).map(|sign| {
            let at = MinutesSeconds(sign.at_s);
            if zh { format!("“{}”（{at}）", sign.text) } else { format!("“{}” ({at})", sign.text) }
        });
        each.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    };
    Prose::new(each(true), each(false))
}

fn with_pictures(mut outcome: Outcome, signs: &[&SeenSign]) -> Outcome {
    for sign in signs.iter().take(NAMED) {
        let label = Prose::new(format!("标志文字：{}", sign.text), format!("sign: {}", sign.text));
        outcome = outcome.span(sign.seen, label).still(sign.at_s);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let place = ("所到场所", &["我们现在来到××", "检查地点是××"][..]);
        judged_by(&CHECK, clip, parts("parts", &[place]))
    }

    #[test]
    fn pass_and_the_place_is_quoted() {
        let outcome = judged(clip(60.0).says(3.0, "我们现在来到江源区群众艺术馆"));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.spans[0].label.zh.contains("江源区群众艺术馆"), "{}", outcome.spans[0].label.zh);
    }

    #[test]
    fn pass_by_a_sign_whose_wording_is_shown() {
        let outcome = judged(clip(60.0).says(3.0, CHAT).sees_sign(8.0, "同济大药房", 0.95));
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(outcome.summary.zh.contains("同济大药房") && outcome.stills_at_s == [8.0]);
        assert_eq!(
            judged(clip(60.0).without_model().sees_sign(8.0, "工农路128号", 0.95)).verdict,
            Verdict::Pass
        );
        let late = judged(clip(900.0).says(3.0, CHAT).sees_sign(800.0, "同济大药房", 0.95));
        assert_eq!(late.verdict, Verdict::Review, "{late:?}");
    }

    #[test]
    fn other_text_and_text_that_was_hardly_read_are_for_a_person() {
        for (text, confidence) in [("安全出口", 0.99), ("同济大药房", 0.7), ("走路", 0.99)] {
            let outcome = judged(clip(60.0).says(3.0, CHAT).sees_sign(8.0, text, confidence));
            assert_eq!(outcome.verdict, Verdict::Review, "{text}");
            assert!(outcome.summary.zh.contains(text));
        }
    }

    #[test]
    fn never_fails_where_nothing_was_read_or_the_picture_was_not_looked_at() {
        assert_eq!(judged(clip(60.0).says(3.0, CHAT)).verdict, Verdict::NotAssessed);
        assert_eq!(judged(clip(60.0).says(3.0, CHAT).sees([])).verdict, Verdict::Review);
    }

    #[test]
    fn review_in_the_band_between() {
        let outcome = judged(clip(60.0).says(3.0, "我们现在来到"));
        assert_eq!(outcome.verdict, Verdict::Review, "no place was named: {outcome:?}");
        assert_eq!(judged(clip(60.0).mumbles(3.0, CHAT)).verdict, Verdict::Review);
    }

    #[test]
    fn not_assessed_without_ears() {
        assert_eq!(judged(clip(60.0).without_sound_track()).verdict, Verdict::NotAssessed);
    }
}
