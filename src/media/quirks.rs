//! What elements of GStreamer 1.22 do otherwise than a recording needs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use gst::prelude::*;
use gstreamer as gst;

use super::transport::{self, Times};

/// As the orientation tag has it.
const UPRIGHT: &str = "rotate-0";

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
            Some("videoflip") => pass_upright_pictures_on(element),
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

/// What turns pictures copies those that stand upright already, 3 MB each of 1080p. They go past it, until the first that
/// does not: from then on it must see all, for it settles their size anew. One that was told to turn them however they
/// stand is left alone.
fn pass_upright_pictures_on(turner: &gst::Element) {
    let by_tag =
        turner.property_value("video-direction").serialize().is_ok_and(|direction| direction == "auto");
    let (Some(sink), Some(source)) = (turner.static_pad("sink"), turner.static_pad("src")) else { return };
    if !by_tag {
        return;
    }
    let all_upright = AtomicBool::new(true);
    let probed = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    sink.add_probe(probed, move |_, probe| {
        match &probe.data {
            Some(gst::PadProbeData::Event(event)) => {
                if let gst::EventView::Tag(tags) = event.view()
                    && let Some(orientation) = tags.tag().get::<gst::tags::ImageOrientation>()
                {
                    all_upright.fetch_and(orientation.get() == UPRIGHT, Ordering::Relaxed);
                }
            }
            Some(gst::PadProbeData::Buffer(_)) if all_upright.load(Ordering::Relaxed) => {
                if let Some(gst::PadProbeData::Buffer(picture)) = probe.data.take() {
                    probe.flow_res = source.push(picture);
                }
                return gst::PadProbeReturn::Handled;
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
}
