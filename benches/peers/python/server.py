"""An echo server with PyPI's python-engineio on uvicorn. With --broadcast, it sends each message to all sessions."""

import argparse
import socket

import engineio
import uvicorn

parser = argparse.ArgumentParser()
parser.add_argument("--addr", default="127.0.0.1:0")
parser.add_argument("--broadcast", action="store_true")
arguments = parser.parse_args()

server = engineio.AsyncServer(
    async_mode="asgi", ping_interval=300, ping_timeout=300, max_http_buffer_size=4_000_000, compression_threshold=1 << 30
)
sessions = set()


@server.on("connect")
async def connect(sid, _environ):
    sessions.add(sid)


@server.on("disconnect")
def disconnect(sid, _reason):
    sessions.discard(sid)


@server.on("message")
async def message(sid, data):
    if not arguments.broadcast:
        return await server.send(sid, data)
    for sid in list(sessions):
        await server.send(sid, data)


host, port = arguments.addr.rsplit(":", 1)
listener = socket.create_server((host, int(port)), backlog=4096)
print(f"listening on http://{host}:{listener.getsockname()[1]}/engine.io/", flush=True)
config = uvicorn.Config(engineio.ASGIApp(server), log_level="error", lifespan="off", ws_max_size=16 << 20)
uvicorn.Server(config).run(sockets=[listener])
