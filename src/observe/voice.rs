use crate::time::Span;
pub struct Observer {}
impl Observer { pub fn new() -> Self { Self {} } pub fn samples(&mut self, _at_s: f64, _samples: &[i16]) {} pub fn finish(self) -> Vec<Span> { vec![] } }
