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

/// Longer endings first.
static UNITS: &[(&str, Unit)] = &[
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
    "parts_heard" => "听到的必备部分", "required parts heard";
    "started_s" => "开始告知的时间", "notice starts at";
    "max_disagreement_s" => "时钟与时间戳的最大偏差", "largest disagreement of clock and time stamps";
    "drift_ppm" => "走时偏差", "drift of the clock";
    "longest_break_s" => "最长间断", "longest break";
    "explained_after_s" => "恢复录制后多久说明", "explained after";
    "foreign_encoder_strings" => "外来软件标识数", "marks of other software";
    "clipped_share" => "削波样本占比", "clipped samples";
    "speech_to_noise_db" => "话音与背景之差", "speech over background";
    "clock_step_s" => "水印时钟跳变", "step of the burnt-in clock";
    "frozen_pictures" => "不变的画面", "unchanged pictures";
    "key_frame_early_frames" => "关键帧提前", "key frame early by";
    "level_dbfs" => "声音电平", "sound level";
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
}
