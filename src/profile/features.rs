//! What is compared: each feature of a file, out of the evidence.

use std::collections::BTreeMap;

use crate::evidence::{ClockFacts, ContainerFacts, EncoderString, Evidence, Region, Timeline, TrackFacts};
use crate::lang::Text;

/// What a departure in a feature means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// How the container is written. The camera's program decides it, and whatever writes the file
    /// anew writes it its own way.
    Container,
    /// How pictures and sound are coded: encoding anew changes it, copying the stream does not.
    Coding,
    /// What the officer or the unit can set on the camera, and what follows from it.
    Setting,
    /// How the camera draws into the picture, which pictures of another camera, or drawn anew, do otherwise. A person looks whether
    /// it is so.
    Overlay,
    /// What renaming, light or a misread clock changes.
    Habit,
}

pub struct Feature {
    pub id: &'static str,
    pub name: Text,
    pub kind: Kind,
}

const fn feature(id: &'static str, kind: Kind, zh: &'static str, en: &'static str) -> Feature {
    Feature { id, name: Text::new(zh, en), kind }
}

use Kind::{Coding, Container, Habit, Overlay, Setting};

/// Between values of which a feature takes one or the other.
pub const ALTERNATIVES: &str = " | ";

pub const EDIT_LISTS: &str = "edit_lists";

/// Features with a text for a value, in the order in which they are written and named.
pub static TEXTS: [Feature; 23] = [
    feature("container_format", Container, "文件格式", "file format"),
    feature("brands", Container, "文件类型标识", "brands"),
    feature("boxes", Container, "文件各部分及其次序", "parts of the file and their order"),
    feature("index_layout", Container, "索引各盒的次序", "order of the boxes in the index"),
    feature("picture_track_layout", Container, "视频轨各盒的次序", "order of the boxes of the picture track"),
    feature("sound_track_layout", Container, "音频轨各盒的次序", "order of the boxes of the sound track"),
    feature("picture_handler", Container, "视频轨处理器名称", "handler name of the picture track"),
    feature("sound_handler", Container, "音频轨处理器名称", "handler name of the sound track"),
    feature("time_scales", Container, "时间刻度", "time scales"),
    feature(EDIT_LISTS, Container, "编辑列表", "edit lists"),
    feature("header_times", Container, "文件头中的时间", "times in the headers"),
    feature("texts", Container, "内嵌文字", "texts in the file"),
    feature("picture_codec", Coding, "视频编码", "picture codec"),
    feature("b_frames", Coding, "B 帧", "B-frames"),
    feature("key_frame_distance", Coding, "关键帧间隔（帧）", "key frame distance in frames"),
    feature("sound", Coding, "音频编码", "sound codec"),
    feature("picture_profile", Coding, "编码档次与级别", "profile and level"),
    feature("parameter_sets", Coding, "参数集摘要", "digest of the parameter sets"),
    feature("picture_size", Setting, "画面尺寸", "picture size"),
    feature("frame_rate", Setting, "帧率", "frames a second"),
    feature("overlay_format", Habit, "水印时钟格式", "format of the burnt-in clock"),
    feature("overlay_place", Habit, "水印时钟位置", "place of the burnt-in clock"),
    feature("file_name_form", Habit, "文件名形式（9 为数字）", "form of the file name (9 for a digit)"),
];

/// Features with a figure for a value.
pub static FIGURES: [Feature; 3] = [
    feature("picture_bits_per_s", Habit, "视频码率（比特/秒）", "bits of pictures a second"),
    feature("sound_bits_per_s", Habit, "音频码率（比特/秒）", "bits of sound a second"),
    feature(
        "longest_key_frame_distance_frames",
        Coding,
        "最长关键帧间隔（帧）",
        "longest key frame distance in frames",
    ),
];

/// How like the clock's digits are to those of the camera.
pub static FONT: Feature = feature(
    "font",
    Overlay,
    "水印时钟字体（与原始文件字形的相似度，1 为相同）",
    "font of the burnt-in clock (likeness to the untouched files' digits, 1 is the same)",
);

/// These follow from size and rate: where those depart, they say nothing more.
pub const FOLLOW_SETTINGS: [&str; 2] = ["picture_profile", "parameter_sets"];

/// A file's features; those that its evidence does not tell are left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    pub texts: BTreeMap<&'static str, String>,
    pub figures: BTreeMap<&'static str, f64>,
}

impl Features {
    pub fn of(evidence: &Evidence) -> Self {
        let mut features = Self::default();
        if let Some(container) = evidence.container.seen() {
            features.container(container);
        }
        if let Some(timeline) = evidence.timeline.seen() {
            features.timeline(timeline);
        }
        if let Some(video) = &evidence.clip.video {
            features.text("picture_codec", video.codec.clone());
            features.text("picture_size", format!("{}x{}", video.width, video.height));
            // Variable rates have a median of many digits.
            features.text("frame_rate", format!("{:.1}", video.frame_rate));
        }
        if let Some(audio) = &evidence.clip.audio {
            let (codec, rate_hz, channels) = (&audio.codec, audio.sample_rate_hz, audio.channels);
            features.text("sound", format!("{codec} {rate_hz} Hz {channels} ch"));
        }
        if let Some(clock) = evidence.clock.seen() {
            features.overlay(clock);
        }
        let name = &evidence.clip.name;
        let (stem, ending) = name.split_at(name.rfind('.').unwrap_or(name.len()));
        features.text("file_name_form", format!("{}{ending}", without_digits(stem)));
        features
    }

    fn text(&mut self, id: &'static str, value: String) {
        self.texts.insert(id, value);
    }

    fn container(&mut self, container: &ContainerFacts) {
        self.text("container_format", container.format.clone());
        // What follows cannot be told of a file that does not parse or lacks its index.
        if container.index_missing || !container.problems.is_empty() {
            return;
        }
        let mut names: Vec<&str> = Vec::new();
        for part in &container.structure {
            if !names.contains(&part.name.as_str()) {
                names.push(&part.name);
            }
        }
        self.text("boxes", names.join(" "));
        self.text("texts", texts(&container.encoder_strings));
        let times = match (&container.creation_time, &container.modification_time) {
            (None, None) => "none",
            (Some(_), None) => "creation",
            (None, Some(_)) => "modification",
            (Some(_), Some(_)) => "creation modification",
        };
        self.text("header_times", times.to_owned());
        if matches!(container.format.as_str(), "mp4" | "mov") {
            self.iso(container);
        }
    }

    fn iso(&mut self, container: &ContainerFacts) {
        self.text("brands", container.brands.join(" "));
        // A recording without sound has one track less, and is no other camera's for it.
        let layout = container.index_layout.replacen("trak trak", "trak", 1);
        self.text("index_layout", layout);
        let track = |kind: &str| container.tracks.iter().find(|track| track.kind == kind);
        let mut scales = vec![format!("movie {}", container.time_scale)];
        let kinds = [
            ("vide", "picture", "picture_track_layout", "picture_handler"),
            ("soun", "sound", "sound_track_layout", "sound_handler"),
        ];
        for (kind, name, layout_id, handler_id) in kinds {
            let Some(TrackFacts { handler, time_scale, layout, .. }) = track(kind) else { continue };
            self.text(layout_id, layout.clone());
            self.text(handler_id, handler.clone());
            // The sound's time scale is its sample rate, which `sound` compares.
            if kind == "vide" {
                scales.push(format!("{name} {time_scale}"));
            }
        }
        self.text("time_scales", scales.join(", "));
        let lists: Vec<String> = container
            .edit_lists
            .iter()
            .map(|list| {
                let starts: Vec<String> =
                    list.media_start_s.iter().map(|start_s| format!("{start_s}")).collect();
                format!("track {} from {}", list.track, starts.join(" "))
            })
            .collect();
        self.text(EDIT_LISTS, if lists.is_empty() { "none".to_owned() } else { lists.join(", ") });
    }

    fn timeline(&mut self, timeline: &Timeline) {
        if let Some(video) = &timeline.video {
            self.text("b_frames", if timeline.b_frames { "yes" } else { "no" }.to_owned());
            self.figures.insert("picture_bits_per_s", video.bits_per_s);
        }
        if let Some(audio) = &timeline.audio {
            self.figures.insert("sound_bits_per_s", audio.bits_per_s);
        }
        if let Some(usual) = timeline.key_frame_cadence.iter().max_by_key(|run| run.times) {
            self.text("key_frame_distance", usual.frames.to_string());
        }
        if let Some(longest) = timeline.key_frame_cadence.iter().map(|run| run.frames).max() {
            self.figures.insert("longest_key_frame_distance_frames", f64::from(longest));
        }
        if let Some(coding) = &timeline.coding {
            self.text("parameter_sets", coding.parameter_sets_sha256.clone());
            if let (Some(profile), Some(level)) = (coding.profile, coding.level) {
                self.text("picture_profile", format!("profile {profile} level {level}"));
            }
        }
    }

    fn overlay(&mut self, clock: &ClockFacts) {
        if let Some(format) = &clock.format {
            self.text("overlay_format", format.clone());
        }
        if let Some(region) = &clock.region {
            self.text("overlay_place", place(region).to_owned());
        }
    }
}

fn place(region: &Region) -> &'static str {
    let middle = (region.left + region.width / 2.0, region.top + region.height / 2.0);
    match (middle.0 < 0.5, middle.1 < 0.5) {
        (true, true) => "top left",
        (false, true) => "top right",
        (true, false) => "bottom left",
        (false, false) => "bottom right",
    }
}

/// Values, parted by ` | `, with the words that are this program's own in Chinese; names and numbers are the file's and stay.
pub fn in_chinese(values: &str) -> String {
    let word = |value| match value {
        "none" | "no" => "无",
        "yes" => "有",
        "creation" => "创建时间",
        "modification" => "修改时间",
        "creation modification" => "创建时间、修改时间",
        "top left" => "左上",
        "top right" => "右上",
        "bottom left" => "左下",
        "bottom right" => "右下",
        other => other,
    };
    values.split(ALTERNATIVES).map(word).collect::<Vec<_>>().join(ALTERNATIVES)
}

/// All texts but the handlers', each with its place; digits are versions, times and serial numbers.
fn texts(strings: &[EncoderString]) -> String {
    let mut texts: Vec<String> = strings
        .iter()
        .filter(|string| !string.place.ends_with("/hdlr"))
        .map(|string| format!("{}: {}", string.place, without_digits(&string.text)))
        .collect();
    texts.sort();
    texts.dedup();
    if texts.is_empty() { "none".to_owned() } else { texts.join("; ") }
}

/// The text with 9 for each digit.
pub fn without_digits(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
}
