//! The policies and the regulations' texts that come with the program.

/// A policy file and the regulation it was written from, as they stand in `policies/`.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedPolicy {
    pub id: &'static str,
    /// The policy file's text.
    pub toml: &'static str,
    /// The regulation's full text, line breaks and oddities as published.
    pub regulation: &'static str,
}

macro_rules! embed {
    ($($id:literal),+ $(,)?) => {
        &[$(EmbeddedPolicy {
            id: $id,
            toml: include_str!(concat!("../../policies/", $id, ".toml")),
            regulation: include_str!(concat!("../../policies/texts/", $id, ".txt")),
        }),+]
    };
}

static EMBEDDED: &[EmbeddedPolicy] = embed![
    "zhanhe-education-sports",
    "baofeng-human-resources",
    "jiangyuan-culture-tourism",
    "pingdingshan-ethnic-religious",
    "gulou-emergency",
];

/// All policies that come with the program.
pub fn embedded() -> &'static [EmbeddedPolicy] {
    EMBEDDED
}

/// The embedded policy of that id, if there is one.
pub fn find(id: &str) -> Option<&'static EmbeddedPolicy> {
    EMBEDDED.iter().find(|policy| policy.id == id)
}
