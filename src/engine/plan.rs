//! Work follows the question: what a policy's checks need decides what is observed.

use std::collections::BTreeSet;

use crate::checks::{Judge, Value};
use crate::evidence::Channel;
use crate::observe::{Request, SpeechScope};
use crate::policy::Policy;

/// Without `--speech full` no clause makes the opening longer than this: officers announce at the
/// start, and recognition is the dearest step of all.
const MAX_OPENING_S: f64 = 300.0;

/// What the user wants listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SpeechChoice {
    /// The opening, and what follows each break
    #[default]
    Auto,
    /// The whole clip
    Full,
    /// Nothing
    Off,
}

/// What has to be observed to judge a clip by `policy`.
pub fn plan(policy: &Policy, speech: SpeechChoice, digests: bool, thorough: bool) -> Request {
    // Every clip is looked at for its structure and its packets: a damaged one must show.
    let mut channels = BTreeSet::from([Channel::Container, Channel::Timeline]);
    let mut windows_s = Windows::default();
    let decided = policy
        .clauses
        .iter()
        .filter(|clause| !clause.check.basis.is_records() && matches!(clause.check.judge, Judge::Decides(_)));
    for clause in decided {
        channels.extend(clause.check.needs);
        let window_s = clause.params.iter().find_map(|(name, value)| match (name, value) {
            ("window_s", &Value::Number(window_s)) => Some(window_s),
            _ => None,
        });
        windows_s.widen(clause.check.id, window_s);
    }
    // Breaks of the recording rest on picture, sound and clock together.
    if policy
        .clauses
        .iter()
        .any(|clause| clause.check.id == "continuity" || clause.check.id == "sound-quality")
    {
        channels.extend([Channel::Picture, Channel::Sound, Channel::Clock]);
    }
    // Either of words and pictures serves these clauses, so that the checks need neither.
    let either = ["credential-display", "location-statement", "key-stages"];
    if policy.clauses.iter().any(|clause| either.contains(&clause.check.id)) {
        channels.extend([Channel::Sound, Channel::Speech, Channel::Sight, Channel::Clock]);
    }
    let listens = channels.contains(&Channel::Speech);
    Request {
        speech: match speech {
            SpeechChoice::Off => SpeechScope::Off,
            _ if !listens => SpeechScope::Off,
            SpeechChoice::Full => SpeechScope::Full,
            SpeechChoice::Auto => SpeechScope::Around {
                opening_s: windows_s.opening.min(MAX_OPENING_S),
                after_break_s: windows_s.after_break,
            },
        },
        channels,
        digests,
        thorough,
    }
}

/// Records are held against when a clip was taken, as finely as it tells itself.
pub fn for_records(mut request: Request) -> Request {
    request.channels.extend([Channel::Container, Channel::Clock]);
    request
}

/// How long the clauses want listened to.
#[derive(Default)]
struct Windows {
    opening: f64,
    after_break: f64,
}

impl Windows {
    fn widen(&mut self, check: &str, window_s: Option<f64>) {
        let Some(window_s) = window_s else { return };
        // The clip itself may begin after a break.
        self.opening = self.opening.max(window_s);
        if check == "interruption-explanation" {
            self.after_break = self.after_break.max(window_s);
        }
    }
}
