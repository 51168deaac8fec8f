//! What a slice's header says of its picture: the numbers that it bears and, in H.264, how coarsely it is coded (ITU-T H.264
//! 7.3.3, H.265 7.3.6.1).

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
    /// How coarsely it is coded, 0 to 51 for eight bits, of pictures of H.264 that are predicted from one side or not at all.
    pub quantiser: Option<i32>,
    /// Predicted from no other picture.
    pub intra: bool,
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
    /// H.264: what stands between the numbers and the quantiser.
    quantiser: Option<ToQuantiser>,
}

/// What an H.264 picture parameter set says of a slice's header behind the numbers.
#[derive(Clone, Copy)]
struct ToQuantiser {
    cabac: bool,
    field_orders: bool,
    references: u32,
    weighted: bool,
    initial: i32,
    redundant: bool,
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
        let slice_type = bits.read_ue("slice_type")? % 5;
        let picture_set = bits.read_ue("pic_parameter_set_id")?;
        let format = self.format(NalSyntax::H264, picture_set, known);
        let (0, Some(format)) = (first_block, format) else { return Ok(None) };
        let numbering = format.numbering;
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
        let kind = Kind { slice_type, restarts, half, reference };
        // Whatever is wrong behind them, the numbers stand.
        let quantiser =
            format.quantiser.and_then(|format| h264_quantiser(&mut bits, numbering, format, kind).ok()?);
        Ok(Some(Slice {
            quantiser,
            intra: slice_type == INTRA,
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

/// Slice types (H.264 table 7-6).
const PREDICTED: u32 = 0;
const INTRA: u32 = 2;
/// Commands in a slice's header, of which a stream has a handful.
const MAX_COMMANDS: usize = 66;
/// Quantisers that the standard allows for up to 14 bits (7.4.3).
const QUANTISERS: std::ops::RangeInclusive<i32> = -36..=51;

#[derive(Clone, Copy)]
struct Kind {
    slice_type: u32,
    restarts: bool,
    half: bool,
    reference: bool,
}

/// ITU-T H.264 7.3.3 from behind `pic_order_cnt_lsb` on.
fn h264_quantiser(
    bits: &mut impl BitRead,
    numbering: Numbering,
    format: ToQuantiser,
    kind: Kind,
) -> Bits<Option<i32>> {
    if !matches!(kind.slice_type, PREDICTED | INTRA) {
        return Ok(None);
    }
    let both = format.field_orders && !kind.half;
    let orders = match (numbering.order_bits > 0, numbering.order_steps) {
        (true, _) => u32::from(both),
        (false, true) => 1 + u32::from(both),
        (false, false) => 0,
    };
    for _ in 0..orders {
        bits.read_se("delta_pic_order_cnt")?;
    }
    if format.redundant {
        bits.read_ue("redundant_pic_cnt")?;
    }
    if kind.slice_type == PREDICTED {
        let mut references = format.references;
        if bits.read_bit("num_ref_idx_active_override_flag")? {
            references = bits.read_ue("num_ref_idx_l0_active_minus1")?.saturating_add(1);
        }
        if bits.read_bit("ref_pic_list_modification_flag_l0")? {
            commands(bits, 3, |_| 1)?;
        }
        if format.weighted {
            skip_weights(bits, numbering.chroma, references.min(32))?;
        }
    }
    if kind.reference && kind.restarts {
        bits.skip(2, "no_output_of_prior_pics_flag, long_term_reference_flag")?;
    } else if kind.reference && bits.read_bit("adaptive_ref_pic_marking_mode_flag")? {
        commands(bits, 0, |command| match command {
            3 => 2,
            5 => 0,
            _ => 1,
        })?;
    }
    if format.cabac && kind.slice_type == PREDICTED {
        bits.read_ue("cabac_init_idc")?;
    }
    let quantiser = format.initial.saturating_add(bits.read_se("slice_qp_delta")?);
    Ok(Some(quantiser).filter(|quantiser| QUANTISERS.contains(quantiser)))
}

/// Skips commands up to the one that ends them, each with as many numbers as it takes.
fn commands(bits: &mut impl BitRead, end: u32, numbers: impl Fn(u32) -> usize) -> Bits<()> {
    for _ in 0..MAX_COMMANDS {
        let command = bits.read_ue("modification_of_pic_nums_idc, memory_management_control_operation")?;
        if command == end {
            break;
        }
        for _ in 0..numbers(command) {
            bits.read_ue("picture number")?;
        }
    }
    Ok(())
}

/// ITU-T H.264 7.3.3.2.
fn skip_weights(bits: &mut impl BitRead, chroma: bool, references: u32) -> Bits<()> {
    bits.read_ue("luma_log2_weight_denom")?;
    if chroma {
        bits.read_ue("chroma_log2_weight_denom")?;
    }
    for _ in 0..references {
        for numbers in [2].into_iter().chain(chroma.then_some(4)) {
            if bits.read_bit("luma_weight_l0_flag, chroma_weight_l0_flag")? {
                for _ in 0..numbers {
                    bits.read_se("weight or offset")?;
                }
            }
        }
    }
    Ok(())
}

/// ITU-T H.264 7.3.2.2; `None` where slices are laid out in groups, as in no recording.
fn to_quantiser(bits: &mut impl BitRead) -> Bits<Option<ToQuantiser>> {
    let cabac = bits.read_bit("entropy_coding_mode_flag")?;
    let field_orders = bits.read_bit("bottom_field_pic_order_in_frame_present_flag")?;
    if bits.read_ue("num_slice_groups_minus1")? > 0 {
        return Ok(None);
    }
    let references = bits.read_ue("num_ref_idx_l0_default_active_minus1")?.saturating_add(1);
    bits.read_ue("num_ref_idx_l1_default_active_minus1")?;
    let weighted = bits.read_bit("weighted_pred_flag")?;
    bits.skip(2, "weighted_bipred_idc")?;
    let initial = bits.read_se("pic_init_qp_minus26")?.saturating_add(26);
    bits.read_se("pic_init_qs_minus26")?;
    bits.read_se("chroma_qp_index_offset")?;
    bits.skip(2, "deblocking_filter_control_present_flag, constrained_intra_pred_flag")?;
    let redundant = bits.read_bit("redundant_pic_cnt_present_flag")?;
    Ok(Some(ToQuantiser { cabac, field_orders, references, weighted, initial, redundant }))
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
    let mut format = Format { numbering, extra_bits: 0, output_flag: false, quantiser: None };
    match syntax {
        NalSyntax::H264 => format.quantiser = to_quantiser(&mut bits).ok()?,
        NalSyntax::H265 => {
            bits.skip(1, "dependent_slice_segments_enabled_flag").ok()?;
            format.output_flag = bits.read_bit("output_flag_present_flag").ok()?;
            format.extra_bits = bits.read::<3, u32>("num_extra_slice_header_bits").ok()?;
        }
    }
    Some(format)
}
