//! Whether the recording is sorted and described as required.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "classification",
    title: Text::new("分类整理", "classification"),
    explain: Text::new(
        "核对每段录像是否按规定的项目分类登记，并在期限内完成。没有案件名称、当事人和日期的文件，日后难以找到，也难以作证。依据是台账各栏和文件名；把说明以字幕压入原始录像等于改动原件，只应作在副本上，本项只看登记和文件名，不检查字幕内容。",
        "Whether each recording carries the particulars that the regulation sorts by, and in time. A file without case, party and date is hard to find and to use in evidence. It rests on the ledger's columns and the file's name; a subtitle burnt into the original would itself be an edit and belongs on a copy, so subtitles are not looked at.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "fields",
            kind: Kind::Texts,
            default: Default::None,
            reason: Text::new(
                "必须登记齐全的项目，用台账的栏目名。各制度不同，必须写明。",
                "Particulars that must be filled in, by the ledger's column names. They differ from one regulation to the next, so they must be set.",
            ),
        },
        Param {
            name: "working_days",
            kind: Kind::Number { min: 0.0, max: 60.0 },
            default: Default::Number(0.0),
            reason: Text::new(
                "存入后完成分类的工作日数；0表示条文没有期限。",
                "Working days after the deposit; 0 where the article sets no time.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账，无法核对分类登记。",
        "The ledger is not read yet, so the particulars cannot be seen.",
    )),
};
