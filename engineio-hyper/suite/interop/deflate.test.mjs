// permessage-deflate: the npm engine.io-client against a server that compresses, and a client that does against the npm
// engine.io server. That messages are compressed is seen by how many bytes went over the connection.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { Server as Engine } from "engine.io";
import { Server } from "./differential/server.mjs";
import { Client, MODES, PATIENCE_MS, pattern } from "./support.mjs";

const LONG = "🦀 and text that is worth compressing; ".repeat(2000);
const SHORT = "short";
const ours = process.env.ENGINEIO_SERVER;
const client = process.env.ENGINEIO_CLIENT;

const test = (name, body) => it(name, { timeout: 4 * PATIENCE_MS }, body);

describe("npm engine.io-client", { skip: ours ? false : "ENGINEIO_SERVER names no command of a server that knows --websocket-compression" }, () => {
  let server;

  before(async () => {
    server = await Server.start(ours.split(" "), ["--websocket-compression"]);
  });
  after(() => server?.stop());

  for (const mode of MODES.filter(({ ends }) => ends === "websocket")) {
    for (const [name, perMessageDeflate] of [
      ["everything", { threshold: 0 }],
      ["from the usual threshold on", { threshold: 1024 }],
      ["by the smallest window that it can ask for", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
      ["nothing", false],
    ]) {
      test(`${mode.name}: compresses ${name}`, async (t) => {
        const target = { origin: `http://127.0.0.1:${server.port}`, path: "/engine.io/" };
        const peer = await new Client(t, target, mode, { perMessageDeflate }).settled();
        const { ws } = peer.socket.transport;
        assert.match(ws.extensions, perMessageDeflate ? /^permessage-deflate/ : /^$/);
        const before = { read: ws._socket.bytesRead, written: ws._socket.bytesWritten };
        await peer.echoes([SHORT, LONG, Buffer.from(LONG), "", pattern(5000), LONG]);
        const read = ws._socket.bytesRead - before.read;
        const written = ws._socket.bytesWritten - before.written;
        const length = 3 * Buffer.byteLength(LONG);
        for (const bytes of [read, written]) {
          assert(perMessageDeflate ? bytes < length / 5 : bytes > length, `${bytes} bytes for ${length}`);
        }
      });
    }
  }
});

describe("npm engine.io", { skip: client ? false : "ENGINEIO_CLIENT names no command of a client" }, () => {
  let http, engine;
  const sockets = new Map();

  before(async () => {
    http = createServer();
    engine = new Engine({ perMessageDeflate: { threshold: 0 } });
    engine.attach(http);
    engine.on("connection", (socket) => {
      sockets.set(socket.id, socket);
      socket.on("message", (data) => socket.send(data));
    });
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    engine.close();
    http.close();
  });

  for (const flags of [["--websocket-compression"], []]) {
    test(`is sent ${flags.length ? "compressed messages" : "none that are compressed, unless they are offered"}`, async (t) => {
      const url = `http://127.0.0.1:${http.address().port}/`;
      const [command, ...own] = client.split(" ");
      const child = spawn(command, [...own, "connect", url, "--transport", "websocket", "--wait", "60", ...flags], { stdio: ["pipe", "pipe", "inherit"] });
      t.after(() => child.kill());
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      for (const text of [SHORT, LONG, SHORT, LONG]) {
        child.stdin.write(`${text}\n`);
        assert.equal((await lines.next()).value, `< ${text}`);
      }
      const [socket] = [...sockets.values()].slice(-1);
      const ws = socket.transport.socket;
      assert.match(ws.extensions, flags.length ? /^permessage-deflate/ : /^$/);
      const length = 2 * Buffer.byteLength(LONG);
      for (const bytes of [ws._socket.bytesRead, ws._socket.bytesWritten]) {
        assert(flags.length ? bytes < length / 10 : bytes > length, `${bytes} bytes for ${length}`);
      }
    });
  }
});
