// Single requests: methods, paths, queries and headers, with no session, with one that nobody knows, and with one.

const METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"];
const TRANSPORTS = ["", "&transport=polling", "&transport=websocket", "&transport=webtransport", "&transport=carrier", "&transport="];
const VERSIONS = ["", "EIO=4", "EIO=3", "EIO=5", "EIO=04", "EIO=abc", "EIO="];
const cases = [];
const add = (name, run, server = "plain") => cases.push({ name, server, run });

for (const method of METHODS) {
  for (const transport of TRANSPORTS) {
    for (const sid of ["", "&sid=nobody"]) {
      const target = `/engine.io/?EIO=4${transport}${sid}`;
      add(`${method} ${target}`, (peer) => peer.ask(method, target));
    }
  }
}

for (const server of ["plain", "eio3"]) {
  for (const version of VERSIONS) {
    for (const rest of ["&transport=polling", "&transport=websocket", "&transport=polling&sid=nobody"]) {
      const target = `/engine.io/?${version}${rest}`;
      add(`GET ${target}, ${server}`, (peer) => peer.ask("GET", target), server);
    }
    const target = `/engine.io/?${version}&transport=websocket`;
    add(`upgrade ${target}, ${server}`, (peer) => peer.websocketSession(version), server);
  }
}

// With a session: what must not park is asked for; it goes on or not, as the POST shows.
for (const method of METHODS) {
  for (const transport of TRANSPORTS) {
    if (transport === "&transport=polling" && ["GET", "POST"].includes(method)) continue;
    add(`${method} ${transport || "without a transport"} of a session`, async (peer) => {
      const sid = await peer.open();
      await peer.ask(method, `/engine.io/?EIO=4${transport}&sid=${sid}`);
      await peer.tell("on");
    });
  }
}
for (const version of ["", "EIO=3", "EIO=5", "EIO=abc", "EIO=4&EIO=4", "EIO=4&EIO=3", "EIO=3&EIO=4"]) {
  add(`POST of a session, with ${version || "no EIO"}`, async (peer) => {
    await peer.open();
    await peer.post("4one", { query: version });
    await peer.tell("two");
  });
}
// A GET or POST by the polling name, of a session on WebSocket.
for (const [method, transport] of [["GET", "polling"], ["POST", "polling"], ["POST", "websocket"]]) {
  add(`${method} transport=${transport} of a session on WebSocket`, async (peer) => {
    const websocket = await peer.websocketSession();
    await peer.ask(method, `/engine.io/?EIO=4&transport=${transport}&sid=${peer.sid}`);
    websocket.say("4on");
    await websocket.frames(1);
  });
}

const QUERY = "?EIO=4&transport=polling";
for (const path of [
  "/engine.io", "/engine.io/", "/engine.io//", "/engine.io/foo", "/engine.io/foo/bar/", "/engine.iox/", "/Engine.io/", "//engine.io/",
  "/engine%2Eio/", "/engine.io%2F", "/./engine.io/", "/x/../engine.io/", "/engine.io/.", "http://localhost/engine.io/", "http://other:1/engine.io/",
]) {
  add(`GET ${path}, by its path`, (peer) => peer.ask("GET", path + QUERY));
}

for (const query of [
  "", "?", "?&", "?EIO=4", "?transport=polling", "?eio=4&TRANSPORT=polling", "?EIO=4&transport=Polling", "?EIO=4;transport=polling",
  "?&&EIO=4&&transport=polling&&", "?EIO=4&transport=%70olling", "?E%49O=4&transport=polling", "?EIO=%34&transport=polling", "?EIO=4&transport=polling%20",
  "?EIO=+4&transport=polling", "?EIO=4&transport=polling&transport=polling", "?EIO=4&transport=polling&transport=websocket",
  "?EIO=4&transport=websocket&transport=polling", "?EIO=4&transport=polling&EIO=3", "?EIO=3&transport=polling&EIO=4", "?EIO=4&transport=polling&t=x&other=%zz&=&a=b=c",
  "?EIO=4&transport[]=polling", "?EIO=4&transport=constructor", "?EIO=4&transport=__proto__", "?EIO=4.0&transport=polling", "?EIO=4&transport=polling?x",
  "?EIO=4&transport=polling&sid=", "?EIO=4&transport=polling&sid", "?EIO=4&transport=polling&sid=&sid=",
]) {
  add(`GET with the query ${query}`, (peer) => peer.ask("GET", `/engine.io/${query}`));
}
for (const [name, sid] of [
  ["__proto__", "__proto__"], ["constructor", "constructor"], ["hasOwnProperty", "hasOwnProperty"], ["percent", "%41%42"], ["bad percent", "%"], ["emoji", "%F0%9F%A6%80"],
  ["not UTF-8", "%ff%fe"], ["zero", "%00"], ["line break", "a%0d%0ab"], ["of 4000 characters", "a".repeat(4000)],
]) {
  for (const method of ["GET", "POST"]) {
    add(`${method} with a strange session id: ${name}`, (peer) => peer.ask(method, `/engine.io/${QUERY}&sid=${sid}`));
  }
}
add("the session id is compared exactly", async (peer) => {
  const sid = await peer.open();
  const escaped = [...sid].map((character) => `%${character.charCodeAt(0).toString(16)}`).join("");
  for (const [as, other] of [["longer", `${sid}x`], ["without its first", sid.slice(1)], ["without its last", sid.slice(0, -1)], ["behind a blank", `%20${sid}`], ["with a zero", `${sid}%00`], ["escaped", escaped]]) {
    await peer.ask("POST", `/engine.io/${QUERY}&sid=${other}`, { body: `4${as}`, as });
  }
});
add("the session id twice", async (peer) => {
  const sid = await peer.open();
  await peer.ask("POST", `/engine.io/${QUERY}&sid=${sid}&sid=${sid}`, { body: "4same" });
  await peer.ask("POST", `/engine.io/${QUERY}&sid=nobody&sid=${sid}`, { body: "4last" });
  await peer.ask("POST", `/engine.io/${QUERY}&sid=${sid}&sid=nobody`, { body: "4first" });
});

for (const [name, headers] of [
  ["Origin", { Origin: "http://a.example" }], ["an Origin of null", { Origin: "null" }], ["an empty Origin", { Origin: "" }], ["a strange Origin", { Origin: "not an origin" }],
  ["an Origin that is not ASCII", { Origin: "http://\u00fc.example" }], ["an Origin with a control character", { Origin: "http://a\u0001b" }],
  ["the agent of an old browser", { "User-Agent": "Mozilla/4.0 (compatible;MSIE 8.0)" }], ["the agent of another", { "User-Agent": "Mozilla/5.0 Trident/7.0" }],
  ["Accept-Encoding", { "Accept-Encoding": "gzip, deflate, br" }], ["Cookie", { Cookie: "io=abc; a=b" }], ["Content-Type", { "Content-Type": "application/octet-stream" }],
  ["Upgrade alone", { Upgrade: "websocket" }], ["Connection: Upgrade alone", { Connection: "Upgrade" }], ["a request for HTTP/2", { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "" }],
]) {
  add(`a handshake with ${name}`, (peer) => peer.ask("GET", `/engine.io/${QUERY}`, { headers }));
}

// JSONP: how it is asked for decides over the handshake's answer.
for (const j of ["j=0", "j=12", "j=", "j", "j=abc", "j=12abc", "j=-1", "j=%30", "j=12345678901", "j=1&j=1", "j=1&j=2", "b64=1", "b64=1&j=3"]) {
  for (const version of [4, 3]) {
    add(`a handshake with ${j}, EIO=${version}`, async (peer) => {
      await peer.ask("GET", `/engine.io/?EIO=${version}&transport=polling&${j}`);
      if (!peer.sid) return;
      // A form or a payload: one of them closes the session.
      await peer.ask("POST", `/engine.io/?EIO=${version}&transport=polling&sid=${peer.sid}`, { body: version === 3 ? "d=1:1" : "d=1" });
    }, "jsonp");
  }
}
// It is off unless the server allows it; a WebSocket has no scripts.
for (const [server, version] of [["plain", 4], ["eio3", 3]]) {
  for (const j of ["j=0", "j=abc", "b64=1&j=3"]) {
    add(`a handshake with ${j} where JSONP is off, EIO=${version}`, async (peer) => {
      await peer.ask("GET", `/engine.io/?EIO=${version}&transport=polling&${j}`);
      if (peer.sid) await peer.ask("POST", `/engine.io/?EIO=${version}&transport=polling&sid=${peer.sid}`, { body: version === 3 ? "d=1:1" : "d=1" });
    }, server);
  }
  add(`a WebSocket with j=0 where JSONP is off, EIO=${version}`, async (peer) => {
    const websocket = await peer.websocketSession(`EIO=${version}&j=0`);
    websocket.say("4on");
    await websocket.frames(1);
  }, server);
}

// Where origins are restricted, what a page can load without telling its origin is refused.
for (const [name, headers] of [
  ["neither Origin nor Sec-Fetch-Site", {}], ["an Origin that is listed", { Origin: "http://a.example", "Sec-Fetch-Site": "cross-site" }], ["an Origin that is not listed", { Origin: "http://b.example" }],
  ["Sec-Fetch-Site: same-origin", { "Sec-Fetch-Site": "same-origin" }], ["Sec-Fetch-Site: cross-site", { "Sec-Fetch-Site": "cross-site" }],
]) {
  add(`a handshake with ${name} where origins are restricted`, (peer) => peer.ask("GET", `/engine.io/${QUERY}`, { headers }), "origins");
}

export default cases;
