//! The fixed words of the page and the terminal's table. Both languages fill the same structure,
//! so that neither can lack a word.

use super::{ClipVerdict, Report, Scope};
use crate::checks::Verdict;
use crate::lang::{Lang, Text};

pub struct Words {
    /// For the page's `lang` attribute.
    pub tag: &'static str,
    pub document: &'static str,
    pub preamble: &'static str,
    pub clip_verdict: &'static str,
    pub limits: &'static str,
    pub no_limits: &'static str,
    pub nothing_looked_at: &'static str,
    pub facts: &'static str,
    pub overview: &'static str,
    pub no_findings: &'static str,
    pub timeline: &'static str,
    pub timeline_key: &'static str,
    pub details: &'static str,
    pub number: &'static str,
    pub article: &'static str,
    pub item: &'static str,
    pub verdict: &'static str,
    pub summary: &'static str,
    pub confidence: &'static str,
    pub clause: &'static str,
    pub quotes: &'static str,
    pub stills: &'static str,
    pub still_at: &'static str,
    pub still_elsewhere: &'static str,
    pub spans: &'static str,
    pub more_spans: &'static str,
    pub measures: &'static str,
    pub measure: &'static str,
    pub measured: &'static str,
    pub threshold: &'static str,
    pub method: &'static str,
    pub voice: &'static str,
    pub listened: &'static str,
    pub clock: &'static str,
    pub clock_read: &'static str,
    pub clock_not_read: &'static str,
    pub clock_missing: &'static str,
    pub clock_stopped: &'static str,
    pub clock_jump: &'static str,
    pub discontinuities: &'static str,
    pub no_discontinuities: &'static str,
    pub waveform: &'static str,
    pub waveform_peak: &'static str,
    pub kind: &'static str,
    pub signs: &'static str,
    pub time: &'static str,
    pub transcript: &'static str,
    pub transcript_note: &'static str,
    pub no_transcript: &'static str,
    pub not_listened: &'static str,
    pub lines: &'static str,
    pub words_heard: &'static str,
    pub record: &'static str,
    pub file_name: &'static str,
    pub duration: &'static str,
    pub size: &'static str,
    pub bytes_read: &'static str,
    pub bytes: &'static str,
    pub container: &'static str,
    pub video: &'static str,
    pub audio: &'static str,
    pub absent: &'static str,
    pub frames_per_second: &'static str,
    pub rotated: &'static str,
    pub pixel_aspect: &'static str,
    pub clock_starts_at: &'static str,
    pub taken_at: &'static str,
    pub device: &'static str,
    pub officers: &'static str,
    pub unit: &'static str,
    pub clock_format: &'static str,
    pub clock_readings: &'static str,
    pub clock_drift: &'static str,
    pub clock_jumps: &'static str,
    pub other_text: &'static str,
    pub policy: &'static str,
    pub policy_id: &'static str,
    pub policy_digest: &'static str,
    pub profile: &'static str,
    pub records: &'static str,
    pub scope: &'static str,
    pub clip_digest: &'static str,
    pub not_taken: &'static str,
    pub model: &'static str,
    pub no_models: &'static str,
    pub program: &'static str,
    pub schema: &'static str,
    pub page_before: &'static str,
    pub page_between: &'static str,
    pub page_after: &'static str,
    pub decision: &'static str,
    pub decision_opinion: &'static str,
    pub decision_reviewer: &'static str,
    pub decision_second: &'static str,
    pub decision_date: &'static str,
    pub separator: &'static str,
    pub list_separator: &'static str,
    pub colon: &'static str,
}

pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::Zh => &ZH,
        Lang::En => &EN,
    }
}

static ZH: Words = Words {
    tag: "zh-CN",
    document: "执法音像记录评查报告",
    preamble: "本报告由程序依照所列规定逐条生成，供评查人员参考。标为“疑似”“待复核”的事项须由人工核定；\
               “未评查”“不适用”不等于符合。",
    clip_verdict: "评查结论",
    limits: "未查看的内容及其原因",
    no_limits: "未记录到局限。",
    nothing_looked_at: "文件未能读取，画面、声音均未查看。",
    facts: "文件概况",
    overview: "逐条结果一览",
    no_findings: "评查范围内没有可列出的条款。",
    timeline: "时间轴",
    timeline_key: "时间从首帧起算（分:秒）。听写一行：浅色为听写的时段，深色为识别出的话语。水印时钟一行：斜线为未能读到，\
                   三角为跳变。点按标记可转到相应条目，点按条目中的时间可回到时间轴。",
    details: "逐条说明",
    number: "序号",
    article: "条款",
    item: "评查项目",
    verdict: "结论",
    summary: "说明",
    confidence: "置信度",
    clause: "规定原文",
    quotes: "听到的原话",
    stills: "画面",
    still_at: "时间",
    still_elsewhere: "画面见附件",
    spans: "所在时段",
    more_spans: "其余时段",
    measures: "测得值与限值",
    measure: "指标",
    measured: "测得",
    threshold: "限值",
    method: "评查方法及其局限",
    voice: "人声",
    listened: "听写",
    clock: "水印时钟",
    clock_read: "已查看",
    clock_not_read: "未查看水印时钟。",
    clock_missing: "未能读到",
    clock_stopped: "停走",
    clock_jump: "跳变",
    discontinuities: "疑似间断",
    no_discontinuities: "没有间断记录。未查看的内容见前文。",
    waveform: "前后声音的波形",
    waveform_peak: "最高",
    kind: "类型",
    signs: "依据",
    time: "时间",
    transcript: "语音识别文本",
    transcript_note: "由程序识别，可能有错字，以录音为准。",
    no_transcript: "在听写的时段内没有识别出话语。",
    not_listened: "没有听写任何时段。",
    lines: "句",
    words_heard: "话语",
    record: "技术记录",
    file_name: "文件名",
    duration: "时长",
    size: "大小",
    bytes_read: "读取",
    bytes: "字节",
    container: "封装",
    video: "视频",
    audio: "音频",
    absent: "无",
    frames_per_second: "帧/秒",
    rotated: "旋转",
    pixel_aspect: "像素宽高比",
    clock_starts_at: "水印起始时间",
    taken_at: "录制时间",
    device: "设备",
    officers: "执法人员",
    unit: "单位",
    clock_format: "显示格式",
    clock_readings: "读取次数",
    clock_drift: "走时偏差",
    clock_jumps: "跳变",
    other_text: "旁边的文字",
    policy: "评查依据",
    policy_id: "规则编号",
    policy_digest: "规则文件 SHA-256",
    profile: "记录仪特征",
    records: "台账",
    scope: "评查范围",
    clip_digest: "文件",
    not_taken: "未计算",
    model: "模型",
    no_models: "未使用模型",
    program: "程序",
    schema: "报告格式",
    page_before: "第 ",
    page_between: " 页，共 ",
    page_after: " 页",
    decision: "人工核定",
    decision_opinion: "核定意见",
    decision_reviewer: "评查人（签名）",
    decision_second: "复核人（签名）",
    decision_date: "日期",
    separator: "，",
    list_separator: "；",
    colon: "：",
};

static EN: Words = Words {
    tag: "en",
    document: "Review of an enforcement recording",
    preamble: "Written by a program, clause by clause, under the regulation named here, to help a reviewer. What is \
               “suspected” or “for review” is for a person to decide; “not assessed” and “not applicable” do not mean met.",
    clip_verdict: "Conclusion",
    limits: "What was not looked at, and why",
    no_limits: "No limits were recorded.",
    nothing_looked_at: "The file could not be read: neither pictures nor sound were looked at.",
    facts: "The file",
    overview: "Results by clause",
    no_findings: "No clause in scope.",
    timeline: "Time line",
    timeline_key: "Times count from the first picture (minutes:seconds). Transcribed: light where speech was listened \
                   to, dark where words were recognised. Burnt-in clock: hatched where it could not be read, a triangle \
                   where it leaps. A mark leads to its entry, a time in an entry leads back.",
    details: "Clause by clause",
    number: "No.",
    article: "Article",
    item: "Subject",
    verdict: "Result",
    summary: "Explanation",
    confidence: "Confidence",
    clause: "Text of the regulation",
    quotes: "Words as heard",
    stills: "Pictures",
    still_at: "At",
    still_elsewhere: "see attachment",
    spans: "Where",
    more_spans: "More places",
    measures: "Figures and limits",
    measure: "Figure",
    measured: "Measured",
    threshold: "Limit",
    method: "How this was checked, and what cannot be seen this way",
    voice: "Voice",
    listened: "Transcribed",
    clock: "Burnt-in clock",
    clock_read: "looked at",
    clock_not_read: "The burnt-in clock was not looked at.",
    clock_missing: "could not be read",
    clock_stopped: "stands still",
    clock_jump: "leaps",
    discontinuities: "Suspected breaks",
    no_discontinuities: "No breaks on record; what was not looked at is named above.",
    waveform: "The sound around it",
    waveform_peak: "peak",
    kind: "Kind",
    signs: "Signs",
    time: "Time",
    transcript: "Recognised speech",
    transcript_note: "Recognised by a program and liable to mistakes; the recording decides.",
    no_transcript: "No speech was recognised in the stretches that were listened to.",
    not_listened: "No stretch was listened to for words.",
    lines: "lines",
    words_heard: "Words",
    record: "Technical record",
    file_name: "File name",
    duration: "Duration",
    size: "Size",
    bytes_read: "Read",
    bytes: "bytes",
    container: "Container",
    video: "Video",
    audio: "Audio",
    absent: "none",
    frames_per_second: "frames/s",
    rotated: "rotated",
    pixel_aspect: "pixel aspect",
    clock_starts_at: "Burnt-in clock starts at",
    taken_at: "Recorded at",
    device: "Device",
    officers: "Officers",
    unit: "Department",
    clock_format: "Shown as",
    clock_readings: "Readings",
    clock_drift: "Drift",
    clock_jumps: "Leaps",
    other_text: "Text beside it",
    policy: "Regulation",
    policy_id: "Policy",
    policy_digest: "Policy file SHA-256",
    profile: "Camera profile",
    records: "Records",
    scope: "Scope",
    clip_digest: "File",
    not_taken: "not computed",
    model: "Model",
    no_models: "no models were used",
    program: "Program",
    schema: "Report format",
    page_before: "Page ",
    page_between: " of ",
    page_after: "",
    decision: "A person's decision",
    decision_opinion: "Opinion",
    decision_reviewer: "Reviewer (signature)",
    decision_second: "Second reviewer (signature)",
    decision_date: "Date",
    separator: ", ",
    list_separator: "; ",
    colon: ": ",
};

pub fn verdict(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Fail => Text::new("不符合", "Not met"),
        Verdict::Review => Text::new("待复核", "For review"),
        Verdict::NotAssessed => Text::new("未评查", "Not assessed"),
        Verdict::Pass => Text::new("符合", "Met"),
        Verdict::NotApplicable => Text::new("不适用", "Not applicable"),
    }
}

pub fn clip_verdict(verdict: ClipVerdict) -> Text {
    match verdict {
        ClipVerdict::Compliant => Text::new("符合规定", "Compliant"),
        ClipVerdict::Review => Text::new("待人工复核", "For a person to review"),
        ClipVerdict::Violation => Text::new("存在不符合项", "Requirements not met"),
        ClipVerdict::Unreadable => Text::new("文件无法读取", "The file could not be read"),
    }
}

/// The clip's own verdict, where it is another than that of its report.
pub fn own_verdict(report: &Report) -> Option<String> {
    let own = report.own_verdict.filter(|own| *own != report.verdict)?;
    let own = clip_verdict(own).get(report.lang);
    Some(match report.lang {
        Lang::Zh => format!("本段自身：{own}；其余属台账整体的问题，不因本段而起"),
        Lang::En => format!("This clip by itself: {own}; the rest concerns the records as a whole"),
    })
}

/// What the verdict on the clip rests on: `fail` failing clauses, `open` for review or not assessed.
pub fn clip_verdict_reason(verdict: ClipVerdict, fail: usize, open: usize, lang: Lang) -> String {
    match (verdict, lang) {
        (ClipVerdict::Compliant, Lang::Zh) => {
            "在评查范围内，未发现不符合规定或需要人工复核的事项。".to_owned()
        }
        (ClipVerdict::Compliant, Lang::En) => {
            "Within the scope nothing fails and nothing needs review.".to_owned()
        }
        (ClipVerdict::Review, Lang::Zh) => {
            format!("未发现不符合规定的事项，但有 {open} 项需要人工复核或未能评查。")
        }
        (ClipVerdict::Review, Lang::En) => {
            format!("Nothing fails; for review or not assessed: {open}.")
        }
        (ClipVerdict::Violation, Lang::Zh) if open > 0 => {
            format!("有 {fail} 项不符合规定，另有 {open} 项需要人工复核或未能评查。")
        }
        (ClipVerdict::Violation, Lang::Zh) => format!("有 {fail} 项不符合规定。"),
        (ClipVerdict::Violation, Lang::En) => {
            format!("Requirements not met: {fail}; for review or not assessed: {open}.")
        }
        (ClipVerdict::Unreadable, Lang::Zh) => "未能从文件中取得画面和声音，没有作出评查。".to_owned(),
        (ClipVerdict::Unreadable, Lang::En) => {
            "Neither pictures nor sound could be had from the file; nothing was judged.".to_owned()
        }
    }
}

pub fn scope(scope: Scope) -> Text {
    match scope {
        Scope::Footage => Text::new("音像内容", "footage"),
        Scope::Records => Text::new("台账记录", "records"),
    }
}

pub fn channels(count: u32, lang: Lang) -> String {
    match (count, lang) {
        (1, Lang::Zh) => "单声道".to_owned(),
        (1, Lang::En) => "mono".to_owned(),
        (2, Lang::Zh) => "双声道".to_owned(),
        (2, Lang::En) => "stereo".to_owned(),
        (_, Lang::Zh) => format!("{count} 声道"),
        (_, Lang::En) => format!("{count} channels"),
    }
}

/// Faces that are blurred in a still.
pub fn faces_blurred(faces: u32, lang: Lang) -> String {
    match (faces, lang) {
        (_, Lang::Zh) => format!("已遮蔽人脸 {faces} 处"),
        (1, Lang::En) => "1 face blurred".to_owned(),
        (_, Lang::En) => format!("{faces} faces blurred"),
    }
}

/// A model's role; an unknown one stands for itself.
pub fn role(role: &str, lang: Lang) -> String {
    match role {
        "speech" => Text::new("语音识别", "speech recognition"),
        "text-detection" => Text::new("文字检测", "text detection"),
        "text-recognition" => Text::new("文字识别", "text recognition"),
        "face-detection" => Text::new("人脸查找", "finding faces"),
        other => return other.to_owned(),
    }
    .get(lang)
    .to_owned()
}

/// What tells when a clip was recorded.
pub fn taken_by(source: &str) -> Text {
    match source {
        "clock" => Text::new("水印时钟", "burnt-in clock"),
        "file-name" => Text::new("文件名", "file name"),
        "container" => Text::new("容器创建时间", "container"),
        "ledger" => Text::new("台账", "ledger"),
        _ => Text::new("其他", "other"),
    }
}
