//! The child as its parent sees it, and as it speaks.

use std::io::{self, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::frames::{self, FrameError};
use crate::lang::Prose;
use crate::pulse;

/// The child tells that often that it makes headway.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Messages that may wait to be read.
const WAITING: usize = 4;

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Says<M> {
    /// It made headway since it last said so.
    Alive,
    Message(M),
}

/// How long a child is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without headway.
    pub stall: Duration,
    /// In all, while its parent waits for it.
    pub wall: Duration,
}

/// How a child ended without its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Death {
    #[error("it was ended by signal {number} ({name})")]
    Signal { number: i32, name: &'static str },
    #[error("it ended by itself with status {0}")]
    Status(i32),
    #[error("it made no headway for {0} s and was ended")]
    Stalled(u64),
    #[error("it took more than {0} s and was ended")]
    TooLong(u64),
    #[error("what it answered is not understood ({0})")]
    Garbled(String),
}

impl Death {
    pub fn prose(&self) -> Prose {
        let zh = match self {
            Self::Signal { number, name } => format!("被信号 {number}（{name}）终止"),
            Self::Status(status) => format!("自行退出，状态 {status}"),
            Self::Stalled(seconds) => format!("{seconds} 秒没有进展，已终止"),
            Self::TooLong(seconds) => format!("超过 {seconds} 秒，已终止"),
            Self::Garbled(detail) => format!("返回内容无法理解（{detail}）"),
        };
        Prose::new(zh, self.to_string())
    }

    fn of(status: ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(number) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self::Signal { number, name: signal_name(number) };
        }
        Self::Status(status.code().unwrap_or(-1))
    }
}

/// Names of the signals that end decoders (signal(7); the numbers are the same on every architecture that
/// Debian is built for but MIPS).
fn signal_name(number: i32) -> &'static str {
    match number {
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        31 => "SIGSYS",
        _ => "?",
    }
}

/// A running child, which says `M`. Dropping it ends it.
pub struct Child<M> {
    process: std::process::Child,
    ears: Option<ChildStdin>,
    said: Receiver<Result<Option<Says<M>>, FrameError>>,
    limits: Limits,
    waited: Duration,
}

impl<M: DeserializeOwned + Send + 'static> Child<M> {
    pub fn start(mut command: Command, limits: Limits) -> io::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ears = process.stdin.take();
        let (sender, said) = sync_channel(WAITING);
        if let Some(mouth) = process.stdout.take() {
            let mut mouth = io::BufReader::new(mouth);
            thread::Builder::new().name("child".to_owned()).spawn(move || {
                loop {
                    let message = frames::read(&mut mouth);
                    let goes_on = matches!(message, Ok(Some(_)));
                    if sender.send(message).is_err() || !goes_on {
                        return;
                    }
                }
            })?;
        }
        // A confined process may not write to files, which this one's standard error may be.
        if let Some(mut log) = process.stderr.take() {
            thread::Builder::new()
                .name("log".to_owned())
                .spawn(move || io::copy(&mut log, &mut io::stderr()))?;
        }
        Ok(Self { process, ears, said, limits, waited: Duration::ZERO })
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Says something to the child. One that died meanwhile is noticed when it is [listened](Self::next_message) to.
    pub fn tell(&mut self, message: &impl Serialize) {
        if let Some(ears) = &mut self.ears
            && frames::write(ears, message).is_err()
        {
            self.ears = None;
        }
    }

    /// What the child says next.
    pub fn next_message(&mut self) -> Result<M, Death> {
        let mut alive = Instant::now();
        let begun = alive;
        loop {
            let waited = self.waited + begun.elapsed();
            let patience = self.limits.stall.saturating_sub(alive.elapsed());
            let patience = patience.min(self.limits.wall.saturating_sub(waited));
            match self.said.recv_timeout(patience) {
                Ok(Ok(Some(Says::Alive))) => alive = Instant::now(),
                Ok(Ok(Some(Says::Message(message)))) => {
                    self.waited += begun.elapsed();
                    return Ok(message);
                }
                Ok(Err(FrameError::Io(_)) | Ok(None)) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.ended());
                }
                Ok(Err(error)) => {
                    self.kill();
                    return Err(Death::Garbled(error.to_string()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.kill();
                    return Err(match waited + patience >= self.limits.wall {
                        true => Death::TooLong(self.limits.wall.as_secs()),
                        false => Death::Stalled(self.limits.stall.as_secs()),
                    });
                }
            }
        }
    }

    /// It closed its pipe, so it is ending or has ended; one that does neither is helped.
    fn ended(&mut self) -> Death {
        const GRACE: Duration = Duration::from_secs(10);
        const STEP: Duration = Duration::from_millis(5);
        let begun = Instant::now();
        loop {
            match self.process.try_wait() {
                Ok(Some(status)) => return Death::of(status),
                Ok(None) if begun.elapsed() < GRACE => thread::sleep(STEP),
                Ok(None) | Err(_) => {
                    self.kill();
                    return Death::Stalled(GRACE.as_secs());
                }
            }
        }
    }

    fn kill(&mut self) {
        // Either can only fail for a child that is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl<M> Drop for Child<M> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The child's own side of the pipe: whatever it says, and signs of life beside.
#[derive(Clone)]
pub struct Mouth<W> {
    pipe: Arc<Mutex<W>>,
}

impl<W: Write + Send + 'static> Mouth<W> {
    /// Signs of life go out from now on. Where nobody listens any more, the process ends.
    pub fn open(pipe: W) -> io::Result<Self> {
        let mouth = Self { pipe: Arc::new(Mutex::new(pipe)) };
        let pipe = Arc::clone(&mouth.pipe);
        thread::Builder::new().name("pulse".to_owned()).spawn(move || {
            let mut last = pulse::beats();
            loop {
                thread::sleep(BEAT_EVERY);
                let now = pulse::beats();
                if now != last && send(&pipe, &Says::<()>::Alive).is_err() {
                    std::process::exit(0);
                }
                last = now;
            }
        })?;
        Ok(mouth)
    }

    pub fn say(&self, message: impl Serialize) -> io::Result<()> {
        send(&self.pipe, &Says::Message(message))
    }
}

fn send(pipe: &Mutex<impl Write>, message: &impl Serialize) -> io::Result<()> {
    frames::write(&mut *pipe.lock().unwrap_or_else(PoisonError::into_inner), message)
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { stall: Duration::from_millis(300), wall: Duration::from_secs(60) };

    fn shell(script: &str) -> Child<String> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Child::start(command, LIMITS).unwrap()
    }

    #[test]
    fn what_a_child_says_comes_and_how_it_dies_is_told() {
        // Nine bytes in octal, and the message.
        let mut child = shell(r#"printf '\0\0\0\17{"Message":"a"}'; exit 3"#);
        assert_eq!(child.next_message(), Ok("a".to_owned()));
        assert_eq!(child.next_message(), Err(Death::Status(3)));
        let crash = shell("kill -SEGV $$").next_message();
        assert_eq!(crash, Err(Death::Signal { number: 11, name: "SIGSEGV" }));
        assert!(matches!(shell("echo no message at all; sleep 60").next_message(), Err(Death::Garbled(_))));
    }

    #[test]
    fn a_child_that_hangs_is_ended() {
        assert_eq!(shell("exec sleep 60").next_message(), Err(Death::Stalled(0)));
        let mut command = Command::new("sh");
        command.args(["-c", r#"while true; do printf '\0\0\0\7"Alive"'; sleep 0.05; done"#]);
        let limits = Limits { stall: Duration::from_secs(60), wall: Duration::from_millis(400) };
        let mut lively = Child::<String>::start(command, limits).unwrap();
        assert_eq!(lively.next_message(), Err(Death::TooLong(0)));
    }
}
