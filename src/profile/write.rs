//! A profile as TOML that people can read and correct.

use std::fmt::Write as _;

use super::features::{FIGURES, TEXTS};
use super::{ENOUGH_FILES, Kind, Profile};

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
    text
}

/// What a departure would mean, for the reader.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Container | Kind::Coding => "",
        Kind::Setting => "（可在记录仪上设置，不符只列出）",
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
