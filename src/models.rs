//! Finding the model files that observers need.
