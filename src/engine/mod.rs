//! From a question to an answer: plan, observe, judge, illustrate.
