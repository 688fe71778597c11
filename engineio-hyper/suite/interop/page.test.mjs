// The page of the echo example in a headless Chromium, used as a visitor would use it.

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { launch } from "./browser.mjs";
import { PATIENCE_MS, echoServer, pattern } from "./support.mjs";

const { origin } = echoServer();
const SCREENSHOT = process.env.SCREENSHOT ?? join(tmpdir(), "engineio-page.png");
const MODES = [
  { mode: "upgrade", ends: "websocket" },
  { mode: "polling", ends: "polling" },
  { mode: "websocket", ends: "websocket" },
];

/** A test that ends in any case, be it that it waits in several places for what never comes. */
const test = (name, body) => it(name, { timeout: 4 * PATIENCE_MS }, body);

describe("the page", () => {
  let browser;

  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());

  /** A fresh page, and the list of what it complains about. */
  async function visit(t, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1200, height: 760 }, ...options });
    t.after(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (line) => { if (["error", "warning"].includes(line.type())) complaints.push(line.text()); });
    const response = await page.goto(`${origin}/`);
    assert.equal(response.status(), 200);
    assert.match(response.headers()["content-type"], /^text\/html\b/);
    return { page, complaints };
  }

  async function connect(page, { mode, ends }) {
    await page.check(`input[name=mode][value=${mode}]`);
    await page.click("#connect");
    await shows(page, "#state", /^open$/);
    await shows(page, "#transport", new RegExp(`^${ends}$`));
    assert.match(await page.textContent("#sid"), /^\S{8,9}$/);
  }

  const shows = (page, selector, pattern) => page.locator(selector).filter({ hasText: pattern }).waitFor();

  for (const variant of MODES) {
    test(`connects, echoes and disconnects: ${variant.mode}`, async (t) => {
      const { page, complaints } = await visit(t);
      await connect(page, variant);
      if (variant.mode === "upgrade") await shows(page, "#upgraded", /^after [\d.]+ ms$/);
      else assert.equal(await page.textContent("#upgraded"), "–");

      await page.fill("#text", "Hello from Chromium, 🦀!");
      await page.click("#send");
      await shows(page, "#text-result", /^identical · echo in [\d.]+ ms$/);
      await shows(page, "#log li.in .data", "Hello from Chromium, 🦀!");

      await page.setInputFiles("#file", { name: "pattern.bin", mimeType: "application/octet-stream", buffer: pattern(100_000) });
      await shows(page, "#file-result", /^pattern\.bin: identical · 97\.7 KiB back in [\d.]+ ms, SHA-256 [0-9a-f]{12}…$/);
      await page.setInputFiles("#file", { name: "empty.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(0) });
      await shows(page, "#file-result", /^empty\.bin: identical · 0 B back/);

      const pings = Number(await page.textContent("#pings"));
      await page.waitForFunction((least) => Number(document.querySelector("#pings").textContent) >= least, pings + 2);
      assert.match(await page.textContent("#last-ping"), /^\d\d:\d\d:\d\d\.\d{3}$/);
      if (variant.mode === "upgrade") await page.screenshot({ path: SCREENSHOT });

      await page.click("#disconnect");
      await shows(page, "#state", /^closed$/);
      await shows(page, "#reason", /^forced close$/);
      assert.deepEqual(complaints, []);
    });
  }

  test("keeps messages in order across the upgrade", async (t) => {
    const { page, complaints } = await visit(t);
    // One message a turn from the moment of the handshake until 50 turns after the upgrade.
    const sent = page.evaluate(() => new Promise((resolve) => {
      const texts = [];
      let left = 50;
      connect();
      const turn = () => {
        if (session.state === "open") {
          texts.push(`message ${texts.length}`);
          session.send(texts.at(-1));
          if (session.transport === "websocket") left--;
        }
        left > 0 ? setTimeout(turn) : resolve(texts);
      };
      turn();
    }));
    const texts = await sent;
    const echoes = () => page.$$eval("#log li.in", (lines) =>
      lines.filter((line) => line.querySelector(".type").textContent === "message").map((line) => line.querySelector(".data").textContent));
    await page.waitForFunction((last) => [...document.querySelectorAll("#log li.in .data")].some(({ textContent }) => textContent === last), texts.at(-1));
    const received = await echoes();
    // The log is of bounded length, so the oldest may have left it.
    assert(received.length >= Math.min(texts.length, 50), `${received.length} of ${texts.length}`);
    assert.deepEqual(received, texts.slice(-received.length));
    assert.deepEqual(complaints, []);
  });

  test("goes on polling when the WebSocket dies between `3probe` and `5`", async (t) => {
    const { page } = await visit(t);
    await page.routeWebSocket(/transport=websocket/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        socket.send(message);
        if (message === "3probe") socket.close({ code: 1000 });
      });
    });
    // `5` may follow as soon as the poll is over, and the close takes its time from here to the page.
    let release;
    const lost = new Promise((resolve) => { release = resolve; });
    await page.route(/transport=polling.*&sid=/, async (route) => {
      if (route.request().method() === "POST") return route.continue();
      const response = await route.fetch();
      await lost;
      await route.fulfill({ response });
    });
    await connect(page, { mode: "upgrade", ends: "polling" });
    await shows(page, "#log .failed", /^.*not upgraded: /);
    release();
    await page.unrouteAll({ behavior: "wait" });
    await page.fill("#text", "still here");
    await page.click("#send");
    await shows(page, "#text-result", /^identical/);
    assert.equal(await page.textContent("#transport"), "polling");
  });

  test("refuses what polling cannot carry, and says why", async (t) => {
    const { page } = await visit(t);
    await connect(page, { mode: "polling", ends: "polling" });
    await page.fill("#text", "a\u001eb");
    await page.click("#send");
    await shows(page, "#text-result", /^not sent · U\+001E/);
    await page.fill("#text", "and goes on");
    await page.click("#send");
    await shows(page, "#text-result", /^identical/);
  });

  test("reports a server that is not there", async (t) => {
    const { page } = await visit(t);
    await page.route(/transport=polling/, (route) => route.abort());
    await page.click("#connect");
    await shows(page, "#reason", /^transport error$/);
    await shows(page, "#state", /^closed$/);
  });
});
