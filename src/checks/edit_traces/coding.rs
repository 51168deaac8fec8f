//! Signs in how the pictures and the sound are coded.

use super::{HIDDEN_START_S, Sign, first_starts};
use crate::evidence::{AudioFacts, ContainerFacts, Timeline};
use crate::lang::{MinutesSeconds, Prose};

/// Key frame distance that x264 and x265 use unless told otherwise; cameras use one or two seconds.
const X264_KEY_FRAME_DISTANCE: u32 = 250;

/// How the pictures and the sound are coded.
pub fn signs(
    container: &ContainerFacts,
    timeline: Option<&Timeline>,
    audio: Option<&AudioFacts>,
) -> Vec<Sign> {
    let mut signs = Vec::new();
    let b_frames = timeline.is_some_and(|timeline| timeline.b_frames);
    let skipped_s = first_starts(container)
        .filter(|&start_s| {
            (0.001..HIDDEN_START_S).contains(&start_s) && primed_samples(start_s, audio).is_none()
        })
        .fold(0.0, f64::max);
    // B-frames force a list that skips the coder's delay: one cause, one sign.
    if b_frames {
        signs.push(Sign::new(
            false,
            ("b_frames", 1.0),
            Prose::new("使用 B 帧编码", "the pictures are coded with B-frames"),
        ));
    } else if skipped_s > 0.0 {
        signs.push(Sign::new(
            false,
            ("skipped_start_s", skipped_s),
            Prose::new(
                format!("编辑列表略去开头 {skipped_s:.3} 秒编码延迟"),
                format!("an edit list skips a coder's delay of {skipped_s:.3} s"),
            ),
        ));
    }
    signs.extend(priming_sign(container, audio));
    let Some(timeline) = timeline else { return signs };
    signs.extend(irregular_key_frames(timeline));
    if timeline.key_frame_cadence.iter().any(|run| run.frames == X264_KEY_FRAME_DISTANCE) {
        signs.push(Sign::new(
            false,
            ("key_frame_distance_frames", f64::from(X264_KEY_FRAME_DISTANCE)),
            Prose::new(
                format!("关键帧间隔 {X264_KEY_FRAME_DISTANCE} 帧（x264 默认值）"),
                format!("key frames {X264_KEY_FRAME_DISTANCE} frames apart (x264's default)"),
            ),
        ));
    }
    let changes = &timeline.parameter_set_changes_s;
    if let Some(&first_s) = changes.first() {
        let first = MinutesSeconds(first_s);
        let mut sign = Sign::new(
            false,
            ("parameter_set_changes", changes.len() as f64),
            Prose::new(
                format!("编码参数中途改变 {} 次（首次在 {first}）", changes.len()),
                format!("coding parameters change {} times midway (first at {first})", changes.len()),
            ),
        );
        sign.at_s = changes.clone();
        signs.push(sign);
    } else if container.sample_descriptions > 1 {
        let count = container.sample_descriptions;
        signs.push(Sign::new(
            false,
            ("sample_descriptions", f64::from(count)),
            Prose::new(
                format!("同一轨道有 {count} 种编码描述"),
                format!("one track has {count} descriptions of its coding"),
            ),
        ));
    }
    signs
}

/// Samples that an AAC encoder puts before the sound, and that a muxer which knows of them hides by an
/// edit list: 1,024 by FFmpeg's encoder, 2,112 by Apple's, 2,048 by Fraunhofer's at its usual settings.
/// A camera's own writer starts at the first sample.
const PRIMING_SAMPLES: [f64; 3] = [1024.0, 2048.0, 2112.0];

fn primed_samples(start_s: f64, audio: Option<&AudioFacts>) -> Option<f64> {
    let rate_hz = f64::from(audio.filter(|audio| audio.codec == "aac")?.sample_rate_hz);
    PRIMING_SAMPLES.into_iter().find(|samples| (start_s * rate_hz - samples).abs() < 1.0)
}

/// A list that skips what a sound encoder needs to start.
fn priming_sign(container: &ContainerFacts, audio: Option<&AudioFacts>) -> Option<Sign> {
    let samples = first_starts(container).find_map(|start_s| primed_samples(start_s, audio))?;
    Some(Sign::new(
        false,
        ("sound_priming_samples", samples),
        Prose::new(
            format!("编辑列表略去音频编码器预置的 {samples} 个采样"),
            format!("an edit list skips the {samples} samples that a sound encoder puts in front"),
        ),
    ))
}

/// Distances between key frames that must be seen before they can be called irregular.
const MIN_KEY_FRAME_DISTANCES: u32 = 6;
/// Cameras count; an encoder that puts key frames where the scene changes has no usual distance.
const USUAL_DISTANCE_SHARE: f64 = 0.5;

fn irregular_key_frames(timeline: &Timeline) -> Option<Sign> {
    let runs = &timeline.key_frame_cadence;
    let all: u32 = runs.iter().map(|run| run.times).sum();
    let of = |frames: u32| runs.iter().filter(|run| run.frames == frames).map(|run| run.times).sum::<u32>();
    let usual = runs.iter().map(|run| of(run.frames)).max()?;
    let share = f64::from(usual) / f64::from(all.max(1));
    (all >= MIN_KEY_FRAME_DISTANCES && share < USUAL_DISTANCE_SHARE).then(|| {
        Sign::new(
            false,
            ("usual_key_frame_distance_share", share),
            Prose::new(
                "关键帧间隔不固定，似由软件按画面变化编排",
                "key frames stand at no fixed distance, as software puts them where the picture changes",
            ),
        )
    })
}
