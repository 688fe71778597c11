// What a case does to a server, and the transcript of what comes of it.

import { createHash } from "node:crypto";
import { Connection, Nothing, OPCODE, frame } from "./connection.mjs";

export const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const UPGRADE = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY };

/** The headers that are compared. The others are the HTTP library's own business: dates, lengths, connections kept. */
const MATTERS = [
  "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods", "access-control-allow-origin",
  "access-control-expose-headers", "access-control-max-age", "allow", "cache-control", "content-encoding", "content-type",
  "sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-protocol", "set-cookie", "upgrade", "vary", "x-xss-protection",
];

export class Peer {
  #server;
  #connections = [];
  /** The ids that were given to it. They differ each time, so the transcript must not tell them. */
  #sids = [];
  #websockets = [];
  lines = [];

  constructor(server) {
    this.#server = server;
  }

  /** The id of the session that was opened first. */
  get sid() {
    return this.#sids[0];
  }

  /** One request over a connection of its own, and its answer. */
  async ask(method, target, options = {}) {
    return this.answer(await this.begin(method, target, options));
  }

  /** A request whose answer is asked for later, by `answer`. It has reached the server when this returns. The transcript names it `as`. */
  async begin(method, target, { headers = {}, body = "", raw = null, on = null, as = target } = {}) {
    const connection = on ?? (await this.#connect());
    const label = `${method} ${brief(as)}`;
    connection.write(raw ?? request(method, target, headers, body));
    await this.#fence();
    return { connection, method, label };
  }

  /** The answer to a request that was begun. */
  async answer({ connection, method, label }) {
    let response;
    try {
      response = await connection.response(method);
    } catch (error) {
      if (!(error instanceof Nothing)) throw error;
      this.lines.push(`${label} → ${error.message}`);
      return null;
    }
    const { status, headers, body } = response;
    const decoded = body.toString("latin1");
    for (const [, sid] of decoded.matchAll(/\\?"sid\\?":\\?"([^"\\]+)/g)) this.#sids.push(sid);
    const kept = headers.filter(([name]) => MATTERS.includes(name) && !(status === 404 && name === "content-type")).sort();
    const shown = kept.map(([name, value]) => `${name}: ${name === "content-type" ? value.toLowerCase() : value}`);
    // What lies outside the engine's path is the application's.
    const text = status === 404 ? "" : brief(body);
    this.lines.push([`${label} → ${status}`, ...shown, ...(text ? [text] : [])].join(" | "));
    return response;
  }

  /** Answers to requests that may come in either order. */
  async answers(...begun) {
    const from = this.lines.length;
    for (const one of begun) await this.answer(one);
    this.lines.push(...this.lines.splice(from).sort());
  }

  /** Opens a session over polling. */
  async open(query = "EIO=4") {
    await this.ask("GET", `/engine.io/?${query}&transport=polling`);
    return this.sid;
  }

  post(body, { query = "EIO=4", ...options } = {}) {
    return this.ask("POST", this.polling(query), { body, ...options });
  }

  /** Posts a message, and waits until the application has it, if it was taken: what it sends back is then sent. */
  async tell(text, { body = `4${text}`, ...options } = {}) {
    const response = await this.post(body, options);
    if (response?.status === 200) await this.#server.hears(text);
  }

  poll({ query = "EIO=4", ...options } = {}) {
    return this.ask("GET", this.polling(query), options);
  }

  polling(query = "EIO=4") {
    return `/engine.io/?${query}&transport=polling&sid=${this.sid}`;
  }

  /** Asks for a WebSocket. `null` if there is none. */
  websocket(query = "EIO=4", headers = {}) {
    return this.switch("GET", `/engine.io/?${query}&transport=websocket`, { headers: { ...UPGRADE, ...headers } });
  }

  /** Any request that may lead to a WebSocket. */
  async switch(method, target, options) {
    const begun = await this.begin(method, target, options);
    const response = await this.answer(begun);
    if (response?.status !== 101) return null;
    const websocket = new WebSocket(this, begun.connection, this.#websockets.length);
    this.#websockets.push(websocket);
    return websocket;
  }

  upgrade() {
    return this.websocket(`EIO=4&sid=${this.sid}`);
  }

  /** A WebSocket session, after its first packet. */
  async websocketSession(query = "EIO=4", headers = {}) {
    const websocket = await this.websocket(query, headers);
    await websocket?.frames(1);
    return websocket;
  }

  note(line) {
    this.lines.push(line);
  }

  opened(text) {
    const sid = /"sid":"([^"]+)"/.exec(text)?.[1];
    if (sid) this.#sids.push(sid);
  }

  /** Ends what is left, and completes the transcript by what the server says. */
  async finish() {
    const count = this.#sids.length;
    for (const websocket of this.#websockets) websocket.leave();
    for (const sid of this.#sids) {
      const connection = await this.#connect();
      for (const version of [4, 3]) {
        connection.write(request("POST", `/engine.io/?EIO=${version}&transport=polling&sid=${sid}`, {}, "1"));
        await connection.response("POST").catch(() => {});
      }
    }
    const log = await this.#server.take(count);
    if (log.filter((line) => line === "open").length !== count) throw new Error(`not one session for each id that was told: ${log}`);
    for (const connection of this.#connections) connection.destroy();
    this.lines.push(...log.map((line) => `server: ${brief(line)}`));
    // An id may have been told before it was known to be one: by a cookie.
    return this.lines.map((line) => this.#anonymous(line));
  }

  async #connect() {
    const connection = await Connection.open(this.#server.port);
    this.#connections.push(connection);
    // A connection that has served a request is read from as soon as something comes.
    await touch(connection);
    return connection;
  }

  /** Whatever was written before has been read when the server, which has one thread, has answered all of this. */
  async #fence() {
    const connection = await Connection.open(this.#server.port);
    for (let times = 0; times < 2; times++) await touch(connection);
    connection.destroy();
  }

  #anonymous(text) {
    return this.#sids.reduce((so_far, sid) => so_far.replaceAll(sid, "SID"), text);
  }
}

class WebSocket {
  #peer;
  #connection;
  #name;
  #over = false;
  #last = null;

  constructor(peer, connection, number) {
    this.#peer = peer;
    this.#connection = connection;
    this.#name = `ws${number || ""}`;
  }

  /** Sends these texts, each as a frame, or frames made by `frame`; all at once. */
  say(...frames) {
    this.#connection.write(Buffer.concat(frames.map((one) => (typeof one === "string" ? frame(OPCODE.text, one) : one))));
  }

  /** Notes the next frames that come. */
  async frames(count) {
    for (let left = count; left > 0 && !this.#over; left--) await this.#frame();
  }

  /** Notes all frames until one of this text has come, or the connection ends. */
  async until(text) {
    while (!this.#over && this.#last !== text) await this.#frame();
  }

  /** Notes all frames until the connection ends. */
  async end() {
    while (!this.#over) await this.#frame();
  }

  async #frame() {
    try {
      const { first, payload } = await this.#connection.frame();
      const kind = Object.keys(OPCODE).find((name) => OPCODE[name] === (first & 15)) ?? first.toString(16);
      const text = first === 0x88 ? (payload.length >= 2 ? String(payload.readUInt16BE(0)) : "") : brief(payload);
      this.#peer.opened(text);
      this.#last = text;
      this.#peer.note(`${this.#name} ← ${[kind, text].filter(Boolean).join(" ")}`);
      if (kind === "close") this.leave();
    } catch (error) {
      if (!(error instanceof Nothing)) throw error;
      this.#over = true;
      this.#peer.note(`${this.#name} ← ${error.message}`);
    }
  }

  leave() {
    if (this.#over) return;
    this.#over = true;
    this.#connection.write(frame(OPCODE.close));
    this.#connection.finish();
  }

  /** Breaks the connection. */
  destroy() {
    this.#over = true;
    this.#connection.destroy();
  }
}

/** The bytes of a request. A header may have several values. */
export function request(method, target, headers = {}, body = "") {
  const bytes = Buffer.from(body);
  const given = Object.keys(headers).map((name) => name.toLowerCase());
  const lines = Object.entries(headers).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`));
  if (!given.includes("host")) lines.unshift("Host: localhost");
  const measured = given.includes("content-length") || given.includes("transfer-encoding");
  if (!measured && (bytes.length > 0 || method === "POST")) lines.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`), bytes]);
}

async function touch(connection) {
  connection.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await connection.response();
}

/** Bytes as text, if they are; the long ones by their length and hash. */
function brief(data) {
  const bytes = Buffer.from(data);
  if (bytes.length > 400) return `${bytes.length} B, ${createHash("sha1").update(bytes).digest("hex").slice(0, 8)}`;
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"') : `0x${bytes.toString("hex")}`;
}
