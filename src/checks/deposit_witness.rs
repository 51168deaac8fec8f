//! Whether the right people took the recording in.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "deposit-witness",
    title: Text::new("移交接收", "deposit witness"),
    explain: Text::new(
        "核对每段录像由谁接收存储，是否为规定的部门或人员，人数是否足够。录制人自己收、自己存，事后无法证明原样。依据是台账的接收人登记；登记的人是否真在场，本项看不到。",
        "Who took each recording in, whether that is the department or person the regulation names, and whether there were enough of them. What its maker keeps alone can hardly be shown to be unaltered. It rests on the ledger's entry; whether those people were really present cannot be seen.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "receivers",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "可以接收的部门或人员，用台账中的说法。默认为空：台账登记了接收人即可。",
                "Departments or persons who may take it in, as the ledger names them. Empty, the default: any named person.",
            ),
        },
        Param {
            name: "persons",
            kind: Kind::Number { min: 1.0, max: 10.0 },
            default: Default::Number(1.0),
            reason: Text::new(
                "接收下载的最少人数。多数制度不要求人数，默认一人。",
                "How many must take part. Most regulations name no number: one.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对接收人。",
        "The ledger is not read yet, so it is not known who took the recording in.",
    )),
};
