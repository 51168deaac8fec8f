//! Programs that leave their name in a file and that no camera is known to be, as data.
//!
//! FFmpeg's libraries are the doubtful ones: a few recorders are built on them. That is why a name
//! never fails a clip, and why a policy can say which names its cameras write.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::lang::Text;

pub struct Program {
    /// Found as a word of its own, whatever the case of its letters.
    pattern: &'static str,
    /// Looked for only in places that end so.
    place: &'static str,
    pub name: Text,
    pub kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Editor,
    Converter,
    Encoder,
    Muxer,
    /// Sent through a service that encodes anew.
    Platform,
    /// Films a screen, not a scene.
    ScreenRecorder,
}

impl Kind {
    pub fn text(self) -> Text {
        match self {
            Self::Editor => Text::new("剪辑软件", "an editing program"),
            Self::Converter => Text::new("转码工具", "a converter"),
            Self::Encoder => Text::new("软件编码库", "a software encoder"),
            Self::Muxer => Text::new("封装工具", "a muxer"),
            Self::Platform => Text::new("网络平台转码", "an online platform's encoder"),
            Self::ScreenRecorder => Text::new("录屏软件", "a screen recorder"),
        }
    }
}

const ANYWHERE: &str = "";

const fn program(pattern: &'static str, zh: &'static str, en: &'static str, kind: Kind) -> Program {
    Program { pattern, place: ANYWHERE, name: Text::new(zh, en), kind }
}

const fn same(pattern: &'static str, name: &'static str, kind: Kind) -> Program {
    program(pattern, name, name, kind)
}

const fn only_in(place: &'static str, pattern: &'static str, name: &'static str, kind: Kind) -> Program {
    Program { pattern, place, name: Text::new(name, name), kind }
}

use Kind::{Converter, Editor, Encoder, Muxer, Platform, ScreenRecorder};

static PROGRAMS: &[Program] = &[
    same("Adobe Premiere", "Adobe Premiere", Editor),
    same("Adobe After Effects", "Adobe After Effects", Editor),
    same("Adobe Media Encoder", "Adobe Media Encoder", Converter),
    program(
        "Mainconcept",
        "MainConcept（Adobe、Vegas 等所用）",
        "MainConcept (in Adobe, Vegas and others)",
        Encoder,
    ),
    // What the ByteDance editors write into comments and keys, besides their names.
    program("JianYing", "剪映", "JianYing/CapCut", Editor),
    program("剪映", "剪映", "JianYing/CapCut", Editor),
    program("CapCut", "剪映", "JianYing/CapCut", Editor),
    program("vicut", "剪映", "JianYing/CapCut", Editor),
    program("TEEditor", "剪映", "JianYing/CapCut", Editor),
    program("te_is_reencode", "剪映", "JianYing/CapCut", Editor),
    program("bytevehwavc", "剪映", "JianYing/CapCut", Editor),
    program("DreaminaMetaInfo", "剪映", "JianYing/CapCut", Editor),
    program("快影", "快影", "Kwaiying", Editor),
    program("必剪", "必剪", "Bcut", Editor),
    program("秒剪", "秒剪", "Miaojian", Editor),
    program("快剪辑", "快剪辑", "Kuai Jianji", Editor),
    program("爱剪辑", "爱剪辑", "Aijianji", Editor),
    program("会声会影", "会声会影", "Corel VideoStudio", Editor),
    program("Corel VideoStudio", "会声会影", "Corel VideoStudio", Editor),
    program("Ulead VideoStudio", "会声会影", "Corel VideoStudio", Editor),
    program("喵影", "万兴喵影", "Wondershare Filmora", Editor),
    program("度加", "度加剪辑", "Dujia", Editor),
    program("ApowerEdit", "傲软", "Apowersoft", Editor),
    program("Apowersoft", "傲软", "Apowersoft", Converter),
    program("迅捷视频", "迅捷视频", "Xunjie Video", Converter),
    program("狸窝", "狸窝", "Leawo", Converter),
    same("Leawo", "Leawo", Converter),
    same("Aiseesoft", "Aiseesoft", Converter),
    same("VideoProc", "VideoProc", Converter),
    same("Pinnacle Studio", "Pinnacle Studio", Editor),
    same("VideoPad", "VideoPad", Editor),
    same("VSDC", "VSDC", Editor),
    same("Lightworks", "Lightworks", Editor),
    same("LumaFusion", "LumaFusion", Editor),
    same("ScreenFlow", "ScreenFlow", ScreenRecorder),
    // Cameras' texts may name Apple's format; as the program that wrote a file it is Apple's player.
    only_in("©swr", "QuickTime", "QuickTime Player", Muxer),
    same("Final Cut", "Final Cut Pro", Editor),
    same("com.apple.proapps", "Final Cut Pro", Editor),
    same("iMovie", "iMovie", Editor),
    same("DaVinci Resolve", "DaVinci Resolve", Editor),
    same("Vegas Pro", "Vegas Pro", Editor),
    same("Sony Vegas", "Vegas Pro", Editor),
    same("Magix Vegas", "Vegas Pro", Editor),
    same("Movie Studio", "Movie Studio", Editor),
    same("Avid Media Composer", "Avid Media Composer", Editor),
    same("EDIUS", "EDIUS", Editor),
    same("Wondershare", "Wondershare Filmora", Editor),
    same("Filmora", "Wondershare Filmora", Editor),
    same("CyberLink", "CyberLink PowerDirector", Editor),
    same("PowerDirector", "CyberLink PowerDirector", Editor),
    same("Movavi", "Movavi", Editor),
    same("Camtasia", "Camtasia", Editor),
    same("TechSmith", "Camtasia", Editor),
    same("Windows Movie Maker", "Windows Movie Maker", Editor),
    same("Clipchamp", "Clipchamp", Editor),
    same("Kdenlive", "Kdenlive", Editor),
    same("OpenShot", "OpenShot", Editor),
    same("Shotcut", "Shotcut", Editor),
    same("Avidemux", "Avidemux", Editor),
    same("VirtualDub", "VirtualDub", Editor),
    same("VirtualDubMod", "VirtualDub", Editor),
    same("LosslessCut", "LosslessCut", Editor),
    same("Bandicut", "Bandicut", Editor),
    same("VideoReDo", "VideoReDo", Editor),
    same("SolveigMM", "SolveigMM Video Splitter", Editor),
    same("InShot", "InShot", Editor),
    same("KineMaster", "KineMaster", Editor),
    same("VivaVideo", "VivaVideo", Editor),
    same("Topaz Video", "Topaz Video", Converter),
    same("HandBrake", "HandBrake", Converter),
    program("FormatFactory", "格式工厂", "Format Factory", Converter),
    program("Format Factory", "格式工厂", "Format Factory", Converter),
    program("格式工厂", "格式工厂", "Format Factory", Converter),
    program("pcfreetime", "格式工厂", "Format Factory", Converter),
    same("MediaCoder", "MediaCoder", Converter),
    program("小丸工具箱", "小丸工具箱", "Maruko Toolbox", Converter),
    same("ShanaEncoder", "ShanaEncoder", Converter),
    same("XMedia Recode", "XMedia Recode", Converter),
    same("Xilisoft", "Xilisoft Video Converter", Converter),
    same("Any Video Converter", "Any Video Converter", Converter),
    same("Freemake", "Freemake Video Converter", Converter),
    same("StaxRip", "StaxRip", Converter),
    same("MeGUI", "MeGUI", Converter),
    same("Zencoder", "Zencoder", Converter),
    same("x264", "x264", Encoder),
    same("libx264", "x264", Encoder),
    same("x265", "x265", Encoder),
    same("libx265", "x265", Encoder),
    same("Lavc", "FFmpeg", Encoder),
    only_in("user data", "XviD", "Xvid", Encoder),
    only_in("user data", "DivX", "DivX", Encoder),
    // FFmpeg's own codes: of its MPEG-4 in AVI, and of its MOV files.
    only_in("strh handler", "FMP4", "FFmpeg", Encoder),
    only_in(" vendor", "FFMP", "FFmpeg", Muxer),
    same("Lavf", "FFmpeg", Muxer),
    same("FFmpeg", "FFmpeg", Muxer),
    same("GPAC", "GPAC MP4Box", Muxer),
    same("MP4Box", "GPAC MP4Box", Muxer),
    same("L-SMASH", "L-SMASH", Muxer),
    same("mp4v2", "mp4v2", Muxer),
    same("Bento4", "Bento4", Muxer),
    same("mkvmerge", "MKVToolNix", Muxer),
    same("libmatroska", "MKVToolNix", Muxer),
    program("Wxmm", "微信", "WeChat", Platform),
    program("Bilibili XCoder", "哔哩哔哩", "Bilibili", Platform),
    program("produced by Google", "YouTube", "YouTube", Platform),
    same("Vimeo", "Vimeo", Platform),
    same("obs-studio", "OBS Studio", ScreenRecorder),
    same("Bandicam", "Bandicam", ScreenRecorder),
];

/// All patterns in small letters, looked for at once: a clip's texts are held against a hundred names.
static PATTERNS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let patterns = PROGRAMS.iter().map(|program| program.pattern.to_lowercase());
    AhoCorasick::new(patterns).ok()
});

/// The programs that a text, or the name of the place it stands in, names.
pub fn named_in(place: &str, text: &str) -> impl Iterator<Item = &'static Program> {
    let mut named = BTreeSet::new();
    for searched in [text, place] {
        named.extend(held_as_words(&searched.to_lowercase()));
    }
    let place = place.to_owned();
    let programs = named.into_iter().filter_map(|index| PROGRAMS.get(index));
    programs.filter(move |program| place.ends_with(program.place))
}

/// Which patterns stand in `text` with no further Latin letter on either side: a version may follow at once, as in
/// `Lavf58`, but `Slavchev` names no library.
fn held_as_words(text: &str) -> impl Iterator<Item = usize> {
    let found = PATTERNS.iter().flat_map(move |patterns| patterns.find_overlapping_iter(text));
    let is_word = move |found: &aho_corasick::Match| {
        let before = text[..found.start()].chars().next_back();
        let after = text[found.end()..].chars().next();
        ![before, after].into_iter().flatten().any(|c| c.is_ascii_alphabetic())
    };
    found.filter(is_word).map(|found| found.pattern().as_usize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(place: &str, text: &str) -> Vec<&'static str> {
        let mut names: Vec<_> = named_in(place, text).map(|program| program.name.en).collect();
        names.dedup();
        names
    }

    /// Texts as the programs write them.
    #[test]
    fn programs_are_known_by_what_they_write() {
        let too = "moov/udta/meta/ilst/©too";
        for (text, name) in [
            ("Lavf58.20.100", "FFmpeg"),
            ("Lavf", "FFmpeg"),
            ("HandBrake 1.6.1 2023012300", "HandBrake"),
            ("FormatFactory : www.pcfreetime.com", "Format Factory"),
            ("x264 - core 164 r3095 baee400 - H.264/MPEG-4 AVC codec", "x264"),
            ("x265 (build 199) - 3.5+1-f0c1022b6", "x265"),
            ("Wxmm_900012345", "WeChat"),
            ("Packed by Bilibili XCoder v2.0.2", "Bilibili"),
            ("{\"source_type\":\"vicut\",\"data\":{}}", "JianYing/CapCut"),
            ("剪映专业版 5.9", "JianYing/CapCut"),
            ("万兴喵影 12.0", "Wondershare Filmora"),
            ("\u{1f}Mainconcept Video Media Handler", "MainConcept (in Adobe, Vegas and others)"),
            ("IsoMedia File Produced with GPAC 2.0", "GPAC MP4Box"),
            ("libebml v1.4.4 + libmatroska v1.7.1", "MKVToolNix"),
            ("Adobe Premiere Pro 2023.0 (Windows)", "Adobe Premiere"),
        ] {
            assert_eq!(names(too, text), [name], "{text}");
        }
        assert_eq!(names("moov/meta/ilst/com.apple.proapps.share.id", "1"), ["Final Cut Pro"]);
        assert_eq!(names("moov/trak[1]/mdia/minf/stbl/stsd/mp4v vendor", "FFMP"), ["FFmpeg"]);
        assert_eq!(names("moov/udta/©swr", "QuickTime 7.7.1"), ["QuickTime Player"]);
    }

    /// Texts as cameras write them, and words that only look like a name.
    #[test]
    fn cameras_are_no_programs() {
        for text in [
            "GoPro AVC encoder",
            "Ambarella AVC encoder",
            "DJI AVC encoder",
            "VideoHandle",
            "SoundHandle",
            "VideoHandler",
            "Core Media Video",
            "Android 9",
            "AMBA Model X1 firmware 2.0",
            "AVC Coding",
            "JVT/AVC Coding",
            "NOVATEK MP4 muxer",
            "Hisilicon",
            "HVXC",
            "MJPG",
            "DIVX",
            "XVID",
            "H264",
            "FMP4",
            "IMKH",
            "Slavchev",
            "lavcode",
            "CAM",
            "odmldmlh",
        ] {
            assert!(names("moov/udta/©swr", text).is_empty(), "{text}");
        }
        assert!(names("hdrl/strl[1]/strh handler", "XVID").is_empty());
    }
}
