// A server under test: a process that says where it listens, and with `--log` what its sessions say and why they end.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const PATIENCE_MS = 30_000;

export class Server {
  /** What it has printed since the last `take`. */
  #log = [];
  #wake = () => {};
  #died = false;

  /** Starts `command`, with these flags behind its own. */
  static async start(command, flags) {
    const server = new Server(spawn(command[0], [...command.slice(1), "--addr", "127.0.0.1:0", "--log", ...flags], { stdio: ["ignore", "pipe", "inherit"] }));
    await server.#until("listens", () => server.port !== undefined);
    return server;
  }

  constructor(child) {
    this.child = child;
    child.on("exit", () => {
      this.#died = true;
      this.#wake();
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const address = /^listening on http:\/\/127\.0\.0\.1:(\d+)\//.exec(line);
      if (address) this.port = Number(address[1]);
      else this.#log.push(line);
      this.#wake();
    });
  }

  async #until(what, condition) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MS);
    while (!condition()) {
      if (this.#died || late) throw new Error(`${this.child.spawnargs.join(" ")}: ${this.#died ? "died" : `not within ${PATIENCE_MS} ms`}, before it ${what}; ${JSON.stringify(this.#log)}`);
      await new Promise((resolve) => (this.#wake = resolve));
    }
    clearTimeout(timer);
  }

  /** Waits until it says that a message has arrived which ends with this text. */
  async hears(text) {
    await this.#until(`hears ${text}`, () => this.#log.some((line) => line.startsWith("text: ") && JSON.parse(line.slice(6)).endsWith(text)));
  }

  /** What it says of `opened` sessions, once all of them are over. */
  async take(opened) {
    const count = (pattern) => this.#log.filter((line) => pattern.test(line)).length;
    await this.#until(`has ended ${opened} sessions`, () => count(/^closed: /) >= opened && count(/^open$/) >= opened);
    const log = this.#log;
    this.#log = [];
    return log;
  }

  /** What it has printed so far. */
  lines() {
    return [...this.#log];
  }

  stop() {
    this.child.kill();
  }
}
