//! Checks asked for over HTTP: a clip's path under an allowed root or its upload in, state and report out.
//! `openapi.json` describes it.
//!
//! What was asked for is kept in a folder each, so that a restart goes on where it stopped. Clips are looked into by
//! threads of their own; here is only what answers at once.

mod answers;
mod page;
mod store;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use store::{Check, State, Store};

use crate::report::ClipVerdict;

/// Signals are looked for this often.
const LOOK_FOR_STOP: Duration = Duration::from_millis(200);

/// Where a path that was asked for lies; `None` where it may not be looked at.
pub type Locate = dyn Fn(&str) -> Option<PathBuf> + Send + Sync;

/// What is served.
pub struct Service<'a> {
    pub store: Arc<Store>,
    pub locate: Arc<Locate>,
    /// Whoever asks must bear it, where it is given.
    pub token: Option<String>,
    /// An upload is cut off beyond this.
    pub most_bytes: u64,
    pub jobs: usize,
    /// Checks a clip, and writes its reports to a folder.
    pub check: &'a (dyn Fn(&Path, &Path) -> anyhow::Result<ClipVerdict> + Sync),
}

impl Service<'_> {
    /// Serves until `stop`; clips at hand are finished, what waits is kept for the next time.
    pub fn serve(
        &self,
        address: SocketAddr,
        stop: &AtomicBool,
        ready: impl FnOnce(SocketAddr),
    ) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| {
                    while let Some(check) = self.store.next(stop) {
                        let outcome = (self.check)(Path::new(&check.file), &self.store.folder(&check.id));
                        self.store.ended(&check.id, outcome.map_err(|error| format!("{error:#}")));
                    }
                });
            }
            let served = runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind(address).await?;
                ready(listener.local_addr()?);
                let router = answers::router(answers::Shared {
                    store: Arc::clone(&self.store),
                    locate: Arc::clone(&self.locate),
                    token: self.token.clone(),
                    most_bytes: self.most_bytes,
                });
                let stopped = async {
                    while !stop.load(Ordering::Relaxed) {
                        tokio::time::sleep(LOOK_FOR_STOP).await;
                    }
                };
                tokio::select! {
                    served = axum::serve(listener, router).into_future() => served,
                    () = stopped => Ok(()),
                }
            });
            stop.store(true, Ordering::Relaxed);
            served
        })
    }
}
