//! The compression and decompression of messages (RFC 7692, section 7.2).

use super::settings::Window;
use crate::{Fault, Kind, frame::Assembly};
use alloc::vec::Vec;
use bytes::Bytes;
use core::cell::Cell;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The end of a flushed stream, which a message omits: an empty stored block, without its header bits.
const FLUSH_TAIL: &[u8] = &[0, 0, 0xff, 0xff];

/// [`FLUSH_TAIL`] and an empty final block. If the stream does not end after it, the message was truncated inside a
/// block.
const FLUSH_TAIL_AND_END: &[u8] = &[0, 0, 0xff, 0xff, 3, 0];

/// The number of bytes that are decompressed before the size limit and the text are checked.
const CHUNK_SIZE: usize = 4 * 1024;

/// The spare output capacity in bytes for a flush. With fewer than seven bytes zlib would begin another flush.
const FLUSH_ROOM: usize = 64;

std::thread_local! {
    /// The streams of this thread, which all of its connections without context takeover use in turn.
    static COMPRESSOR: Cell<Option<(CompressorSettings, Compress)>> = const { Cell::new(None) };
    static DECOMPRESSOR: Cell<Option<Decompress>> = const { Cell::new(None) };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CompressorSettings {
    level: u32,
    window: Window,
}

/// The data that messages of one direction can refer to.
#[derive(Debug)]
enum Context<T> {
    /// The message itself.
    Message,
    /// The message and those before it. `None` before the first message.
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
    settings: CompressorSettings,
    context: Context<Compress>,
}

impl Deflater {
    pub(super) const fn new(level: u32, window: Window, takeover: bool) -> Self {
        Self { settings: CompressorSettings { level, window }, context: Context::new(takeover) }
    }

    /// Compresses a message that consists of two parts. Returns `None` if compression does not make it smaller.
    pub(super) fn deflate(&mut self, prefix: &[u8], payload: &[u8]) -> Option<Bytes> {
        let mut stream = match &mut self.context {
            Context::Message => {
                let cached = COMPRESSOR.try_with(Cell::take).ok().flatten();
                cached.filter(|(settings, _)| *settings == self.settings).map(|(_, stream)| stream)
            }
            Context::Connection(stream) => stream.take(),
        }
        .unwrap_or_else(|| self.settings.compressor());
        let uncompressed_len = prefix.len() + payload.len();
        let compressed = compress(&mut stream, prefix, payload, uncompressed_len)
            .filter(|compressed| compressed.len() < uncompressed_len);
        if compressed.is_none() || matches!(self.context, Context::Message) {
            // Later messages must not refer to one that is sent uncompressed.
            stream.reset();
        }
        match &mut self.context {
            Context::Message => {
                let _ = COMPRESSOR.try_with(|cached| cached.set(Some((self.settings, stream))));
            }
            Context::Connection(cached) => *cached = Some(stream),
        }
        compressed.map(Bytes::from)
    }
}

impl CompressorSettings {
    fn compressor(self) -> Compress {
        let Window(bits) = self.window;
        Compress::new_with_window_bits(Compression::new(self.level), false, bits)
    }
}

fn compress(stream: &mut Compress, prefix: &[u8], payload: &[u8], uncompressed_len: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(uncompressed_len / 2 + FLUSH_ROOM);
    for (mut input, flush) in [(prefix, FlushCompress::None), (payload, FlushCompress::Sync)] {
        loop {
            let before = stream.total_in();
            stream.compress_vec(input, &mut out, flush).ok()?;
            input = input.get((stream.total_in() - before) as usize..)?;
            if out.len() < out.capacity() {
                break;
            }
            out.reserve(out.len().max(FLUSH_ROOM));
        }
    }
    out.ends_with(FLUSH_TAIL).then(|| out.truncate(out.len() - FLUSH_TAIL.len()))?;
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

    /// Decompresses a message. Stops at the first fault.
    pub(super) fn inflate(&mut self, kind: Kind, payload: &[u8], max_message: usize) -> Result<Bytes, Fault> {
        if payload.is_empty() {
            // Even an empty message has the header bits of a block.
            return Err(Fault::Deflate);
        }
        let mut message = Assembly::new(kind, false);
        match &mut self.context {
            Context::Message => {
                let cached = DECOMPRESSOR.try_with(Cell::take).ok().flatten();
                let mut stream = cached.unwrap_or_else(|| Decompress::new(false));
                let ended = decompress(&mut stream, [payload, FLUSH_TAIL_AND_END], max_message, &mut message);
                stream.reset(false);
                let _ = DECOMPRESSOR.try_with(|cached| cached.set(Some(stream)));
                if ended? != Status::StreamEnd {
                    return Err(Fault::Deflate);
                }
            }
            Context::Connection(stream) => {
                let stream = stream.get_or_insert_with(|| Decompress::new(false));
                decompress(stream, [payload, FLUSH_TAIL], max_message, &mut message)?;
            }
        }
        let (_, message, _) = message.finish()?;
        Ok(message)
    }
}

/// Decompresses all of the input, and returns the last status of the stream.
fn decompress(
    stream: &mut Decompress,
    inputs: [&[u8]; 2],
    max_message: usize,
    message: &mut Assembly,
) -> Result<Status, Fault> {
    let mut chunk = [0; CHUNK_SIZE];
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
                // Blocks can follow a final block (section 7.2.3.4). They do not refer to data before it.
                stream.reset(false);
            }
            if input.is_empty() && output.len() < CHUNK_SIZE {
                break;
            }
            if (read, written) == (0, 0) {
                return Err(Fault::Deflate);
            }
        }
    }
    Ok(last)
}
