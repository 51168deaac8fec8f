//! Text as it sounds: Mandarin syllables without tones, and what it costs to take one for another.
//!
//! Regional speech merges sounds (平翘舌, n/l, f/h, 前后鼻音), and recognisers err towards what
//! sounds alike; so the cost of a difference follows how alike two syllables are to the ear.

use std::sync::OnceLock;

use pinyin::ToPinyinMulti;

/// Sounds that whole regions do not keep apart.
const MERGED: f32 = 0.1;
/// Sounds that a recogniser takes for each other: made at the same place or in the same way.
const NEAR: f32 = 0.3;
/// A different initial or a different rime; both together make a different syllable, cost 1.
const OTHER: f32 = 0.5;

/// One way to read a character: initial consonant and rime, tone dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syllable {
    /// `""` for none (also where spelling writes y or w).
    initial: &'static str,
    /// The rime with its glide spelt out (`uei` for wei and -ui), `ü` as `v`; the vowel of zhi and
    /// zi as `-i`.
    rime: &'static str,
}

/// What one character may sound like; characters with several readings keep them all.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    pub readings: Vec<Syllable>,
    /// The character it was read from.
    pub ch: char,
}

impl Sound {
    /// Cost of hearing `other` where this is meant, 0 to 1: the cheapest pair of readings.
    pub fn cost(&self, other: &Sound) -> f32 {
        if self.ch == other.ch {
            return 0.0;
        }
        let pairs = self.readings.iter().flat_map(|&a| other.readings.iter().map(move |&b| cost(a, b)));
        pairs.fold(1.0, f32::min)
    }

    /// Whether the character can be read as this plain pinyin.
    pub fn reads(&self, plain: &'static str) -> bool {
        syllable(plain).is_some_and(|syllable| self.readings.contains(&syllable))
    }
}

/// The sounds of a text, each with the index of the character it came from. Numbers are read out:
/// up to four digits as a quantity (12 十二), longer ones and those with a leading zero digit by
/// digit; a number before 年 or 号 likewise digit by digit. What has no sound is left out.
pub fn sounds(text: &[char]) -> Vec<(usize, Sound)> {
    let mut sounds = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at].is_ascii_digit() {
            let end = at + text[at..].iter().take_while(|ch| ch.is_ascii_digit()).count();
            let read = read_number(&text[at..end], text.get(end).copied());
            for (n, &ch) in read.iter().enumerate() {
                let digit = at + n * (end - at) / read.len();
                sounds.extend(sound(ch).map(|sound| (digit, sound)));
            }
            at = end;
        } else {
            sounds.extend(sound(text[at]).map(|sound| (at, sound)));
            at += 1;
        }
    }
    sounds
}

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
/// Places of a quantity, from thousands down.
const PLACES: [Option<char>; 4] = [Some('千'), Some('百'), Some('十'), None];
/// The most digits that are read as a quantity.
const LONGEST_QUANTITY: usize = 4;

fn read_number(digits: &[char], next: Option<char>) -> Vec<char> {
    let values: Vec<usize> = digits.iter().filter_map(|ch| ch.to_digit(10)).map(|d| d as usize).collect();
    let label = matches!(next, Some('年' | '号')) && values.len() > 2;
    if values.len() > LONGEST_QUANTITY || values[0] == 0 || label {
        return values.iter().map(|&value| DIGITS[value]).collect();
    }
    let mut read = Vec::new();
    let mut zero_pending = false;
    for (n, &value) in values.iter().enumerate() {
        let place = PLACES[LONGEST_QUANTITY - values.len() + n];
        if value == 0 {
            zero_pending = !read.is_empty();
            continue;
        }
        if zero_pending {
            read.push('零');
            zero_pending = false;
        }
        // 十二, not 一十二.
        if !(read.is_empty() && value == 1 && place == Some('十')) {
            read.push(DIGITS[value]);
        }
        read.extend(place);
    }
    read
}

/// One character's sound; `None` for what is not spoken.
fn sound(ch: char) -> Option<Sound> {
    if ch.is_ascii_alphabetic() {
        let name = LETTERS[usize::from(ch.to_ascii_lowercase() as u8 - b'a')];
        return Some(Sound {
            readings: vec![Syllable { initial: "letter", rime: name }],
            ch: ch.to_ascii_lowercase(),
        });
    }
    let mut readings: Vec<Syllable> = Vec::new();
    for reading in ch.to_pinyin_multi()? {
        if let Some(syllable) = syllable(reading.plain())
            && !readings.contains(&syllable)
        {
            readings.push(syllable);
        }
    }
    // In numbers said digit by digit, one is often yāo.
    if ch == '一' {
        readings.extend(syllable("yao"));
    }
    (!readings.is_empty()).then_some(Sound { readings, ch })
}

/// Latin letters sound like no Mandarin syllable in particular; each matches only itself.
const LETTERS: [&str; 26] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u",
    "v", "w", "x", "y", "z",
];

const INITIALS: [&str; 21] = [
    "zh", "ch", "sh", "b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "r", "z", "c",
    "s",
];

/// Splits plain pinyin (`zhong`, `lü`, `yuan`) into initial and rime.
fn syllable(plain: &'static str) -> Option<Syllable> {
    let initial = INITIALS.into_iter().find(|initial| plain.starts_with(initial)).unwrap_or("");
    let spelt = &plain[initial.len()..];
    let rime = match (initial, spelt) {
        ("", spelt) => match spelt {
            "yi" => "i",
            "ya" => "ia",
            "yo" => "o",
            "ye" => "ie",
            "yao" => "iao",
            "you" => "iou",
            "yan" => "ian",
            "yin" => "in",
            "yang" => "iang",
            "ying" => "ing",
            "yong" => "iong",
            "yu" => "v",
            "yue" => "ve",
            "yuan" => "van",
            "yun" => "vn",
            "wu" => "u",
            "wa" => "ua",
            "wo" => "uo",
            "wai" => "uai",
            "wei" => "uei",
            "wan" => "uan",
            "wen" => "uen",
            "wang" => "uang",
            "weng" => "ueng",
            "" => return None,
            other => other,
        },
        ("zh" | "ch" | "sh" | "r" | "z" | "c" | "s", "i") => "-i",
        ("j" | "q" | "x", "u") => "v",
        ("j" | "q" | "x", "ue") => "ve",
        ("j" | "q" | "x", "uan") => "van",
        ("j" | "q" | "x", "un") => "vn",
        (_, "ü") => "v",
        (_, "üe" | "ue") => "ve",
        (_, "ui") => "uei",
        (_, "iu") => "iou",
        (_, "un") => "uen",
        // bo, po, mo, fo are said with the glide that their spelling leaves out.
        ("b" | "p" | "m" | "f", "o") => "uo",
        (_, "") => return None,
        (_, spelt) => spelt,
    };
    Some(Syllable { initial, rime })
}

/// Cost of taking one syllable for another, 0 to 1.
fn cost(a: Syllable, b: Syllable) -> f32 {
    if a == b {
        return 0.0;
    }
    // 福/湖, 发/花, 飞/灰: where f and h merge, h takes the glide u that f cannot have.
    let across_fh = |f: Syllable, h: Syllable| {
        f.initial == "f"
            && h.initial == "h"
            && h.rime.strip_prefix('u').is_some_and(|rime| rime == f.rime || h.rime == f.rime)
    };
    if across_fh(a, b) || across_fh(b, a) {
        return MERGED;
    }
    initial_cost(a.initial, b.initial) + rime_cost(a.rime, b.rime)
}

fn initial_cost(a: &str, b: &str) -> f32 {
    const MERGED_PAIRS: [[&str; 2]; 6] =
        [["z", "zh"], ["c", "ch"], ["s", "sh"], ["n", "l"], ["r", "l"], ["f", "h"]];
    const NEAR_GROUPS: [&[&str]; 8] = [
        &["b", "p"],
        &["d", "t"],
        &["g", "k", "h"],
        &["j", "q", "x"],
        &["z", "c", "s", "zh", "ch", "sh", "r"],
        &["zh", "j"],
        &["ch", "q"],
        &["sh", "x"],
    ];
    graded(a, b, &MERGED_PAIRS, &NEAR_GROUPS)
}

fn rime_cost(a: &str, b: &str) -> f32 {
    const MERGED_PAIRS: [[&str; 2]; 6] =
        [["an", "ang"], ["en", "eng"], ["in", "ing"], ["uan", "uang"], ["ian", "iang"], ["uen", "ueng"]];
    const NEAR_GROUPS: [&[&str]; 21] = [
        &["a", "ia", "ua"],
        &["o", "uo", "ou"],
        &["e", "-i", "er"],
        &["e", "uo"],
        &["i", "v", "-i"],
        &["i", "ei"],
        &["ei", "uei", "ai"],
        &["ai", "uai"],
        &["ao", "iao"],
        &["ou", "iou"],
        &["u", "v"],
        &["u", "ou"],
        &["ie", "ve", "ian"],
        &["an", "ian", "uan", "van"],
        &["ang", "iang", "uang"],
        &["en", "uen", "in"],
        &["eng", "ing", "ong", "ueng"],
        &["ong", "iong", "uen"],
        &["in", "vn"],
        &["an", "ai"],
        &["ao", "ou"],
    ];
    graded(a, b, &MERGED_PAIRS, &NEAR_GROUPS)
}

fn graded(a: &str, b: &str, merged: &[[&str; 2]], near: &[&[&str]]) -> f32 {
    if a == b {
        0.0
    } else if merged.iter().any(|pair| pair.contains(&a) && pair.contains(&b)) {
        MERGED
    } else if near.iter().any(|group| group.contains(&a) && group.contains(&b)) {
        NEAR
    } else {
        OTHER
    }
}

/// Characters that carry grammar, not meaning, and are slurred or left out in speech.
pub fn is_weak(ch: char) -> bool {
    static WEAK: OnceLock<Vec<char>> = OnceLock::new();
    WEAK.get_or_init(|| "的了着地得们吗呢吧啊呀".chars().collect()).contains(&ch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(ch: char) -> Sound {
        sound(ch).unwrap()
    }

    fn read(text: &str) -> String {
        let text: Vec<char> = text.chars().collect();
        sounds(&text).iter().map(|(_, sound)| sound.ch).collect()
    }

    #[test]
    fn regional_merges_cost_little_and_other_differences_more() {
        for (a, b) in
            [('知', '资'), ('吃', '词'), ('师', '思'), ('南', '兰'), ('音', '英'), ('发', '花'), ('人', '伦')]
        {
            assert!(one(a).cost(&one(b)) <= 0.4, "{a} {b} {}", one(a).cost(&one(b)));
        }
        assert_eq!(one('师').cost(&one('诗')), 0.0);
        assert_eq!(one('录').cost(&one('拍')), 1.0);
        assert!(one('音').cost(&one('像')) >= 0.9);
    }

    #[test]
    fn spelling_is_seen_through() {
        assert_eq!(one('位').cost(&one('味')), 0.0);
        assert!(one('位').cost(&one('对')) <= 0.5);
        assert!(one('全').cost(&one('选')) <= NEAR);
        assert!(one('绿').cost(&one('女')) <= MERGED);
        assert_eq!(one('保').cost(&one('宝')), 0.0);
    }

    #[test]
    fn several_readings_take_the_cheapest() {
        assert_eq!(one('还').cost(&one('环')), 0.0);
        assert_eq!(one('还').cost(&one('孩')), 0.0);
        assert!(one('行').reads("hang") && one('行').reads("xing"));
    }

    #[test]
    fn numbers_are_read_out() {
        assert_eq!(read("12月"), "十二月");
        assert_eq!(read("2025年"), "二零二五年");
        assert_eq!(read("证号16010012"), "证号一六零一零零一二");
        assert_eq!(read("105元"), "一百零五元");
        assert_eq!(read("007"), "零零七");
        assert_eq!(read("3000"), "三千");
        assert_eq!(one('一').cost(&one('幺')), 0.0);
    }

    #[test]
    fn letters_match_only_themselves_and_marks_are_silent() {
        assert_eq!(one('A').cost(&one('a')), 0.0);
        assert_eq!(one('A').cost(&one('b')), 0.5);
        assert_eq!(read("，。 ×!\u{202e}"), "");
    }
}
