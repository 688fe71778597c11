// npm engine.io-client through nginx and HAProxy, to an echo server that was started with `--same-origin`. proxies.sh starts them.

import assert from "node:assert/strict";
import { request } from "node:http";
import { describe, it } from "node:test";
import { Client, MODES, PATIENCE_MS, endpoint, pattern } from "./support.mjs";

const skip = process.env.ENGINEIO_NGINX ? false : "ENGINEIO_NGINX names no proxy; proxies.sh sets it";
const server = (variable) => (skip ? {} : endpoint(process.env[variable]));
const test = (name, body) => it(name, { timeout: 4 * PATIENCE_MS }, body);
const DATA = ["text", "🦀", "", pattern(3), pattern(100_000), "x".repeat(100_000), pattern(0)];

for (const [proxy, variable] of [["nginx", "ENGINEIO_NGINX"], ["HAProxy", "ENGINEIO_HAPROXY"]]) {
  describe(`behind ${proxy}`, { skip }, () => {
    const at = server(variable);
    for (const mode of MODES) {
      test(`messages come back, and heartbeats go on: ${mode.name}`, async (t) => {
        const client = await new Client(t, at, mode).settled();
        await client.echoes(DATA);
        await client.until("heartbeats came", () => client.pings >= 3);
        await client.echoes(["after the heartbeats"]);
        client.socket.close();
        assert.equal(await client.closed(), "forced close");
      });

      // `Host` is as the client sent it, with its port.
      test(`a page of the server's own origin is let in, and no other: ${mode.name}`, async (t) => {
        const own = await new Client(t, at, mode, { extraHeaders: { origin: at.origin } }).settled();
        await own.echoes(["own"]);
        const foreign = new Client(t, at, mode, { extraHeaders: { origin: "http://evil.test" } });
        assert.equal(await foreign.closed(), "transport error");
        assert.equal(foreign.handshake, null);
      });
    }
  });
}

describe("behind nginx without `proxy_http_version 1.1`", { skip }, () => {
  const at = server("ENGINEIO_OLD_NGINX");
  const [polling, , websocket, upgrading] = MODES;

  test("sessions poll", async (t) => {
    const client = await new Client(t, at, polling).settled();
    await client.echoes(DATA);
  });

  test("an upgrade is refused, and its session goes on by polling", async (t) => {
    const client = new Client(t, at, upgrading);
    await client.until("the upgrade failed", () => client.history.includes("upgradeError"), { ending: true });
    const before = client.messages.length;
    client.socket.send("still here");
    await client.until("the message is back", () => client.messages.length > before, { ending: true });
    assert.deepEqual([client.messages[before], client.socket.transport.name], ["still here", "polling"]);
  });

  test("a session that begins on WebSocket is refused", async (t) => {
    const client = new Client(t, at, websocket);
    assert.equal(await client.closed(), "transport error");
    assert.equal(client.handshake, null);
  });

  test("the answer to an upgrade is 400, code 3", async () => {
    const url = `${at.origin}${at.path}?EIO=4&transport=websocket`;
    const headers = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const response = await new Promise((resolve, reject) => request(url, { headers }, resolve).on("error", reject).end());
    let body = "";
    for await (const part of response) body += part;
    assert.deepEqual([response.statusCode, body], [400, '{"code":3,"message":"Bad request"}']);
  });
});
