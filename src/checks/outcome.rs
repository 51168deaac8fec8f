//! What a check answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lang::Prose;
use crate::time::Span;

/// Ordered from the best to the worst for the clip as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The clause does not concern this clip.
    NotApplicable,
    Pass,
    /// Could not look: no model, no sound track, damaged.
    NotAssessed,
    /// Seen, but a person must decide.
    Review,
    Fail,
}

impl Verdict {
    /// In their order.
    pub const ALL: [Self; 5] = [Self::NotApplicable, Self::Pass, Self::NotAssessed, Self::Review, Self::Fail];

    /// As reports write it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Review => "review",
            Self::NotAssessed => "not-assessed",
            Self::NotApplicable => "not-applicable",
        }
    }

    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.id() == id)
    }
}

/// A check's answer, with everything a person needs to check it by hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    /// 0 to 1: how sure the verdict is.
    pub confidence: f64,
    pub summary: Prose,
    pub spans: Vec<LabelledSpan>,
    pub quotes: Vec<Quote>,
    /// Named figures, units in the names; a threshold stands beside its figure in `thresholds`
    /// under the same name.
    pub measures: BTreeMap<&'static str, f64>,
    pub thresholds: BTreeMap<&'static str, f64>,
    /// Times whose picture shows what the finding says.
    pub stills_at_s: Vec<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LabelledSpan {
    pub span: Span,
    pub label: Prose,
}

/// Words as they were heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    pub start_s: f64,
    pub end_s: f64,
    pub text: String,
    /// The required part that these words answer, as the policy names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// What was heard in place of the wording's open words (××): names, an agency, a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<String>,
}

impl Outcome {
    pub fn new(verdict: Verdict, confidence: f64, summary: Prose) -> Self {
        Self {
            verdict,
            confidence: confidence.clamp(0.0, 1.0),
            summary,
            spans: Vec::new(),
            quotes: Vec::new(),
            measures: BTreeMap::new(),
            thresholds: BTreeMap::new(),
            stills_at_s: Vec::new(),
        }
    }

    pub fn pass(confidence: f64, summary: Prose) -> Self {
        Self::new(Verdict::Pass, confidence, summary)
    }

    pub fn fail(confidence: f64, summary: Prose) -> Self {
        Self::new(Verdict::Fail, confidence, summary)
    }

    pub fn review(confidence: f64, summary: Prose) -> Self {
        Self::new(Verdict::Review, confidence, summary)
    }

    /// Nothing was judged, so nothing is sure: confidence 0.
    pub fn not_assessed(summary: Prose) -> Self {
        Self::new(Verdict::NotAssessed, 0.0, summary)
    }

    pub fn not_applicable(summary: Prose) -> Self {
        Self::new(Verdict::NotApplicable, 1.0, summary)
    }

    pub fn span(mut self, span: Span, label: Prose) -> Self {
        self.spans.push(LabelledSpan { span, label });
        self
    }

    pub fn quote(mut self, start_s: f64, end_s: f64, text: impl Into<String>) -> Self {
        self.quotes.push(Quote { start_s, end_s, text: text.into(), part: None, fills: Vec::new() });
        self
    }

    /// The words that answer a required part, with what filled its open words.
    pub fn part(mut self, span: Span, text: &str, part: &str, fills: Vec<String>) -> Self {
        let Span { start_s, end_s } = span;
        self.quotes.push(Quote { start_s, end_s, text: text.to_owned(), part: Some(part.to_owned()), fills });
        self
    }

    pub fn measure(mut self, name: &'static str, value: f64) -> Self {
        self.measures.insert(name, value);
        self
    }

    /// A figure beside the threshold it was held against.
    pub fn measure_against(mut self, name: &'static str, value: f64, threshold: f64) -> Self {
        self.measures.insert(name, value);
        self.thresholds.insert(name, threshold);
        self
    }

    pub fn still(mut self, at_s: f64) -> Self {
        self.stills_at_s.push(at_s);
        self
    }
}
