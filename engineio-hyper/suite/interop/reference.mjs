// The npm engine.io server behind the flags of the echo example. It shows that a test which fails is not at fault itself.
// With --any-ids its session ids have characters that need escaping, in turn. With --eio3 it is the last one that speaks protocol 3 and no other. With --closing it greets every session with `bye` and closes it.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server as Current } from "engine.io";
import engineV3 from "engine.io-v3";

const { values: flags } = parseArgs({
  options: {
    addr: { type: "string", default: "127.0.0.1:3000" },
    path: { type: "string", default: "/engine.io/" },
    "ping-interval": { type: "string", default: "25000" },
    "ping-timeout": { type: "string", default: "20000" },
    "upgrade-timeout": { type: "string", default: "10000" },
    "max-payload": { type: "string", default: "1000000" },
    "allow-eio3": { type: "boolean", default: false },
    // It has no such settings: JSONP is always on, and requests of every origin are let in.
    jsonp: { type: "boolean", default: false },
    "allowed-origin": { type: "string" },
    cookie: { type: "string" },
    cors: { type: "string" },
    compression: { type: "boolean", default: false },
    uncompressed: { type: "string" },
    log: { type: "boolean", default: false },
    "any-ids": { type: "boolean", default: false },
    eio3: { type: "boolean", default: false },
    closing: { type: "boolean", default: false },
  },
});

const page = await readFile(new URL("../page/index.html", import.meta.url), "utf8");
const mounted = page.replace('content="/engine.io/"', `content="${flags.path}"`);

const http = createServer((request, response) => {
  if (request.url !== "/") return response.writeHead(404).end();
  response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(mounted);
});

const Server = flags.eio3 ? engineV3.Server : Current;
const engine = new Server({
  pingInterval: Number(flags["ping-interval"]),
  pingTimeout: Number(flags["ping-timeout"]),
  upgradeTimeout: Number(flags["upgrade-timeout"]),
  maxHttpBufferSize: Number(flags["max-payload"]),
  allowEIO3: flags["allow-eio3"],
  cookie: flags.cookie && { name: flags.cookie },
  cors: flags.cors && (flags.cors === "*" ? { origin: "*" } : { origin: [flags.cors], credentials: true }),
  httpCompression: flags.compression && { threshold: 1024 },
});
if (flags["any-ids"]) engine.generateId = anyId;
engine.attach(http, { path: flags.path });
engine.on("connection", (socket) => {
  if (flags.log) log(socket);
  if (!flags.closing) return socket.on("message", (data) => socket.send(data, { compress: !isPlain(data) }));
  socket.send("bye");
  socket.close();
});

const IDS = ["base64/+==", "#fragment", "name:1", "a/b/../c", "a+b", "two words", "a&sid=b", "100%25", "é€😀", "?", `${"0123456789abcdef".repeat(4)}`];
let ids = 0;

/** An id that another server might make: unlike all before it. */
function anyId() {
  ids += 1;
  return `${IDS[ids % IDS.length]}${ids}`;
}

/** Whether it is to be sent back uncompressed. */
function isPlain(data) {
  return flags.uncompressed !== undefined && typeof data === "string" && data.startsWith(flags.uncompressed);
}

/** Prints what happens, as the echo example does. */
function log(socket) {
  console.log("open");
  // The empty text is no value at all here.
  socket.on("message", (data = "") => {
    console.log(typeof data === "string" ? `text: ${JSON.stringify(data)}` : `binary: ${Buffer.from(data).toString("base64")}`);
  });
  socket.on("close", (reason) => console.log(`closed: ${reason}`));
}

const [, host, port] = /^(.*):(\d+)$/.exec(flags.addr);
http.listen(Number(port), host, () => {
  console.log(`listening on http://${host}:${http.address().port}${flags.path}`);
});
