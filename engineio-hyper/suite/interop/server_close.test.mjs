// A server that greets every session with the text `bye` and then closes it in order: the greeting still arrives.

import assert from "node:assert/strict";
import { it } from "node:test";
import { Client, MODES, PATIENCE_MS, endpoint } from "./support.mjs";

const address = process.env.ENGINEIO_CLOSING_URL;
const skip = address ? false : "ENGINEIO_CLOSING_URL names no server that says `bye` and closes";

for (const mode of MODES) {
  it(`${mode.name}: the last message comes before the close`, { skip, timeout: 2 * PATIENCE_MS }, async (t) => {
    const client = new Client(t, endpoint(address), mode);
    assert.equal(await client.closed(), "transport close");
    assert.deepEqual(client.messages, ["bye"]);
    const told = client.history.filter((event) => ["open", "message", "close"].includes(event));
    assert.deepEqual(told, ["open", "message", "close"]);
  });
}
