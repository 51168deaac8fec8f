//! Whether the recording runs from the event's beginning to its end.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "whole-process",
    title: Text::new("全程记录", "whole process"),
    explain: Text::new(
        "核对记录是否覆盖规定的全程：以案件清单登记的到达、离开（或听证开始、结束）时间，对照该次执法各段录像的起止时间。缺了开头的录像，看不出此前发生过什么，所以开始和结束都要查。依据是案件清单和录像的时间；清单时间由人工登记，只到分钟，登记有误时本项也会有误。画面里何时真正到达现场，本项不作判断。",
        "Whether the recording covers the whole that the regulation names: the arrival and departure (or the hearing's start and end) in the case list, held against the start and end of that event's recordings. A recording that lacks its beginning cannot show what went before, so both ends count. It rests on the case list and the recordings' times; the list is written by hand, to the minute, and an error there is an error here. It does not judge from the picture when the officers really arrived.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "from",
            kind: Kind::Choice(&["arrival", "hearing-start"]),
            default: Default::Text("arrival"),
            reason: Text::new(
                "全程从何时算起：arrival 到达现场，hearing-start 听证开始。多数制度写明自到达现场时开始，故为默认。",
                "Where the whole begins. Most regulations say on arrival, hence the default.",
            ),
        },
        Param {
            name: "until",
            kind: Kind::Choice(&["departure", "inspection-end", "hearing-end"]),
            default: Default::Text("departure"),
            reason: Text::new(
                "全程到何时为止：departure 离开现场，inspection-end 检查结束，hearing-end 听证结束。多数制度写明至离开现场时结束，故为默认。",
                "Where it ends. Most regulations say on departure, hence the default.",
            ),
        },
        Param {
            name: "tolerance_s",
            kind: Kind::Number { min: 0.0, max: 1800.0 },
            default: Default::Number(120.0),
            reason: Text::new(
                "两端允许相差的秒数。清单时间只记到分钟，开机又需片刻，默认两分钟。",
                "Seconds that either end may differ by. The list is kept to the minute and switching on takes a moment: two minutes.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单，无法核对到达和离开时间。",
        "The case list is not read yet, so there is no arrival and departure to hold the recording against.",
    )),
};
