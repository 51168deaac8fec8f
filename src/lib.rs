//! pingcha reads an enforcement agency's body-camera footage and says, clause by clause, which
//! recordings meet the regulation, which do not, and which a person must look at.
//!
//! Data flows one way: `media` → `observe` → [`evidence`] → `checks` → `report`. Policies, and what
//! is known of the other clips of a visit (`session`), join at `checks`. `docs/architecture.md` draws it.

pub mod annual;
pub mod catalogue;
pub mod checks;
pub mod cli;
pub mod engine;
pub mod evidence;
pub mod figures;
pub mod isolation;
pub mod lang;
pub mod media;
pub mod models;
pub mod observe;
pub mod policy;
pub mod profile;
pub mod pulse;
pub mod records;
pub mod report;
pub mod serve;
pub mod session;
pub mod time;
