//! Where words are recognised: by a model in this process, or by another process that holds it.

use std::sync::{Arc, OnceLock};

use super::{Recogniser, Whisper};
use crate::evidence::ModelUse;
use crate::lang::Prose;
use crate::models::{Model, ModelStore, Role};
use crate::observe::model_use;

/// A recogniser for one clip, and what evidence says of it.
pub struct Hearing {
    pub recogniser: Box<dyn Recogniser>,
    pub model: ModelUse,
    /// What it hears cannot carry a verdict by itself.
    pub demonstration: bool,
}

/// Gives recognisers, loading what they need when it is first asked.
pub trait Ears: Send + Sync {
    fn hearing(&self) -> Result<Hearing, Prose>;
}

/// A model in this process, loaded once for all clips.
pub struct ModelEars {
    models: Result<ModelStore, Prose>,
    /// The speech model that was chosen; else the first that is installed.
    chosen: Option<Model>,
    loaded: OnceLock<Result<(Arc<Whisper>, Model), Prose>>,
}

impl ModelEars {
    pub fn new(models: Result<ModelStore, Prose>, chosen: Option<Model>) -> Self {
        Self { models, chosen, loaded: OnceLock::new() }
    }

    fn load(&self) -> Result<(Arc<Whisper>, Model), Prose> {
        let installed = || {
            let store = self.models.as_ref().map_err(Clone::clone)?;
            store.installed(Role::Speech).map_err(|error| Prose::new(error.to_string(), error.to_string()))
        };
        let model = self.chosen.clone().map_or_else(installed, Ok)?;
        let whisper = Whisper::load(&model).map_err(|error| error.prose())?;
        Ok((Arc::new(whisper), model))
    }
}

impl Ears for ModelEars {
    fn hearing(&self) -> Result<Hearing, Prose> {
        let (whisper, model) = self.loaded.get_or_init(|| self.load()).as_ref().map_err(Clone::clone)?;
        Ok(Hearing {
            recogniser: Box::new(Arc::clone(whisper)),
            model: model_use(model),
            demonstration: model.demonstration,
        })
    }
}
