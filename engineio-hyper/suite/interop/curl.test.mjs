// curl, which decompresses by itself and keeps cookies, against a server that compresses and sets one.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { Server } from "./differential/server.mjs";
import { PATIENCE_MS } from "./support.mjs";

const run = promisify(execFile);
const command = process.env.ENGINEIO_SERVER;
const skip = reasonToSkip();
const LONG = "🦀 and text that is worth compressing; ".repeat(1000);

function reasonToSkip() {
  if (!command) return "ENGINEIO_SERVER names no command of a server that knows --compression and --cookie";
  try {
    execFileSync("curl", ["--version"]);
    return false;
  } catch {
    if (process.env.CI === "true") throw new Error("there is no curl, and CI uses it");
    return "there is no curl";
  }
}

describe("curl", { skip }, () => {
  let server, scratch;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "engineio-curl-"));
    server = await Server.start(command.split(" "), ["--compression", "--cookie", "io"]);
  });
  after(async () => {
    server?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  /** What it prints: the body, and behind it how the answer was encoded and how many bytes came. */
  async function curl(query, ...options) {
    const url = `http://127.0.0.1:${server.port}/engine.io/?EIO=4&transport=polling${query}`;
    const { stdout } = await run("curl", ["--silent", "--show-error", "--max-time", String(PATIENCE_MS / 1000), "--write-out", "\n%header{content-encoding} %{size_download}", ...options, url], { maxBuffer: 1 << 24 });
    const [body, encoding, size] = /^(.*)\n(\S*) (\d+)$/s.exec(stdout).slice(1);
    return { body, encoding, size: Number(size) };
  }

  // curl names deflate first, and takes all that it names equally well.
  for (const [name, options, encoding] of [["--compressed", ["--compressed"], "deflate"], ["--compressed, from gzip", ["--compressed", "--header", "Accept-Encoding: gzip"], "gzip"], ["as it is", [], ""]]) {
    it(`${name}: a long answer`, { timeout: 4 * PATIENCE_MS }, async () => {
      const jar = join(scratch, `${encoding}.jar`);
      const { sid } = JSON.parse((await curl("", "--cookie-jar", jar)).body.slice(1));
      assert.match(await readFile(jar, "utf8"), new RegExp(`^#HttpOnly_127\\.0\\.0\\.1\tFALSE\t/\tFALSE\t0\tio\t${sid}$`, "m"));
      const session = `&sid=${sid}`;
      assert.equal((await curl(session, "--cookie", jar, "--data-binary", `4${LONG}`, "--header", "Content-Type: text/plain")).body, "ok");
      const answer = await curl(session, "--cookie", jar, ...options);
      assert.equal(answer.encoding, encoding);
      assert(answer.body === `4${LONG}`, `${answer.body.length} characters`);
      const length = Buffer.byteLength(answer.body);
      if (encoding) assert(answer.size < length / 10, `${answer.size} of ${length} bytes came`);
      else assert.equal(answer.size, length);
      assert.equal((await curl(session, "--data-binary", "1")).body, "ok");
    });
  }
});
