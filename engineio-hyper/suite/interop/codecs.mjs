// Puts 10,000 generated inputs to npm engine.io-parser and to our codecs, and compares what comes of them:
//
//     node codecs.mjs <codec command…>
//
// The command is the core's example `codec`. What they disagree about is listed below, with the reason, with what ours
// must then be, and how often: the inputs are the same each time.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { decodePacket, decodePayload, encodePacket, encodePayload } from "engine.io-parser";

const SEPARATOR = 0x1e;

/** Our codec holds that a packet is none, while the parser takes it. */
const DISAGREEMENTS = [
  {
    why: "text that is no UTF-8 is a fault; the parser gets it from Node with U+FFFD in it, and passes that on",
    refuses: (packet) => !isUtf8(packet),
    count: 0,
    expected: 1021,
  },
  {
    why: "in base64, line breaks, blanks, tabs and missing padding are overlooked, and nothing else; Node overlooks everything",
    refuses: (packet) => packet[0] === 0x62 && !isBase64(packet.subarray(1).toString("latin1")),
    count: 0,
    expected: 920,
  },
];

const random = generator(0x456e67);
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];

const asked = [
  ...times(6000, () => ofPayload(payload())),
  ...times(1500, () => (random() < 0.8 ? ofFrame(validText(mutated(onePacket(), 0.3)), true) : ofFrame(bytes(below(40)), false))),
  ...times(1500, () => ofResponse(times(1 + below(6), packetToSend))),
  ...times(1000, () => ofFrames(times(1 + below(4), packetToSend))),
];

const command = process.argv.slice(2);
const { stdout, status, error } = spawnSync(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"], input: asked.map(({ line }) => `${line}\n`).join(""), maxBuffer: 1 << 28 });
assert(!error && status === 0, `${command.join(" ")}: ${error ?? `exit status ${status}`}`);
const answers = stdout.toString().split("\n");
assert.equal(answers.length - 1, asked.length, "an answer for each line");

let differ = 0;
for (const [at, { line, theirs, ours }] of asked.entries()) {
  assert.equal(answers[at], await ours, line);
  if ((await theirs) !== (await ours)) differ++;
}
for (const { why, count, expected } of DISAGREEMENTS) {
  console.log(`${count} times: ${why}`);
  assert.equal(count, expected, why);
}
console.log(`${asked.length} inputs, ${differ} of them with such a disagreement`);

/** What the parser makes of a body, and what ours should be: the same up to the first packet that only we refuse. */
function ofPayload(body) {
  const theirs = upload(decodePayload(body.toString(), "nodebuffer"));
  const packets = split(body);
  const at = packets.findIndex((packet) => DISAGREEMENTS.some(({ refuses }) => refuses(packet)));
  let ours = theirs;
  if (at >= 0) {
    ours = upload([...packets.slice(0, at).flatMap((packet) => decodePayload(packet.toString(), "nodebuffer")), { type: "error" }]);
    if (ours !== theirs) DISAGREEMENTS.find(({ refuses }) => refuses(packets[at])).count++;
  }
  return { line: `payload ${body.toString("hex")}`, theirs, ours };
}

/** What the reference's server does with packets. */
function upload(packets) {
  const shown = [];
  let heartbeat = false;
  let end = null;
  for (const { type, data } of packets) {
    if (type === "message") shown.push(show({ type, data }));
    else if (type === "pong") heartbeat = true;
    else if (type === "ping") end = "direction";
    else if (type === "close" || type === "error") end = type;
    if (end) break;
  }
  return [...shown, ...(heartbeat ? ["heartbeat"] : []), ...(end ? [end] : [])].join(" ");
}

function ofFrame(data, isText) {
  const theirs = show(decodePacket(isText ? data.toString() : data, "nodebuffer"));
  const by = isText ? DISAGREEMENTS.find(({ refuses }) => refuses(data)) : undefined;
  const ours = by ? "error" : theirs;
  if (ours !== theirs) by.count++;
  return { line: `${isText ? "text" : "binary"} ${data.toString("hex")}`, theirs, ours };
}

function ofResponse(packets) {
  const theirs = new Promise((resolve) => encodePayload(packets, (body) => resolve(Buffer.from(body).toString("hex"))));
  return { line: `response ${packets.map(show).join(" ")}`, theirs, ours: theirs };
}

function ofFrames(packets) {
  const one = (packet) => new Promise((resolve) => encodePacket(packet, true, (data) => resolve(`${typeof data === "string" ? "text" : "binary"}:${Buffer.from(data).toString("hex")}`)));
  const theirs = Promise.all(packets.map(one)).then((frames) => frames.join(" "));
  return { line: `frames ${packets.map(show).join(" ")}`, theirs, ours: theirs };
}

function show({ type, data }) {
  if (type === "message") return `${Buffer.isBuffer(data) ? "binary" : "text"}:${Buffer.from(data ?? "").toString("hex")}`;
  // What a peer puts behind a type that carries nothing is dropped by whoever gets it.
  return ["open", "ping", "pong"].includes(type) ? `${type}:${Buffer.from(data ?? "").toString("hex")}` : type;
}

function payload() {
  const packets = times(1 + below(5), () => mutated(onePacket(), 0.15));
  const body = Buffer.concat(packets.flatMap((packet, at) => (at === 0 ? [packet] : [Buffer.from([SEPARATOR]), packet])));
  return mutated(body, 0.15);
}

function onePacket() {
  const kind = random();
  if (kind < 0.5) return Buffer.from(`4${text()}`);
  if (kind < 0.8) return Buffer.from(`b${base64()}`);
  return Buffer.from(pick(["0", '0{"sid":"x"}', "1", "1x", "2", "2probe", "3", "3probe", "3x", "5", "5x", "6", "6x", "7", "9", "", "x", "B", "{}", "44", "4b", "bb", "\ufeff4a", "٤"]));
}

function text() {
  return times(below(12), () => pick(["a", "4", "b", "€", "é", "🦀", "\u0000", "\n", "\r\n", "\u2028", "\ufffd", "\ufeff", "=", " ", "\\", '"', "{}"])).join("");
}

function base64() {
  const encoded = bytes(below(20)).toString("base64");
  const change = random();
  if (change < 0.5) return encoded;
  if (change < 0.65) return encoded.replaceAll("=", "");
  if (change < 0.8) return times(encoded.length, (at) => encoded[at] + (below(6) === 0 ? pick(["\r\n", "\n", " ", "\t"]) : "")).join("");
  return times(encoded.length, (at) => (below(10) === 0 ? pick(["-", "_", "!", "=", "==", "é", "\u0000", "A", ""]) : encoded[at])).join("");
}

/** Changes one place, now and then. */
function mutated(data, chance) {
  if (random() >= chance) return data;
  const at = below(data.length + 1);
  const more = pick([[], [below(256)], [0xff], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0x3d], [SEPARATOR], [0x62], [0x0a], [0x0b], [0xc2, 0xa0]]);
  return Buffer.concat([data.subarray(0, at), Buffer.from(more), data.subarray(at + below(2))]);
}

/** The same as WebSocket lets it through: as UTF-8. */
function validText(data) {
  return Buffer.from(data.toString());
}

function packetToSend() {
  const kind = random();
  if (kind < 0.5) return { type: "message", data: text() };
  if (kind < 0.8) return { type: "message", data: bytes(below(50)) };
  return pick([{ type: "open", data: '{"sid":"é"}' }, { type: "close" }, { type: "ping" }, { type: "ping", data: "probe" }, { type: "pong" }, { type: "pong", data: "probe" }, { type: "upgrade" }, { type: "noop" }]);
}

function split(body) {
  const packets = [];
  for (let from = 0; ; ) {
    const at = body.indexOf(SEPARATOR, from);
    if (at < 0) return [...packets, body.subarray(from)];
    packets.push(body.subarray(from, at));
    from = at + 1;
  }
}

function isUtf8(data) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}

function isBase64(encoded) {
  const found = /^([A-Za-z0-9+/]*)(=*)$/.exec(encoded.replace(/[\r\n \t]/g, ""));
  return found !== null && found[1].length % 4 !== 1 && found[2].length <= (4 - (found[1].length % 4)) % 4;
}

function bytes(length) {
  return Buffer.from(times(length, () => below(256)));
}

function times(count, make) {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** The same numbers between 0 and 1 each time (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
