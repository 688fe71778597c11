// Pages of another origin in a headless Chromium, which try every way that a page has to reach a server with its visitor's cookies. And pages
// whose host name an attacker lets resolve to the server's address (DNS rebinding).

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as forward } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";
import { Server } from "./differential/server.mjs";
import { PATIENCE_MS } from "./support.mjs";

const command = process.env.ENGINEIO_SERVER;
// The reference has none of these settings.
const skip = !command || command.includes("reference.mjs") ? "ENGINEIO_SERVER names no command of a server that knows --same-origin" : false;
const HANDSHAKE = "/engine.io/?EIO=4&transport=polling";
const FOREIGN = '<!doctype html><title>a foreign page</title><link rel="icon" href="data:,">';

/** Runs in the page: requests `url` in one way, and returns what the page can read of the answer. */
async function request([way, url]) {
  const load = (name, attributes) => new Promise((resolve) => {
    const element = Object.assign(document.createElement(name), attributes);
    element.onload = element.onerror = resolve;
    document.body.append(element);
  });
  const read = async (options) => {
    const response = await fetch(url, options);
    return response.text();
  };
  const submit = async (fields) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "target" });
    const form = Object.assign(document.createElement("form"), { action: url, method: "POST", target: "target", enctype: "text/plain" });
    form.append(Object.assign(document.createElement("input"), fields));
    document.body.append(frame, form);
    form.submit();
    await new Promise((resolve) => { frame.onload = resolve; });
    frame.remove();
  };
  switch (way) {
    case "script": {
      let said = "";
      globalThis.___eio = [(text) => { said = text; }];
      await load("script", { src: url });
      return said;
    }
    case "image": return void (await load("img", { src: url })) ?? "";
    case "frame": return void (await load("iframe", { src: url })) ?? "";
    case "fetch, no-cors": return read({ mode: "no-cors", credentials: "include" });
    case "fetch": return read({ credentials: "include" }).catch(() => "");
    case "a form": return void (await submit({ name: "4from a form", value: "" })) ?? "";
    case "POST, no-cors": return read({ mode: "no-cors", method: "POST", credentials: "include", body: "4from fetch" });
    default: throw new Error(way);
  }
}

/** Runs in the page: whether a WebSocket opens. */
const opens = (url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  socket.onopen = () => { socket.close(); resolve(true); };
  socket.onerror = () => resolve(false);
});

/**
 * A server behind a proxy that sees what no page and no test of one is told: the status of each answer, and the headers of its request. It
 * changes nothing.
 */
async function watched(server) {
  const exchanges = [];
  const proxy = createServer((request, response) => {
    const { method, url: target, headers, rawHeaders } = request;
    const onward = forward({ host: "127.0.0.1", port: server.port, method, path: target, headers: rawHeaders }, (answer) => {
      exchanges.push({ target, headers, status: answer.statusCode });
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  proxy.on("upgrade", ({ method, url, rawHeaders }, socket, head) => {
    const lines = pairs(rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    const onward = connect(server.port, "127.0.0.1", () => onward.write(`${method} ${url} HTTP/1.1\r\n${lines.join("")}\r\n`));
    onward.write(head);
    for (const [from, to] of [[socket, onward], [onward, socket]]) from.on("error", () => to.destroy()).on("close", () => to.destroy()).pipe(to);
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  proxy.unref();
  return { exchanges, port: proxy.address().port, hears: (text) => server.hears(text), lines: () => server.lines() };
}

const pairs = (raw) => raw.flatMap((name, at) => (at % 2 ? [] : [[name, raw[at + 1]]]));

describe("a page of another origin", { skip }, () => {
  let browser, pages, directory;
  const servers = [];

  before(async () => {
    pages = createServer((_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(FOREIGN));
    await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
    directory = await mkdtemp(join(tmpdir(), "engineio-"));
    browser = await launch("--host-resolver-rules=MAP *.test 127.0.0.1");
  });
  after(async () => {
    await browser?.close();
    for (const server of servers) server.stop();
    pages?.close();
    if (directory) await rm(directory, { recursive: true });
  });

  const test = (name, body) => it(name, { timeout: 6 * PATIENCE_MS }, body);

  async function start(...flags) {
    const server = await Server.start(command.split(" "), ["--threads", "1", ...flags]);
    servers.push(server);
    return watched(server);
  }

  const foreign = (host) => `http://${host}:${pages.address().port}`;

  /** A page, whose visitor has a cookie of the server's. */
  async function visit(t, url, visitor = browser) {
    const context = await visitor.newContext();
    t.after(() => context.close());
    await context.addCookies([{ name: "visitor", value: "1", domain: "127.0.0.1", path: "/" }]);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(url);
    return page;
  }

  /** The status of the answer to a request of the page, what the page can read of it, and the headers of the request. */
  async function ask(page, server, way, url) {
    const text = await page.evaluate(request, [way, url]);
    const { pathname, search } = new URL(url);
    const { status, headers } = server.exchanges.findLast((exchange) => exchange.target === pathname + search) ?? {};
    return { status, text, headers };
  }

  /** A session that no page has, which a page may try to post to. */
  async function session(server) {
    const url = `http://127.0.0.1:${server.port}${HANDSHAKE}`;
    const open = await (await fetch(url)).text();
    return `${url}&sid=${JSON.parse(open.slice(1)).sid}`;
  }

  const WAYS = ["script", "image", "frame", "fetch, no-cors", "fetch"];
  const POSTS = ["a form", "POST, no-cors"];

  /** Tries every way to reach a server, and checks the status of each answer, and that the page can read none. */
  async function tryAll(page, server, expected) {
    const http = `http://127.0.0.1:${server.port}${HANDSHAKE}`;
    for (const way of WAYS) {
      const { status, text } = await ask(page, server, way, `${http}&t=${way.replace(/\W/g, "")}`);
      assert.deepEqual({ status, text }, { status: expected, text: "" }, way);
    }
    const url = await session(server);
    for (const way of POSTS) {
      const { status, text } = await ask(page, server, way, url);
      assert.deepEqual({ status, text }, { status: expected, text: "" }, way);
    }
    const socket = await page.evaluate(opens, `ws://127.0.0.1:${server.port}/engine.io/?EIO=4&transport=websocket`);
    assert.equal(socket, expected === 200, "WebSocket");
    // Its messages come after those of the page.
    assert.equal((await fetch(url, { method: "POST", body: "4the last" })).status, 200);
    await server.hears("the last");
    const texts = server.lines().filter((line) => line.startsWith("text: "));
    const posted = ['text: "from a form=\\r\\n"', 'text: "from fetch"'];
    assert.deepEqual(texts, [...(expected === 200 ? posted : []), 'text: "the last"']);
    const opened = server.lines().filter((line) => line === "open").length;
    assert.equal(opened, expected === 200 ? WAYS.length + 2 : 1, "sessions");
  }

  for (const host of ["127.0.0.1", "localhost"]) {
    test(`at ${host} opens sessions unless it is kept out, and can read none`, async (t) => {
      const server = await start();
      const page = await visit(t, foreign(host));
      await tryAll(page, server, 200);
    });

    test(`at ${host} is kept out by --same-origin and by --allowed-origin`, async (t) => {
      const page = await visit(t, foreign(host));
      for (const flags of [["--same-origin"], ["--allowed-origin", "http://a.example"], ["--same-origin", "--allowed-origin", "http://a.example"]]) {
        await tryAll(page, await start(...flags), 403);
      }
    });

    test(`at ${host} reads a session by JSONP only where that is allowed`, async (t) => {
      const page = await visit(t, foreign(host));
      for (const [flags, status, said] of [[["--jsonp"], 200, /^0\{"sid":/], [[], 400, /^$/], [["--same-origin"], 403, /^$/]]) {
        const server = await start(...flags);
        const { status: found, text, headers } = await ask(page, server, "script", `http://127.0.0.1:${server.port}${HANDSHAKE}&j=0`);
        assert.equal(found, status, flags.join());
        assert.match(text, said, flags.join());
        assert.equal(headers.origin, undefined);
        // Cookies are not told apart by ports, so a page at another port has the same site.
        if (host === "127.0.0.1") assert.equal(headers.cookie, "visitor=1");
      }
    });
  }

  test("that is allowed has its sessions, and nothing else of it is let in", async (t) => {
    const origin = foreign("localhost");
    const server = await start("--allowed-origin", origin, "--cors", origin);
    const page = await visit(t, origin);
    const http = `http://127.0.0.1:${server.port}${HANDSHAKE}`;
    const { status, text } = await ask(page, server, "fetch", http);
    assert.equal(status, 200);
    assert.match(text, /^0\{/);
    assert(await page.evaluate(opens, `ws://127.0.0.1:${server.port}/engine.io/?EIO=4&transport=websocket`));
    for (const way of ["script", "image", "frame", "fetch, no-cors"]) {
      assert.equal((await ask(page, server, way, `${http}&t=${way.replace(/\W/g, "")}`)).status, 403, way);
    }
  });

  /** Whether a page of the server's own origin has polls, POSTs and a WebSocket. */
  async function ownPage(page, server, host) {
    return page.evaluate(async ([handshake, socket]) => {
      const opened = await fetch(handshake);
      if (!opened.ok) return { poll: opened.status };
      const url = `${handshake}&sid=${JSON.parse((await opened.text()).slice(1)).sid}`;
      const post = (await fetch(url, { method: "POST", body: "4echo" })).status;
      const poll = await fetch(url);
      const opens = await new Promise((resolve) => {
        const websocket = new WebSocket(`${socket}${url.slice(url.indexOf("&sid="))}`);
        websocket.onopen = () => { websocket.close(); resolve(true); };
        websocket.onerror = () => resolve(false);
      });
      return { poll: poll.status, text: await poll.text(), post, opens };
    }, [HANDSHAKE, `ws://${host}:${server.port}/engine.io/?EIO=4&transport=websocket`]);
  }
  const SERVED = { poll: 200, text: "4echo", post: 200, opens: true };

  test("is none of the server's own, which are let in", async (t) => {
    const server = await start("--same-origin", "--allowed-host", "127.0.0.1", "--allowed-host", "own.test");
    // Not at localhost a browser sends no Sec-Fetch-Site over plain HTTP.
    for (const host of ["127.0.0.1", "own.test"]) {
      const page = await visit(t, `http://${host}:${server.port}/`);
      assert.deepEqual(await ownPage(page, server, host), SERVED, host);
    }
  });

  test("whose name resolves to the server's address is kept out by --allowed-host and by nothing else", async (t) => {
    for (const [flags, expected] of [[["--same-origin"], SERVED], [["--same-origin", "--allowed-host", "127.0.0.1"], { poll: 403 }], [["--allowed-host", "127.0.0.1"], { poll: 403 }]]) {
      const server = await start(...flags);
      const page = await visit(t, `http://rebound.test:${server.port}/`);
      assert.deepEqual(await ownPage(page, server, "rebound.test"), expected, flags.join(" "));
      const socket = await page.evaluate(opens, `ws://rebound.test:${server.port}/engine.io/?EIO=4&transport=websocket`);
      assert.equal(socket, expected === SERVED, flags.join(" "));
    }
  });

  test("can have an image open a session over plain HTTP, which it can neither read nor use", async (t) => {
    const server = await start("--same-origin");
    const page = await visit(t, foreign("evil.test"));
    const url = `http://intranet.test:${server.port}${HANDSHAKE}`;
    const { status, headers } = await ask(page, server, "image", url);
    assert.deepEqual({ status, origin: headers.origin, site: headers["sec-fetch-site"] }, { status: 200, origin: undefined, site: undefined });
    assert.deepEqual((({ status, text }) => ({ status, text }))(await ask(page, server, "fetch", `${url}&t=1`)), { status: 403, text: "" });
    assert(!(await page.evaluate(opens, `ws://intranet.test:${server.port}/engine.io/?EIO=4&transport=websocket`)));
  });

  // What a page of a shell such as Electron sends, and one of a browser.
  for (const [origin, other, ...flags] of [["file://", "null", "--allow-file-access-from-files"], ["null", "file://"]]) {
    test(`that is a local file is let in by the origin ${origin}${flags.map((flag) => `, ${flag}`)}`, async (t) => {
      const browser = await launch(...flags);
      t.after(() => browser.close());
      const file = join(directory, "page.html");
      await writeFile(file, FOREIGN);
      const page = await visit(t, pathToFileURL(file).href, browser);
      for (const [allowed, let_in] of [[origin, true], [other, false]]) {
        const server = await start("--allowed-origin", allowed);
        assert.equal(await page.evaluate(opens, `ws://127.0.0.1:${server.port}/engine.io/?EIO=4&transport=websocket`), let_in, allowed);
        assert.equal((await ask(page, server, "fetch", `http://127.0.0.1:${server.port}${HANDSHAKE}`)).status, let_in ? 200 : 403, allowed);
      }
    });
  }
});
