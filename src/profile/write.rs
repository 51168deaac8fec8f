//! A profile as TOML that people can read and correct.

use std::fmt::Write as _;

use super::features::{FIGURES, FONT, TEXTS};
use super::font::MIN_DIGITS;
use super::{ENOUGH_FILES, Font, Kind, Profile};

pub fn to_toml(profile: &Profile) -> String {
    let mut text = String::new();
    let files = profile.files;
    line(&mut text, "# 记录仪特征：同一台（型号、固件相同的）记录仪未经改动的文件是什么样子。");
    line(&mut text, "# What the untouched files of one camera (one model, one firmware) look like.");
    line(&mut text, &format!("# 依据 {files} 个文件 / rests on {files} files."));
    if !profile.is_sure() {
        line(
            &mut text,
            &format!(
                "# 少于 {ENOUGH_FILES} 个，不足以断定；请用更多文件重新学习 / fewer than {ENOUGH_FILES}: too few to be \
                 sure of anything, learn from more."
            ),
        );
    }
    line(&mut text, "# 取值超过文件数一半的特征视为不固定，不作比较；可删去不想比较的行，或补充允许的取值。");
    line(
        &mut text,
        "# A feature with more values than half the files is no habit and is not compared; lines can be deleted, and \
         values added.",
    );
    line(&mut text, &format!("schema = {}", quoted(&profile.schema)));
    line(&mut text, &format!("name = {}", quoted(&profile.name)));
    line(&mut text, &format!("files = {files}"));
    line(&mut text, "\n[texts]");
    for feature in &TEXTS {
        let Some(values) = profile.texts.get(feature.id) else { continue };
        line(&mut text, &format!("# {}{} / {}", feature.name.zh, kind(feature.kind), feature.name.en));
        match values.as_slice() {
            [value] => line(&mut text, &format!("{} = [{}]", feature.id, quoted(value))),
            values => {
                line(&mut text, &format!("{} = [", feature.id));
                values.iter().for_each(|value| line(&mut text, &format!("  {},", quoted(value))));
                line(&mut text, "]");
            }
        }
    }
    line(&mut text, "\n[figures]");
    for feature in &FIGURES {
        let Some(range) = profile.figures.get(feature.id) else { continue };
        line(&mut text, &format!("# {}{} / {}", feature.name.zh, kind(feature.kind), feature.name.en));
        line(&mut text, &format!("{} = {{ min = {:?}, max = {:?} }}", feature.id, range.min, range.max));
    }
    font(&mut text, profile.font.as_ref());
    text
}

fn font(text: &mut String, font: Option<&Font>) {
    line(text, &format!("\n# {}{} / {}", FONT.name.zh, kind(FONT.kind), FONT.name.en));
    let Some(font) = font else {
        line(
            text,
            &format!(
                "# 看清的数字少于 {MIN_DIGITS} 个，字体不作比较 / fewer than {MIN_DIGITS} digits were seen: the font is not \
                 compared."
            ),
        );
        return;
    };
    line(text, "# 各数字的字形：. 为空白，@ 为笔画 / how each digit is drawn: . has no ink, @ is all ink.");
    line(text, "[font]");
    if let Some(least) = font.least_likeness {
        if !font.is_habit() {
            line(
                text,
                "# 各文件字体不一，不作比较 / the files do not draw their digits alike: the font is not compared.",
            );
        }
        line(text, &format!("least_likeness = {least:.4}"));
    }
    line(text, "\n[font.digits]");
    for (digit, shape) in &font.digits {
        line(text, &format!("{digit} = \"\"\"\n{}\"\"\"", shape.rows()));
    }
}

/// What a departure would mean, for the reader.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Container | Kind::Coding => "",
        Kind::Setting => "（可在记录仪上设置，不符只列出）",
        Kind::Overlay => "（不符提请核对）",
        Kind::Habit => "（不符只列出）",
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(text, "{line}");
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
