//! What of a clip is read to observe it.

use std::path::Path;

use pingcha::evidence::{Channel, ClipFacts};
use pingcha::lang::Prose;
use pingcha::media::Pipelines;
use pingcha::observe::{Request, SpeechScope, Tools, observe};

fn observed(clip: &Path, channels: &[Channel], digests: bool) -> ClipFacts {
    let channels = channels.iter().copied().collect();
    let request = Request { channels, speech: SpeechScope::Off, digests, thorough: false };
    let mut tools = Tools::new(Pipelines::default(), Err(Prose::default()), None);
    observe(clip, &request, &mut tools).clip
}

#[test]
fn without_digests_only_what_is_needed_is_read_and_the_digests_read_it_all() {
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/compliant.mp4");
    let structure = [Channel::Container, Channel::Timeline];
    let without = observed(&clip, &structure, false);
    let bytes_read = without.bytes_read.unwrap();
    assert!(bytes_read * 5 < without.bytes, "{bytes_read} of {}", without.bytes);
    assert_eq!(observed(&clip, &structure, false), without);
    let with = observed(&clip, &structure, true);
    assert_eq!(with.bytes_read, Some(bytes_read + with.bytes));
    let with_sound = observed(&clip, &[Channel::Container, Channel::Timeline, Channel::Sound], false);
    assert!(with_sound.bytes_read > without.bytes_read);
}
