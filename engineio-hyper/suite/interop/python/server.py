"""PyPI's python-engineio on uvicorn, behind the flags of the echo example."""

import argparse
import socket

import engineio
import uvicorn

parser = argparse.ArgumentParser()
parser.add_argument("--addr", default="127.0.0.1:3000")
parser.add_argument("--ping-interval", type=int, default=25_000)
parser.add_argument("--ping-timeout", type=int, default=20_000)
arguments = parser.parse_args()

server = engineio.AsyncServer(
    async_mode="asgi", ping_interval=arguments.ping_interval / 1000, ping_timeout=arguments.ping_timeout / 1000
)


@server.on("message")
async def message(sid, data):
    await server.send(sid, data)


host, port = arguments.addr.rsplit(":", 1)
listener = socket.create_server((host, int(port)))
print(f"listening on http://{host}:{listener.getsockname()[1]}/engine.io/", flush=True)
config = uvicorn.Config(engineio.ASGIApp(server), log_level="error", lifespan="off")
uvicorn.Server(config).run(sockets=[listener])
