// Requests of a session that overlap, are left or are cut, and several on one connection.

import { request } from "../peer.mjs";

const cases = [];
const add = (name, run, server = "plain") => cases.push({ name, server, run });

add("a poll waits for a message", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  await peer.tell("a");
  await peer.answer(parked);
});
add("two messages, two polls", async (peer) => {
  await peer.open();
  await peer.post("bAQID");
  await peer.tell("a");
  await peer.poll();
  await peer.tell("c", { body: "4b\u001e4c" });
  await peer.poll();
});
add("two polls at once", async (peer) => {
  await peer.open();
  const first = await peer.begin("GET", peer.polling());
  const second = await peer.begin("GET", peer.polling());
  await peer.answer(second);
  await peer.answer(first);
  await peer.tell("a");
});
add("two POSTs at once", async (peer) => {
  await peer.open();
  const raw = request("POST", peer.polling(), { "Content-Length": 3 }, "4");
  const first = await peer.begin("POST", peer.polling(), { raw });
  await peer.tell("b");
  first.connection.write("a!");
  await peer.answer(first);
  await peer.poll();
});
add("two POSTs at once, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  const first = await peer.begin("POST", peer.polling(), { raw: request("POST", peer.polling(), { "Content-Length": 3 }, "4") });
  await peer.tell("b");
  await peer.answer(parked);
  first.connection.write("a!");
  await peer.answer(first);
});
add("the client closes", async (peer) => {
  await peer.open();
  await peer.post("1");
  await peer.poll();
});
add("the client closes, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  await peer.post("1");
  await peer.answer(parked);
});
add("the client closes behind a message, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  await peer.post("4a\u001e1");
  await peer.answer(parked);
});
add("nonsense, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  await peer.post("x");
  await peer.answer(parked);
});
add("a body over the limit, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  await peer.post(`4${"x".repeat(1000)}`);
  await peer.post("1");
  await peer.answer(parked);
});
add("a poll is left", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  parked.connection.destroy();
});
add("a POST is left", async (peer) => {
  await peer.open();
  const half = await peer.begin("POST", peer.polling(), { raw: request("POST", peer.polling(), { "Content-Length": 3 }, "4") });
  half.connection.destroy();
});
add("a POST is left, a poll waiting", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  const half = await peer.begin("POST", peer.polling(), { raw: request("POST", peer.polling(), { "Content-Length": 3 }, "4") });
  half.connection.destroy();
  await peer.answer(parked);
});
add("a body in two parts", async (peer) => {
  await peer.open();
  const begun = await peer.begin("POST", peer.polling(), { raw: request("POST", peer.polling(), { "Content-Length": 4 }, Buffer.from([0x34, 0xe2])) });
  begun.connection.write(Buffer.from([0x82, 0xac]));
  await peer.answer(begun);
  await peer.poll();
});
add("several requests on one connection", async (peer) => {
  const first = await peer.begin("GET", "/engine.io/?EIO=4&transport=polling");
  await peer.answer(first);
  const on = first.connection;
  for (const body of ["a", "b"]) {
    await peer.tell(body, { on });
    await peer.answer(await peer.begin("GET", peer.polling(), { on }));
  }
  await peer.answer(await peer.begin("GET", "/engine.io/?EIO=4&transport=polling&sid=nobody", { on }));
  await peer.answer(await peer.begin("POST", peer.polling(), { on, body: "1" }));
});
add("requests that do not wait for each other's answers, on one connection", async (peer) => {
  await peer.open();
  const raw = Buffer.concat([request("POST", peer.polling(), {}, "4a"), request("POST", "/engine.io/?EIO=4&transport=polling&sid=nobody", {}, "4b"), request("GET", "/engine.io/?EIO=4&transport=carrier")]);
  const begun = await peer.begin("POST", peer.polling(), { raw });
  for (let count = 0; count < 3; count++) await peer.answer(begun);
  await peer.poll();
});
add("a poll with a body", async (peer) => {
  await peer.open();
  await peer.tell("a");
  await peer.poll({ body: "4b" });
});
add("a handshake with a body", (peer) => peer.ask("GET", "/engine.io/?EIO=4&transport=polling", { body: "4b" }));

for (const [name, raw] of [
  ["HTTP/1.0", "GET /engine.io/?EIO=4&transport=polling HTTP/1.0\r\n\r\n"],
  ["no Host", "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\n\r\n"],
  ["a method of its own", "ENGINE /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["no HTTP", "hello\r\n\r\n"],
  ["a fragment", "GET /engine.io/?EIO=4&transport=polling#x HTTP/1.1\r\nHost: a\r\n\r\n"],
  ["a header name that is none", "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nbad name: x\r\n\r\n"],
  ["two lengths", "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["a length and chunks", "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
  ["a length that is no number", "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"],
]) {
  add(`a request with ${name}`, (peer) => peer.ask("GET", "raw", { raw }));
}

export default cases;
