//! Text out of foreign bytes: made printable and short before it goes anywhere.

/// Longest text kept of one place. x264's settings, the longest that matter, need about 900.
pub const MAX_CHARS: usize = 1_000;

/// A run of text in binary data shorter than this is more likely chance than words.
const MIN_RUN_CHARS: usize = 6;
/// Runs kept of one vendor's box.
const MAX_RUNS: usize = 4;

/// The bytes as one line of UTF-8: what is not text is dropped, white space folded, and marks that
/// would reorder or hide text on a reader's screen are taken out.
pub fn printable(bytes: &[u8]) -> String {
    fold(&String::from_utf8_lossy(bytes))
}

/// As [`printable`], from UTF-16.
pub fn printable_utf16(bytes: &[u8], big_endian: bool) -> String {
    let units: Vec<u16> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|&pair| if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
        .collect();
    fold(&String::from_utf16_lossy(&units))
}

fn fold(text: &str) -> String {
    let mut folded = String::new();
    let mut gap = false;
    let visible =
        text.chars().filter(|&c| c.is_whitespace() || c == '\0' || !(c.is_control() || is_invisible(c)));
    for c in visible {
        if c.is_whitespace() || c == '\0' {
            gap = !folded.is_empty();
            continue;
        }
        if gap {
            folded.push(' ');
            gap = false;
        }
        folded.push(c);
    }
    match folded.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => folded[..end].to_owned(),
        None => folded,
    }
}

/// Replacement, zero-width, joiner and direction marks (Unicode's `Default_Ignorable` ones that occur
/// in text made to deceive).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

/// The first few runs of words in binary data, joined; empty when there are none.
pub fn runs(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let runs: Vec<String> = text
        .split(|c: char| c.is_control() || c == '\u{fffd}')
        .map(fold)
        .filter(|run| run.chars().count() >= MIN_RUN_CHARS && run.chars().any(char::is_alphabetic))
        .take(MAX_RUNS)
        .collect();
    fold(&runs.join(" | "))
}

/// Names of programs that an XMP packet says made or changed the file, each once, in order.
pub fn xmp_tools(packet: &[u8]) -> Vec<String> {
    const PROPERTIES: [&str; 3] = ["CreatorTool", "softwareAgent", "Producer"];
    const MAX_TOOLS: usize = 16;
    let text = String::from_utf8_lossy(packet);
    let mut tools: Vec<String> = Vec::new();
    for property in PROPERTIES {
        for (at, _) in text.match_indices(property) {
            let after = &text[at + property.len()..];
            // As an attribute (`CreatorTool="…"`) or as an element (`CreatorTool>…<`).
            let value = match after.strip_prefix("=\"") {
                Some(value) => value.split('"').next(),
                None => after.strip_prefix('>').and_then(|value| value.split('<').next()),
            };
            let tool = value.map(fold).unwrap_or_default();
            if !tool.is_empty() && !tools.contains(&tool) && tools.len() < MAX_TOOLS {
                tools.push(tool);
            }
        }
    }
    tools
}

/// A four-character code as text; bytes that are not printable as `\xNN`, `©` as itself.
pub fn four_cc(code: [u8; 4]) -> String {
    code.iter()
        .map(|&byte| match byte {
            0xa9 => "©".to_owned(),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_loses_controls_and_direction_marks() {
        assert_eq!(printable(b"  Lavf58\x1b[31m\n\x00.20 \xff"), "Lavf58[31m .20");
        assert_eq!(printable("剪\u{202e}映\u{200b}".as_bytes()), "剪映");
        assert_eq!(printable(&[b'a'; 5000]).len(), MAX_CHARS);
        assert_eq!(printable_utf16(&[0x52, 0x6a, 0x66, 0x20], true), "剪映");
        assert_eq!(printable_utf16(&[0x41, 0, 0x42], false), "A");
    }

    #[test]
    fn runs_are_words_not_chance() {
        assert_eq!(runs(b"\x00\x01AMBA\x00\x02Model X1 V2.0\x00\xff\xfe12345678\x00"), "Model X1 V2.0");
        assert_eq!(runs(&[0; 64]), "");
    }

    #[test]
    fn xmp_names_its_tools() {
        let packet = br#"<x xmp:CreatorTool="Adobe Premiere Pro 2023.0"><stEvt:softwareAgent>Adobe Media Encoder</stEvt:softwareAgent>
            <xmp:CreatorTool>Adobe Premiere Pro 2023.0</xmp:CreatorTool>"#;
        assert_eq!(xmp_tools(packet), ["Adobe Premiere Pro 2023.0", "Adobe Media Encoder"]);
        assert!(xmp_tools(b"CreatorTool").is_empty());
    }

    #[test]
    fn codes_are_readable() {
        assert_eq!(four_cc(*b"\xa9too"), "©too");
        assert_eq!(four_cc([0, b'a', b'b', 0xff]), "\\x00ab\\xff");
    }
}
