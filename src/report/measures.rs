//! Readable names and units of measures and signs. The unit is the end of the identifier.

use crate::lang::{Lang, Text};

/// An unknown measure stands for itself: a new check shows its figures before it is named here.
pub fn name(id: &str, lang: Lang) -> String {
    let key = id.replace('-', "_");
    match NAMES.iter().find(|(known, _)| *known == key) {
        Some((_, name)) => name.get(lang).to_owned(),
        None => id.to_owned(),
    }
}

/// The figure with the unit that its identifier ends in.
pub fn value(id: &str, figure: f64, lang: Lang) -> String {
    let key = id.replace('-', "_");
    if FLAGS.contains(&key.as_str()) {
        return if figure == 0.0 { Text::new("否", "no") } else { Text::new("是", "yes") }
            .get(lang)
            .to_owned();
    }
    let Some((_, unit)) = UNITS.iter().find(|(suffix, _)| key.ends_with(suffix)) else {
        return number(figure);
    };
    match unit {
        Unit::Percent => format!("{} %", number(figure * 100.0)),
        Unit::Named(unit) => format!("{} {}", number(figure), unit.get(lang)),
    }
}

/// At most three decimals, no trailing zeros; very large and very small figures with an exponent.
pub fn number(figure: f64) -> String {
    const DECIMALS: i32 = 3;
    const LARGEST_WRITTEN_OUT: f64 = 1e9;
    let size = figure.abs();
    if size >= LARGEST_WRITTEN_OUT || (size > 0.0 && size < 0.5 * 10f64.powi(-DECIMALS)) {
        return format!("{figure:.2e}");
    }
    let scale = 10f64.powi(DECIMALS);
    let rounded = (figure * scale).round() / scale;
    // Adding zero takes the sign off a negative zero.
    format!("{}", rounded + 0.0).replace('-', "−")
}

enum Unit {
    Percent,
    Named(Text),
}

const fn unit(zh: &'static str, en: &'static str) -> Unit {
    Unit::Named(Text::new(zh, en))
}

/// Signs that are there or not; their figure is 1 or 0.
static FLAGS: &[&str] = &[
    "clock_stood_still",
    "clock_place_changed",
    "clock_format_changed",
    "clock_face_changed",
    "time_stamps_step_back",
    "reading_broke_off",
    "index_first",
    "b_frames",
];

/// Longer endings first.
static UNITS: &[(&str, Unit)] = &[
    ("_working_days", unit("个工作日", "working days")),
    ("_bits_per_s", unit("比特/秒", "bit/s")),
    ("_ms", unit("毫秒", "ms")),
    ("_s", unit("秒", "s")),
    ("_hours", unit("小时", "h")),
    ("_days", unit("天", "days")),
    ("_months", unit("个月", "months")),
    ("_ppm", unit("ppm", "ppm")),
    ("_dbfs", unit("dBFS", "dBFS")),
    ("_db", unit("dB", "dB")),
    ("_hz", unit("Hz", "Hz")),
    ("_px", unit("像素", "px")),
    ("_frames", unit("帧", "frames")),
    ("_pictures", unit("幅", "pictures")),
    ("_bytes", unit("字节", "bytes")),
    ("_share", Unit::Percent),
];

macro_rules! names {
    ($($id:literal => $zh:literal, $en:literal;)*) => {
        &[$(($id, Text::new($zh, $en))),*]
    };
}

static NAMES: &[(&str, Text)] = names! {
    // Speech.
    "parts_heard" => "听到的必备部分", "required parts heard";
    "worst_part_distance" => "最不相符部分的读音差距", "distance in sound of the worst part";
    "listened_share" => "已听写的时段占比", "share listened to";
    "understood_share" => "听清的话语占比", "share understood";
    "voice_s" => "人声时长", "voice heard for";
    "started_s" => "开始告知的时间", "notice starts at";
    "interruptions" => "中断处数", "interruptions";
    "interruptions_explained" => "已说明的中断", "interruptions explained";
    "hits" => "听到的线索", "cues heard";
    "papers" => "看到的文书", "papers seen";
    "explained_after_s" => "恢复录制后多久说明", "explained after";
    // Things and signs in the picture.
    "credential_pictures" => "看到证件的画面", "pictures that show the credential";
    "credential_size_share" => "证件文字区域与画面宽度之比", "size of the credential's text over the picture's width";
    "credential_seen_s" => "证件停留时间", "credential stays for";
    "hum_share" => "交流声占声音能量之比", "share of hum in the sound";
    "dynamics_db" => "响处与轻处电平之差", "distance of loud from soft moments";
    "signs" => "读到的标志文字", "signs read";
    // The burnt-in clock.
    "max_disagreement_s" => "时钟与时间戳的最大偏差", "largest disagreement of clock and time stamps";
    "drift_ppm" => "走时偏差", "drift of the clock";
    "drift_uncertainty_ppm" => "走时偏差的测量误差", "drift is known to within";
    "readings" => "相符的时钟读数", "clock readings that agree";
    "clock_error_s" => "水印时钟与记录时间之差", "clock ahead of the record by";
    "clock_step_s" => "水印时钟跳变", "step of the burnt-in clock";
    "clock_step_back_s" => "水印时钟随后回跳", "clock steps back by";
    "without_clock_s" => "无水印时钟时长", "burnt-in clock away for";
    "longest_without_reading_s" => "时钟读数最大间隔", "longest without a clock reading";
    "clock_stood_still" => "水印时钟停走", "burnt-in clock stood still";
    "clock_place_changed" => "水印时钟换了位置", "burnt-in clock stands elsewhere";
    "clock_format_changed" => "水印时钟换了格式", "burnt-in clock writes the time otherwise";
    "clock_face_changed" => "水印时钟换了字体", "burnt-in clock in other letters";
    // Breaks.
    "discontinuities" => "疑似间断处数", "suspected breaks";
    "strongest_confidence" => "其中最高置信度", "highest confidence among them";
    "longest_break_s" => "最长间断", "longest break";
    "time_stamps_step_back" => "时间戳倒退", "time stamps step back";
    "frozen_s" => "画面不变时长", "picture unchanged for";
    "stops_alike" => "本片同类停顿次数", "stops like it in the clip";
    "slow_pictures_s" => "画面每秒仅更新一两次的时长", "new picture only once or twice a second for";
    "black_s" => "黑屏时长", "picture black for";
    "silent_s" => "无声时长", "no sound for";
    "picture_step_ratio" => "画面突变程度", "picture change over the usual";
    "correlation_drop" => "前后画面相关度下降", "fall of the correlation of neighbouring pictures";
    "view_leap_ratio" => "视野跳动与平常晃动之比", "leap of the view over its usual unsteadiness";
    "still_view_leap_ratio" => "静止视野的跳动与同类画面之比", "leap of a view that hardly moves, over like pictures";
    "unexplained_rest_ratio" => "位移与光照都不能解释的差异与同类画面之比", "difference that neither movement nor light explains, over like pictures";
    "light_step_at_key_frame" => "恰在关键帧处的明暗突变", "step of the light just at a key frame";
    "colour_step_ratio" => "平均色彩（白平衡）的跳变与同类画面之比", "step of the mean colour (white balance), over like pictures";
    "noise_ratio" => "前后画面噪声之比", "noise on one side over the other";
    "resumed_correlation" => "此段前后画面的相关度", "correlation of the pictures on either side";
    "brightness_difference" => "此段与前后的亮度之差", "brightness against both sides";
    "contrast_difference" => "此段与前后的对比度之差", "contrast against both sides";
    "sharpness_difference" => "此段与前后的清晰度之差（对数）", "sharpness against both sides (logarithm)";
    "picture_rhythm_step_ms" => "视频帧间隔异常", "picture off the rhythm by";
    "sound_rhythm_step_ms" => "音频包间隔异常", "sound packet off the rhythm by";
    "key_frame_number_off" => "关键帧编号不接续（差数，按编号周期计）", "key frame numbers do not go on, off by (counted in circles)";
    "picture_number_off" => "画面编号不接续（差数，按编号周期计）", "picture numbers do not go on, off by (counted in circles)";
    "picture_order_off" => "画面顺序号不接续（差几幅）", "numbers of display order do not go on, off by pictures";
    "quantiser_step_ratio" => "关键帧处编码粗细的跳变与平常之比", "step of the coding's coarseness at a key frame over the usual";
    "hum_phase_step_rad" => "电源哼声相位跳变（弧度）", "step of the mains hum's phase (radians)";
    "background_step_db" => "背景声突变", "step of the background sound";
    "key_frame_early_frames" => "关键帧提前", "key frame early by";
    "sound_ends_early_s" => "声音提前结束", "sound ends early by";
    "picture_ends_early_s" => "画面提前结束", "picture ends early by";
    "width" => "画面宽度（像素）", "picture width in pixels";
    "height" => "画面高度（像素）", "picture height in pixels";
    // Between clips.
    "hole_s" => "与前一段之间的空缺", "missing after the clip before";
    "hole_uncertainty_s" => "空缺的测量误差", "known to within";
    "overlap_s" => "与前一段的重叠", "overlap with the clip before";
    "missing_numbers" => "缺少的文件序号数", "file numbers missing";
    // The file.
    "missing_bytes" => "缺少的数据", "data missing";
    "reading_broke_off" => "读取中途断开", "reading broke off";
    "foreign_encoder_strings" => "外来软件标识数", "marks of other software";
    "weak_signs" => "编辑弱迹象数", "weak signs of editing";
    "edit_list_entries" => "编辑列表的播放段数", "stretches in an edit list";
    "hidden_start_s" => "编辑列表隐去的开头", "start hidden by an edit list";
    "skipped_start_s" => "编辑列表略去的编码延迟", "coder's delay skipped by an edit list";
    "modified_after_recording_s" => "文件头修改晚于录制结束", "headers modified after the recording ended";
    "index_first" => "索引写在媒体数据之前", "index before the media data";
    "ffmpeg_layout_habits" => "与 FFmpeg 默认布局相符的项数", "habits of FFmpeg's layout";
    "b_frames" => "使用 B 帧", "coded with B-frames";
    "key_frame_distance_frames" => "关键帧间隔", "key frame distance";
    "parameter_set_changes" => "编码参数中途改变次数", "changes of coding parameters midway";
    "sound_priming_samples" => "略去的音频预置采样数", "samples that a sound encoder puts in front";
    "usual_key_frame_distance_share" => "最常见关键帧间隔的占比", "share of the usual key frame distance";
    "profile_departures" => "与记录仪特征不符的项数", "departures from the camera profile";
    "profile_files" => "特征所依据的文件数", "files that the profile rests on";
    "sample_descriptions" => "同一轨道的编码描述数", "coding descriptions of one track";
    // Records.
    "starts_late_s" => "开始录制晚于应开始时间", "recording began late by";
    "ends_early_s" => "结束录制早于应结束时间", "recording ended early by";
    "after_end_s" => "活动结束后才开始录制", "began after the event's end by";
    "deposited_after_hours" => "起算后多久存入", "deposited after";
    "receiving_persons" => "接收人数", "persons who took it in";
    "filed_after_working_days" => "结案后多久归档", "filed after";
    "copies_kept" => "长期保存的份数", "copies kept for good";
    "events_due" => "应录像的执法活动数", "events that call for a recording";
    "events_without_recording" => "其中没有录像的", "of them without one";
    "not_recorded_or_stopped" => "未录或停录次数", "not recorded or stopped";
    "viewings" => "登记的查阅次数", "viewings entered";
    "viewings_incomplete" => "其中不全的", "of them not complete";
    "evidence_copies" => "登记的证据复制次数", "copies as evidence entered";
    "photographs" => "照片数", "photographs";
    "reviews_held" => "该年评查次数", "reviews in the year";
    "device_ahead_s" => "采集站校时：设备快", "by the dock, the camera is ahead by";
    // Picture and sound.
    "upside_down" => "倒置的人脸与文字", "faces and writing upside down";
    "on_side" => "侧置的人脸", "faces on their side";
    "unfit_share" => "画面不可用的占比", "share of unusable pictures";
    "sampling_interval_s" => "抽查画面的最大间隔", "longest distance between sampled pictures";
    "lost_share" => "声音中断的占比", "share without sound";
    "median_level_dbfs" => "声音电平中位数", "median sound level";
    "clipped_share" => "削波样本占比", "clipped samples";
    "speech_to_noise_db" => "话音与背景之差", "speech over background";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_carry_their_unit() {
        assert_eq!(value("max_disagreement_s", 6.8, Lang::Zh), "6.8 秒");
        assert_eq!(value("clipped_share", 0.0004, Lang::En), "0.04 %");
        assert_eq!(value("parts_heard", 4.0, Lang::En), "4");
        assert_eq!(value("key-frame-early-frames", 23.0, Lang::En), "23 frames");
        assert_eq!(value("drift_ppm", -12.4, Lang::Zh), "−12.4 ppm");
    }

    #[test]
    fn numbers_are_short_and_honest() {
        assert_eq!(number(-0.0001), "-1.00e-4");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(1.23456), "1.235");
        assert_eq!(number(1e300), "1.00e300");
    }

    #[test]
    fn an_unknown_measure_stands_for_itself() {
        assert_eq!(name("something_new_s", Lang::Zh), "something_new_s");
        assert_ne!(name("drift_ppm", Lang::En), name("drift_ppm", Lang::Zh));
    }

    #[test]
    fn names_are_unique_and_in_both_languages() {
        for (n, (id, name)) in NAMES.iter().enumerate() {
            assert!(!name.zh.is_empty() && !name.en.is_empty(), "{id}");
            assert!(NAMES[..n].iter().all(|(other, _)| other != id), "{id} twice");
        }
    }

    /// A reader is shown words, not identifiers: what a check or an observer writes down has a name.
    #[test]
    fn every_measure_and_sign_in_the_source_has_a_name() {
        let mut unnamed = Vec::new();
        let mut folders = vec![
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/checks").into(),
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/observe").into(),
        ];
        while let Some(folder) = folders.pop() {
            let folder: std::path::PathBuf = folder;
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let source = std::fs::read_to_string(&path).unwrap();
                    let ids = ["measure(", "measure_against(", "sign("]
                        .into_iter()
                        .flat_map(|call| literals_after(&source, call));
                    unnamed.extend(ids.filter(|id| name(id, Lang::Zh) == *id));
                }
            }
        }
        assert!(unnamed.is_empty(), "give these a name in NAMES: {unnamed:?}");
    }

    fn literals_after(source: &str, call: &str) -> Vec<String> {
        let after = source.split(call).skip(1).map(str::trim_start);
        after.filter_map(|rest| rest.strip_prefix('"')?.split('"').next()).map(str::to_owned).collect()
    }

    #[test]
    fn literals_are_found_across_lines() {
        let source = "fn sign(name: &str) {}\n x.measure(\n  \"a_s\", 1.0).measure_against(\"b\", 1.0, 2.0)";
        assert_eq!(literals_after(source, "measure("), ["a_s"]);
        assert_eq!(literals_after(source, "measure_against("), ["b"]);
        assert!(literals_after(source, "sign(").is_empty());
    }

    #[test]
    fn flags_are_words() {
        assert_eq!(value("clock-stood-still", 1.0, Lang::En), "yes");
    }
}
