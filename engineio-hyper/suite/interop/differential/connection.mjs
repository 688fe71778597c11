// One TCP connection, with HTTP/1.1 and WebSocket by hand: what a real client would not send must be sendable.

import { connect } from "node:net";

const PATIENCE_MS = 10_000;

/** What came instead of an answer. */
export class Nothing extends Error {}

export class Connection {
  #socket;
  #buffer = Buffer.alloc(0);
  #ended = null;
  #wake = () => {};

  static open(port) {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true }, () => resolve(new Connection(socket)));
      socket.once("error", reject);
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.removeAllListeners("error");
    socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    const end = () => {
      this.#ended ??= "the connection ends";
      this.#wake();
    };
    socket.on("end", end).on("close", end).on("error", end);
  }

  write(bytes) {
    this.#socket.write(bytes);
  }

  /** Says that nothing more will come. */
  finish() {
    this.#socket.end();
  }

  destroy() {
    this.#socket.destroy();
  }

  /** Waits until `parse` finds something at the beginning of what has come: `[what, length]`. */
  async #read(parse) {
    const giveUp = setTimeout(() => {
      this.#ended ??= "no answer";
      this.#wake();
    }, PATIENCE_MS);
    try {
      for (;;) {
        const found = parse(this.#buffer, this.#ended !== null);
        if (found) {
          this.#buffer = this.#buffer.subarray(found[1]);
          return found[0];
        }
        if (this.#ended !== null) throw new Nothing(this.#ended);
        await new Promise((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** The next response; to a HEAD it has no body. */
  response(method = "GET") {
    return this.#read((buffer, ended) => {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) return null;
      const [first, ...lines] = buffer.toString("latin1", 0, end).split("\r\n");
      const status = Number(first.split(" ")[1]);
      const headers = lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      });
      const value = (name) => headers.find(([other]) => other === name)?.[1];
      const rest = buffer.subarray(end + 4);
      const done = (body, length) => [{ status, headers, body }, end + 4 + length];
      if (method === "HEAD" || status === 101 || status === 204) return done(Buffer.alloc(0), 0);
      if (value("transfer-encoding") === "chunked") {
        const chunks = dechunk(rest);
        return chunks && done(chunks.body, chunks.length);
      }
      if (value("content-length") === undefined) return ended ? done(rest, rest.length) : null;
      const length = Number(value("content-length"));
      return rest.length < length ? null : done(rest.subarray(0, length), length);
    });
  }

  /** The next WebSocket frame. */
  frame() {
    return this.#read((buffer) => {
      if (buffer.length < 2) return null;
      let [length, at] = [buffer[1] & 0x7f, 2];
      if (length === 126) {
        if (buffer.length < 4) return null;
        [length, at] = [buffer.readUInt16BE(2), 4];
      } else if (length === 127) {
        if (buffer.length < 10) return null;
        [length, at] = [Number(buffer.readBigUInt64BE(2)), 10];
      }
      if (buffer.length < at + length) return null;
      return [{ first: buffer[0], payload: buffer.subarray(at, at + length) }, at + length];
    });
  }
}

function dechunk(bytes) {
  const parts = [];
  for (let at = 0; ; ) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (bytes.length < next) return null;
    if (size === 0) return { body: Buffer.concat(parts), length: next };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

/** The bytes of a client's frame. */
export function frame(opcode, payload = "", { fin = true, reserved = 0, masked = true, length = null } = {}) {
  const data = Buffer.from(payload);
  const key = masked ? [0x12, 0x34, 0x56, 0x78] : [];
  const size = length ?? data.length;
  const head = [(fin ? 0x80 : 0) | reserved | opcode];
  const bit = masked ? 0x80 : 0;
  if (size < 126) head.push(bit | size);
  else if (size < 65_536) head.push(bit | 126, size >> 8, size & 255);
  else head.push(bit | 127, 0, 0, 0, 0, (size >>> 24) & 255, (size >> 16) & 255, (size >> 8) & 255, size & 255);
  return Buffer.concat([Buffer.from([...head, ...key]), masked ? data.map((byte, at) => byte ^ key[at % 4]) : data]);
}
