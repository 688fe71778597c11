// WebSocket: upgrades good and bad, frames of all kinds, and every order in which a session may be upgraded.

import { OPCODE, frame } from "../connection.mjs";
import { KEY, UPGRADE } from "../peer.mjs";

const cases = [];
const add = (name, run, server = "plain") => cases.push({ name, server, run });
const { text, binary, continuation, close, ping, pong } = OPCODE;
const LIMIT = 1000; // as the servers are started

// The upgrade request.
for (const [name, method, headers] of [
  ["as it should be", "GET", {}],
  ["with other headers in Connection", "GET", { Connection: "keep-alive, Upgrade" }],
  ["in capitals", "GET", { Connection: "UPGRADE", Upgrade: "WebSocket" }],
  ["with no key", "GET", { "Sec-WebSocket-Key": null }],
  ["with an empty key", "GET", { "Sec-WebSocket-Key": "" }],
  ["with a short key", "GET", { "Sec-WebSocket-Key": "AAAA" }],
  ["with a key that is no base64", "GET", { "Sec-WebSocket-Key": "!".repeat(24) }],
  ["with a key of other trailing bits", "GET", { "Sec-WebSocket-Key": KEY.replace("Q==", "R==") }],
  ["with two keys", "GET", { "Sec-WebSocket-Key": [KEY, KEY] }],
  ["with no version", "GET", { "Sec-WebSocket-Version": null }],
  ["of version 8", "GET", { "Sec-WebSocket-Version": "8" }],
  ["of version 12", "GET", { "Sec-WebSocket-Version": "12" }],
  ["of version 14", "GET", { "Sec-WebSocket-Version": "14" }],
  ["by POST", "POST", {}],
  ["by PUT", "PUT", {}],
  ["without Upgrade", "GET", { Upgrade: null }],
  ["without Connection", "GET", { Connection: null }],
  ["to something else", "GET", { Upgrade: "h2c" }],
  ["to one of two", "GET", { Upgrade: "h2c, websocket" }],
  ["with a subprotocol", "GET", { "Sec-WebSocket-Protocol": "chat, superchat" }],
  ["with permessage-deflate offered", "GET", { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" }],
  ["with an extension that is nonsense", "GET", { "Sec-WebSocket-Extensions": "=;" }],
  ["with an Origin", "GET", { Origin: "http://a.example" }],
  ["with a strange Origin", "GET", { Origin: "http://a\u0001b" }],
]) {
  const merged = Object.fromEntries(Object.entries({ ...UPGRADE, ...headers }).filter(([, value]) => value !== null));
  const options = { headers: merged };
  for (const transport of ["websocket", "polling"]) {
    add(`an upgrade ${name}, transport=${transport}`, async (peer) => {
      const websocket = await peer.switch(method, `/engine.io/?EIO=4&transport=${transport}`, options);
      await websocket?.frames(1);
    });
  }
  add(`an upgrade ${name}, of a session`, async (peer) => {
    await peer.open();
    await peer.switch(method, `/engine.io/?EIO=4&transport=websocket&sid=${peer.sid}`, options);
    await peer.tell("on");
    await peer.poll();
  });
}
for (const query of ["sid=nobody&transport=websocket", "sid=nobody&transport=polling", "transport=webtransport", "transport=carrier", "", "EIO=4", "EIO=4&transport=websocket&sid=", "EIO=4&transport=websocket&EIO=4"]) {
  add(`an upgrade with ${query || "no query"}`, async (peer) => {
    const websocket = await peer.switch("GET", `/engine.io/?${query}`, { headers: UPGRADE });
    await websocket?.frames(1);
  });
}

// Frames on a WebSocket session; if it goes on, the echo of the last one shows it.
for (const [name, ...frames] of [
  ["a text", "4text €"], ["an empty message", "4"], ["bytes", frame(binary, [1, 2, 255])], ["empty bytes", frame(binary)], ["base64", "bAQID"], ["base64 of nothing", "b"], ["bad base64", "b!"], ["base64 with line breaks", "bAQ\r\nID"],
  ["a separator", "4a\u001e4b"], ["an empty text", ""], ["an unknown type", "9"], ["no type", "x"], ["a pong", "3"], ["a pong with text", "3x"], ["a ping", "2"], ["a probe", "2probe"], ["a close", "1"], ["a close, then a message", "1", "4a"],
  ["an open", "0"], ["an upgrade", "5"], ["a noop", "6"], ["a message, then nonsense, then a message", "4a", "9", "4b"],
  ["a WebSocket ping", frame(ping, "hi")], ["a WebSocket pong", frame(pong, "hi")], ["an empty WebSocket ping", frame(ping)], ["a ping of 125 B", frame(ping, "x".repeat(125))], ["a ping of 126 B", frame(ping, "x".repeat(126))],
  ["a ping in pieces", frame(ping, "a", { fin: false })], ["a text in pieces", frame(text, "4a", { fin: false }), frame(continuation, "b", { fin: false }), frame(continuation, "c")],
  ["a text in pieces, a ping between", frame(text, "4a", { fin: false }), frame(ping, "p"), frame(continuation, "c")], ["bytes in pieces", frame(binary, [1], { fin: false }), frame(continuation, [2])], ["a character in pieces", frame(text, Buffer.from("34e2", "hex"), { fin: false }), frame(continuation, Buffer.from("82ac", "hex"))],
  ["a piece of nothing", frame(continuation, "a")], ["a text within a text", frame(text, "4a", { fin: false }), frame(text, "4b")], ["a frame that is not masked", frame(text, "4a", { masked: false })], ["a reserved bit", frame(text, "4a", { reserved: 0x40 })], ["another reserved bit", frame(text, "4a", { reserved: 0x20 })],
  ["an opcode that is reserved", frame(3, "a")], ["a control opcode that is reserved", frame(11, "a")], ["bad UTF-8", frame(text, Buffer.from("34ff", "hex"))], ["cut UTF-8", frame(text, Buffer.from("34e282", "hex"))], ["a surrogate", frame(text, Buffer.from("34eda080", "hex"))],
  ["a text at the limit", `4${"x".repeat(LIMIT - 1)}`], ["a text over the limit", `4${"x".repeat(LIMIT)}`], ["bytes at the limit", frame(binary, Buffer.alloc(LIMIT, 1))], ["bytes over the limit", frame(binary, Buffer.alloc(LIMIT + 1, 1))], ["a length of 4 GiB", frame(binary, "a", { length: 0xffffffff })],
  ["a length over the limit, in pieces", frame(binary, Buffer.alloc(LIMIT, 1), { fin: false }), frame(continuation, "a")], ["a length that is not the shortest", Buffer.from("81fe000212345678267b", "hex")],
  ["a Close", frame(close)], ["a Close with 1000", frame(close, Buffer.from("03e8", "hex"))], ["a Close with 1001 and text", frame(close, Buffer.from("03e9627965", "hex"))], ["a Close with 4000", frame(close, Buffer.from("0fa0", "hex"))], ["a Close of one byte", frame(close, [3])],
  ["a Close with 999", frame(close, Buffer.from("03e7", "hex"))], ["a Close with 1005", frame(close, Buffer.from("03ed", "hex"))], ["a Close with bad UTF-8", frame(close, Buffer.from("03e8ff", "hex"))], ["a message, then a Close", "4a", frame(close)], ["a Close, then a message", frame(close), "4a"],
]) {
  const payload = (one) => (typeof one === "string" ? one : null);
  // What ends the session is known by its last frame; what does not is followed by a message.
  add(`on WebSocket: ${name}`, async (peer) => {
    const websocket = await peer.websocketSession();
    websocket.say(...frames, "4END");
    await websocket.until("4END");
  });
  if (frames.every((one) => payload(one) !== null)) {
    add(`on WebSocket, protocol 3: ${name}`, async (peer) => {
      const websocket = await peer.websocketSession("EIO=3");
      websocket.say(...frames, "4END");
      await websocket.until("4END");
    }, "eio3");
  }
}
for (const [name, bytes] of [["a message", [4, 1, 2]], ["an empty message", [4]], ["nothing", []], ["a ping", [2]], ["an unknown type", [9, 1]], ["a digit", [0x34, 1]]]) {
  for (const b64 of ["", "&b64=1"]) {
    add(`bytes on WebSocket, protocol 3${b64}: ${name}`, async (peer) => {
      const websocket = await peer.websocketSession(`EIO=3${b64}`);
      websocket.say(frame(binary, bytes), "4END");
      await websocket.until("4END");
    }, "eio3");
  }
}
add("bytes on WebSocket with b64=1", async (peer) => {
  const websocket = await peer.websocketSession("EIO=4&b64=1");
  websocket.say(frame(binary, [1, 2, 3]), "bAQID", "4END");
  await websocket.until("4END");
});
add("the connection breaks", async (peer) => (await peer.websocketSession()).destroy());

// A candidate for a session on polling: what it says first, and whether the session goes on over what.
for (const [name, ...frames] of [
  ["nothing, and leaves"], ["the probe, and leaves", "2probe"], ["the probe twice", "2probe", "2probe"], ["an upgrade without a probe", "5"], ["a message", "4early"], ["bytes", frame(binary, [1])], ["a ping", "2"], ["a probe of another name", "2other"], ["a pong", "3probe"],
  ["a noop", "6"], ["a close", "1"], ["an open", "0"], ["nonsense", "x"], ["an empty text", ""], ["a message after the probe", "2probe", "4early"], ["nonsense after the probe", "2probe", "x"], ["a close after the probe", "2probe", "1"], ["a Close frame", frame(close)],
  ["a WebSocket ping", frame(ping, "a")], ["a frame that is not masked", frame(text, "2probe", { masked: false })], ["bad UTF-8", frame(text, [0x32, 0xff])],
]) {
  add(`a candidate says: ${name}`, async (peer) => {
    await peer.open();
    const websocket = await peer.upgrade();
    if (frames.length > 0) websocket.say(...frames);
    if (/probe/.test(name) && frames[0] === "2probe") await websocket.frames(1);
    websocket.say(frame(close));
    await websocket.end();
    await peer.tell("on");
    await peer.poll();
  });
}
add("an upgrade as it should be, then everything else is refused", async (peer) => {
  await upgraded(peer);
  await peer.tell("post");
  await peer.poll();
  await peer.ask("PUT", peer.polling());
  const second = await peer.upgrade();
  await second?.end();
});
add("an upgrade, all of it said at once", async (peer) => {
  await peer.open();
  const websocket = await peer.upgrade();
  websocket.say("2probe", "5", "4a", frame(binary, [1]));
  await websocket.frames(3);
});
add("what is sent before the upgrade comes after it", async (peer) => {
  await peer.open();
  await peer.tell("one");
  const websocket = await peer.upgrade();
  websocket.say("2probe");
  await websocket.frames(1);
  await peer.tell("two");
  websocket.say("5", "4three");
  await websocket.frames(3);
});
add("a poll is answered at the probe, with nothing", async (peer) => {
  await peer.open();
  const parked = await peer.begin("GET", peer.polling());
  const websocket = await peer.upgrade();
  websocket.say("2probe");
  await websocket.frames(1);
  await peer.answer(parked);
  websocket.say("5", "4a");
  await websocket.frames(1);
});
add("polls go on during a probe, with what there is", async (peer) => {
  await peer.open();
  const websocket = await peer.upgrade();
  websocket.say("2probe");
  await websocket.frames(1);
  await peer.tell("a");
  await peer.poll();
  await peer.poll();
  await peer.tell("b");
  await peer.poll();
});
add("a poll that waits when the upgrade is done", async (peer) => {
  await peer.open();
  const websocket = await peer.upgrade();
  const parked = await peer.begin("GET", peer.polling());
  websocket.say("2probe", "5", "4a");
  await websocket.frames(2);
  await peer.answer(parked);
});
add("a second candidate", async (peer) => {
  await peer.open();
  const first = await peer.upgrade();
  const second = await peer.upgrade();
  await second?.end();
  first.say("2probe");
  await first.frames(1);
  first.say("5", "4a");
  await first.frames(1);
});
add("a second candidate after the probe", async (peer) => {
  await peer.open();
  const first = await peer.upgrade();
  first.say("2probe");
  await first.frames(1);
  const second = await peer.upgrade();
  await second?.end();
  first.say("5", "4a");
  await first.frames(1);
});
add("a second candidate after the first has failed", async (peer) => {
  await peer.open();
  const first = await peer.upgrade();
  first.say("x");
  await first.end();
  const second = await peer.upgrade();
  second.say("2probe");
  await second.frames(1);
  second.say("5", "4a");
  await second.frames(1);
});
for (const version of ["EIO=3", "", "EIO=5"]) {
  add(`an upgrade with ${version || "no EIO"} of a session of protocol 4`, async (peer) => {
    await peer.open();
    const websocket = await peer.websocket(`${version}&sid=${peer.sid}`);
    websocket?.say("2probe");
    await websocket?.frames(1);
    await peer.tell("on");
    await peer.poll();
  }, "eio3");
}
add("an upgrade of protocol 3", async (peer) => {
  await peer.open("EIO=3");
  const websocket = await peer.websocket(`EIO=3&sid=${peer.sid}`);
  websocket.say("2probe");
  await websocket.frames(1);
  websocket.say("5", "4a", frame(binary, [4, 1]), "2");
  await websocket.frames(3);
}, "eio3");
add("the client closes by polling during a probe", async (peer) => {
  await peer.open();
  const websocket = await peer.upgrade();
  websocket.say("2probe");
  await websocket.frames(1);
  await peer.post("1");
  await websocket.end();
});

async function upgraded(peer) {
  await peer.open();
  const websocket = await peer.upgrade();
  websocket.say("2probe");
  await websocket.frames(1);
  websocket.say("5", "4a");
  await websocket.frames(1);
  return websocket;
}

export default cases;
