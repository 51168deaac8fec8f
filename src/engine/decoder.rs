//! Observing in a child process, so that foreign bytes are decoded where they can do no harm.
//!
//! The parent asks one [`Question`] about one clip; the child confines itself, looks, and answers. What is to be
//! heard comes back as windows of sound: the parent recognises them, so that the speech model is loaded once
//! and never shares a process with a demuxer. Digests are the parent's, too: they decide which clip evidence is
//! of, and a child that was broken into could lie.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufReader, Stdin};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::illustrate::{Shown, StillsError, Wanted, pictures_near};
use crate::evidence::{Evidence, Isolation, ModelUse, SCHEMA, Word};
use crate::isolation::{self, Child, Death, Level, Limits, Mouth, Reach};
use crate::lang::Prose;
use crate::media::{self, Pipelines};
use crate::models::ModelStore;
use crate::observe::faces::FaceFinder;
use crate::observe::speech::{Ears, Hearing, Lengths, Recogniser, RecogniserError};
use crate::observe::voice::SAMPLE_RATE_HZ;
use crate::observe::{self, Request, Tools, clock};
use crate::report::Faces;

/// A child gives up a reading of the clip that stands still for 30 s, and goes on with what it has; one that does not
/// come so far is ended after this.
const STALL: Duration = Duration::from_secs(45);

/// The longest that a clip may take: a start, and so many bytes a second. To decode everything of 1080p takes one busy
/// core a second for 4 MB.
const WALL: Duration = Duration::from_secs(1_200);
const LEAST_BYTES_PER_S: u64 = 200_000;

/// A child's threads share its time.
const CORES: u64 = 8;

/// What a clip costs when decoding died once: it may have been the machine's fault.
const ATTEMPTS: usize = 2;

/// Sound in a window beyond what the recogniser said it takes.
const WINDOW_SLACK_S: f64 = 1.0;

/// Devices of hardware decoders: VA-API's and V4L2's, and NVIDIA's.
const DEVICES: [&str; 5] = ["/dev/dri", "/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/video10"];

/// What a child keeps of its parent's environment: where its libraries, plug-ins and models are, and what it
/// logs. Passwords stand in others.
const KEPT: [&str; 9] = [
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "LIBVA_",
    "GST_",
    "PATH",
    "PINGCHA_",
    "RUST_BACKTRACE",
    "XDG_CACHE_HOME",
];

/// What a child is asked.
#[derive(Debug, Serialize, Deserialize)]
enum Question {
    Observe { request: Request, clock: clock::Known, cpu_s: u64 },
    Stills { wanted: Vec<Wanted>, faces: Faces, cpu_s: u64 },
}

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// It is confined, and opens the clip now.
    Confined(Level),
    /// It has something to hear.
    Listen,
    Window(Vec<i16>),
    Evidence(Box<Evidence>),
    Stills(Result<Vec<Option<Shown>>, Prose>),
}

/// What its parent says to that.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Hearing(Result<Ear, Prose>),
    Words(Result<Vec<Word>, String>),
}

/// A recogniser, as a child knows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ear {
    lengths: Lengths,
    model: ModelUse,
    demonstration: bool,
}

/// Why no child can be used at all.
#[derive(Debug, thiserror::Error)]
pub enum DecoderError {
    #[error("no process can be started to decode in: {0}")]
    Start(#[from] io::Error),
    #[error("decoding cannot be confined here as --require-sandbox asks: this system lacks {}", .0.missing().join(", "))]
    NotConfined(Level),
}

impl DecoderError {
    pub fn prose(&self) -> Prose {
        let zh = match self {
            Self::Start(error) => format!("无法启动解码进程：{error}"),
            Self::NotConfined(level) => {
                format!("无法按 --require-sandbox 的要求隔离解码：本系统缺少 {}", level.missing().join("、"))
            }
        };
        Prose::new(zh, self.to_string())
    }
}

/// Starts children that decode. One serves any number of clips side by side.
#[derive(Clone)]
pub struct Decoder {
    /// Arguments of this program before the clip's path.
    pub arguments: Vec<std::ffi::OsString>,
    pub ears: Arc<dyn Ears>,
    pub clock: clock::Known,
    /// Go on only where a child is confined in full.
    pub required: bool,
}

/// A child that did not answer.
enum Failure {
    Died(Death),
    Unusable(DecoderError),
}

impl From<Death> for Failure {
    fn from(death: Death) -> Self {
        Self::Died(death)
    }
}

impl Decoder {
    /// Observes one clip. Whatever goes wrong with the clip, the death of its child too, is written in the
    /// evidence; an error is about this machine.
    pub fn observe(&self, clip: &Path, request: &Request) -> Result<Evidence, DecoderError> {
        observe::beside_digests(clip, request.digests, || {
            let asked =
                || Question::Observe { request: request.clone(), clock: self.clock, cpu_s: cpu_s(clip) };
            let (answer, level) = self.ask(clip, asked)?;
            let mut evidence = match answer {
                Ok(Answer::Evidence(evidence)) if evidence.schema == SCHEMA => *evidence,
                Ok(_) => observe::unread(clip, died(&another_answer())),
                Err(death) => observe::unread(clip, died(&death)),
            };
            // What a child says of the file itself is not taken from it.
            let own = observe::unread(clip, Prose::default()).clip;
            (evidence.clip.name, evidence.clip.bytes) = (own.name, own.bytes);
            evidence.isolation = if level.is_full() { Isolation::Full } else { Isolation::Partial };
            if !level.is_full() {
                let missing = level.missing();
                evidence.limits.push(Prose::new(
                    format!("解码进程未能完全隔离（缺少 {}）", missing.join("、")),
                    format!("decoding was not confined in full ({} is lacking)", missing.join(", ")),
                ));
            }
            Ok(evidence)
        })
    }

    /// The pictures of a clip nearest to some times.
    pub fn stills(&self, clip: &Path, wanted: &[Wanted], faces: Faces) -> Result<Vec<Option<Shown>>, Prose> {
        const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];
        let asked = || Question::Stills { wanted: wanted.to_vec(), faces, cpu_s: cpu_s(clip) };
        let (answer, _) = self.ask(clip, asked).map_err(|error| error.prose())?;
        match answer.map_err(|death| died(&death))? {
            Answer::Stills(Ok(pictures)) if pictures.len() == wanted.len() => {
                let is_jpeg = |shown: &Shown| shown.jpeg.starts_with(&JPEG);
                Ok(pictures.into_iter().map(|picture| picture.filter(is_jpeg)).collect())
            }
            Answer::Stills(Err(why)) => Err(why),
            _ => Err(died(&another_answer())),
        }
    }

    /// The child's last word, and how far it was confined; or how it died, each time that it was tried.
    fn ask(
        &self,
        clip: &Path,
        question: impl Fn() -> Question,
    ) -> Result<(Result<Answer, Death>, Level), DecoderError> {
        let (mut last, mut level) = (another_answer(), Level::default());
        for _ in 0..ATTEMPTS {
            match self.attempt(clip, &question(), &mut level) {
                Ok(answer) => return Ok((Ok(answer), level)),
                Err(Failure::Unusable(error)) => return Err(error),
                Err(Failure::Died(death)) => {
                    tracing::warn!(clip = %clip.display(), %death, "decoding died");
                    last = death;
                }
            }
        }
        Ok((Err(last), level))
    }

    fn attempt(&self, clip: &Path, question: &Question, level: &mut Level) -> Result<Answer, Failure> {
        let limits = Limits { stall: STALL, wall: wall(clip) };
        let unstarted = |error| Failure::Unusable(DecoderError::Start(error));
        let mut child = Child::<Answer>::start(self.command(clip), limits).map_err(unstarted)?;
        child.tell(question);
        let mut hearing: Option<Hearing> = None;
        loop {
            match child.next_message()? {
                Answer::Confined(reached) => {
                    if self.required && !reached.is_full() {
                        return Err(Failure::Unusable(DecoderError::NotConfined(reached)));
                    }
                    *level = reached;
                }
                Answer::Listen => {
                    let opened = self.ears.hearing();
                    let ear = opened.as_ref().map_err(Clone::clone).map(|hearing| Ear {
                        lengths: hearing.recogniser.lengths(),
                        model: hearing.model.clone(),
                        demonstration: hearing.demonstration,
                    });
                    child.tell(&Reply::Hearing(ear));
                    hearing = opened.ok();
                }
                Answer::Window(samples) => child.tell(&Reply::Words(heard(hearing.as_mut(), &samples))),
                last @ (Answer::Evidence(_) | Answer::Stills(_)) => return Ok(last),
            }
        }
    }

    fn command(&self, clip: &Path) -> Command {
        let mut command = Command::new(own_program());
        command.args(&self.arguments).arg("--").arg(clip);
        command.env_clear().envs(std::env::vars_os().filter(|(name, _)| is_kept(name)));
        // Each thread's own arena would promise 64 MiB of the address space.
        command.env("MALLOC_ARENA_MAX", "4");
        // What a picture or a network took, the next one takes again: to give it back between them costs more than it is worth.
        command.env("MALLOC_MMAP_THRESHOLD_", LARGE_BYTES).env("MALLOC_TRIM_THRESHOLD_", KEPT_BYTES);
        // What decoders print is not ours to show, but for whoever looks for a fault.
        let shown = std::env::var_os("PINGCHA_LOG").is_some();
        command.stderr(if shown { Stdio::piped() } else { Stdio::null() });
        command
    }
}

/// So much freed memory glibc keeps at hand, but for pieces this large, which come from the system each time and go back: a 4K
/// picture has 12 MiB, the index of hours of footage more.
const KEPT_BYTES: &str = "268435456";
const LARGE_BYTES: &str = "16777216";

/// This very program, though its file may have been replaced meanwhile.
fn own_program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    match running.exists() {
        true => running.to_owned(),
        false => std::env::current_exe().unwrap_or_else(|_| PathBuf::from("pingcha")),
    }
}

fn is_kept(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.starts_with("LC_")
            || KEPT
                .iter()
                .any(|kept| if kept.ends_with('_') { name.starts_with(kept) } else { name == *kept })
    })
}

fn wall(clip: &Path) -> Duration {
    let bytes = std::fs::metadata(clip).map_or(0, |metadata| metadata.len());
    WALL + Duration::from_secs(bytes / LEAST_BYTES_PER_S)
}

/// How long a clip may be worked on in all, its digests among it. Whoever takes longer hangs: on a mount that does not
/// answer, say.
pub(super) fn longest(clip: &Path) -> Duration {
    wall(clip) * (ATTEMPTS as u32 + 1)
}

fn cpu_s(clip: &Path) -> u64 {
    wall(clip).as_secs() * CORES
}

fn died(death: &Death) -> Prose {
    let how = death.prose();
    Prose::new(
        format!("解码进程两次都未能完成：{}", how.zh),
        format!("the process that decoded it died twice: {}", how.en),
    )
}

fn another_answer() -> Death {
    Death::Garbled("an answer to another question".to_owned())
}

fn heard(hearing: Option<&mut Hearing>, samples: &[i16]) -> Result<Vec<Word>, String> {
    let hearing = hearing.ok_or("no recogniser was asked for")?;
    if samples.len() as f64 > (hearing.recogniser.lengths().longest_s + WINDOW_SLACK_S) * SAMPLE_RATE_HZ {
        return Err("the window is too long".to_owned());
    }
    hearing.recogniser.recognise(samples).map_err(|error| error.0)
}

type ParentsMouth = BufReader<Stdin>;

/// The child's side: one question from standard input, answers on standard output.
pub fn serve(clip: &Path, pipelines: Pipelines, models: Result<ModelStore, Prose>) -> anyhow::Result<()> {
    let mut parent = BufReader::new(io::stdin());
    let Some(question) = isolation::read::<Question>(&mut parent)? else { return Ok(()) };
    let answers = own_output()?;
    // It may look through its plug-ins with a program of its own, and write down what it found. A failure comes
    // again, and is told, when the clip is opened.
    let _ = media::initialise();
    let (Question::Observe { cpu_s, .. } | Question::Stills { cpu_s, .. }) = &question;
    let level = isolation::confine(&reach(clip, &pipelines, models.as_ref().ok(), *cpu_s));
    let line = Arc::new(Line { answers: Mouth::open(answers)?, parent: Mutex::new(parent) });
    line.answers.say(Answer::Confined(level))?;
    let last = match question {
        Question::Observe { request, clock, .. } => {
            let mut tools = Tools::listening_with(Arc::new(Arc::clone(&line)), pipelines, models);
            tools.clock = clock;
            Answer::Evidence(Box::new(observe::look(clip, &request, &mut tools)))
        }
        Question::Stills { wanted, faces, .. } => Answer::Stills(finder(faces, models).and_then(|finder| {
            pictures_near(clip, &pipelines, &wanted, finder.as_ref()).map_err(|error| error.prose())
        })),
    };
    line.answers.say(last)?;
    Ok(())
}

/// What finds the faces that are to be blurred.
fn finder(faces: Faces, models: Result<ModelStore, Prose>) -> Result<Option<FaceFinder>, Prose> {
    match faces {
        Faces::Kept => Ok(None),
        Faces::Blurred => {
            FaceFinder::load(&models?).map(Some).map_err(|error| StillsError::from(error).prose())
        }
    }
}

/// Standard output for the answers alone: what a library prints must not come between them.
fn own_output() -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        let answers = rustix::io::dup(rustix::stdio::stdout())?;
        rustix::stdio::dup2_stdout(File::options().write(true).open("/dev/null")?)?;
        Ok(File::from(answers))
    }
    #[cfg(not(target_os = "linux"))]
    File::options().write(true).open("/dev/stdout")
}

fn reach(clip: &Path, pipelines: &Pipelines, models: Option<&ModelStore>, cpu_s: u64) -> Reach {
    let mut read = vec![clip.to_owned()];
    read.extend(models.iter().map(|store| store.folder().to_owned()));
    // Links in that folder may lead anywhere.
    read.extend(models.iter().flat_map(|store| {
        let entries = store.manifest().models.iter();
        entries.filter(|entry| entry.role != crate::models::Role::Speech).map(|entry| store.path(entry))
    }));
    read.extend(pipelines.folder().map(Path::to_owned));
    let lists = ["GST_PLUGIN_PATH", "GST_PLUGIN_PATH_1_0", "GST_PLUGIN_SYSTEM_PATH_1_0", "LD_LIBRARY_PATH"];
    for list in lists.iter().filter_map(std::env::var_os) {
        read.extend(std::env::split_paths(&list).filter(|path| path.is_absolute()));
    }
    // Decoders of a site's own may be hardware.
    let devices = pipelines.folder().map(|_| DEVICES.map(PathBuf::from).to_vec()).unwrap_or_default();
    Reach { read, devices, cpu_s }
}

/// The line between child and parent.
struct Line {
    answers: Mouth<File>,
    parent: Mutex<ParentsMouth>,
}

impl Line {
    fn ask(&self, answer: Answer) -> Result<Reply, String> {
        let broken = || "the parent is gone".to_owned();
        self.answers.say(answer).map_err(|_| broken())?;
        let mut parent = self.parent.lock().unwrap_or_else(PoisonError::into_inner);
        isolation::read(&mut *parent).map_err(|error| error.to_string())?.ok_or_else(broken)
    }
}

impl Ears for Arc<Line> {
    fn hearing(&self) -> Result<Hearing, Prose> {
        let broken = |detail: String| Prose::new(detail.clone(), detail);
        match self.ask(Answer::Listen).map_err(broken)? {
            Reply::Hearing(ear) => {
                let ear = ear?;
                let (model, demonstration) = (ear.model.clone(), ear.demonstration);
                let recogniser = Box::new(ThroughLine { line: Arc::clone(self), ear });
                Ok(Hearing { recogniser, model, demonstration })
            }
            Reply::Words(_) => Err(broken("an answer to another question".to_owned())),
        }
    }
}

/// The parent's recogniser.
struct ThroughLine {
    line: Arc<Line>,
    ear: Ear,
}

impl Recogniser for ThroughLine {
    fn recognise(&mut self, samples: &[i16]) -> Result<Vec<Word>, RecogniserError> {
        match self.line.ask(Answer::Window(samples.to_vec())) {
            Ok(Reply::Words(words)) => words.map_err(RecogniserError),
            Ok(Reply::Hearing(_)) => Err(RecogniserError("an answer to another question".to_owned())),
            Err(why) => Err(RecogniserError(why)),
        }
    }

    fn lengths(&self) -> Lengths {
        self.ear.lengths
    }
}
