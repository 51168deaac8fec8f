//! Damaged and made-up files.

use proptest::prelude::*;

use super::*;

fn originals() -> Vec<Vec<u8>> {
    let movie = Movie {
        edits: vec![(500, -1), (5_000, 90_000)],
        compressor: b"GoPro AVC encoder",
        user_data: itunes(&bx(b"\xa9too", &[&data(b"Lavf58.20.100")])),
        ..Movie::default()
    };
    vec![movie.file(), matroska(false), matroska(true), avi(true), transport_stream(12)]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..16);
    (prop::sample::select(originals()), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(mut file, changes, cut, cuts)| {
            for (index, byte) in changes {
                let at = index.index(file.len());
                file[at] = byte;
            }
            if cuts {
                file.truncate(cut.index(file.len()));
            }
            file
        },
    )
}

/// Anything, behind the first bytes of a known format.
fn arbitrary() -> impl Strategy<Value = Vec<u8>> {
    let magic: Vec<Vec<u8>> =
        originals().into_iter().map(|file| file[..12].to_vec()).chain([vec![]]).collect();
    (prop::sample::select(magic), prop::collection::vec(any::<u8>(), 0..600))
        .prop_map(|(head, tail)| [head, tail].concat())
}

proptest! {
    #[test]
    fn hostile_bytes_do_no_harm(file in prop_oneof![mutated(), arbitrary()]) {
        let facts = facts_of(&file);
        prop_assert!(facts.structure.len() <= 2 * MAX_PARTS);
        prop_assert!(facts.encoder_strings.len() <= MAX_STRINGS);
        prop_assert!(facts.encoder_strings.iter().all(|found| found.text.chars().count() <= text::MAX_CHARS));
        prop_assert!(facts.problems.len() <= MAX_PROBLEMS + 1);
        prop_assert!(facts.duration_s.is_none_or(f64::is_finite));
    }
}
