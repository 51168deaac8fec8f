//! Whether each event without a recording, and each stop, has its written reason.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "non-recording-justification",
    title: Text::new("未录说明", "non-recording justification"),
    explain: Text::new(
        "核对没有录像的执法活动和中途停止的记录，是否有书面说明，事由是否属于条文允许的情形，是否报规定的负责人。依据是案件清单和台账登记的事由、报告和审核人；事由是否属实，由人核查。",
        "Whether each event without a recording, and each recording that was stopped, has a written reason, on one of the grounds that the article allows, reported to the person it names. It rests on the reasons and approvals in the case list and the ledger; whether a reason is true is for a person to find out.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "grounds",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "条文允许不录或停止的事由。各制度不同，必须写明。",
                "The grounds that the article allows. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "approver",
            kind: Kind::Text,
            default: Default::None,
            reason: Text::new(
                "应当报告或审核的负责人，用条文的说法。",
                "The person it must be reported to, in the article's words.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单和台账，无法核对未录或停录的说明。",
        "The case list and the ledger are not read yet, so no reasons are known.",
    )),
};
