// What the tests share: where the server is, the modes to try it in, and a client that is waited for by condition.

import assert from "node:assert/strict";
import { Fetch, Socket } from "engine.io-client";

/** How long anything may take before it counts as never. Generous: a loaded machine must not fail a test. */
export const PATIENCE_MS = 20_000;

const DEFAULT_PATH = process.env.ENGINEIO_PATH ?? "/engine.io/";

/** The origin and the engine's path, from a URL which may name that path or leave it to ENGINEIO_PATH. */
export function endpoint(address) {
  const url = new URL(address);
  return { origin: url.origin, path: url.pathname === "/" ? DEFAULT_PATH : url.pathname };
}

/** The echo server under test. */
export function echoServer() {
  assert(process.env.ENGINEIO_URL, "ENGINEIO_URL names no server; run.sh sets it");
  return endpoint(process.env.ENGINEIO_URL);
}

/** `ends` is the transport which the session is on when all is settled. */
export const MODES = [
  { name: "polling only", transports: ["polling"], ends: "polling", upgrades: false },
  // As above, but by fetch, which keeps its connections and sends what browsers send.
  { name: "polling only, by fetch", transports: [Fetch], ends: "polling", upgrades: false },
  { name: "websocket only", transports: ["websocket"], ends: "websocket", upgrades: false },
  { name: "polling, then upgrading", transports: ["polling", "websocket"], ends: "websocket", upgrades: true },
];

const EVENTS = ["handshake", "open", "message", "upgrading", "upgrade", "upgradeError", "ping", "error", "close"];

/** One npm engine.io-client with everything it reported so far. */
export class Client {
  messages = [];
  pings = 0;
  handshake = null;
  upgraded = false;
  /** `{ reason, details }` of every close event; a session has one. */
  closes = [];
  /** The names of the events in the order in which they came, pings left out. */
  history = [];
  #failure = null;
  #waiting = new Set();

  /** Connects at once; the test `t` closes it when it ends, however it ends. */
  constructor(t, { origin, path }, mode, options = {}) {
    this.mode = mode;
    this.socket = new Socket(origin, { path, transports: mode.transports, ...options });
    for (const event of EVENTS) {
      this.socket.on(event, (...args) => {
        this.#record(event, args);
        for (const check of [...this.#waiting]) check();
      });
    }
    t.after(() => this.socket.close());
  }

  #record(event, [first, details]) {
    if (event === "ping") return void this.pings++;
    this.history.push(event);
    // A packet `4` with nothing behind it is the empty text, which this client reports as no value at all.
    if (event === "message") this.messages.push(first ?? "");
    if (event === "handshake") this.handshake = first;
    if (event === "upgrade") this.upgraded = true;
    if (event === "error" || event === "upgradeError") this.#failure ??= `${event}: ${describe(first)}`;
    if (event === "close") this.closes.push({ reason: first, details });
  }

  /**
   * Waits until `condition` holds. Fails at the first error or close, saying what was waited for and what came instead;
   * where the end of the session is what is waited for (`ending`), only when the time is over.
   */
  until(what, condition, { ending = false, limit = PATIENCE_MS } = {}) {
    return new Promise((resolve, reject) => {
      const settle = (error) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        error ? reject(new Error(`${this.mode.name}: waiting until ${what}: ${error}`)) : resolve();
      };
      const check = () => {
        try {
          if (condition()) return settle();
        } catch (error) {
          return settle(error.message);
        }
        if (ending) return;
        if (this.#failure) settle(this.#failure);
        else if (this.closes.length > 0) settle(`closed, ${this.closes[0].reason} ${describe(this.closes[0].details)}`);
      };
      const timer = setTimeout(() => settle(`not within ${limit} ms; so far ${this.#summary()}`), limit);
      this.#waiting.add(check);
      check();
    });
  }

  async opened() {
    await this.until("the session is open", () => this.history.includes("open"));
    return this;
  }

  /** Waits until the session is on the transport that its mode leads to. */
  async settled() {
    await this.opened();
    if (this.mode.upgrades) await this.until("the upgrade is done", () => this.upgraded);
    assert.equal(this.socket.transport.name, this.mode.ends);
    return this;
  }

  /** Sends all of `data` and checks that it comes back: the same, in order, and nothing besides. */
  async echoes(data) {
    const before = this.messages.length;
    const sent = [...data, `that was all after message ${before}`]; // what came twice would come before it
    for (const item of sent) this.socket.send(item);
    await this.receives(sent, before);
  }

  /** Waits for `data` to come as the messages from number `from` on. The first wrong one ends the wait. */
  async receives(data, from = 0) {
    let seen = 0;
    await this.until(`${data.length} echoes came`, () => {
      for (; from + seen < this.messages.length; seen++) sameMessage(this.messages[from + seen], data[seen], seen);
      return seen >= data.length;
    });
  }

  /** Waits for the end of the session and returns its reason, making sure that there is only one. */
  async closed() {
    await this.until("the session is closed", () => this.closes.length > 0, { ending: true });
    await new Promise(setImmediate);
    assert.equal(this.closes.length, 1, "a session closes once");
    return this.closes[0].reason;
  }

  #summary() {
    return `${this.messages.length} messages, ${this.pings} pings, [${[...new Set(this.history)].join(" ")}]`;
  }
}

/** An error with what caused it, as the client hands them out: errors, contexts, or plain text. */
function describe(cause) {
  if (cause === undefined) return "";
  if (!(cause instanceof Error)) return String(cause.description ?? cause);
  const { message, description } = cause;
  return description === undefined ? message : `${message} (${description.message ?? description})`;
}

/** The bytes of a Buffer, an ArrayBuffer or a view of one, whatever its element type. */
function bytesOf(data) {
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** Compares two messages, with a short report: a diff of 256 KiB helps nobody. */
export function sameMessage(actual, expected, at) {
  const same = typeof expected === "string" ? actual === expected : isBinary(actual) && isBinary(expected) && bytesOf(actual).equals(bytesOf(expected));
  assert(same, `message ${at} should be ${brief(expected)} and is ${brief(actual)}`);
}

const isBinary = (data) => data instanceof ArrayBuffer || ArrayBuffer.isView(data);

function brief(data) {
  if (!isBinary(data)) return data === undefined ? "none" : JSON.stringify(data).slice(0, 60);
  const bytes = bytesOf(data);
  return `${bytes.length} B of binary, ${bytes.toString("hex", 0, 24)}…`;
}

/** Bytes that take every value and do not repeat with a period that a buffer size has. */
export function pattern(length) {
  return Buffer.from(Uint8Array.from({ length }, (_, at) => at * 31 + (at >> 8) * 7));
}
