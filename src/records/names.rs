//! By what names sheets and columns are known: their titles, their identifiers, and the usual names in
//! a table that a site can replace.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::sheets::{SHEETS, Sheet};
use crate::lang::Prose;

/// The table that comes with the program.
pub const USUAL: &str = include_str!("names.toml");

/// Names of sheets and columns, in their plain form.
#[derive(Debug, Clone)]
pub struct Names {
    sheets: BTreeMap<String, usize>,
    /// By the sheet's place in [`SHEETS`].
    columns: Vec<BTreeMap<String, &'static str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sheets: BTreeMap<String, Vec<String>>,
    /// Usual names of columns, for every sheet that has such a column.
    #[serde(default)]
    everywhere: BTreeMap<String, Vec<String>>,
    /// The same for one sheet, which win over those.
    #[serde(default)]
    columns: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

impl Names {
    /// With the table that comes with the program.
    pub fn usual() -> Self {
        // A test holds that the embedded table can be read.
        Self::parse(USUAL).unwrap_or_else(|_| Self::new(&File::empty()))
    }

    /// With a site's own table in place of it. Fails with what is wrong about it.
    pub fn parse(toml: &str) -> Result<Self, Prose> {
        let file: File = toml::from_str(toml).map_err(|error| {
            let why = error.to_string();
            Prose::new(format!("别名表不能使用：{why}"), format!("the table of names cannot be used: {why}"))
        })?;
        let unknown = |what: &str| {
            Prose::new(format!("别名表：没有“{what}”"), format!("the table of names: there is no \"{what}\""))
        };
        for id in file.sheets.keys().chain(file.columns.keys()) {
            find(id).ok_or_else(|| unknown(id))?;
        }
        for (id, columns) in &file.columns {
            let (_, sheet) = find(id).ok_or_else(|| unknown(id))?;
            if let Some(column) = columns.keys().find(|id| sheet.columns.iter().all(|known| known.id != **id))
            {
                return Err(unknown(&format!("{id}.{column}")));
            }
        }
        let everywhere =
            |id: &str| SHEETS.iter().any(|sheet| sheet.columns.iter().any(|column| column.id == id));
        if let Some(id) = file.everywhere.keys().find(|id| !everywhere(id)) {
            return Err(unknown(id));
        }
        Ok(Self::new(&file))
    }

    fn new(file: &File) -> Self {
        let mut sheets = BTreeMap::new();
        let mut columns = Vec::new();
        // What is more particular comes later and wins.
        for (place, sheet) in SHEETS.iter().enumerate() {
            for name in file.sheets.get(sheet.id).into_iter().flatten() {
                sheets.insert(plain(name), place);
            }
            let mut known = BTreeMap::new();
            for column in sheet.columns {
                let own = file.columns.get(sheet.id).and_then(|columns| columns.get(column.id));
                for name in file.everywhere.get(column.id).into_iter().flatten() {
                    known.entry(plain(name)).or_insert(column.id);
                }
                for name in own.into_iter().flatten() {
                    known.insert(plain(name), column.id);
                }
            }
            for column in sheet.columns {
                for name in [column.title.zh, column.title.en, column.id] {
                    known.insert(plain(name), column.id);
                }
            }
            columns.push(known);
        }
        for (place, sheet) in SHEETS.iter().enumerate() {
            for name in [sheet.title.zh, sheet.title.en, sheet.id] {
                sheets.insert(plain(name), place);
            }
        }
        Self { sheets, columns }
    }

    /// The column of the sheet of that identifier that has that name.
    pub fn column_of(&self, sheet: &str, name: &str) -> Option<&'static str> {
        self.column(find(sheet)?.0, name)
    }

    /// The place in [`SHEETS`] of the sheet with that name.
    pub fn sheet(&self, name: &str) -> Option<usize> {
        self.sheets.get(&plain(name)).copied()
    }

    pub fn column(&self, sheet: usize, name: &str) -> Option<&'static str> {
        self.columns.get(sheet)?.get(&plain(name)).copied()
    }
}

impl File {
    fn empty() -> Self {
        Self { sheets: BTreeMap::new(), everywhere: BTreeMap::new(), columns: BTreeMap::new() }
    }
}

/// The sheet of that identifier, with its place in [`SHEETS`].
pub fn find(id: &str) -> Option<(usize, &'static Sheet)> {
    SHEETS.iter().copied().enumerate().find(|(_, sheet)| sheet.id == id)
}

/// Small letters and digits of any script, without notes in brackets: `* 到达时间（时分）` is `到达时间`.
fn plain(name: &str) -> String {
    let mut depth = 0_i32;
    name.chars()
        .filter(|c| {
            match c {
                '(' | '（' | '[' | '【' => depth += 1,
                ')' | '）' | ']' | '】' => depth -= 1,
                _ => return depth <= 0 && c.is_alphanumeric(),
            }
            false
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_can_be_read() {
        Names::parse(USUAL).unwrap();
    }

    #[test]
    fn titles_identifiers_and_usual_names_are_known() {
        let names = Names::usual();
        for name in ["录像", "clips", "Recordings", "视频台账", " 录像（2025） "] {
            assert_eq!(names.sheet(name).map(|place| SHEETS[place].id), Some("clips"), "{name}");
        }
        let clips = names.sheet("clips").unwrap();
        for (name, column) in [
            ("*文件名", "file"),
            ("file name", "file"),
            ("存入时间（精确到分）", "deposited"),
            ("上传时间", "deposited"),
            ("SHA-256", "digest"),
            ("设备时钟偏差（秒）", "clock_ahead_s"),
        ] {
            assert_eq!(names.column(clips, name), Some(column), "{name}");
        }
        assert_eq!(names.column(clips, "天气"), None);
    }

    #[test]
    fn every_column_is_known_by_its_own_title() {
        let names = Names::usual();
        for (place, sheet) in SHEETS.iter().enumerate() {
            assert_eq!(names.sheet(sheet.title.zh), Some(place));
            for column in sheet.columns {
                assert_eq!(names.column(place, column.title.zh), Some(column.id), "{}", sheet.id);
                assert_eq!(names.column(place, column.id), Some(column.id), "{}", sheet.id);
            }
        }
    }

    #[test]
    fn a_sites_own_table_replaces_the_usual_names() {
        let names = Names::parse("[columns.clips]\ndeposited = [\"进库时刻\"]\n").unwrap();
        assert_eq!(names.column(names.sheet("录像").unwrap(), "进库时刻"), Some("deposited"));
        assert_eq!(names.sheet("视频台账"), None);
        for (wrong, named) in [
            ("[sheets]\nvideos = [\"x\"]", "videos"),
            ("[columns.clips]\nsize = [\"x\"]", "clips.size"),
            ("[everywhere]\nsize = [\"x\"]", "size"),
            ("colour = 1", "colour"),
        ] {
            assert!(Names::parse(wrong).unwrap_err().en.contains(named), "{wrong}");
        }
    }
}
