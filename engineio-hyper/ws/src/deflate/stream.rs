//! The payloads of compressed messages (RFC 7692, section 7.2).

use super::settings::Window;
use crate::{Fault, Kind, frame::Assembly};
use alloc::vec::Vec;
use bytes::Bytes;
use core::cell::Cell;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// What a flushed stream ends in, and a message leaves out: an empty block that is stored, without the bits in front.
const TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// The same, and an empty block that ends the stream. A message after which that is no end was cut in the middle.
const END: &[u8] = &[0, 0, 0xff, 0xff, 3, 0];

/// How much is decompressed at a time, before it is looked at.
const CHUNK: usize = 4 * 1024;

/// Room for the output of a flush. With less than seven bytes zlib would begin another.
const ROOM: usize = 64;

std::thread_local! {
    /// What serves all connections of this thread whose messages stand alone, one after the other.
    static COMPRESSOR: Cell<Option<(Setting, Compress)>> = const { Cell::new(None) };
    static DECOMPRESSOR: Cell<Option<Decompress>> = const { Cell::new(None) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Setting {
    level: u32,
    window: Window,
}

/// To what the messages of one end may refer.
#[derive(Debug)]
enum Context<T> {
    /// To themselves.
    Message,
    /// To all before them, too. `None` if there were none.
    Connection(Option<T>),
}

impl<T> Context<T> {
    const fn new(takeover: bool) -> Self {
        if takeover { Self::Connection(None) } else { Self::Message }
    }
}

/// Compresses messages.
#[derive(Debug)]
pub(super) struct Deflater {
    setting: Setting,
    context: Context<Compress>,
}

impl Deflater {
    pub(super) const fn new(level: u32, window: Window, takeover: bool) -> Self {
        Self { setting: Setting { level, window }, context: Context::new(takeover) }
    }

    /// Compresses a message that is given in two parts. `None` if it is not worth it.
    pub(super) fn run(&mut self, prefix: &[u8], payload: &[u8]) -> Option<Bytes> {
        let mut stream = match &mut self.context {
            Context::Message => {
                let kept = COMPRESSOR.try_with(Cell::take).ok().flatten();
                kept.filter(|(setting, _)| *setting == self.setting).map(|(_, stream)| stream)
            }
            Context::Connection(stream) => stream.take(),
        }
        .unwrap_or_else(|| self.setting.stream());
        let whole = prefix.len() + payload.len();
        let compressed = compress(&mut stream, prefix, payload, whole).filter(|compressed| compressed.len() < whole);
        if compressed.is_none() || matches!(self.context, Context::Message) {
            // What is not sent compressed cannot be referred to.
            stream.reset();
        }
        match &mut self.context {
            Context::Message => {
                let _ = COMPRESSOR.try_with(|kept| kept.set(Some((self.setting, stream))));
            }
            Context::Connection(kept) => *kept = Some(stream),
        }
        compressed.map(Bytes::from)
    }
}

impl Setting {
    fn stream(self) -> Compress {
        let Window(bits) = self.window;
        Compress::new_with_window_bits(Compression::new(self.level), false, bits)
    }
}

fn compress(stream: &mut Compress, prefix: &[u8], payload: &[u8], whole: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(whole / 2 + ROOM);
    for (mut input, flush) in [(prefix, FlushCompress::None), (payload, FlushCompress::Sync)] {
        loop {
            let before = stream.total_in();
            stream.compress_vec(input, &mut out, flush).ok()?;
            input = input.get((stream.total_in() - before) as usize..)?;
            if out.len() < out.capacity() {
                break;
            }
            out.reserve(out.len().max(ROOM));
        }
    }
    out.ends_with(TAIL).then(|| out.truncate(out.len() - TAIL.len()))?;
    Some(out)
}

/// Decompresses messages.
#[derive(Debug)]
pub(super) struct Inflater {
    context: Context<Decompress>,
}

impl Inflater {
    pub(super) const fn new(takeover: bool) -> Self {
        Self { context: Context::new(takeover) }
    }

    /// Decompresses a message, up to its first fault.
    pub(super) fn run(&mut self, kind: Kind, payload: &[u8], max_message: usize) -> Result<Bytes, Fault> {
        if payload.is_empty() {
            // Even an empty message leaves the beginning of a block.
            return Err(Fault::Deflate);
        }
        let mut message = Assembly::new(kind, false);
        match &mut self.context {
            Context::Message => {
                let kept = DECOMPRESSOR.try_with(Cell::take).ok().flatten();
                let mut stream = kept.unwrap_or_else(|| Decompress::new(false));
                let ended = decompress(&mut stream, [payload, END], max_message, &mut message);
                stream.reset(false);
                let _ = DECOMPRESSOR.try_with(|kept| kept.set(Some(stream)));
                if ended? != Status::StreamEnd {
                    return Err(Fault::Deflate);
                }
            }
            Context::Connection(stream) => {
                let stream = stream.get_or_insert_with(|| Decompress::new(false));
                decompress(stream, [payload, TAIL], max_message, &mut message)?;
            }
        }
        let (_, message, _) = message.finish()?;
        Ok(message)
    }
}

/// Decompresses all of the input, and says in what state that left the stream.
fn decompress(
    stream: &mut Decompress,
    inputs: [&[u8]; 2],
    max_message: usize,
    message: &mut Assembly,
) -> Result<Status, Fault> {
    let mut chunk = [0; CHUNK];
    let mut last = Status::Ok;
    for mut input in inputs {
        loop {
            let before = (stream.total_in(), stream.total_out());
            last = stream.decompress(input, &mut chunk, FlushDecompress::None).map_err(|_| Fault::Deflate)?;
            let (read, written) = (stream.total_in() - before.0, stream.total_out() - before.1);
            let output = chunk.get(..written as usize).unwrap_or_default();
            if output.len() > max_message - message.len() {
                return Err(Fault::TooLarge);
            }
            message.append(output, None, output.len())?;
            input = input.get(read as usize..).unwrap_or_default();
            if last == Status::StreamEnd {
                // A block may end its stream and others follow (section 7.2.3.4). They do not refer to those before.
                stream.reset(false);
            }
            if input.is_empty() && output.len() < CHUNK {
                break;
            }
            if (read, written) == (0, 0) {
                return Err(Fault::Deflate);
            }
        }
    }
    Ok(last)
}
