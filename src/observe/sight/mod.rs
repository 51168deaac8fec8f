//! Things with text that are held up to the camera, and signs.
//!
//! Pictures are searched for text at reduced size: the middle of each key frame of the opening, where cards are
//! shown, and all of it now and then; of the rest of the clip, and around what is said of credentials, sparsely. Lines
//! that stand together are followed from picture to picture and read in the end, the likeliest first, for text that is
//! nowhere near a person's hand fills many scenes and reading is dear. What the words make of a thing is in [`words`];
//! whether it was presented is for the checks.

mod glance;
mod posture;
mod reading;
mod signs;
mod standing;
mod told;
mod tracks;
mod turned;
mod words;

use std::sync::Arc;

use crate::evidence::{ClockFacts, SightFacts, SpeechFacts, ThingKind};
use crate::media::Picture;
use crate::time::{Span, joined, round_to_microsecond};

use super::faces::FaceFinder;
use super::neighbours::Small;
use super::text::{TextError, TextReader};
use glance::{Group, Look, Reduced, glance, grouped};
use posture::Posture;
use standing::Standing;
use told::Told;
use tracks::Tracks;

/// Credentials are shown at the start: so long everything that is shown for two seconds is looked at.
pub(super) const OPENING_S: f64 = 90.0;
/// Time from one look to the next in the opening; key frames stand one or two seconds apart.
const OPENING_INTERVAL_S: f64 = 1.7;
/// And in the rest of the clip.
const REST_INTERVAL_S: f64 = 5.0;
/// Where something came in the rest that is a thing to show, or several lines that could not be read well, every key frame
/// around it is looked at: from the look before on, which key frames are sampled for, and for so long in all. A look
/// takes some 50 ms, and a camera that walks finds writing, or what looks like it, everywhere.
const CAME_BEFORE_S: f64 = 10.0;
const MAX_CAME_S: f64 = 90.0;
/// After something came every key frame is looked at for so long.
const FOLLOWING_S: f64 = 5.0;
/// While something stands before the camera, and right after, every key frame is looked at.
const FOLLOWING_INTERVAL_S: f64 = 0.8;
/// So many blocks of a picture (of some fifty) that were not there at the last look, and something may have come: a
/// card of a quarter of the picture's width covers six, wholly or in part.
const NEW_BLOCKS: usize = 2;
/// What is held up for two seconds may come with one key frame and go with the next, too blurred to be found in either. Where no
/// more blocks than this were new, so that not all of the view had moved on, and no thing was found, pictures so long
/// after the look are searched as well, at so many places of a clip: where most is new.
const MOST_NEW_BLOCKS: usize = 12;
const AFTER_S: (f64, f64) = (0.7, 1.4);
const MAX_AFTER: usize = 6;
/// One look of so many in the opening takes in the whole picture, for signs.
const WHOLE_EVERY: u32 = 3;

/// Words by which credentials are announced, and how long around them is looked at closely.
const CUES: [&str; 5] = ["证件", "执法证", "证号", "亮证", "工作证"];
const CUE_BEFORE_S: f64 = 4.0;
const CUE_AFTER_S: f64 = 8.0;
const MAX_CUE_S: f64 = 60.0;

/// A credential that was not seen long enough is looked for this far to either side, this often …
const BESIDE_S: f64 = 1.0;
const BESIDE_INTERVAL_S: f64 = 0.3;
const MAX_BESIDE: usize = 4;
/// … and what came and went in the opening and was not told is looked for less far, the likeliest first: blur, glare or a hand
/// may be gone in the next pictures.
const UNTOLD_BESIDE_S: f64 = 0.65;
const MAX_UNTOLD: usize = 4;

/// Lines that are read of any clip, and in addition one for so many seconds: a line takes 10 to 30 ms.
const LINES: u32 = 64;
const SECONDS_A_LINE: f64 = 30.0;

/// Pictures whose text waits to be read, at most: some 100 kB each.
const MAX_WAITING: usize = 160;

/// What remains to be looked at after a first pass.
pub(super) struct Wanted {
    /// Of which key frames are enough.
    pub key_frames: Vec<Span>,
    /// Of which every picture counts.
    pub whole: Vec<Span>,
}

/// Looks at pictures as they pass, in order of time.
pub struct Observer {
    reader: TextReader,
    tracks: Tracks,
    standing: Standing,
    looks: u32,
    looked_s: Vec<f64>,
    /// The last picture that was searched, and how.
    last: Option<(Look, Reduced)>,
    /// What the last picture looked like that was searched in its middle, and the last that was searched whole.
    searched: [Option<Small>; 2],
    /// Looks of the opening at which something had come and no thing was found, with how many blocks were new.
    came: Vec<(f64, usize)>,
    following_until_s: f64,
    aspect: f32,
    /// Read already: what each is.
    told: Vec<Told>,
    lines_left: u32,
    turned: turned::Turned,
    posture: Posture,
}

impl Observer {
    /// Without a finder of faces only writing tells how the camera was worn.
    pub fn new(reader: TextReader, faces: Option<Arc<FaceFinder>>) -> Self {
        Self {
            reader,
            posture: Posture::by(faces),
            tracks: Tracks::default(),
            standing: Standing::default(),
            looks: 0,
            looked_s: Vec::new(),
            last: None,
            searched: [None, None],
            came: Vec::new(),
            following_until_s: f64::NEG_INFINITY,
            aspect: 9.0 / 16.0,
            told: Vec::new(),
            lines_left: LINES,
            turned: turned::Turned::default(),
        }
    }

    /// A key frame of the first pass, in order of time; `small` is the same at reduced size, where it can be compared
    /// with others.
    pub fn picture(&mut self, at_s: f64, picture: &Picture, small: Option<&Small>) -> Result<(), TextError> {
        let following = at_s <= self.following_until_s;
        let interval_s = match (following, at_s <= OPENING_S) {
            (true, _) => FOLLOWING_INTERVAL_S,
            (false, true) => OPENING_INTERVAL_S,
            (false, false) => REST_INTERVAL_S,
        };
        if self.tracks.last_look_s().is_some_and(|last_s| at_s - last_s < interval_s) {
            return Ok(());
        }
        if self.posture.is_due(at_s)
            && let Err(error) = self.posture.picture(at_s, Reduced::of(picture, Look::Coarse)?.bgr())
        {
            tracing::warn!(%error, "faces are not looked for any more");
            self.posture = Posture::default();
        }
        let look = match (following, at_s <= OPENING_S) {
            (false, true) if self.looks.is_multiple_of(WHOLE_EVERY) => Look::Whole,
            (false, false) => Look::Coarse,
            _ => Look::Middle,
        };
        let new = small.and_then(|small| self.new_blocks(look, small));
        if !following && new.is_some_and(|new| new < NEW_BLOCKS) {
            self.looks += 1;
            self.looked_s.push(at_s);
            self.tracks.same(at_s);
            self.standing.same(at_s);
            return Ok(());
        }
        let part = usize::from(look != Look::Middle);
        self.searched[..=part].fill(small.cloned());
        let settled = self.look(at_s, picture, look)?;
        let came = new.filter(|new| (NEW_BLOCKS..=MOST_NEW_BLOCKS).contains(new));
        if let Some(new) = came.filter(|_| !settled && at_s <= OPENING_S) {
            self.came.push((at_s, new));
        }
        Ok(())
    }

    /// How many blocks a picture shows, where this look would search, that the last one searched did not; `None` where
    /// there is none to compare with.
    fn new_blocks(&self, look: Look, small: &Small) -> Option<usize> {
        let part = usize::from(look != Look::Middle);
        let new = self.searched[part].as_ref().and_then(|searched| small.new_since(searched));
        let searched = |&(x, y): &(f32, f32)| look != Look::Middle || glance::in_middle(x, y);
        let new = new.map(|new| new.iter().filter(|block| searched(block)).count());
        tracing::debug!(?look, ?new, "blocks that were not there");
        new
    }

    /// Gives back whether there is nothing more to find: something that may be held up was, or nothing has moved.
    fn look(&mut self, at_s: f64, picture: &Picture, look: Look) -> Result<bool, TextError> {
        self.aspect = picture.height() as f32 / picture.width().max(1) as f32;
        let reduced = Reduced::of(picture, look)?;
        self.looks += 1;
        self.looked_s.push(at_s);
        if self.last.as_ref().is_some_and(|(before, last)| *before == look && last.is_same(&reduced)) {
            self.tracks.same(at_s);
            self.standing.same(at_s);
            return Ok(true);
        }
        let mut groups = self.glance(at_s, picture, &reduced, look)?;
        if look == Look::Coarse && groups.iter().any(|group| group.lines.len() > 1) {
            // Large writing of several lines, found at a coarse look: its lines are found anew, sharper.
            groups = self.glance(at_s, picture, &Reduced::of(picture, Look::Whole)?, Look::Whole)?;
        }
        tracing::debug!(at_s, ?look, lines = ?groups.iter().map(|group| group.lines.len()).collect::<Vec<_>>(), "looked");
        let thing = groups.iter().any(|group| group.lines.len() > 1 && group.may_be_held());
        if self.tracks.look(at_s, groups) {
            self.following_until_s = at_s + FOLLOWING_S;
        }
        self.last = Some((look, reduced));
        self.forget();
        Ok(thing)
    }

    /// The lines of a picture that stand together and came together.
    fn glance(
        &mut self,
        at_s: f64,
        picture: &Picture,
        reduced: &Reduced,
        look: Look,
    ) -> Result<Vec<Group>, TextError> {
        let mut lines = glance(at_s, picture, reduced, look, &self.reader)?;
        self.standing.look(at_s, look, &mut lines, self.aspect);
        Ok(grouped(lines, picture.width() as f32))
    }

    /// Keeps memory flat: of many things that wait to be read the least interesting are given up.
    fn forget(&mut self) {
        let waiting = self.tracks.closed.len();
        if waiting > MAX_WAITING {
            let mut order: Vec<usize> = (0..waiting).collect();
            order.sort_by(|&a, &b| {
                self.tracks.closed[b].interest().total_cmp(&self.tracks.closed[a].interest())
            });
            for n in order.into_iter().skip(MAX_WAITING / 2) {
                self.tracks.closed[n].best.clear();
            }
            self.tracks.closed.retain(|track| !track.best.is_empty());
        }
    }

    /// Reads what was found, and says what should be looked at more closely. `speech` is what was heard.
    pub(super) fn wanted(
        &mut self,
        duration_s: f64,
        speech: Option<&SpeechFacts>,
    ) -> Result<Wanted, TextError> {
        self.lines_left += (duration_s / SECONDS_A_LINE) as u32;
        self.read_all()?;
        let within = |span: Span| within(span, duration_s);
        let cues = speech.map_or(&[][..], |speech| &speech.segments).iter();
        let cues = cues.filter(|segment| CUES.iter().any(|cue| segment.text.contains(cue)));
        let around = cues
            .map(|cue| within(Span::new(cue.start_s - CUE_BEFORE_S, cue.end_s + CUE_AFTER_S)))
            .filter(|span| span.end_s > OPENING_S);
        let unread = self.tracks.closed.iter().filter(|track| track.may_be_held() && track.most_lines() > 1);
        let unsure = self.told.iter().filter(|told| told.may_be_held()).map(|told| &told.track);
        let came = unread.chain(unsure).map(|track| track.seen().start_s).filter(|at_s| *at_s > OPENING_S);
        let came = came.map(|at_s| within(Span::new(at_s - CAME_BEFORE_S, at_s + FOLLOWING_S)));
        let mut key_frames = within_budget(joined(around.collect(), 1.0), MAX_CUE_S);
        key_frames.extend(within_budget(joined(came.collect(), 1.0), MAX_CAME_S));
        let key_frames = joined(key_frames, 1.0);
        self.came.sort_by_key(|&(_, new)| std::cmp::Reverse(new));
        let after = self.came.iter().take(MAX_AFTER);
        let after = after.map(|&(at_s, _)| within(Span::new(at_s + AFTER_S.0, at_s + AFTER_S.1)));
        let mut whole: Vec<Span> = after.filter(|span| span.duration_s() > 0.0).collect();
        whole.extend(self.beside(duration_s));
        Ok(Wanted { key_frames, whole: joined(whole, 0.0) })
    }

    /// Reads what the close look found, and says where every picture is worth looking at once more.
    pub(super) fn wanted_again(&mut self, duration_s: f64) -> Result<Vec<Span>, TextError> {
        self.read_all()?;
        Ok(joined(self.beside(duration_s), 0.0))
    }

    /// Stretches beside things of which more pictures would tell more, each once.
    fn beside(&mut self, duration_s: f64) -> Vec<Span> {
        let fresh = || self.told.iter().enumerate().filter(|(_, told)| !told.looked_beside);
        let short = fresh().filter(|(_, told)| told.told.kind == ThingKind::Credential && !told.is_settled());
        let mut untold: Vec<(usize, &Told)> = fresh().filter(|(_, told)| told.may_be_told_beside()).collect();
        untold.sort_by(|(_, a), (_, b)| b.track.interest().total_cmp(&a.track.interest()));
        let chosen: Vec<usize> =
            short.take(MAX_BESIDE).chain(untold.into_iter().take(MAX_UNTOLD)).map(|(n, _)| n).collect();
        let look = |n: usize| {
            let told = &mut self.told[n];
            told.looked_beside = true;
            let margin_s = if told.told.kind == ThingKind::Unknown { UNTOLD_BESIDE_S } else { BESIDE_S };
            within(told.track.seen().widened(margin_s), duration_s)
        };
        chosen.into_iter().map(look).collect()
    }

    /// A picture of a stretch that was wanted, in order of time within the stretch.
    pub(super) fn closely(&mut self, at_s: f64, picture: &Picture) -> Result<(), TextError> {
        let near = |looked_s: &&f64| (at_s - **looked_s).abs() < BESIDE_INTERVAL_S;
        if self.looked_s.iter().any(|looked_s| near(&looked_s)) {
            return Ok(());
        }
        let reduced = Reduced::of(picture, Look::Middle)?;
        let groups = self.glance(at_s, picture, &reduced, Look::Middle)?;
        self.looks += 1;
        self.looked_s.push(at_s);
        // Of a thing that is known already this is one more sighting; what was not told may be read better here.
        let mut fresh = Vec::new();
        for group in groups {
            let known =
                |told: &&mut Told| told.told.kind != ThingKind::Unknown && told.track.continues(at_s, &group);
            match self.told.iter_mut().find(known) {
                Some(told) => told.track.add(at_s, &group),
                None => fresh.push(group),
            }
        }
        self.tracks.look(at_s, fresh);
        Ok(())
    }

    /// What was seen of a clip of this length.
    pub(super) fn finish(
        mut self,
        duration_s: f64,
        clock: Option<&ClockFacts>,
    ) -> Result<SightFacts, TextError> {
        self.read_all()?;
        let mut looked_s = std::mem::take(&mut self.looked_s);
        looked_s.sort_by(f64::total_cmp);
        let ends =
            [0.0].into_iter().chain(looked_s.iter().copied()).chain([duration_s]).collect::<Vec<f64>>();
        let gaps = ends.windows(2).map(|pair| pair[1] - pair[0]);
        let (mut things, mut signs) = (Vec::new(), Vec::new());
        let unread = self.tracks.drain().len();
        for told in &self.told {
            if told.is_thing() {
                things.push(told.thing(self.aspect, &looked_s, duration_s));
            } else {
                signs.extend(signs::of(told, self.aspect));
            }
        }
        things.sort_by(|a, b| a.seen.start_s.total_cmp(&b.seen.start_s));
        let things = told::joined(things);
        let (upside_down_at_s, on_side_at_s) = self.turned.finish();
        Ok(SightFacts {
            pictures: self.looks,
            watched: watched(&looked_s),
            interval_s: round_to_microsecond(gaps.fold(0.0, f64::max)),
            things,
            signs: signs::settled(signs, clock, self.aspect, duration_s),
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
            upside_down_at_s,
            on_side_at_s,
            faces: self.posture.finish(),
        })
    }

    /// Reads things, the most interesting first, while lines are left to be read.
    fn read_all(&mut self) -> Result<(), TextError> {
        let mut tracks = self.tracks.drain();
        tracks.sort_by(|a, b| b.interest().total_cmp(&a.interest()));
        let mut unread = Vec::new();
        for track in tracks {
            if self.lines_left == 0 {
                unread.push(track);
                continue;
            }
            let told = self.read(track)?;
            self.told.push(told);
        }
        told::put_together(&mut self.told);
        self.tracks.closed = unread;
        Ok(())
    }
}

/// Three decimals.
fn round(value: f32) -> f32 {
    (value * 1e3).round() / 1e3
}

/// As much of a stretch as lies in a clip of this length.
fn within(span: Span, duration_s: f64) -> Span {
    Span::new(span.start_s.max(0.0), span.end_s.min(duration_s))
}

/// The stretches, in order, as far as the budget goes.
fn within_budget(mut stretches: Vec<Span>, mut left_s: f64) -> Vec<Span> {
    stretches.retain(|span| {
        left_s -= span.duration_s();
        left_s >= 0.0
    });
    stretches
}

/// Stretches in which one look followed the other closely.
fn watched(looked_s: &[f64]) -> Vec<Span> {
    const CLOSE_S: f64 = 2.1;
    let close = looked_s.windows(2).filter(|pair| pair[1] - pair[0] <= CLOSE_S);
    joined(close.map(|pair| Span::new(pair[0], pair[1])).collect(), 0.0)
}
