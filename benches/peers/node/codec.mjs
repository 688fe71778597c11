// Measures npm engine.io-parser on the payloads of benches/codec.rs. Prints nanoseconds per payload, as JSON.

import { decodePayload, encodePayload } from "engine.io-parser";

const letters = "abcdefghijklmnopqrstuvwxyz012345";
const text = (length) => ({ type: "message", data: letters.repeat(length / 32) });
const binary = (length) => ({ type: "message", data: Buffer.from(Uint8Array.from({ length }, (_, at) => at & 0xff)) });

const payloads = {
  "text 16 x 64": Array(16).fill(text(64)),
  "binary 16 x 64": Array(16).fill(binary(64)),
  "text 1 x 1M": [text(1_000_000)],
  "binary 1 x 700k": [binary(700_000)],
};

// Returns the median of 51 runs of about 20 ms each, after a warm-up of a second.
function measure(work) {
  const run = (times) => {
    const begin = process.hrtime.bigint();
    for (let left = times; left > 0; left--) work();
    return Number(process.hrtime.bigint() - begin);
  };
  let times = 1;
  for (const end = Date.now() + 1000; Date.now() < end; ) times = Math.ceil((times * 2e7) / Math.max(run(times), 1e5));
  const figures = Array.from({ length: 51 }, () => run(times) / times);
  return figures.sort((a, b) => a - b)[25];
}

const figures = {};
for (const [name, packets] of Object.entries(payloads)) {
  let body;
  encodePayload(packets, (encoded) => (body = encoded));
  // A server receives a body as bytes and converts it to a string.
  const bytes = Buffer.from(body);
  figures[`decode ${name}`] = measure(() => decodePayload(bytes.toString("utf8"), "nodebuffer"));
  // A server converts the string to bytes.
  figures[`encode ${name}`] = measure(() => encodePayload(packets, (encoded) => Buffer.from(encoded)));
}
console.log(JSON.stringify(figures));
