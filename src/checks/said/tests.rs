use proptest::prelude::*;

use super::align::Wording;
use super::bands::{WORDINGS, heard};
use super::*;

fn best(wording: &str, said: &str) -> Match {
    Wording::new(wording).unwrap().best(&heard(said)).unwrap()
}

#[test]
fn said_as_required_is_no_distance() {
    for wording in WORDINGS {
        let found = best(wording, &format!("好的{wording}谢谢"));
        assert_eq!(found.distance, 0.0, "{wording}");
        assert_eq!(found.text, wording);
        assert!((found.span.start_s - 0.4).abs() < 1e-9);
        assert_eq!(found.grade(), Grade::Whole);
    }
}

#[test]
fn regional_speech_matches() {
    // 平翘舌, n/l, f/h, r/l and 前后鼻音 merged, as a recogniser may write it.
    for (wording, said) in [
        ("本次执法全程录音录像", "本刺资花全陈录英录相"),
        ("监督我们的执法行为", "监督我门的之花醒为"),
        ("你有权申请回避", "里有权深情肥必"),
        ("为保护您的合法权益", "为保负林的合华权益"),
        ("因电量不足", "英电娘不组"),
    ] {
        let found = best(wording, said);
        assert_eq!(found.grade(), Grade::Whole, "{said}: {found:?}");
    }
}

#[test]
fn wordings_of_the_same_meaning_match() {
    for said in [
        "本次执法过程将全程录音录像",
        "此次执法全程录音录像",
        "本次执法全程录音和录像",
        "本次执法全程进行录音录像",
    ] {
        assert_eq!(best("本次执法全程录音录像", said).grade(), Grade::Whole, "{said}");
    }
    assert_eq!(best("监督我们的执法行为", "监督我们执法行为").grade(), Grade::Whole);
}

#[test]
fn open_words_are_filled_in() {
    let found = best("我们是××的执法人员", "您好我们是江源区文广旅局的执法人员张伟");
    assert_eq!(found.fills, ["江源区文广旅局"]);
    assert_eq!(found.grade(), Grade::Whole);
    let found = best("执法人员×××、×××，为保护您的合法权益", "执法人员张伟李娜为保护您的合法权益");
    assert_eq!(found.fills, ["张伟李娜"]);
    let found = best("检查地点是××", "检查地点是江源区北大街十二号 好的");
    assert_eq!(found.fills, ["江源区北大街十二号"]);
}

#[test]
fn open_words_left_empty_are_not_whole() {
    for (wording, said) in [
        ("执法人员×××、×××，为保护您的合法权益", "我们是执法人员为保护您的合法权益"),
        ("检查地点是××", "检查地点是"),
        ("我们是××的执法人员", "我们是的执法人员"),
    ] {
        assert_eq!(best(wording, said).grade(), Grade::Unsure, "{said}");
    }
}

#[test]
fn a_wording_may_span_segments_but_not_long_pauses() {
    assert_eq!(best("本次执法全程录音录像", "本次执法 全程录音录像").grade(), Grade::Whole);
    assert_ne!(best("本次执法全程录音录像", "本次执法    全程    录音录像").grade(), Grade::Whole);
}

#[test]
fn a_negation_before_the_wording_turns_it() {
    assert_eq!(best("全程录音录像", "本次执法不进行全程录音录像").altered_by.as_deref(), Some("不"));
    assert_eq!(best("全程录音录像", "我听不清 本次执法全程录音录像").altered_by, None);
    assert_eq!(best("全程录音录像", "不进行 全程录音录像").altered_by, None, "parted by a pause");
}

#[test]
fn every_occurrence_of_a_cue_is_found_once() {
    let phrase =
        Phrase {
            name: "签字".into(), any: vec!["请签字确认".into(), "签字确认".into()], required: false
        };
    let hits = cues(&phrase, &heard("请签字确认好的这里也请签字确认"));
    assert_eq!(hits.len(), 2, "{hits:?}");
    assert!(hits[0].span.end_s <= hits[1].span.start_s);
}

#[test]
fn nothing_heard_is_no_match() {
    assert_eq!(Wording::new("本次执法").unwrap().best(&heard("")), None);
    assert!(Wording::new("××、×").is_none());
    assert!(Wording::new("。！").is_none());
}

fn han() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        proptest::sample::select(
            "执法全程录音像本次监督保护合权益您的不没有电量足张伟".chars().collect::<Vec<_>>(),
        ),
        0..30,
    )
    .prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn never_panics_and_stays_in_range(wording in "[×a-z0-9，、 \\PC]{0,12}", said in "\\PC{0,40}") {
        if let Some(found) = Wording::new(&wording).and_then(|wording| wording.best(&heard(&said))) {
            prop_assert!((0.0..=1.0).contains(&found.distance));
            prop_assert!(found.span.start_s <= found.span.end_s);
            prop_assert!((0.0..=1.0).contains(&found.confidence));
        }
    }

    #[test]
    fn identical_text_is_no_distance(wording in han(), before in han(), after in han()) {
        prop_assume!(!wording.is_empty());
        let found = best(&wording, &format!("{before}{wording}{after}"));
        prop_assert!(found.distance < 1e-6);
    }

    #[test]
    fn leaving_more_out_is_never_nearer(which in 0..WORDINGS.len(), first in 0_usize..12, more in 0_usize..12) {
        let chars: Vec<char> = WORDINGS[which].chars().collect();
        let without = |gone: &[usize]| -> String {
            chars.iter().enumerate().filter(|(n, _)| !gone.contains(n)).map(|(_, &ch)| ch).collect()
        };
        let (first, more) = (first % chars.len(), more % chars.len());
        let one = best(WORDINGS[which], &without(&[first]));
        let two = best(WORDINGS[which], &without(&[first, more]));
        prop_assert!(one.distance > 0.0);
        prop_assert!(two.distance >= one.distance - 1e-6);
    }

    #[test]
    fn more_talk_around_never_hides_a_wording(which in 0..WORDINGS.len(), before in han(), after in han()) {
        let alone = best(WORDINGS[which], WORDINGS[which]);
        let among = best(WORDINGS[which], &format!("{before}{}{after}", WORDINGS[which]));
        prop_assert!(among.distance <= alone.distance + 1e-6);
    }
}
