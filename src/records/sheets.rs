//! The sheets of the records: one plain type each, and what each of their columns holds.
//!
//! A sheet is declared once. The declaration gives the type, the reading, the template and the
//! documentation.

use jiff::civil::{Date, DateTime};

use super::value::{Cells, Filled as _, Term};
use crate::lang::Text;

/// A sheet as it is declared.
#[derive(Debug)]
pub struct Sheet {
    /// Identifier, in JSON and in the table of aliases.
    pub id: &'static str,
    pub title: Text,
    pub about: Text,
    pub columns: &'static [Column],
    /// Columns whose times must not run backwards, the earlier one first.
    pub orders: &'static [(&'static str, &'static str)],
}

#[derive(Debug)]
pub struct Column {
    pub id: &'static str,
    pub kind: Kind,
    pub need: Need,
    pub title: Text,
    pub about: Text,
    /// As it stands in the template's example row.
    pub example: &'static str,
}

/// What a column's cells hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Several names, parted by 、 or a comma.
    List,
    /// Date and time of day.
    Moment,
    Day,
    /// A whole number from 0.
    Count,
    /// Seconds, with a sign and decimals.
    Seconds,
    Flag,
    /// SHA-256 or SM3: 64 hexadecimal digits.
    Digest,
    /// A date, or 永久.
    Term,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Every row has it, and no two rows the same.
    Key,
    /// Every row has it.
    Must,
    /// A check may need it; which, docs/records.md says.
    May,
}

/// Where a row stands: which sheet of [`SHEETS`], and the row's number as a spreadsheet counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct At {
    pub sheet: u8,
    pub row: u32,
}

/// A type of row.
pub trait Row: Sized {
    const SHEET: &'static Sheet;
    fn read(at: At, cells: &mut Cells) -> Self;
    fn at(&self) -> At;
    /// Whether something stands in the column of that identifier.
    fn has(&self, column: &str) -> bool;
}

/// The types that the kinds of cells are read into. An empty cell is `None`, or an empty list.
mod field {
    use super::*;
    pub type Text = Option<String>;
    pub type List = Vec<String>;
    pub type Moment = Option<DateTime>;
    pub type Day = Option<Date>;
    pub type Count = Option<u32>;
    pub type Seconds = Option<f64>;
    pub type Flag = Option<bool>;
    pub type Digest = Option<String>;
    pub type Term = Option<super::Term>;
}

macro_rules! sheets {
    ($(
        $(#[$doc:meta])*
        $type:ident in $list:ident: $title_zh:literal, $title_en:literal, $about_zh:literal, $about_en:literal,
        orders $orders:expr;
        { $( $(#[$note:meta])* $column:ident: $kind:ident $need:ident, $zh:literal, $en:literal, $says_zh:literal, $says_en:literal, $example:literal; )+ }
    )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Default)]
            pub struct $type {
                pub at: At,
                $( $(#[$note])* pub $column: field::$kind, )+
            }

            impl Row for $type {
                const SHEET: &'static Sheet = &Sheet {
                    id: stringify!($list),
                    title: Text::new($title_zh, $title_en),
                    about: Text::new($about_zh, $about_en),
                    columns: &[ $( Column {
                        id: stringify!($column),
                        kind: Kind::$kind,
                        need: Need::$need,
                        title: Text::new($zh, $en),
                        about: Text::new($says_zh, $says_en),
                        example: $example,
                    } ),+ ],
                    orders: $orders,
                };

                fn read(at: At, cells: &mut Cells) -> Self {
                    Self { at, $( $column: cells.take(stringify!($column)), )+ }
                }

                fn at(&self) -> At {
                    self.at
                }

                fn has(&self, column: &str) -> bool {
                    match column {
                        $( stringify!($column) => self.$column.is_filled(), )+
                        _ => false,
                    }
                }
            }
        )+

        /// All sheets, in the order of the template.
        pub static SHEETS: &[&Sheet] = &[ $( <$type as Row>::SHEET ),+ ];

        /// The rows of all sheets.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct Rows { $( pub $list: Vec<$type>, )+ }

        impl Rows {
            /// Reads one row of the sheet at that place of [`SHEETS`].
            pub(super) fn push(&mut self, at: At, cells: &mut Cells) {
                match SHEETS.get(usize::from(at.sheet)).map(|sheet| sheet.id) {
                    $( Some(stringify!($list)) => self.$list.push($type::read(at, cells)), )+
                    _ => {}
                }
            }

            /// Gives back the room that no row took.
            pub(super) fn shrink(&mut self) {
                $( self.$list.shrink_to_fit(); )+
            }

            /// Number of rows of each sheet, in the order of [`SHEETS`].
            pub fn counts(&self) -> Vec<usize> {
                vec![ $( self.$list.len() ),+ ]
            }
        }
    };
}

sheets! {
    /// What the records are about, in one row.
    Book in book: "基本信息", "about",
        "一行：哪个单位、哪一年的台账，登记到哪一天为止。", "One row: whose records, of which year, entered up to which day.",
        orders &[];
    {
        unit: Text May, "单位", "unit", "制作台账的单位。", "Who keeps the records.", "江源区文广旅局";
        year: Count May, "年度", "year", "台账所属年度，四位数。", "The year, in four digits.", "2025";
        /// Last day that was entered: what stands nowhere had not happened by its end.
        as_of: Day May, "截止日期", "as of", "台账登记到哪一天为止；还没有登记的事，以此判断期限是否已过。", "The last day entered: it tells whether a time that has not been met is over.", "2025-12-31";
    }

    /// A camera.
    Device in devices: "设备", "devices",
        "执法记录仪等设备，一台一行。", "Cameras, one a row.",
        orders &[];
    {
        number: Text Key, "设备编号", "device number", "与文件名或水印中的编号一致。", "As in file names or in the picture.", "J1";
        model: Text May, "型号", "model", "", "", "DSJ-A7";
        keeper: List May, "保管人", "keeper", "专人管理的，只填一人。", "One name where one person must keep it.", "张伟";
        unit: Text May, "使用部门", "department", "", "", "执法大队";
        explosion_proof: Flag May, "防爆", "explosion-proof", "是否符合防爆规定。", "Whether it may be used in explosive zones.", "否";
    }

    /// Who had a camera, and when.
    Handover in handovers: "领用交接", "handovers",
        "设备每次领用、归还一行。", "Each time a camera is taken out and brought back.",
        orders &[("taken", "returned")];
    {
        device: Text Must, "设备编号", "device number", "", "", "J1";
        user: Text May, "使用人员", "user", "", "", "李强";
        taken: Moment May, "交接时间", "taken at", "领用的时间。", "When it was taken out.", "2025-03-14 08:30";
        returned: Moment May, "归还时间", "brought back at", "空着表示尚未归还。", "Empty while it is still out.", "2025-03-14 17:00";
        content: Text May, "记录内容", "what was recorded", "", "", "文化市场日常检查";
    }

    /// An enforcement event of the case list.
    Event in events: "执法活动", "events",
        "案件清单：每次执法活动一行，没有录像的也要登记。", "The case list: each event a row, also those without a recording.",
        orders &[("arrival", "inspection_end"), ("arrival", "departure"), ("inspection_end", "departure"), ("departure", "back"), ("hearing_start", "hearing_end"), ("closed", "filed")];
    {
        number: Text Key, "活动编号", "event number", "其他各表用它指明是哪次执法活动。", "The other sheets name the event by it.", "ZF-001";
        case: Text May, "案件名称", "case", "", "", "某网吧日常检查";
        party: Text May, "当事人", "party", "姓名或单位名称。", "A person or an organisation.", "某某网吧";
        kind: List May, "执法活动种类", "kind", "用制度条文中的说法，可填几种。", "In the regulation's words, one or several.", "日常执法检查";
        matter: Text May, "执法事项", "matter", "与记录事项清单中的事项一致。", "As in the list of matters.", "现场检查";
        place: Text May, "地点", "place", "", "", "建设路12号";
        officers: List May, "执法人员", "officers", "", "", "李强、王芳";
        devices: List May, "所用设备", "devices", "", "", "J1";
        arrival: Moment May, "到达时间", "arrival", "到达现场。", "On the spot.", "2025-03-14 09:30";
        inspection_end: Moment May, "检查结束时间", "end of inspection", "", "", "2025-03-14 10:05";
        departure: Moment May, "离开时间", "departure", "离开现场。", "From the spot.", "2025-03-14 10:10";
        hearing_start: Moment May, "听证开始时间", "start of hearing", "只有听证填。", "Hearings only.", "";
        hearing_end: Moment May, "听证结束时间", "end of hearing", "", "", "";
        back: Moment May, "返回单位时间", "back at the office", "", "", "2025-03-14 11:00";
        special: Text May, "特殊情形", "special circumstances", "边远、异地、连续执法等不能及时移交的事由；没有的空着。", "Why the recording could not be handed in as usual; else empty.", "";
        recording_due: Flag May, "应否录像", "recording due", "种类不在条文之内的，写明应否录像。", "For kinds that the article does not list.", "是";
        reason: Text May, "未录像事由", "reason for not recording", "没有录像的，写明事由，用条文中的说法。", "In the regulation's words; empty where it was recorded.", "";
        note: Text May, "工作记录", "written note", "说明未录像原因和依据的工作记录（文号或“有”）。", "The written note of the reason: its number, or 有.", "";
        reported_to: List May, "报告或审核人", "reported to", "职务，如“局主管领导”；可加姓名。", "By office, such as 局主管领导.", "";
        explosive_zone: Flag May, "爆炸危险区域", "explosive zone", "", "", "否";
        secrets: List May, "涉密情形", "secrets", "国家秘密、商业秘密、个人隐私等；没有的填“无”。", "State or trade secrets, privacy; 无 where there are none.", "无";
        consent: Flag May, "当事人同意", "consent", "涉密情形下当事人是否同意录像。", "Whether the party agreed to be recorded.", "";
        unsuitable: Text May, "其他不适宜情形", "otherwise unsuitable", "其他不适宜录像的情形；没有的空着。", "Other reasons that forbid a recording.", "";
        stages: List May, "应录环节", "stages due", "这次执法应当录到的环节，用评查规则的名称。", "Stages that must be recorded, by the policy's names.", "检查、签字";
        photos: Count May, "照片数", "photographs", "", "", "6";
        closed: Day May, "结案日期", "closed", "空着表示尚未结案。", "Empty while it is open.", "2025-04-01";
        filed: Day May, "归档日期", "filed", "", "", "2025-04-20";
        kept_until: Term May, "案卷保管至", "case file kept until", "日期，或“永久”。", "A date, or 永久.", "2035-04-01";
    }

    /// A recording, as the ledger or the dock has it.
    Clip in clips: "录像", "clips",
        "每个录像文件一行，已清除的也保留。", "Each file a row, those that were cleared too.",
        orders &[("recorded_from", "recorded_until"), ("recorded_until", "deposited"), ("deposited", "deleted")];
    {
        file: Text Must, "文件名", "file", "不带文件夹。", "Without its folder.", "J1_000001_20250314093011_0001.MP4";
        digest: Digest May, "完整性校验值", "digest", "存入时的 SHA-256 或 SM3，64 位十六进制。", "SHA-256 or SM3 taken at deposit, 64 hexadecimal digits.", "";
        event: Text May, "活动编号", "event number", "", "", "ZF-001";
        device: Text May, "设备编号", "device number", "", "", "J1";
        user: Text May, "使用人员", "user", "", "", "李强";
        recorded_from: Moment May, "录制开始时间", "recorded from", "", "", "2025-03-14 09:30:11";
        recorded_until: Moment May, "录制结束时间", "recorded until", "", "", "2025-03-14 10:10:30";
        deposited: Moment May, "存入时间", "deposited at", "存入专用设备的时间，精确到分或秒。", "To the minute or second.", "2025-03-14 16:20";
        special: Text May, "特殊情形", "special circumstances", "不能及时移交的事由；没有的空着。", "Why it could not be handed in as usual; else empty.", "";
        received_unit: Text May, "接收部门", "received by department", "部门或身份。", "Department or office.", "执法大队资料室";
        received_by: List May, "接收人", "received by", "", "", "赵敏";
        location: Text May, "存储位置", "stored on", "", "", "采集器1号";
        title: Text May, "名称", "title", "", "", "";
        category: Text May, "分类", "category", "", "", "日常检查";
        case: Text May, "案件名称", "case", "与执法活动表相同的可空着。", "May be empty where the case list has it.", "";
        party: Text May, "当事人", "party", "与执法活动表相同的可空着。", "May be empty where the case list has it.", "";
        place: Text May, "具体场所", "place", "", "", "";
        content: Text May, "主要内容", "content", "", "", "";
        classified: Moment May, "分类完成时间", "classified at", "", "", "2025-03-14 17:00";
        filed: Day May, "归档日期", "filed", "", "", "";
        is_evidence: Flag May, "作为证据", "used as evidence", "", "", "否";
        photos: Count May, "照片数", "photographs", "", "", "6";
        marked: Flag May, "涉密标注", "marked as secret", "涉密录像是否已标注。", "", "";
        restricted: Flag May, "限制查阅", "viewing restricted", "", "", "";
        clock_ahead_s: Seconds May, "设备时钟偏差（秒）", "clock ahead (s)", "采集站校时时，设备时钟比标准时间快的秒数，慢为负。", "By the dock's reference: seconds that the camera's clock was ahead, negative if behind.", "1.5";
        deleted: Moment May, "清除时间", "deleted at", "空着表示仍在保存。", "Empty while it is kept.", "";
    }

    /// A stop of the recording.
    Interruption in interruptions: "中断", "interruptions",
        "录制每次中断一行。", "Each stop of a recording.",
        orders &[("stopped", "resumed")];
    {
        event: Text May, "活动编号", "event number", "", "", "ZF-001";
        device: Text May, "设备编号", "device number", "", "", "J1";
        stopped: Moment May, "中断时间", "stopped at", "", "", "2025-03-14 09:50";
        resumed: Moment May, "恢复时间", "resumed at", "没有恢复的空着。", "Empty where it never was.", "2025-03-14 09:52";
        reason: Text May, "中断原因", "reason", "用条文中的说法。", "In the regulation's words.", "电量不足";
        note: Text May, "书面说明", "written note", "文号或“有”。", "Its number, or 有.", "有";
        reported_to: List May, "报告或审核人", "reported to", "职务，可加姓名。", "By office.", "所属部门负责人";
    }

    /// A viewing of a recording.
    Viewing in viewings: "查阅", "viewings",
        "每次查阅、调取一行。", "Each viewing or retrieval.",
        orders &[];
    {
        file: Text May, "文件名", "file", "", "", "J1_000001_20250314093011_0001.MP4";
        viewer: Text May, "查阅人", "viewer", "", "", "陈静";
        reason: Text May, "查阅事由", "reason", "", "", "执法监督";
        viewed: Moment May, "查阅时间", "viewed at", "", "", "2025-05-06 14:00";
        approved_by: List May, "批准人", "approved by", "部门或职务，可加姓名。", "By department or office.", "法制办公室、主管领导";
        registered_by: Text May, "登记人", "registered by", "", "", "赵敏";
    }

    /// A copy made as evidence.
    Copy in copies: "证据复制", "copies",
        "作为证据复制、调取的录像，每次一行。", "Each copy made as evidence.",
        orders &[];
    {
        file: Text May, "文件名", "file", "", "", "J1_000001_20250314093011_0001.MP4";
        maker: Text May, "制作人", "maker", "", "", "赵敏";
        extractor: Text May, "提取人", "extractor", "", "", "李强";
        extracted: Moment May, "提取时间", "extracted at", "", "", "2025-05-06 15:00";
        note: Text May, "制作说明", "note", "文号或“有”。", "Its number, or 有.", "有";
        disc: Text May, "光盘编号", "disc number", "", "", "GP-2025-01";
    }

    /// A ground for keeping a recording for good.
    Hold in holds: "长期保存", "holds",
        "有长期保存事由的录像，每个事由一行。", "Each ground for keeping a recording for good.",
        orders &[];
    {
        file: Text May, "文件名", "file", "整次执法活动都须保存的，可只填活动编号。", "May be empty where the whole event is kept.", "J1_000001_20250314093011_0001.MP4";
        event: Text May, "活动编号", "event number", "", "", "ZF-001";
        ground: Text May, "保存事由", "ground", "用条文中的说法。", "In the regulation's words.", "对现场执法有异议";
    }

    /// A disc or disk with what is kept for good.
    Disc in discs: "光盘", "discs",
        "长期保存所用的光盘或专门硬盘，一张一行。", "Discs or dedicated disks with what is kept for good.",
        orders &[];
    {
        file: Text May, "文件名", "file", "", "", "J1_000001_20250314093011_0001.MP4";
        event: Text May, "活动编号", "event number", "", "", "ZF-001";
        copies: Count May, "份数", "copies", "空着为一份。", "One if empty.", "2";
        made_by_unit: Text May, "制作单位", "made by department", "", "", "江源区文广旅局";
        made_by: Text May, "制作人", "made by", "", "", "赵敏";
        made: Moment May, "制作时间", "made at", "", "", "2025-03-20 10:00";
        title: Text May, "执法活动或者案件名称", "event or case", "", "", "某网吧日常检查";
        number: Text May, "标号", "number", "", "", "GP-2025-02";
    }

    /// A review of the year's recordings.
    Review in reviews: "评查", "reviews",
        "每次音像记录资料评查一行。", "Each review of the recordings.",
        orders &[];
    {
        date: Day Must, "评查日期", "date", "", "", "2025-12-10";
        organiser: Text May, "组织部门", "organised by", "", "", "法制机构";
        reviewers: List May, "参加人员", "reviewers", "", "", "陈静、刘洋";
        record: Text May, "评查记录", "record", "文号或“有”。", "Its number, or 有.", "评查〔2025〕1号";
    }

    /// A line of the list of matters: the twelve columns of 平顶山市民族宗教事务局's annex 2.
    Matter in matters: "音像记录事项清单", "matters",
        "附件2的十二栏：哪些执法事项的哪些环节应当记录。", "The annex's twelve columns: which matters call for what.",
        orders &[];
    {
        serial: Text May, "序号", "no.", "", "", "1";
        category: Text May, "执法类别", "category", "", "", "行政检查";
        matter: Text Must, "执法事项", "matter", "", "", "调查取证";
        stage: List May, "记录环节", "stage", "", "", "调查笔录";
        place: Text May, "执法场所", "place", "", "", "调查现场";
        recorder: Text May, "记录人", "recorded by", "", "", "检查人员";
        starts: Text May, "记录开始时间", "starts", "", "", "进入检查现场时";
        content: Text May, "记录内容", "content", "", "", "调查全过程";
        ends: Text May, "记录结束时间", "ends", "", "", "离开检查现场时";
        kept: Text May, "记录存储时间", "kept for", "", "", "与文字材料存储时间一致";
        class: Text May, "执法记录类别", "class of record", "", "", "场景类";
        remark: Text May, "备注", "remark", "", "", "";
    }
}
