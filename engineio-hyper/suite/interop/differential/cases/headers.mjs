// What pages of other origins are told, the session's cookie, and compression.

import { UPGRADE } from "../peer.mjs";

const cases = [];
const add = (name, server, run) => cases.push({ name: `${name}, ${server}`, server, run });
const ORIGINS = { none: null, listed: "http://a.example", other: "http://b.example", "with a port": "http://a.example:81", null: "null", "in capitals": "HTTP://A.EXAMPLE" };
const POLLING = "/engine.io/?EIO=4&transport=polling";

// `cors` lets in http://a.example with credentials, and sets a cookie; `any` lets in everybody without.
for (const server of ["plain", "cors", "any"]) {
  for (const [name, origin] of Object.entries(ORIGINS)) {
    const headers = origin === null ? {} : { Origin: origin };
    const asked = { ...headers, "Access-Control-Request-Method": "POST" };
    add(`a handshake, origin ${name}`, server, (peer) => peer.ask("GET", POLLING, { headers }));
    add(`a refused handshake, origin ${name}`, server, (peer) => peer.ask("GET", "/engine.io/?EIO=4&transport=carrier", { headers }));
    add(`OPTIONS, origin ${name}`, server, (peer) => peer.ask("OPTIONS", POLLING, { headers }));
    add(`a preflight, origin ${name}`, server, (peer) => peer.ask("OPTIONS", POLLING, { headers: { ...asked, "Access-Control-Request-Headers": "content-type, x-other" } }));
    add(`a preflight for a session, origin ${name}`, server, async (peer) => {
      await peer.open();
      await peer.ask("OPTIONS", peer.polling(), { headers: asked });
    });
    add(`messages, origin ${name}`, server, async (peer) => {
      await peer.open();
      await peer.tell("a", { headers });
      await peer.poll({ headers });
      await peer.ask("PUT", peer.polling(), { headers });
    });
    add(`a WebSocket, origin ${name}`, server, (peer) => peer.websocketSession("EIO=4", headers));
    add(`a refused WebSocket, origin ${name}`, server, (peer) => peer.ask("GET", "/engine.io/?EIO=4&transport=websocket&sid=nobody", { headers: { ...UPGRADE, ...headers } }));
    add(`another path, origin ${name}`, server, (peer) => peer.ask("GET", "/other", { headers }));
  }
  add("a session that is upgraded has its cookie once", server, async (peer) => {
    await peer.open();
    const websocket = await peer.upgrade();
    websocket.say("2probe");
    await websocket.frames(1);
    websocket.say("5", "4a");
    await websocket.frames(1);
  });
}

// Answers to polls from 1024 bytes on.
for (const accepted of [null, "gzip", "deflate", "gzip, deflate, br", "deflate, gzip", "br", "*", "identity", "gzip;q=0", "gzip;q=0.1, deflate;q=0.9", "GZIP", "", "gzip;q=nonsense", "x-gzip"]) {
  for (const length of [100, 1023, 1024, 3000]) {
    if (length !== 3000 && accepted !== "gzip") continue;
    add(`an answer of ${length} B, accepted: ${accepted}`, "compression", async (peer) => {
      await peer.open();
      await peer.tell("x".repeat(length - 1));
      hideCompressed(peer, await peer.poll({ headers: accepted === null ? {} : { "Accept-Encoding": accepted } }));
    });
  }
}

// What one message asks for: an answer is compressed if one of its messages may be.
for (const [name, messages] of [
  ["not to be compressed", ["!" + "x".repeat(2000)]],
  ["not to be compressed, twice", ["!" + "x".repeat(2000), "!" + "y".repeat(2000)]],
  ["not to be compressed, with a short one that may be", ["!" + "x".repeat(2000), "y"]],
  ["that may be compressed, with one that may not", ["y".repeat(2000), "!" + "x".repeat(2000)]],
]) {
  add(`an answer ${name}`, "compression", async (peer) => {
    await peer.open();
    for (const message of messages) await peer.tell(message);
    hideCompressed(peer, await peer.poll({ headers: { "Accept-Encoding": "gzip" } }));
  });
}

/** That the bytes are the same is for the libraries to know; that they decode is tested elsewhere. */
function hideCompressed(peer, response) {
  if (response.headers.some(([name]) => name === "content-encoding")) peer.lines.push(peer.lines.pop().replace(/ \| [^|]*$/, " | compressed"));
}

export default cases;
