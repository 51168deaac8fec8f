//! One machine's share of the work that a catalogue in PostgreSQL gives out: clips are leased, observed, and given back
//! with what was seen. Judging comes afterwards, when all have been seen (`scan`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::batch::{self, Question, Seen};
use super::decoder::longest;
use crate::catalogue::{Catalogue, CatalogueError, Lease, Outcome};
use crate::evidence::Evidence;
use crate::lang::Prose;
use crate::observe::{self, Request, clock};

/// Given out more often than this, a clip is not looked at again: each time, whoever looked at it died.
const MAX_ATTEMPTS: i64 = 3;

/// How often work is asked for while others still hold some.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A lease is renewed so many times before it would expire.
const RENEWALS: u32 = 3;

/// What is asked of clips, as the ledger of work holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub request: Request,
    pub clock: clock::Known,
}

/// What this machine can do.
pub struct Worker<'a> {
    pub name: String,
    pub jobs: usize,
    /// A lease that is not renewed for so long is given to another.
    pub lease: Duration,
    /// Waits for more work where there is none.
    pub stay: bool,
    /// See [`observe::basis`]; of a question with this clock.
    pub basis: &'a (dyn Fn(&clock::Known) -> Vec<String> + Sync),
    /// Where a clip lies here.
    pub locate: &'a (dyn Fn(&str) -> Option<PathBuf> + Sync),
    pub observe: &'a (dyn Fn(&Path, &Asked) -> anyhow::Result<Evidence> + Sync),
}

/// How it went with one clip.
#[derive(Debug)]
pub enum Step<'a> {
    Observed(&'a str, &'a Evidence),
    Lost(&'a str, Prose),
    /// It took too long, and another has it now.
    Refused(&'a str),
    /// Jobs of a question that this machine would answer otherwise: another version, or other models.
    Unfit,
}

impl Worker<'_> {
    /// Works until nothing is left that this machine can do, or until `stop`; clips at hand are finished.
    pub fn work(
        &self,
        catalogue: Catalogue,
        stop: &AtomicBool,
        on: impl Fn(Step) + Sync,
    ) -> anyhow::Result<()> {
        let shared =
            Shared { catalogue: Mutex::new(catalogue), held: Mutex::default(), over: AtomicBool::new(false) };
        std::thread::scope(|scope| {
            let pulse = scope.spawn(|| self.renew(&shared));
            let hands: Vec<_> =
                (0..self.jobs.max(1)).map(|_| scope.spawn(|| self.take(&shared, stop, &on))).collect();
            let ends: Vec<_> = hands.into_iter().map(|hand| hand.join()).collect();
            shared.over.store(true, Ordering::Relaxed);
            let _ = pulse.join();
            ends.into_iter()
                .try_for_each(|end| end.unwrap_or_else(|_| Err(anyhow::anyhow!("a worker's thread died"))))
        })
    }

    fn take(&self, shared: &Shared, stop: &AtomicBool, on: &(impl Fn(Step) + Sync)) -> anyhow::Result<()> {
        let mut unfit_told = false;
        // To know whether a question fits is to digest all models.
        let mut looked_at: BTreeMap<String, Option<Asked>> = BTreeMap::new();
        while !stop.load(Ordering::Relaxed) {
            let open = shared.ask(|catalogue| catalogue.open_questions())?;
            for (key, text) in &open {
                looked_at.entry(key.clone()).or_insert_with(|| self.fits(key, text));
            }
            let fit: Vec<(&str, &Asked)> = open
                .iter()
                .filter_map(|(key, _)| Some((key.as_str(), looked_at.get(key)?.as_ref()?)))
                .collect();
            if fit.len() < open.len() && !std::mem::replace(&mut unfit_told, true) {
                on(Step::Unfit);
            }
            let ms = i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX);
            let mut leased = None;
            for (observation, asked) in &fit {
                if let Some(lease) = shared.ask(|catalogue| catalogue.lease(observation, &self.name, ms))? {
                    leased = Some((lease, asked));
                    break;
                }
            }
            match leased {
                Some((lease, asked)) => self.look(shared, &lease, asked, on)?,
                // Those that are leased may come back.
                None if fit.is_empty() && !self.stay => return Ok(()),
                None => std::thread::sleep(ASK_EVERY),
            }
        }
        Ok(())
    }

    /// A question that this machine answers as whoever asked would.
    fn fits(&self, observation: &str, question: &str) -> Option<Asked> {
        let asked: Asked = serde_json::from_str(question).ok()?;
        let basis = (self.basis)(&asked.clock);
        let own = Question { request: &asked.request, basis, jobs: 1, rehash: false }.observation();
        (own == observation).then_some(asked)
    }

    fn look(
        &self,
        shared: &Shared,
        lease: &Lease,
        asked: &Asked,
        on: &(impl Fn(Step) + Sync),
    ) -> anyhow::Result<()> {
        let path = lease.path.as_str();
        let seen = match (self.locate)(path) {
            None => Err(Prose::new(
                "本机没有该录像所在的根目录（--root）",
                "this machine has no --root in which it would lie",
            )),
            Some(file) => {
                let until = Instant::now() + longest(&file);
                shared.held().insert(lease.job, (lease.clone(), until));
                let seen = Seen::of(&file, |file: &Path| match lease.attempts > MAX_ATTEMPTS {
                    true => observe::beside_digests(file, true, || Ok(observe::unread(file, given_up()))),
                    false => (self.observe)(file, asked),
                });
                shared.held().remove(&lease.job);
                let Seen { evidence, known } = seen?;
                known.map(|known| (known, evidence.clone())).ok_or_else(|| batch::why(&evidence))
            }
        };
        let outcome = match &seen {
            Ok((known, evidence)) => Outcome::Observed(known, evidence),
            Err(why) => Outcome::Lost(&why.en),
        };
        let kept = shared.ask(|catalogue| catalogue.finish(lease, outcome))?;
        on(match (&seen, kept) {
            (_, false) => Step::Refused(path),
            (Ok((_, evidence)), true) => Step::Observed(path, evidence),
            (Err(why), true) => Step::Lost(path, why.clone()),
        });
        Ok(())
    }

    /// Renews what is held, as long as its clip may take: the process that decodes is watched, but a thread that reads
    /// from a mount that hangs cannot be. What cannot be renewed is another's by now: its result is refused at the end.
    fn renew(&self, shared: &Shared) {
        const TICK: Duration = Duration::from_millis(200);
        let mut last = Instant::now();
        while !shared.over.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            if last.elapsed() < self.lease / RENEWALS {
                continue;
            }
            last = Instant::now();
            let now = Instant::now();
            let held = shared.held().values().filter(|(_, until)| now < *until).cloned().collect::<Vec<_>>();
            let ms = i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX);
            for (lease, _) in held {
                let _ = shared.ask(|catalogue| catalogue.renew(&lease, ms));
            }
        }
    }
}

fn given_up() -> Prose {
    Prose::new(
        format!("每次查看本段录像的程序都异常终止（{MAX_ATTEMPTS} 次），不再尝试"),
        format!("each of {MAX_ATTEMPTS} programs that looked at it died; it is not tried again"),
    )
}

type Held = BTreeMap<i64, (Lease, Instant)>;

/// What a worker's threads have together: one connection, and what they hold.
struct Shared {
    catalogue: Mutex<Catalogue>,
    /// With the time until which each is renewed.
    held: Mutex<Held>,
    over: AtomicBool,
}

impl Shared {
    fn ask<T>(
        &self,
        step: impl FnMut(&mut Catalogue) -> Result<T, CatalogueError>,
    ) -> Result<T, CatalogueError> {
        self.catalogue.lock().unwrap_or_else(PoisonError::into_inner).patiently(step)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
