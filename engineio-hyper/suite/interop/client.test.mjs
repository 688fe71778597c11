// The npm engine.io-client against an echo server, on each transport and across the upgrade.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client, MODES, PATIENCE_MS, echoServer, pattern, sameMessage } from "./support.mjs";

const server = echoServer();
const TEXTS = ["plain", "", "€uro, ü, 中文", "🦀 and 👩‍👩‍👧‍👦 and 🇪🇺", '{"json":[1,2,"b4"]}', "b64-looking", "4", "2probe", "line\r\nline\0"];
const SIZES = [0, 1, 1024, 64 * 1024, 256 * 1024];

/** A test that ends in any case, be it that it waits in several places for what never comes. */
const test = (name, body) => it(name, { timeout: 4 * PATIENCE_MS }, body);

/** Runs `body` on the open session, and once more after the upgrade where there is one. */
async function beforeAndAfterTheUpgrade(client, body) {
  await client.opened();
  await body();
  if (client.mode.upgrades) {
    await client.settled();
    await body();
  }
}

for (const mode of MODES) {
  describe(mode.name, () => {
    test("echoes text, emoji among it", async (t) => {
      const client = new Client(t, server, mode);
      await beforeAndAfterTheUpgrade(client, () => client.echoes(TEXTS));
    });

    for (const size of SIZES) {
      test(`echoes ${size} B of binary, from a Buffer and from a typed array`, async (t) => {
        const client = new Client(t, server, mode);
        const buffer = pattern(size);
        // A view that starts inside a larger buffer: what surrounds it must not be sent.
        const view = new Uint8Array(size + 5).fill(0xee).subarray(3, 3 + size);
        view.set(buffer.map((byte) => ~byte));
        await beforeAndAfterTheUpgrade(client, () => client.echoes([buffer, view]));
      });
    }

    test("hands out binary as ArrayBuffer when asked to", async (t) => {
      const client = new Client(t, server, mode);
      client.socket.binaryType = "arraybuffer";
      await client.settled();
      await client.echoes([new Uint16Array([1, 0xfffe, 0x1e]), pattern(300)]);
      for (const message of client.messages.slice(0, 2)) assert(message instanceof ArrayBuffer);
    });

    test("keeps 200 mixed messages in order", async (t) => {
      const client = new Client(t, server, mode);
      await beforeAndAfterTheUpgrade(client, () => client.echoes(mixed(0, 200)));
    });

    test("serves 50 clients at once", async (t) => {
      const clients = Array.from({ length: 50 }, () => new Client(t, server, mode));
      await Promise.all(clients.map(async (client, at) => {
        await client.opened();
        await client.echoes(mixed(at * 1000, 20));
        await client.settled();
        await client.echoes(mixed(at * 1000 + 500, 20));
      }));
      assert.equal(new Set(clients.map(({ socket }) => socket.id)).size, 50, "every session has an id of its own");
    });

    test("connects with subprotocols to choose from", async (t) => {
      const client = await new Client(t, server, mode, { protocols: ["chat", "superchat"] }).settled();
      await client.echoes(["hello"]);
    });

    test("stays open over heartbeats while idle", async (t) => {
      const client = await new Client(t, server, mode).settled();
      const { pingInterval, pingTimeout } = client.handshake;
      if (process.env.ENGINEIO_PING_INTERVAL) assert.equal(pingInterval, Number(process.env.ENGINEIO_PING_INTERVAL));
      if (pingInterval > 2000) return t.skip(`the server pings every ${pingInterval} ms; start it with --ping-interval 300`);
      const before = client.pings;
      await client.until("5 pings came", () => client.pings >= before + 5, { limit: 5 * (pingInterval + pingTimeout) + PATIENCE_MS });
      await client.echoes(["still here", pattern(10)]);
    });

    test("is closed by the client, and then gone from the server", async (t) => {
      const client = await new Client(t, server, mode).settled();
      const { id } = client.socket;
      await client.echoes(["before"]);
      client.socket.close();
      assert.equal(await client.closed(), "forced close");
      await isForgotten(id, mode);
    });

    test("is closed by the client while messages are under way", async (t) => {
      const client = await new Client(t, server, mode).settled();
      const { id } = client.socket;
      const sent = mixed(0, 200);
      for (const message of sent) client.socket.send(message);
      client.socket.close();
      assert.equal(await client.closed(), "forced close");
      // Whatever came until then.
      for (const [at, message] of client.messages.entries()) sameMessage(message, sent[at], at);
      await isForgotten(id, mode);
    });
  });
}

describe("during the upgrade", () => {
  const mode = MODES.find(({ upgrades }) => upgrades);

  // Where the switch falls among the messages differs from run to run, so that one run would show little.
  for (let round = 1; round <= 10; round++) {
    test(`loses, doubles and reorders nothing, round ${round}`, async (t) => {
      const client = new Client(t, server, mode);
      const { socket } = client;
      const sent = [];
      const sentWhile = { probing: 0, switching: 0, upgraded: 0 };
      let phase = "probing";
      const send = (count) => {
        for (const message of mixed(sent.length, count)) {
          sent.push(message);
          socket.send(message);
        }
        sentWhile[phase] += count;
      };

      // Messages flow in both directions all the time: 50 are under way, and every echo sends the next one.
      let going = true;
      socket.on("open", () => send(50));
      socket.on("message", () => going && send(1));
      // From `3probe` on the client holds its messages back, and sends them on the WebSocket after its `5`.
      socket.on("upgrading", () => { phase = "switching"; send(50); });
      socket.on("upgrade", () => { phase = "upgraded"; send(50); });

      await client.settled();
      await client.until("50 more echoes came after the upgrade", () => sentWhile.upgraded >= 100);
      going = false;
      await client.receives(sent);
      assert(sentWhile.probing >= 50 && sentWhile.switching >= 50, JSON.stringify(sentWhile));
      await client.echoes(["nothing is left behind"]);
    });
  }

  test("closes in order when the client goes while it is upgrading", async (t) => {
    const client = new Client(t, server, mode);
    client.socket.on("upgrading", () => client.socket.close());
    assert.equal(await client.closed(), "forced close");
    await isForgotten(client.socket.id, mode);
  });
});

/** Numbered messages, every third one binary. */
function mixed(from, count) {
  return Array.from({ length: count }, (_, at) => {
    const text = `message ${from + at} 🦀`;
    return (from + at) % 3 === 2 ? Buffer.from(text) : text;
  });
}

/**
 * Waits until the server answers "Session ID unknown" for `sid`. It is asked by the other transport's name, which it
 * refuses for a session that lives without harming it.
 */
async function isForgotten(sid, { ends }) {
  const other = ends === "polling" ? "websocket" : "polling";
  const url = `${server.origin}${server.path}?EIO=4&transport=${other}&sid=${encodeURIComponent(sid)}`;
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const answer = await response.text();
    if (response.status === 400 && JSON.parse(answer).code === 1) {
      return assert.equal(answer, '{"code":1,"message":"Session ID unknown"}');
    }
    assert(Date.now() < giveUp, `the server still knows the session: ${response.status} ${answer}`);
    await delay(20);
  }
}
