//! One spelling for what recognisers write: simplified script, half-width letters and digits, no
//! punctuation. Digits stay as they were recognised; the matcher reads them out.

use crate::evidence::Word;

/// The words with their text in one spelling, empty ones dropped. A word's time and probability
/// stay with its text.
pub fn tidied(words: Vec<Word>) -> Vec<Word> {
    // Converted in one piece, because some characters depend on their neighbours. Both steps keep
    // the number of characters, so that the text can be dealt out to the words again.
    let text: String = words.iter().flat_map(|word| word.text.chars()).map(half_width).collect();
    let mut simplified = fast2s::convert(&text).chars().collect::<Vec<_>>().into_iter();
    words
        .into_iter()
        .filter_map(|word| {
            let count = word.text.chars().count();
            let text: String = simplified.by_ref().take(count).filter(|ch| ch.is_alphanumeric()).collect();
            (!text.is_empty()).then_some(Word { text, ..word })
        })
        .collect()
}

/// The words' text in a row. Latin words keep a space between them, Chinese has none.
pub fn joined_text(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        let latin = |ch: Option<char>| ch.is_some_and(|ch| ch.is_ascii_alphabetic());
        if latin(text.chars().next_back()) && latin(word.text.chars().next()) {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// Full-width ASCII (`Ａ`, `５`) to plain ASCII.
fn half_width(ch: char) -> char {
    match ch {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(ch) - 0xff01 + 0x21).unwrap_or(ch),
        _ => ch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Vec<Word> {
        texts
            .iter()
            .enumerate()
            .map(|(n, text)| Word {
                start_s: n as f64,
                end_s: n as f64 + 1.0,
                text: (*text).into(),
                probability: 1.0,
            })
            .collect()
    }

    #[test]
    fn traditional_and_punctuation_fold_and_times_stay() {
        let tidy = tidied(words(&["為", "保護", "，", "您的", " 合法權益", "。"]));
        let texts: Vec<&str> = tidy.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(texts, ["为", "保护", "您的", "合法权益"]);
        assert_eq!(tidy[3].start_s, 4.0);
        assert_eq!(joined_text(&tidy), "为保护您的合法权益");
    }

    #[test]
    fn full_width_digits_become_plain_and_latin_words_keep_their_space() {
        assert_eq!(joined_text(&tidied(words(&["证号", "１６０", "01", "OK", "bye"]))), "证号16001OK bye");
    }

    #[test]
    fn odd_characters_do_not_shift_the_text() {
        let tidy = tidied(words(&["\u{fffd}", "𠮷", "é", "錄", "\u{202e}音"]));
        assert_eq!(joined_text(&tidy), "𠮷é录音");
        assert_eq!(tidy.last().unwrap().start_s, 4.0);
    }
}
