// npm engine.io-client@3, which speaks protocol 3, against an echo server that was started with `--allow-eio3`.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import Socket from "engine.io-client-v3";
import { PATIENCE_MS, echoServer } from "./support.mjs";

const skip = process.env.ENGINEIO_EIO3 ? false : "the server is not told to allow protocol 3";

const MODES = [
  { name: "polling only", options: { transports: ["polling"] }, ends: "polling" },
  { name: "polling only, base64", options: { transports: ["polling"], forceBase64: true }, ends: "polling" },
  { name: "websocket only", options: { transports: ["websocket"] }, ends: "websocket" },
  { name: "websocket only, base64", options: { transports: ["websocket"], forceBase64: true }, ends: "websocket" },
  { name: "polling, then upgrading", options: { transports: ["polling", "websocket"] }, ends: "websocket" },
];

const same = (sent, back) =>
  typeof sent === "string" ? back === sent : typeof back !== "string" && Buffer.compare(sent, Buffer.from(back)) === 0;

for (const { name, options, ends } of MODES) {
  describe(`protocol 3, ${name}`, { skip }, () => {
    const { origin, path } = skip ? {} : echoServer();

    it("echoes text and bytes in order, over heartbeats too", { timeout: 2 * PATIENCE_MS }, async () => {
      const socket = new Socket(origin, { path, ...options });
      const sent = ["plain", "€uro and 🦀", "with \u{1e} in it", Buffer.from([1, 2, 255]), Buffer.alloc(65_536, 7), "4"];
      for (let number = 0; number < 200; number++) {
        sent.push(number % 3 === 0 ? Buffer.from([number]) : `number ${number}`);
      }
      const back = [];
      let pongs = 0;
      const done = new Promise((resolve, reject) => {
        const check = () => {
          if (back.length === sent.length && pongs >= 3 && socket.transport.name === ends) resolve();
        };
        socket.on("message", (message) => (back.push(message), check()));
        socket.on("pong", () => (pongs++, check()));
        socket.on("upgrade", check);
        socket.on("close", (reason) => reject(new Error(`closed: ${reason}`)));
      });
      socket.on("open", () => sent.forEach((message) => socket.send(message)));
      await done;
      assert.equal(back.length, sent.length);
      sent.forEach((message, index) => assert(same(message, back[index]), `message ${index}`));
      socket.removeAllListeners("close");
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.close();
      assert.equal(await closed, "forced close");
    });
  });
}
