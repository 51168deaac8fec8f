//! What can go wrong while reading a clip, in words that say what to do next.

use std::path::PathBuf;

use crate::lang::Prose;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    #[error("{path}: cannot be opened: {source}")]
    Open { path: PathBuf, source: std::io::Error },
    #[error("{path}: the file is empty")]
    Empty { path: PathBuf },
    #[error("{path}: not a recording in a format known here: {detail}")]
    NotMedia { path: PathBuf, detail: String },
    #[error("{path}: needs a GStreamer plug-in that is not installed ({what}); install {package}")]
    MissingPlugin { path: PathBuf, what: String, package: &'static str },
    #[error("{path}: neither pictures nor sound can be decoded: {reason}", reason = .reason.en)]
    Undecodable { path: PathBuf, reason: Prose },
    #[error("{path}: no progress for {seconds} s; reading was given up")]
    Stalled { path: PathBuf, seconds: u64 },
    #[error("{path}: {detail}")]
    Damaged { path: PathBuf, detail: String },
    #[error("pipeline '{name}': {detail}")]
    Pipeline { name: String, detail: String },
}

impl MediaError {
    /// The error in both languages, without the path, for a report on the clip itself.
    pub fn prose(&self) -> Prose {
        match self {
            Self::Open { source, .. } => {
                Prose::new(format!("文件无法打开：{source}"), format!("the file cannot be opened: {source}"))
            }
            Self::Empty { .. } => Prose::new("文件为空（0 字节）", "the file is empty (0 bytes)"),
            Self::NotMedia { detail, .. } => Prose::new(
                format!("不是可识别的音像文件：{detail}"),
                format!("not a recording in a format known here: {detail}"),
            ),
            Self::MissingPlugin { what, package, .. } => Prose::new(
                format!("缺少解码插件（{what}），请安装软件包 {package}"),
                format!("a GStreamer plug-in is not installed ({what}); install the package {package}"),
            ),
            Self::Undecodable { reason, .. } => Prose::new(
                format!("画面和声音均无法解码：{}", reason.zh),
                format!("neither pictures nor sound can be decoded: {}", reason.en),
            ),
            Self::Stalled { seconds, .. } => Prose::new(
                format!("读取停滞超过 {seconds} 秒，已放弃"),
                format!("no progress for {seconds} s; reading was given up"),
            ),
            Self::Damaged { detail, .. } => {
                Prose::new(format!("文件损坏：{detail}"), format!("the file is damaged: {detail}"))
            }
            Self::Pipeline { name, detail } => Prose::new(
                format!("处理管线“{name}”无法使用：{detail}"),
                format!("pipeline '{name}' cannot be used: {detail}"),
            ),
        }
    }
}
