// npm socket.io-client against the Socket.IO example: a library for Socket.IO can stand on this Engine.IO.

import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { Manager } from "socket.io-client";
import { MODES, PATIENCE_MS, endpoint, pattern } from "./support.mjs";

const address = process.env.ENGINEIO_SOCKETIO_URL;
const skip = address ? false : "ENGINEIO_SOCKETIO_URL names no Socket.IO server";
const NOTHING_WENT_WRONG = ["connect_error", "disconnect"];

const test = (name, body) => it(name, { skip, timeout: 2 * PATIENCE_MS }, body);

for (const mode of MODES) {
  describe(`Socket.IO, ${mode.name}`, () => {
    /** A connection, closed when the test ends. */
    function connection(t) {
      const { origin, path } = endpoint(address);
      const manager = new Manager(origin, { path, transports: mode.transports, reconnection: false, autoConnect: false });
      t.after(() => manager._close());
      return manager;
    }

    /** The socket of a namespace that has been joined. What ends it fails whatever waits for `failed`. */
    async function join(manager, namespace = "/", auth = { token: "🦀", n: 1.5 }) {
      const socket = manager.socket(namespace, { auth });
      const failed = Promise.race(NOTHING_WENT_WRONG.map(async (event) => { throw new Error(`${event}: ${await next(socket, event)}`); }));
      failed.catch(() => {});
      const told = next(socket, "auth");
      socket.connect();
      assert.deepEqual(await Promise.race([told, failed]), [auth]);
      assert.match(socket.id, /^echo-\d+$/);
      return { socket, failed, expect: (event) => Promise.race([next(socket, event), failed]) };
    }

    /** Waits until the connection is on the transport that the mode leads to. */
    async function settle({ engine }) {
      if (mode.upgrades && engine.transport.name !== mode.ends) await once(engine, "upgrade");
      assert.equal(engine.transport.name, mode.ends);
    }

    test("events come back, with bytes wherever they are", async (t) => {
      const manager = connection(t);
      const { socket, expect } = await join(manager);
      const events = [
        [],
        ["text", "€uro 🦀", "", '"\\\u001e\u2028'],
        [1, -0.5, 1e300, true, null, [], {}, [[{ deep: [1] }]]],
        [pattern(3)],
        [pattern(0), { named: pattern(70_000), list: ["between", pattern(1)] }, "after"],
      ];
      for (const again of [false, true]) {
        for (const event of events) {
          const back = expect("message-back");
          socket.emit("message", ...event);
          assert.deepEqual(await back, event);
        }
        if (!again) await settle(manager);
      }
    });

    test("events are acknowledged by either side", async (t) => {
      const manager = connection(t);
      const { socket, expect, failed } = await join(manager);
      socket.on("question", (a, b, answer) => answer(b, a));
      const bytes = pattern(1000);
      for (const again of [false, true]) {
        const acknowledged = (...data) => new Promise((resolve) => socket.emit("message-with-ack", ...data, (...back) => resolve(back)));
        for (const data of [[], ["text", { n: 1 }], [bytes, "and", [bytes]]]) {
          assert.deepEqual(await Promise.race([acknowledged(...data), failed]), data);
        }
        const answer = expect("answer");
        socket.emit("ask", "first", bytes);
        assert.deepEqual(await answer, [bytes, "first"]);
        if (!again) await settle(manager);
      }
    });

    test("events and acknowledgements stay in order, across the upgrade too", async (t) => {
      const manager = connection(t);
      const { socket, failed } = await join(manager);
      const expected = [];
      const back = [];
      let done;
      const all = new Promise((resolve) => (done = resolve));
      const arrived = (...data) => {
        back.push(data);
        if (back.length === expected.length) done();
      };
      socket.on("message-back", arrived);
      const emit = (count) => {
        for (let left = count; left > 0; left--) {
          const n = expected.length;
          const data = n % 3 === 0 ? [n, Buffer.from([n % 256]), Buffer.from("second")] : [n];
          expected.push(data);
          if (n % 2 === 0) socket.emit("message", ...data);
          else socket.emit("message-with-ack", ...data, arrived);
        }
      };
      emit(100);
      await Promise.race([settle(manager), failed]);
      emit(100);
      await Promise.race([all, failed]);
      assert.deepEqual(back, expected);
    });

    test("namespaces share a connection", async (t) => {
      const manager = connection(t);
      const root = await join(manager);
      const custom = await join(manager, "/custom", { other: true });
      assert.notEqual(root.socket.id, custom.socket.id);
      const stranger = manager.socket("/nowhere");
      const refused = next(stranger, "connect_error");
      stranger.connect();
      assert.equal((await Promise.race([refused, root.failed]))[0].message, "Invalid namespace");

      for (const { socket, expect } of [root, custom]) {
        const back = expect("message-back");
        socket.emit("message", socket.id, pattern(5));
        assert.deepEqual(await back, [socket.id, pattern(5)]);
      }
      root.socket.off();
      root.socket.disconnect();
      const back = custom.expect("message-back");
      custom.socket.emit("message", "the other one stays");
      assert.deepEqual(await back, ["the other one stays"]);
    });

    test("a peer that speaks no Socket.IO is let go", async (t) => {
      const manager = connection(t);
      const { socket } = await join(manager);
      await settle(manager);
      const gone = next(socket, "disconnect");
      manager.engine.send("no Socket.IO");
      assert.equal((await gone)[0], "transport close");
    });
  });
}

/** The arguments of the next event of this name. */
function next(socket, event) {
  return new Promise((resolve) => socket.once(event, (...data) => resolve(data)));
}
