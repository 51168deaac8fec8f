//! Whether the recording is kept as long as it must be.

use crate::lang::Text;

use super::{Basis, Check, Default, Judge, Kind, Param};

pub static CHECK: Check = Check {
    id: "retention",
    title: Text::new("保存期限", "retention"),
    explain: Text::new(
        "核对每段录像的应保存到期日：期内是否仍在，有没有提前删除，到期的列出待清理。有长期保存事由的，一律按长期保存。依据是录制日期、台账、案卷保管期限和现存文件目录；期限按自然月计算，月末和闰年按民用历法。评查程序本身不删除任何文件，也不判断资料有无保存意义。",
        "Works out until when each recording must be kept: is it still there, was it deleted early, what is now due for clearing? A ground for long-term preservation always wins. It rests on the recording's date, the ledger, the case file's term and the list of existing files; months are calendar months, with month ends and leap years as the civil calendar has them. Nothing is ever deleted by this program, and whether a recording is worth keeping is not its question.",
    ),
    basis: Basis::Records,
    needs: &[],
    params: &[
        Param {
            name: "months",
            kind: Kind::Number { min: 0.0, max: 1200.0 },
            default: Default::None,
            reason: Text::new(
                "最短保存月数，按自然月；0表示条文只规定随案卷保存，没有自己的月数。各制度不同，必须写明。",
                "Calendar months that it must be kept at least; 0 where the article only names the case file's term. It differs from one regulation to the next, so it must be set.",
            ),
        },
        Param {
            name: "with_case_file",
            kind: Kind::Choice(&["none", "evidence", "all"]),
            default: Default::Text("none"),
            reason: Text::new(
                "哪些录像随案卷期限保存：none 条文无此规定，evidence 作为证据或入卷的，all 全部。案卷期限较长时从长。",
                "Which recordings are kept as long as the case file: none, those used in evidence, or all. The longer term wins.",
            ),
        },
    ],
    judge: Judge::NotYet(Text::new(
        "尚未读取台账和文件目录，无法核对保存期限。",
        "The ledger and the list of files are not read yet, so no term can be worked out.",
    )),
};
