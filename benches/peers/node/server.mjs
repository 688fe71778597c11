// An echo server with npm engine.io, on ws or, with --uws, on µWebSockets. With --broadcast, it sends each message to all
// sessions.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { Server, uServer } from "engine.io";

const { values: flags } = parseArgs({
  options: {
    addr: { type: "string", default: "127.0.0.1:0" },
    uws: { type: "boolean", default: false },
    broadcast: { type: "boolean", default: false },
  },
});

const options = { pingInterval: 300_000, pingTimeout: 300_000, maxHttpBufferSize: 4_000_000 };
const path = "/engine.io/";
const [, host, port] = /^(.*):(\d+)$/.exec(flags.addr);
const announce = (port) => console.log(`listening on http://${host}:${port}${path}`);

function serve(engine) {
  engine.on("connection", (socket) => {
    if (!flags.broadcast) return socket.on("message", (data) => socket.send(data));
    socket.on("message", (data) => {
      for (const id in engine.clients) engine.clients[id].send(data);
    });
  });
}

if (flags.uws) {
  const { default: uws } = await import("@btc-vision/uwebsockets.js");
  const app = uws.App();
  const engine = new uServer(options);
  engine.attach(app, { path, maxPayloadLength: 4_000_000, maxBackpressure: 0 });
  serve(engine);
  app.listen(host, Number(port), (socket) => announce(uws.us_socket_local_port(socket)));
} else {
  const http = createServer((_, response) => response.writeHead(404).end());
  const engine = new Server(options);
  engine.attach(http, { path });
  serve(engine);
  http.listen(Number(port), host, 4096, () => announce(http.address().port));
}
