//! Whether the recording was filed in time after the case was closed.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "archive-deadline",
    title: Text::new("归档时限", "archive deadline"),
    explain: Text::new(
        "核对案件结案之日到音像资料组卷归档是否超过规定的工作日。依据是案件清单的结案日期和台账的归档日期，工作日按国务院公布的放假调休安排计算；超出已知日历的年份会如实说明。卷内材料是否齐全，本项不查。",
        "Whether the recordings were filed within the working days allowed after the case was closed. It rests on the closing date in the case list and the filing date in the ledger; working days follow the State Council's calendar, and years beyond the known calendar are named as such. Whether the file is complete is not looked at.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "working_days",
        kind: Kind::Number { min: 1.0, max: 365.0 },
        default: Default::Number(30.0),
        reason: Text::new(
            "结案之后允许的工作日数。三十个工作日是写明此项的制度的规定。",
            "Working days allowed after closing. Thirty is what the regulation that sets a time says.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取案件清单和台账，无法核对结案和归档日期。",
        "The case list and the ledger are not read yet, so the closing and filing dates are not known.",
    )),
};
