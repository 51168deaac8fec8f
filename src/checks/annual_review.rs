//! Whether the year's review took place and left a record.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "annual-review",
    title: Text::new("年度评查", "annual review"),
    explain: Text::new(
        "核对每年是否按规定次数组织音像记录资料评查，并留有记录。依据是台账的评查登记；评查质量由人判断。",
        "Whether the recordings were reviewed as many times a year as required, with a record of it. It rests on the ledger of reviews; how good a review was is for a person to say.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[Param {
        name: "reviews_per_year",
        kind: Kind::Number { min: 1.0, max: 12.0 },
        default: Default::Number(1.0),
        reason: Text::new(
            "每年最少次数。条文写明“至少组织一次”。",
            "Times a year at least. The articles say once.",
        ),
    }],
    judge: Judge::NotYet(Text::new(
        "尚未读取评查登记，本条无法核对。",
        "The ledger of reviews is not read yet.",
    )),
};
