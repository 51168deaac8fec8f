//! Five minutes of 1080p, as heavy as a camera's; too large to be committed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::common::sample;

/// How it is made, for whoever reads the figures.
pub const HOW: &str = "made by ffmpeg: the camera pans over one picture of samples/compliant.mp4, with grain and a \
                       running clock; x264 at 6 Mbit/s without B-frames, a key frame every 2 s; the sample's sound, \
                       over and over";

/// A short segment of a camera: twice as much would take twice as long to make and say the same.
const LENGTH_S: &str = "300";

/// One picture, without the sample's own overlay and enlarged, over which a window of 1920×1080
/// wanders. The grain is new in every picture, so none is like the one before. The clock is drawn
/// last and never leaps, as in an honest clip.
const PICTURES: &str = "[0:v]trim=end_frame=1,crop=1280:620:0:100,scale=2816:1364,loop=-1:1,setpts=N/25/TB,\
                        crop=1920:1080:x='448*(1+sin(t/7))':y='142*(1+sin(t/3))',noise=c0s=12:c0f=t,\
                        drawtext=font=monospace:fontsize=42:fontcolor=white:borderw=2:x=w-tw-36:y=36:\
                        text='%{pts\\:gmtime\\:1741943560\\:%Y-%m-%d %H\\\\\\:%M\\\\\\:%S}'[pictures]";

/// Fast to encode, and yet with the entropy coding that cameras use (CABAC), which makes decoding dear.
const ENCODERS: &str = "-c:v libx264 -preset ultrafast -x264-params cabac=1 -b:v 6M -maxrate 6M -bufsize 6M \
                        -g 50 -keyint_min 50 -sc_threshold 0 -bf 0 -pix_fmt yuv420p \
                        -c:a aac -b:a 32k -ar 16000 -ac 1";

/// The clip, made if it is not there yet; `None` where ffmpeg is not installed.
pub fn made() -> anyhow::Result<Option<PathBuf>> {
    // Cargo gives benches `target/tmp`, which others use as well.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let clip = folder.join("long-1080p.mp4");
    let note = clip.with_extension("recipe");
    let source = sample("compliant.mp4");
    let recipe = format!("{PICTURES}\n{ENCODERS}\n{LENGTH_S}\n");
    if clip.is_file() && fs::read_to_string(&note).is_ok_and(|made| made == recipe) {
        return Ok(Some(clip));
    }
    eprintln!("Making {} (once, some two minutes of CPU time) …", clip.display());
    let unfinished = clip.with_extension("part.mp4");
    let outcome = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(&source)
        .args(["-stream_loop", "-1", "-i"])
        .arg(&source)
        .args(["-filter_complex", PICTURES, "-map", "[pictures]", "-map", "1:a", "-t", LENGTH_S])
        .args(ENCODERS.split_whitespace())
        .arg(&unfinished)
        .status();
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("ffmpeg cannot be run"),
        Ok(status) if !status.success() => bail!("ffmpeg could not make {}: {status}", clip.display()),
        Ok(_) => {}
    }
    fs::rename(&unfinished, &clip)?;
    fs::write(&note, recipe)?;
    Ok(Some(clip))
}
