//! Ten minutes of a camera's footage, as heavy as it writes it; too large to be committed.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::common::sample;

/// How they are made, for whoever reads the figures.
pub const HOW: &str = "made by ffmpeg: one picture of samples/compliant.mp4 with grain and a running clock, without \
                       B-frames, a key frame every 2 s; the sample's sound over and over, over steady noise";

/// A usual segment of a camera.
const LENGTH_S: &str = "600";

/// One kind of footage.
pub struct Recipe {
    pub name: &'static str,
    /// The camera pans over the picture, or stands.
    moving: bool,
    size: (u32, u32),
    coding: &'static str,
}

/// Fast to encode, and yet with the entropy coding that cameras use (CABAC), which makes decoding dear.
const H264: &str = "-c:v libx264 -preset ultrafast -x264-params cabac=1 -b:v 6M -maxrate 6M -bufsize 6M -g 50 \
                    -keyint_min 50 -sc_threshold 0 -bf 0";
const H265: &str = "-c:v libx265 -preset ultrafast -x265-params \
                    bframes=0:keyint=50:min-keyint=50:scenecut=0:log-level=error -b:v 2500k -tag:v hvc1";
const REST: &str = "-pix_fmt yuv420p -c:a aac -b:a 32k -ar 16000 -ac 1";

pub const RECIPES: [Recipe; 3] = [
    Recipe { name: "walking-1080p.mp4", moving: true, size: (1920, 1080), coding: H264 },
    Recipe { name: "still-1080p.mp4", moving: false, size: (1920, 1080), coding: H264 },
    Recipe { name: "walking-720p-h265.mp4", moving: true, size: (1280, 720), coding: H265 },
];

impl Recipe {
    /// One picture, without the sample's own overlay and enlarged, over which a window wanders. The grain is new in
    /// every picture, so none is like the one before. The clock is drawn last and never leaps, as in an honest clip.
    fn pictures(&self) -> String {
        let (width, height) = self.size;
        // The window is this much narrower and lower than the picture that it wanders over.
        let (room_x, room_y) = (width * 7 / 15, height * 4 / 15);
        let path = match self.moving {
            true => format!("x='{}*(1+sin(t/7))':y='{}*(1+sin(t/3))'", room_x / 2, room_y / 2),
            false => "x=0:y=0".to_owned(),
        };
        format!(
            "[0:v]trim=end_frame=1,crop=1280:620:0:100,scale={}:{},loop=-1:1,setpts=N/25/TB,crop={width}:{height}:{path},\
             noise=c0s=12:c0f=t,drawtext=font=monospace:fontsize={}:fontcolor=white:borderw=2:x=w-tw-36:y=36:\
             text='%{{pts\\:gmtime\\:1741943560\\:%Y-%m-%d %H\\\\\\:%M\\\\\\:%S}}'[pictures]",
            width + room_x,
            height + room_y,
            height * 42 / 1080,
        )
    }

    /// Where the sample begins anew its sound fades, and noise as steady as a room's lies under all of it: where it was
    /// joined is not to be heard.
    fn sound() -> &'static str {
        "anoisesrc=c=pink:r=16000:a=0.03:s=1[room];[1:a]aresample=16000[said];\
         [said][room]amix=inputs=2:normalize=0:duration=first[sound]"
    }
}

/// The clip, made if it is not there yet; `None` where ffmpeg is not installed.
pub fn made(recipe: &Recipe) -> anyhow::Result<Option<PathBuf>> {
    // Cargo gives benches `target/tmp`, which others use as well.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let clip = folder.join(recipe.name);
    let note = clip.with_extension("recipe");
    let source = sample("compliant.mp4");
    let filter = format!("{};{}", recipe.pictures(), Recipe::sound());
    let wanted = format!("{filter}\n{}\n{LENGTH_S}\n", recipe.coding);
    if clip.is_file() && fs::read_to_string(&note).is_ok_and(|made| made == wanted) {
        return Ok(Some(clip));
    }
    eprintln!("Making {} (once, some minutes of CPU time) …", clip.display());
    let unfinished = clip.with_extension("part.mp4");
    let outcome = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-i"])
        .arg(&source)
        .args(["-stream_loop", "-1", "-i"])
        .arg(&source)
        .args(["-filter_complex", &filter, "-map", "[pictures]", "-map", "[sound]", "-t", LENGTH_S])
        .args(recipe.coding.split_whitespace())
        .args(REST.split_whitespace())
        .arg(&unfinished)
        .status();
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("ffmpeg cannot be run"),
        Ok(status) if !status.success() => bail!("ffmpeg could not make {}: {status}", clip.display()),
        Ok(_) => {}
    }
    fs::rename(&unfinished, &clip)?;
    fs::write(&note, wanted)?;
    Ok(Some(clip))
}
