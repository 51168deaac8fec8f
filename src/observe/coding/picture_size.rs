//! Picture sizes out of parameter sets, and how the pictures under them are numbered: just the fields on the way.
//!
//! Sizes are those shown (after cropping), in pixels. `None` where the bits do not add up.

use h264_reader::rbsp::{BitRead, BitReader, BitReaderError};

use super::units::NalSyntax;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// A size with something in it: less than nothing is what damaged bits add up to.
    fn new(width: Option<u32>, height: Option<u32>) -> Option<Self> {
        match (width?, height?) {
            (0, _) | (_, 0) => None,
            (width, height) => Some(Self { width, height }),
        }
    }
}

/// How a sequence parameter set has its pictures numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// Bits of `frame_num`; 0 in H.265, which has none.
    pub frame_bits: u32,
    /// Bits of `pic_order_cnt_lsb`; 0 where slices do not say it.
    pub order_bits: u32,
    pub separate_planes: bool,
    /// The pictures have colour, not in planes of their own.
    pub chroma: bool,
    /// `pic_order_cnt_type` is 1, and slices say how far they are off its cycle.
    pub order_steps: bool,
    /// No picture is half of a frame.
    pub frames_only: bool,
    /// Numbers may be left out (`gaps_in_frame_num_value_allowed_flag`).
    pub gaps_allowed: bool,
}

/// What is read of a sequence parameter set.
struct Sequence {
    number: u32,
    size: Option<Size>,
    numbering: Numbering,
}

pub(super) type Bits<T> = Result<T, BitReaderError>;

/// Which of the chroma samples are left out, as `(horizontal, vertical)` divisors by
/// `chroma_format_idc`.
const CHROMA_UNITS: [(u32, u32); 4] = [(1, 1), (2, 2), (2, 1), (1, 1)];

pub fn of_parameter_set(syntax: NalSyntax, unit: &[u8]) -> Option<Size> {
    let kind = *unit.first()?;
    match syntax {
        NalSyntax::H264 if kind & 0x1f == 7 => h264(unit).ok()?.size,
        NalSyntax::H265 if kind >> 1 & 0x3f == 33 => h265(unit).ok()?.size,
        _ => None,
    }
}

/// Of a sequence parameter set; `None` where its bits do not add up.
pub fn numbering(syntax: NalSyntax, unit: &[u8]) -> Option<Numbering> {
    let sequence = match syntax {
        NalSyntax::H264 => h264(unit),
        NalSyntax::H265 => h265(unit),
    };
    sequence.ok().map(|sequence| sequence.numbering)
}

pub fn h264_sequence_number(unit: &[u8]) -> Option<u32> {
    let mut bits = NalSyntax::H264.bits(unit);
    bits.skip(24, "profile and level").ok()?;
    bits.read_ue("seq_parameter_set_id").ok()
}

pub fn h265_sequence_number(unit: &[u8]) -> Option<u32> {
    h265(unit).ok().map(|sequence| sequence.number)
}

/// ITU-T H.264 7.3.2.1.1.
fn h264(unit: &[u8]) -> Bits<Sequence> {
    let mut bits = NalSyntax::H264.bits(unit);
    let profile = bits.read::<8, u8>("profile_idc")?;
    bits.skip(16, "constraints and level")?;
    let number = bits.read_ue("seq_parameter_set_id")?;
    let (mut chroma_format, mut separate_planes) = (1, false);
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma_format = bits.read_ue("chroma_format_idc")?;
        separate_planes = chroma_format == 3 && bits.read_bit("separate_colour_plane_flag")?;
        bits.read_ue("bit_depth_luma_minus8")?;
        bits.read_ue("bit_depth_chroma_minus8")?;
        bits.skip(1, "qpprime_y_zero_transform_bypass_flag")?;
        if bits.read_bit("seq_scaling_matrix_present_flag")? {
            let lists = if chroma_format == 3 { 12 } else { 8 };
            for list in 0..lists {
                if bits.read_bit("seq_scaling_list_present_flag")? {
                    skip_scaling_list(&mut bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    let frame_bits = number_bits(bits.read_ue("log2_max_frame_num_minus4")?);
    let (mut order_bits, mut order_steps) = (0, false);
    match bits.read_ue("pic_order_cnt_type")? {
        0 => order_bits = number_bits(bits.read_ue("log2_max_pic_order_cnt_lsb_minus4")?),
        1 => {
            order_steps = !bits.read_bit("delta_pic_order_always_zero_flag")?;
            bits.read_se("offset_for_non_ref_pic")?;
            bits.read_se("offset_for_top_to_bottom_field")?;
            // The standard allows 255; more end with the bits.
            for _ in 0..bits.read_ue("num_ref_frames_in_pic_order_cnt_cycle")?.min(255) {
                bits.read_se("offset_for_ref_frame")?;
            }
        }
        _ => {}
    }
    bits.read_ue("max_num_ref_frames")?;
    let gaps_allowed = bits.read_bit("gaps_in_frame_num_value_allowed_flag")?;
    let width_blocks = bits.read_ue("pic_width_in_mbs_minus1")?;
    let height_units = bits.read_ue("pic_height_in_map_units_minus1")?;
    let frames_only = bits.read_bit("frame_mbs_only_flag")?;
    if !frames_only {
        bits.skip(1, "mb_adaptive_frame_field_flag")?;
    }
    bits.skip(1, "direct_8x8_inference_flag")?;
    let fields = if frames_only { 1 } else { 2 };
    let (unit_x, unit_y) = chroma_units(chroma_format);
    let (crop_x, crop_y) = cropping(&mut bits)?;
    let blocks = |minus_1: u32, factor: u32| minus_1.checked_add(1)?.checked_mul(16 * factor);
    Ok(Sequence {
        number,
        size: Size::new(
            cropped(blocks(width_blocks, 1), crop_x, unit_x),
            cropped(blocks(height_units, fields), crop_y, unit_y * fields),
        ),
        numbering: Numbering {
            frame_bits,
            order_bits,
            separate_planes,
            chroma: chroma_format != 0 && !separate_planes,
            order_steps,
            frames_only,
            gaps_allowed,
        },
    })
}

/// Numbers take 4 to 16 bits (H.264 7.4.2.1.1, H.265 7.4.3.2.1), and are not read where damage has more.
fn number_bits(minus_4: u32) -> u32 {
    if minus_4 <= 12 { minus_4 + 4 } else { 0 }
}

/// ITU-T H.264 7.3.2.1.1.1: the values do not matter here, only where they end.
fn skip_scaling_list(bits: &mut impl BitRead, length: u32) -> Bits<()> {
    let (mut last, mut next) = (8_i32, 8_i32);
    for _ in 0..length {
        if next != 0 {
            next = last.wrapping_add(bits.read_se("delta_scale")?) & 0xff;
        }
        if next != 0 {
            last = next;
        }
    }
    Ok(())
}

/// ITU-T H.265 7.3.2.2.1.
fn h265(unit: &[u8]) -> Bits<Sequence> {
    let mut bits = NalSyntax::H265.bits(unit);
    bits.skip(4, "sps_video_parameter_set_id")?;
    let sub_layers = bits.read::<3, u32>("sps_max_sub_layers_minus1")?;
    bits.skip(1, "sps_temporal_id_nesting_flag")?;
    skip_profile_tier_level(&mut bits, sub_layers)?;
    let number = bits.read_ue("sps_seq_parameter_set_id")?;
    let chroma_format = bits.read_ue("chroma_format_idc")?;
    let separate_planes = chroma_format == 3 && bits.read_bit("separate_colour_plane_flag")?;
    let width = bits.read_ue("pic_width_in_luma_samples")?;
    let height = bits.read_ue("pic_height_in_luma_samples")?;
    let (unit_x, unit_y) = chroma_units(chroma_format);
    let (crop_x, crop_y) = cropping(&mut bits)?;
    bits.read_ue("bit_depth_luma_minus8")?;
    bits.read_ue("bit_depth_chroma_minus8")?;
    let order_bits = number_bits(bits.read_ue("log2_max_pic_order_cnt_lsb_minus4")?);
    Ok(Sequence {
        number,
        size: Size::new(cropped(Some(width), crop_x, unit_x), cropped(Some(height), crop_y, unit_y)),
        numbering: Numbering {
            frame_bits: 0,
            order_bits,
            separate_planes,
            chroma: chroma_format != 0 && !separate_planes,
            order_steps: false,
            frames_only: true,
            gaps_allowed: false,
        },
    })
}

/// ITU-T H.265 7.3.3.
fn skip_profile_tier_level(bits: &mut impl BitRead, sub_layers: u32) -> Bits<()> {
    const PROFILE_BITS: u32 = 88;
    const LEVEL_BITS: u32 = 8;
    bits.skip(PROFILE_BITS + LEVEL_BITS, "general_profile_tier_level")?;
    let mut skipped = 0;
    for _ in 0..sub_layers {
        if bits.read_bit("sub_layer_profile_present_flag")? {
            skipped += PROFILE_BITS;
        }
        if bits.read_bit("sub_layer_level_present_flag")? {
            skipped += LEVEL_BITS;
        }
    }
    if sub_layers > 0 {
        // Two bits for each of the eight possible layers that is not there.
        bits.skip(2 * (8 - sub_layers), "reserved_zero_2bits")?;
    }
    bits.skip(skipped, "sub_layer_profile_tier_level")
}

/// What is cut off left and right, top and bottom, in chroma units.
fn cropping(bits: &mut impl BitRead) -> Bits<(u64, u64)> {
    if !bits.read_bit("cropping_flag")? {
        return Ok((0, 0));
    }
    let mut edge = || bits.read_ue("crop offset").map(u64::from);
    let (left, right, top, bottom) = (edge()?, edge()?, edge()?, edge()?);
    Ok((left + right, top + bottom))
}

fn chroma_units(chroma_format: u32) -> (u32, u32) {
    CHROMA_UNITS.get(chroma_format as usize).copied().unwrap_or((1, 1))
}

fn cropped(length: Option<u32>, crop: u64, unit: u32) -> Option<u32> {
    let cut = u32::try_from(crop.checked_mul(unit.into())?).ok()?;
    length?.checked_sub(cut)
}

/// ISO/IEC 14496-2 6.2.3, of a rectangular layer; `unit` begins behind the start code.
pub fn of_video_object_layer(unit: &[u8]) -> Option<Size> {
    video_object_layer(unit).ok()?
}

fn video_object_layer(unit: &[u8]) -> Bits<Option<Size>> {
    const RECTANGULAR: u8 = 0;
    const EXTENDED_ASPECT: u8 = 15;
    const BUFFER_BITS: u32 = 79;
    let mut bits = BitReader::new(unit);
    bits.skip(9, "random_accessible_vol and type")?;
    if bits.read_bit("is_object_layer_identifier")? {
        bits.skip(7, "version and priority")?;
    }
    if bits.read::<4, u8>("aspect_ratio_info")? == EXTENDED_ASPECT {
        bits.skip(16, "par")?;
    }
    if bits.read_bit("vol_control_parameters")? {
        bits.skip(3, "chroma_format and low_delay")?;
        if bits.read_bit("vbv_parameters")? {
            bits.skip(BUFFER_BITS, "vbv")?;
        }
    }
    if bits.read::<2, u8>("video_object_layer_shape")? != RECTANGULAR {
        return Ok(None);
    }
    bits.skip(1, "marker")?;
    let resolution = bits.read::<16, u32>("vop_time_increment_resolution")?;
    bits.skip(1, "marker")?;
    if bits.read_bit("fixed_vop_rate")? {
        // As many bits as the largest increment needs.
        let width = (u32::BITS - resolution.saturating_sub(1).leading_zeros()).max(1);
        bits.skip(width, "fixed_vop_time_increment")?;
    }
    bits.skip(1, "marker")?;
    let width = bits.read::<13, u32>("video_object_layer_width")?;
    bits.skip(1, "marker")?;
    let height = bits.read::<13, u32>("video_object_layer_height")?;
    Ok(Size::new(Some(width), Some(height)))
}

/// ITU-T T.81 B.2.2: precision, height, width.
pub fn of_jpeg_frame(segment: &[u8]) -> Option<Size> {
    let [_, h1, h0, w1, w0, ..] = *segment else { return None };
    Size::new(Some(u16::from_be_bytes([w1, w0]).into()), Some(u16::from_be_bytes([h1, h0]).into()))
}
