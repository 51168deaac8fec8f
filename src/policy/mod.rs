//! Policies: a regulation's clauses, each tied to the check that judges it.

use crate::checks::{Check, Params};

/// A regulation as data.
pub struct Policy {
    pub id: String,
    pub title: String,
    /// Where the regulation's text comes from.
    pub source: String,
    /// IANA name, such as `Asia/Shanghai`.
    pub time_zone: String,
    pub clauses: Vec<Clause>,
    /// Of the policy file's bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// One sentence of the regulation that a machine can help to check.
pub struct Clause {
    /// As the regulation counts: `第八条`.
    pub article: String,
    /// The regulation's sentence, word for word.
    pub text: String,
    pub check: &'static Check,
    pub params: Params,
}
