use crate::evidence::Channel;
use crate::lang::Text;

use super::said::{Duty, MissingMeans, due_at_the_start, judge_parts, opening};
use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};

pub static CHECK: Check = Check {
    id: "purpose-statement",
    title: Text::new("说明目的任务", "purpose stated"),
    explain: Text::new(
        "检查到达现场开启记录后的规定时间内，是否以语音录入执法行动的目的、任务和执法人员情况等内容。依据语音转写按读音比对，各部分不论先后，\
         说法由评查规则列出，×× 处为可变内容并照实摘录。说话清楚而没有说的，判不符合；听不清的，请人工核听；没有听到的时段，不作判断。\
         只认规则列出的说法，换一种说法表达同样意思的，可能认不出来，可在规则中补充。",
        "Whether the purpose, the task and the officers are spoken within the window after recording starts. The transcript \
         is compared by sound with the wordings that the policy lists, in any order; what fills ×× is quoted. Clear speech \
         without a required part fails; what was not understood goes to a person; where nothing was listened to it is not \
         assessed. It knows only the listed wordings: the same thing said otherwise may be missed, and can be added to the policy.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Sound, Channel::Speech],
    params: &[
        Param {
            name: "parts",
            kind: Kind::Phrases,
            default: Default::None,
            reason: Text::new(
                "应当说明的各项内容及其说法，×× 表示可变内容。",
                "What is to be stated, with the wordings that count; ×× stands for open words.",
            ),
        },
        Param {
            name: "window_s",
            kind: Kind::Number { min: 10.0, max: 3600.0 },
            default: Default::Number(300.0),
            reason: Text::new(
                "须在录制开始后的这段时间内（秒）说明。300 秒：执法告知 180 秒之后，再留两分钟说明来意。",
                "It must be stated within this time after recording starts, in seconds. 300 s: the 180 s of the opening \
                 announcement and two minutes more to say why one came.",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const DUTY: Duty = Duty {
    what: Text::new("目的任务说明", "the statement of purpose"),
    missing: MissingMeans::Fails,
    ordered: false,
};

fn judge(case: &Case, params: &Params) -> Outcome {
    let stretch = opening(case.evidence, params.number("window_s"));
    let outcome = judge_parts(case.evidence, &DUTY, params.phrases("parts"), stretch);
    due_at_the_start(case.place, outcome)
}

#[cfg(test)]
mod tests {
    use super::super::said::written::*;
    use super::super::{Value, Verdict};
    use super::*;

    const CHAT: &str = "老板最近生意怎么样还可以周末的客人比较多门口的灯箱是什么时候换的";

    fn judged(clip: Clip) -> Outcome {
        let purpose = ("目的", &["依法对××进行检查", "检查的目的是××"][..]);
        let officers = ("执法人员情况", &["我们是××的执法人员", "我叫××"][..]);
        judged_by(&CHECK, clip, parts("parts", &[purpose, officers]))
    }

    #[test]
    fn pass_in_any_order_with_what_was_filled_in() {
        let outcome = judged(
            clip(60.0)
                .says(3.0, "我们是宝丰县人社局的执法人员")
                .says(9.0, "今天依法对你单位用工情况进行检查"),
        );
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
        assert!(
            outcome.spans.iter().any(|part| part.label.zh.contains("宝丰县人社局")),
            "{:?}",
            outcome.spans
        );
    }

    #[test]
    fn pass_when_an_optional_part_fills_the_open_words() {
        let mut asked = parts("parts", &[("目的", &["我们今天来是××"]), ("重点", &["检查的重点是××"])]);
        if let Some(Value::Phrases(phrases)) = asked.get_mut("parts") {
            phrases[1].required = false;
        }
        let outcome = judged_by(&CHECK, clip(60.0).says(3.0, "我们今天来是检查的重点是消防通道"), asked);
        assert_eq!(outcome.verdict, Verdict::Pass, "{outcome:?}");
    }

    #[test]
    fn fail_when_clear_speech_lacks_a_part() {
        let outcome = judged(clip(60.0).says(3.0, "我们是宝丰县人社局的执法人员").says(9.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Fail, "{outcome:?}");
    }

    #[test]
    fn fail_only_after_the_window() {
        let late = "我们是宝丰县人社局的执法人员今天依法对你单位用工情况进行检查";
        assert_eq!(judged(clip(900.0).says(3.0, CHAT).says(400.0, late)).verdict, Verdict::Fail);
    }

    #[test]
    fn review_in_the_band_between() {
        let outcome = judged(clip(60.0).says(3.0, "我们是宝丰县人社局的执法人员").mumbles(9.0, CHAT));
        assert_eq!(outcome.verdict, Verdict::Review, "{outcome:?}");
    }

    #[test]
    fn not_assessed_where_nothing_was_listened_to() {
        assert_eq!(
            judged(clip(600.0).says(3.0, CHAT).listened_only(0.0, 60.0)).verdict,
            Verdict::NotAssessed
        );
        assert_eq!(judged(clip(60.0).without_model()).verdict, Verdict::NotAssessed);
    }
}
