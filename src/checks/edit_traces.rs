use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Basis, Case, Check, Default, Judge, Kind, Outcome, Param, Params};
use crate::evidence::{Channel, ContainerFacts, EditList, EncoderString};
use crate::lang::{Prose, Text};
use crate::profile::Profile;
use crate::time::Span;
use programs::Program;

mod coding;
mod profiled;
mod programs;
#[cfg(test)]
mod tests;

pub static CHECK: Check = Check {
    id: "edit-traces",
    title: Text::new("编辑痕迹", "traces of editing"),
    explain: Text::new(
        "检查什么：文件的结构、编码头和内嵌文字是否像执法记录仪直接写出的，有无经剪辑、转码或重新封装的迹象。\
         依据：剪辑软件、转码工具和编码库留下的名称（如 x264、Lavf、剪映），跳段的编辑列表，修改时间晚于录制结束，\
         B 帧，250 帧的关键帧间隔，索引前置，中途更换的编码参数。前两类单独出现即须人工核对；其余为弱迹象，\
         两个以上并存才提请核对，单独一个只列出。\
         为何只“核对”：有的记录仪本身使用 FFmpeg 等软件库，没有该型号的样本文件就不能断定；可用 camera_programs 登记本单位记录仪写入的名称。\
         用 --profile 给出记录仪特征（pingcha profile learn 从该型号未经改动的文件学得）的，逐项列出容器、编码和水印时钟字体与特征不符之处，\
         记录仪自身的写法不再算作迹象；不符即提请核对（更换固件也会不符；字体不符可能是重新压印的水印，也可能是数字认错），只有特征取自 3 个以上文件、容器写法不符、文件又写着其他软件的\
         名称时，才判不符合：这样的文件不是记录仪写下的原件。画面尺寸、帧率、码率、水印格式与位置和文件名不符的只列出。\
         看不到什么：清除了名称并按记录仪格式重新编码的文件、逐组剪除而不重新封装的文件、二次压缩的画面痕迹；\
         未见痕迹不等于未经编辑。文件不完整不是编辑痕迹，由“连续录制”报告。",
        "What it checks: whether the file's structure, codec headers and texts look as a camera writes them, or show \
         editing, conversion or re-muxing. On what evidence: names left by editors, converters and encoder libraries \
         (x264, Lavf, CapCut …), edit lists that skip, a modification after the recording ended, B-frames, key frames \
         250 frames apart, an index in front, coding parameters that change midway. The first two call for a person's \
         look by themselves; the others are weak, are shown, and call for a look only when two or more come together. \
         Why never a fail: some cameras are built on FFmpeg and the like, and without untouched files of that camera \
         nobody can tell; camera_programs names what the agency's own cameras write. With --profile (learned from untouched \
         files of the camera by `pingcha profile learn`) each departure of container, coding and the font of the burnt-in clock is named, and what the camera \
         itself writes is no sign any more. A departure calls for a look (new firmware departs too; another font may be an overlay that was burnt in anew, or digits that were misread); the file fails only where \
         the profile rests on three files or more, the container departs, and the file names another program: then it is not \
         the one that the camera wrote. Picture size, rate, bit rate, the overlay's format and place, and the file name are only shown. What it cannot see: files whose \
         names were removed and that were encoded again the way the camera does, groups of pictures cut out by a tool \
         that leaves the container alone, the traces of a second compression in the pictures. No trace seen is not \
         proof that nothing was done. Missing bytes are no trace of editing: `continuity` reports them.",
    ),
    basis: Basis::Footage,
    needs: &[Channel::Container],
    params: &[
        Param {
            name: "camera_programs",
            kind: Kind::Texts,
            default: Default::Texts(&[]),
            reason: Text::new(
                "本单位记录仪自身写入的名称；含有其中任一文字的记载不作为痕迹。默认为空：未核实的名称一律列出",
                "names that the agency's own cameras write; a text that contains one of them is no trace. Empty by \
                 default: what nobody has checked is shown",
            ),
        },
        Param {
            name: WEAK_SIGNS,
            kind: Kind::Number { min: 1.0, max: 10.0 },
            default: Default::Number(2.0),
            reason: Text::new(
                "多少个弱迹象并存才提请人工核对；每个弱迹象都有记录仪会写出，两个互不相干的同时出现则少见",
                "how many weak signs together call for a person's look: some camera writes each of them, two that have \
                 nothing to do with each other are rare",
            ),
        },
        Param {
            name: "modification_slack_s",
            kind: Kind::Number { min: 0.0, max: 86_400.0 },
            default: Default::Number(60.0),
            reason: Text::new(
                "修改时间允许晚于“创建时间加时长”的秒数；记录仪停止后写完文件需要数秒，预录最长 30 秒",
                "seconds by which the modification may come after creation plus length: closing a file takes a camera a \
                 few seconds, and it may have pre-recorded up to 30 s",
            ),
        },
    ],
    judge: Judge::Decides(judge),
};

const WEAK_SIGNS: &str = "weak_signs";

/// An edit list that starts this far inside its media hides pictures. Shorter starts skip what a
/// coder needs: 2,112 samples of AAC are 0.26 s at 8 kHz, and the 16 pictures that H.264 and H.265 may
/// reorder are 0.64 s at 25 a second.
const HIDDEN_START_S: f64 = 0.65;
/// Signs named in a summary; all are counted in the measures.
const MAX_NAMED: usize = 4;
const MAX_QUOTED_CHARS: usize = 48;
const MAX_SPANS: usize = 20;

/// No sign is no proof: a pass is never surer than this, and less so without the packets.
const PASS_CONFIDENCE: f64 = 0.8;
const PASS_CONFIDENCE_WITHOUT_PACKETS: f64 = 0.6;
const STRONG_CONFIDENCE: f64 = 0.9;
const WEAK_CONFIDENCE: f64 = 0.6;

/// One thing that a camera does not write, or seldom.
struct Sign {
    /// Calls for a look by itself.
    strong: bool,
    text: Prose,
    measure: (&'static str, f64),
    at_s: Vec<f64>,
}

impl Sign {
    fn new(strong: bool, measure: (&'static str, f64), text: Prose) -> Self {
        Self { strong, text, measure, at_s: Vec::new() }
    }
}

fn judge(case: &Case, params: &Params) -> Outcome {
    let evidence = case.evidence;
    let Some(container) = evidence.container.seen() else {
        return Outcome::not_assessed(Prose::new("未读取文件结构。", "The file's structure was not read."));
    };
    let (timeline, audio) = (evidence.timeline.seen(), evidence.clip.audio.as_ref());
    if let Some(profile) = case.profile {
        return profiled::judge(evidence, container, profile, params);
    }
    let signs: Vec<Sign> = [
        program_signs(container, params.texts("camera_programs"), None),
        edit_list_signs(container),
        modified_later(container, evidence.clip.duration_s, params.number("modification_slack_s"))
            .into_iter()
            .collect(),
        muxer_signs(container),
        coding::signs(container, timeline, audio),
    ]
    .into_iter()
    .flatten()
    .collect();

    let weak_limit = params.number(WEAK_SIGNS);
    let weak = signs.iter().filter(|sign| !sign.strong).count() as f64;
    let strong = signs.iter().any(|sign| sign.strong);
    let outcome = if strong || weak >= weak_limit {
        let named = named(&signs);
        Outcome::review(
            if strong { STRONG_CONFIDENCE } else { WEAK_CONFIDENCE },
            Prose::new(
                format!("疑似经软件剪辑、转码或重新封装：{}。请核对文件来源。", named.zh),
                format!(
                    "Suspected editing, conversion or re-muxing: {}. Check where the file comes from.",
                    named.en
                ),
            ),
        )
    } else if let Some(why) = not_seen(container) {
        Outcome::not_assessed(Prose::new(
            format!("未能检查：{}。", why.zh),
            format!("Not assessed: {}.", why.en),
        ))
    } else {
        Outcome::pass(
            if timeline.is_some() { PASS_CONFIDENCE } else { PASS_CONFIDENCE_WITHOUT_PACKETS },
            pass_summary(&signs, timeline.is_some()),
        )
    };
    with_signs(outcome, &signs).measure_against(WEAK_SIGNS, weak, weak_limit)
}

fn with_signs(mut outcome: Outcome, signs: &[Sign]) -> Outcome {
    for sign in signs {
        outcome = outcome.measure(sign.measure.0, sign.measure.1);
        for &at_s in sign.at_s.iter().take(MAX_SPANS) {
            outcome = outcome.span(Span::new(at_s, at_s), sign.text.clone());
        }
    }
    outcome
}

/// The strong signs first, as many as a sentence bears.
fn named(signs: &[Sign]) -> Prose {
    let mut ordered: Vec<&Sign> = signs.iter().collect();
    ordered.sort_by_key(|sign| !sign.strong);
    let left_out = ordered.len().saturating_sub(MAX_NAMED);
    ordered.truncate(MAX_NAMED);
    let texts = |mark: &str, of: fn(&Prose) -> &str| {
        ordered.iter().map(|sign| of(&sign.text)).collect::<Vec<_>>().join(mark)
    };
    let mut prose = Prose::new(texts("；", |text| &text.zh), texts("; ", |text| &text.en));
    if left_out > 0 {
        prose.zh.push_str(&format!("；另有 {left_out} 项"));
        prose.en.push_str(&format!("; and {left_out} more"));
    }
    prose
}

fn pass_summary(signs: &[Sign], packets_seen: bool) -> Prose {
    let mut summary = if signs.is_empty() {
        Prose::new("文件结构中未见编辑痕迹", "No trace of editing in the file's structure")
    } else {
        let named = named(signs);
        Prose::new(
            format!("未见足以怀疑的编辑痕迹；仅有弱迹象：{}", named.zh),
            format!("No trace of editing that would raise a doubt; weak by itself: {}", named.en),
        )
    };
    if !packets_seen {
        summary.zh.push_str("（未分析编码数据）");
        summary.en.push_str(" (the coded data were not looked at)");
    }
    Prose::new(summary.zh + "。", summary.en + ".")
}

/// Why the structure could not be looked at as a whole.
fn not_seen(container: &ContainerFacts) -> Option<Prose> {
    let iso = matches!(container.format.as_str(), "mp4" | "mov");
    if !matches!(container.format.as_str(), "mp4" | "mov" | "matroska" | "avi" | "mpegts" | "mpegps") {
        return Some(Prose::new("不了解该文件格式的结构", "the structure of this file format is not known"));
    }
    if iso && container.index_missing {
        return Some(Prose::new(
            "文件缺少索引，多数记载无从读取",
            "the index is missing, and most of what it says with it",
        ));
    }
    let problem = container.problems.first()?;
    Some(Prose::new(
        format!("文件结构有 {} 处无法解析（{problem}）", container.problems.len()),
        format!("{} places of the structure do not parse ({problem})", container.problems.len()),
    ))
}

/// One sign for each text that names a program not named before.
fn program_signs(
    container: &ContainerFacts,
    camera_programs: &[String],
    profile: Option<&Profile>,
) -> Vec<Sign> {
    let cameras: Vec<String> =
        camera_programs.iter().map(|name| name.to_lowercase()).filter(|name| !name.is_empty()).collect();
    let by_camera = |string: &EncoderString| {
        cameras.iter().any(|camera| string.text.to_lowercase().contains(camera))
            || profile.is_some_and(|profile| profile.holds_text(&string.place, &string.text))
    };
    let foreign: Vec<(&EncoderString, Vec<&Program>)> = container
        .encoder_strings
        .iter()
        .filter(|string| !by_camera(string))
        .map(|string| (string, programs::named_in(&string.place, &string.text).collect::<Vec<_>>()))
        .filter(|(_, programs)| !programs.is_empty())
        .collect();
    let count = foreign.len() as f64;
    let mut named_before: BTreeSet<&str> = BTreeSet::new();
    let mut signs = Vec::new();
    for (EncoderString { place, text }, mut programs) in foreign {
        programs.retain(|program| named_before.insert(program.name.en));
        if programs.is_empty() {
            continue;
        }
        let quoted = shortened(text);
        let zh: Vec<String> = programs
            .iter()
            .map(|program| format!("{} {}", program.kind.text().zh, program.name.zh))
            .collect();
        let en: Vec<String> = programs
            .iter()
            .map(|program| format!("{}, {}", program.name.en, program.kind.text().en))
            .collect();
        signs.push(Sign::new(
            true,
            ("foreign_encoder_strings", count),
            Prose::new(
                format!("“{quoted}”（{}，位于 {place}）", zh.join("、")),
                format!("\"{quoted}\" in {place} ({})", en.join("; ")),
            ),
        ));
    }
    signs
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Lists that hide or rearrange pictures. A recording is shown from its first sample to its last.
fn edit_list_signs(container: &ContainerFacts) -> Vec<Sign> {
    let shown = |list: &EditList| list.media_start_s.iter().filter(|&&start_s| start_s >= 0.0).count();
    let mut signs = Vec::new();
    let entries = container.edit_lists.iter().map(shown).max().unwrap_or(0);
    if entries > 1 {
        signs.push(Sign::new(
            true,
            ("edit_list_entries", entries as f64),
            Prose::new(
                format!("编辑列表把素材分成 {entries} 段播放"),
                format!("an edit list plays {entries} stretches of the media"),
            ),
        ));
    }
    let hidden_s = first_starts(container).filter(|&start_s| start_s >= HIDDEN_START_S).fold(0.0, f64::max);
    if hidden_s > 0.0 {
        signs.push(Sign::new(
            true,
            ("hidden_start_s", hidden_s),
            Prose::new(
                format!("编辑列表隐去了开头 {hidden_s:.2} 秒素材"),
                format!("an edit list hides the first {hidden_s:.2} s of the media"),
            ),
        ));
    }
    signs
}

/// Where in its media each track's first shown entry starts.
fn first_starts(container: &ContainerFacts) -> impl Iterator<Item = f64> {
    container
        .edit_lists
        .iter()
        .filter_map(|list| list.media_start_s.iter().copied().find(|&start_s| start_s >= 0.0))
}

/// Written to after the recording was over, by the file's own headers.
fn modified_later(container: &ContainerFacts, duration_s: f64, slack_s: f64) -> Option<Sign> {
    let time = |text: &Option<String>| text.as_ref()?.parse::<Timestamp>().ok();
    let (created, modified) = (time(&container.creation_time)?, time(&container.modification_time)?);
    // Of a truncated file, the headers know the whole length.
    let length_s = container.duration_s.unwrap_or(0.0).max(duration_s);
    let after_s = modified.duration_since(created).as_secs_f64() - length_s;
    (after_s > slack_s).then(|| {
        let minutes = after_s / 60.0;
        Sign::new(
            false,
            ("modified_after_recording_s", after_s.round()),
            Prose::new(
                format!("文件头的修改时间比录制结束晚约 {minutes:.0} 分钟"),
                format!("the headers were modified about {minutes:.0} minutes after the recording ended"),
            ),
        )
    })
}

/// Habits of muxers that finish a file on a computer.
fn muxer_signs(container: &ContainerFacts) -> Vec<Sign> {
    let mut signs = Vec::new();
    let position = |name: &str| container.structure.iter().position(|part| part.name == name);
    if let (Some(index), Some(media)) = (position("moov"), position("mdat"))
        && index < media
        && !container.fragmented
    {
        signs.push(Sign::new(
            false,
            ("index_first", 1.0),
            Prose::new("索引（moov）写在媒体数据之前", "the index (moov) stands before the media data"),
        ));
    }
    let habits = ffmpeg_habits(container);
    if habits >= FFMPEG_HABITS {
        signs.push(Sign::new(
            false,
            ("ffmpeg_layout_habits", habits as f64),
            Prose::new(
                "文件布局与 FFmpeg 默认写法一致（文件类型、占位盒、处理器名称、不写时间）",
                "laid out as FFmpeg does by default (file type, placeholder, handler names, no times)",
            ),
        ));
    }
    signs
}

/// How many of its four habits must come together: cameras' software shares each one of them.
const FFMPEG_HABITS: usize = 2;

fn ffmpeg_habits(container: &ContainerFacts) -> usize {
    const BRANDS: [&str; 5] = ["isom", "isom", "iso2", "avc1", "mp41"];
    const PLACEHOLDER_BYTES: u64 = 8;
    let parts = &container.structure;
    let placeholder = parts.windows(2).any(|pair| {
        matches!(pair[0].name.as_str(), "free" | "wide")
            && pair[0].bytes == PLACEHOLDER_BYTES
            && pair[1].name == "mdat"
    });
    let handler = container.encoder_strings.iter().any(|found| {
        found.place.ends_with("/hdlr") && matches!(found.text.as_str(), "VideoHandler" | "SoundHandler")
    });
    // Of a file that has an index: an FFmpeg that is not told the time writes none.
    let timeless = matches!(container.format.as_str(), "mp4" | "mov")
        && !container.index_missing
        && container.creation_time.is_none()
        && container.modification_time.is_none();
    [container.brands == BRANDS, placeholder, handler, timeless].into_iter().filter(|&habit| habit).count()
}
