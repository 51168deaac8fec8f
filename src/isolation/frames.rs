//! Messages on a pipe: their length as four bytes, then JSON.

use std::io::{self, ErrorKind, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message longer than this is not read: evidence of a whole day is a tenth of it.
pub const MAX_FRAME_BYTES: u32 = 256 << 20;

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the pipe broke: {0}")]
    Io(#[from] io::Error),
    #[error("a message of {0} bytes is longer than can be")]
    TooLong(u32),
    #[error("a message says nothing: {0}")]
    Garbled(#[from] serde_json::Error),
}

pub fn write(pipe: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let bytes = serde_json::to_vec(message)?;
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_FRAME_BYTES);
    let length = length.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the message is too long"))?;
    pipe.write_all(&length.to_be_bytes())?;
    pipe.write_all(&bytes)?;
    pipe.flush()
}

/// The next message; `Ok(None)` where the pipe ends between two of them.
pub fn read<M: DeserializeOwned>(pipe: &mut impl Read) -> Result<Option<M>, FrameError> {
    let mut length = [0; 4];
    match pipe.read(&mut length[..1])? {
        0 => return Ok(None),
        _ => pipe.read_exact(&mut length[1..])?,
    }
    let length = u32::from_be_bytes(length);
    if length > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(length));
    }
    // Memory is taken as bytes come, not as a liar promises them.
    let mut bytes = Vec::new();
    pipe.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
    }
    Ok(Some(serde_json::from_slice(&bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_as_they_were_sent_and_then_the_end() {
        let mut pipe = Vec::new();
        write(&mut pipe, &vec![1, 2, 3]).unwrap();
        write(&mut pipe, &Vec::<u8>::new()).unwrap();
        let mut pipe = pipe.as_slice();
        assert_eq!(read::<Vec<u8>>(&mut pipe).unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(read::<Vec<u8>>(&mut pipe).unwrap(), Some(vec![]));
        assert_eq!(read::<Vec<u8>>(&mut pipe).unwrap(), None);
    }

    #[test]
    fn lies_and_ends_midway_are_errors() {
        let whole = |mut bytes: &[u8]| read::<Vec<u8>>(&mut bytes);
        assert!(matches!(whole(&[0xff; 8]), Err(FrameError::TooLong(u32::MAX))));
        assert!(matches!(whole(&[0, 0, 0, 9, b'[']), Err(FrameError::Io(_))));
        assert!(matches!(whole(&[0, 0]), Err(FrameError::Io(_))));
        assert!(matches!(whole(&[0, 0, 0, 1, b'[']), Err(FrameError::Garbled(_))));
    }
}
