//! Pipeline descriptions: embedded, and overridable by a folder.

/// The pipeline descriptions in use.
#[derive(Debug, Clone, Default)]
pub struct Pipelines {}
