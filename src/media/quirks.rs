//! What elements of GStreamer 1.22 do otherwise than a recording needs.

use std::sync::{Arc, Mutex};

use gst::prelude::*;
use gstreamer as gst;

use super::transport::{self, Times};

/// Corrects elements as the pipeline takes them in. `times` gets the reports of a transport stream's
/// demuxer.
pub(super) fn correct(pipeline: &gst::Pipeline, times: &Arc<Mutex<Times>>) {
    let times = times.clone();
    pipeline.connect_deep_element_added(move |_, _, element| {
        match element.factory().map(|factory| factory.name()).as_deref() {
            Some("mpegpsdemux") => {
                element.connect_pad_added(|_, pad| keep_early_pictures(pad));
            }
            Some(transport::DEMUXER) => transport::keep_times(element, &times),
            _ => {}
        }
    });
}

/// The program stream's demuxer starts its segment at the first clock reference. Muxers that write
/// it too late would lose the pictures before it, so the segment is made to start at time zero.
fn keep_early_pictures(pad: &gst::Pad) {
    pad.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, |_, probe| {
        if let Some(gst::PadProbeData::Event(event)) = &probe.data
            && event.type_() == gst::EventType::Segment
        {
            let from_zero = gst::FormattedSegment::<gst::ClockTime>::new();
            let event = gst::event::Segment::builder(&from_zero).seqnum(event.seqnum()).build();
            probe.data = Some(gst::PadProbeData::Event(event));
        }
        gst::PadProbeReturn::Ok
    });
}
