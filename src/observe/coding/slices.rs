//! The numbers that a slice's header gives its picture (ITU-T H.264 7.3.3, H.265 7.3.6.1), up to the last one of interest.

use std::collections::BTreeMap;

use h264_reader::rbsp::BitRead;

use super::picture_size::{self, Bits, Numbering};
use super::units::NalSyntax;

/// Kinds of parameter sets, as in [`super::units::NalKind::ParameterSet`].
const H264_SETS: Sets = Sets { sequence: 7, picture: 8 };
const H265_SETS: Sets = Sets { sequence: 33, picture: 34 };

/// Parameter sets by kind and number.
type Known = BTreeMap<(u8, u32), Vec<u8>>;

struct Sets {
    sequence: u8,
    picture: u8,
}

/// What the first slice of a coded picture says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slice {
    /// Numbers begin anew: an IDR picture or, in H.265, a broken link.
    pub restarts: bool,
    /// `idr_pic_id` of an IDR picture of H.264, 0 to 65535: of two that follow each other it must differ (7.4.3).
    pub idr_number: Option<u32>,
    /// `frame_num`, and how many numbers there are until they begin at 0 again; absent in H.265, and where the stream may leave numbers
    /// out.
    pub frame: Option<(u32, u32)>,
    /// `pic_order_cnt_lsb`, likewise; absent of halves of frames.
    pub order: Option<(u32, u32)>,
    /// Other pictures may be predicted from it.
    pub reference: bool,
}

/// Reads slices; remembers what the parameter sets say about them.
#[derive(Default)]
pub struct Reader {
    formats: BTreeMap<u32, Option<Format>>,
}

/// How slices under a picture parameter set are written.
#[derive(Clone, Copy)]
struct Format {
    numbering: Numbering,
    /// H.265: bits between the set's number and the slice's type, and whether a flag follows that.
    extra_bits: u32,
    output_flag: bool,
}

impl Reader {
    /// Parameter sets have changed.
    pub fn forget(&mut self) {
        self.formats.clear();
    }

    /// `unit` is the picture's first; `None` where it does not begin a picture or its parameter sets are not known.
    pub fn read(&mut self, syntax: NalSyntax, unit: &[u8], known: &Known) -> Option<Slice> {
        match syntax {
            NalSyntax::H264 => self.h264(unit, known).ok()?,
            NalSyntax::H265 => self.h265(unit, known).ok()?,
        }
    }

    fn format(&mut self, syntax: NalSyntax, number: u32, known: &Known) -> Option<Format> {
        *self.formats.entry(number).or_insert_with(|| format(syntax, number, known))
    }

    fn h264(&mut self, unit: &[u8], known: &Known) -> Bits<Option<Slice>> {
        const IDR: u8 = 5;
        let Some(&header) = unit.first() else { return Ok(None) };
        let (kind, reference) = (header & 0x1f, header & 0x60 != 0);
        let mut bits = NalSyntax::H264.bits(unit);
        let first_block = bits.read_ue("first_mb_in_slice")?;
        bits.read_ue("slice_type")?;
        let picture_set = bits.read_ue("pic_parameter_set_id")?;
        let format = self.format(NalSyntax::H264, picture_set, known);
        let (0, Some(Format { numbering, .. })) = (first_block, format) else { return Ok(None) };
        if numbering.separate_planes {
            bits.skip(2, "colour_plane_id")?;
        }
        let frame = (bits.read_var::<u32>(numbering.frame_bits, "frame_num")?, 1 << numbering.frame_bits);
        let half = !numbering.frames_only && bits.read_bit("field_pic_flag")?;
        if half {
            bits.skip(1, "bottom_field_flag")?;
        }
        let restarts = kind == IDR;
        let idr_number = if restarts { Some(bits.read_ue("idr_pic_id")?) } else { None };
        let order = match numbering.order_bits {
            0 => None,
            count => Some((bits.read_var::<u32>(count, "pic_order_cnt_lsb")?, 1 << count)),
        };
        Ok(Some(Slice {
            restarts,
            idr_number,
            frame: Some(frame).filter(|_| !numbering.gaps_allowed && !half && numbering.frame_bits > 0),
            order: order.filter(|_| !half),
            reference,
        }))
    }

    fn h265(&mut self, unit: &[u8], known: &Known) -> Bits<Option<Slice>> {
        const RANDOM_ACCESS: std::ops::RangeInclusive<u8> = 16..=23;
        const BROKEN_LINK: std::ops::RangeInclusive<u8> = 16..=18;
        const IDR: std::ops::RangeInclusive<u8> = 19..=20;
        let Some(&header) = unit.first() else { return Ok(None) };
        let kind = header >> 1 & 0x3f;
        let mut bits = NalSyntax::H265.bits(unit);
        if !bits.read_bit("first_slice_segment_in_pic_flag")? {
            return Ok(None);
        }
        if RANDOM_ACCESS.contains(&kind) {
            bits.skip(1, "no_output_of_prior_pics_flag")?;
        }
        let picture_set = bits.read_ue("slice_pic_parameter_set_id")?;
        let Some(format) = self.format(NalSyntax::H265, picture_set, known) else { return Ok(None) };
        bits.skip(format.extra_bits, "slice_reserved_flag")?;
        bits.read_ue("slice_type")?;
        bits.skip(u32::from(format.output_flag), "pic_output_flag")?;
        if format.numbering.separate_planes {
            bits.skip(2, "colour_plane_id")?;
        }
        let order = match (format.numbering.order_bits, IDR.contains(&kind)) {
            (0, _) => None,
            (count, true) => Some((0, 1 << count)),
            (count, false) => Some((bits.read_var::<u32>(count, "slice_pic_order_cnt_lsb")?, 1 << count)),
        };
        let restarts = IDR.contains(&kind) || BROKEN_LINK.contains(&kind);
        Ok(Some(Slice { restarts, order, reference: true, ..Slice::default() }))
    }
}

fn format(syntax: NalSyntax, number: u32, known: &Known) -> Option<Format> {
    let sets = match syntax {
        NalSyntax::H264 => H264_SETS,
        NalSyntax::H265 => H265_SETS,
    };
    let mut bits = syntax.bits(known.get(&(sets.picture, number))?);
    bits.read_ue("pic_parameter_set_id").ok()?;
    let sequence = bits.read_ue("seq_parameter_set_id").ok()?;
    let numbering = picture_size::numbering(syntax, known.get(&(sets.sequence, sequence))?)?;
    let (mut extra_bits, mut output_flag) = (0, false);
    if syntax == NalSyntax::H265 {
        bits.skip(1, "dependent_slice_segments_enabled_flag").ok()?;
        output_flag = bits.read_bit("output_flag_present_flag").ok()?;
        extra_bits = bits.read::<3, u32>("num_extra_slice_header_bits").ok()?;
    }
    Some(Format { numbering, extra_bits, output_flag })
}
