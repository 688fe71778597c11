// A page of another origin in a headless Chromium: npm engine.io-client, by its browser bundle, with credentials.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";
import { launch } from "./browser.mjs";
import { Server } from "./differential/server.mjs";
import { PATIENCE_MS } from "./support.mjs";

const command = process.env.ENGINEIO_SERVER;
const skip = command ? false : "ENGINEIO_SERVER names no command of a server that knows --cors and --cookie";
const BUNDLE = new URL("node_modules/engine.io-client/dist/engine.io.min.js", import.meta.url);
const PAGE = '<!doctype html><title>another origin</title><link rel="icon" href="data:,"><script src="/engine.io.js"></script>';

describe("a page of another origin", { skip }, () => {
  let browser, pages, server;

  before(async () => {
    const bundle = await readFile(BUNDLE);
    pages = createServer(({ url }, response) => {
      if (url === "/engine.io.js") response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
      else response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
    });
    await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
    server = await Server.start(command.split(" "), ["--cors", `http://127.0.0.1:${pages.address().port}`, "--cookie", "io", "--ping-interval", "300"]);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    server?.stop();
    pages?.close();
  });

  /** A page of the host's name, and the requests that it has sent to the server. */
  async function visit(t, host) {
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const requests = [];
    page.on("requestfinished", (request) => request.url().includes("/engine.io/") && requests.push(request));
    await page.goto(`http://${host}:${pages.address().port}/`);
    return { context, page, requests };
  }

  /** Connects, echoes a text and bytes on each transport, and tells what came of it. */
  function session(page, transports, ends) {
    return page.evaluate(([port, transports, ends]) => new Promise((resolve, reject) => {
      const socket = eio(`http://127.0.0.1:${port}`, { transports, withCredentials: true });
      socket.binaryType = "arraybuffer";
      const back = [];
      const tell = () => {
        if (back.length < 4 || socket.transport.name !== ends) return;
        const { id } = socket;
        socket.once("close", (reason) => resolve({ id, back, reason }));
        socket.close();
      };
      const send = () => { socket.send("🦀"); socket.send(new Uint8Array([1, 2, 255])); };
      socket.on("open", () => { send(); if (transports.length === 1) send(); });
      socket.on("upgrade", send);
      socket.on("message", (data) => { back.push(typeof data === "string" ? data : [...new Uint8Array(data)]); tell(); });
      socket.on("error", (error) => reject(new Error(`${error.message} ${error.description?.message ?? error.description}`)));
    }), [server.port, transports, ends]);
  }

  for (const [transports, ends] of [[["polling"], "polling"], [["websocket"], "websocket"], [["polling", "websocket"], "websocket"]]) {
    // The reference sets no cookie with a 101.
    const unset = transports[0] === "websocket" && command?.includes("reference.mjs");
    it(`that is listed connects by ${transports.join(", then ")}, with its cookie`, { skip: unset, timeout: 4 * PATIENCE_MS }, async (t) => {
      const { context, page, requests } = await visit(t, "127.0.0.1");
      const { id, back, reason } = await session(page, transports, ends);
      assert.deepEqual(back, ["🦀", [1, 2, 255], "🦀", [1, 2, 255]]);
      assert.equal(reason, "forced close");
      const [cookie] = (await context.cookies()).filter(({ name }) => name === "io");
      assert.deepEqual({ value: cookie?.value, path: cookie?.path, httpOnly: cookie?.httpOnly, sameSite: cookie?.sameSite }, { value: id, path: "/", httpOnly: true, sameSite: "Lax" });
      if (transports[0] !== "polling") return;
      const later = requests.filter((request) => request.url().includes("transport=polling") && request.url().includes("sid="));
      assert(later.length > 0);
      for (const request of later) assert.equal((await request.allHeaders()).cookie, `io=${id}`, request.url());
    });
  }

  it("that is not listed is not let in by polling", { timeout: 4 * PATIENCE_MS }, async (t) => {
    const { page } = await visit(t, "localhost");
    await assert.rejects(session(page, ["polling"], "polling"), /xhr poll error/);
  });
});
