"""PyPI's python-engineio on uvicorn, on Flask's own server (werkzeug) or on gunicorn, behind the flags of the echo example."""

import argparse
import socket

import engineio

parser = argparse.ArgumentParser()
parser.add_argument("--server", choices=["uvicorn", "werkzeug", "gunicorn"], default="uvicorn")
parser.add_argument("--addr", default="127.0.0.1:3000")
parser.add_argument("--ping-interval", type=int, default=25_000)
parser.add_argument("--ping-timeout", type=int, default=20_000)
arguments = parser.parse_args()

heartbeat = {"ping_interval": arguments.ping_interval / 1000, "ping_timeout": arguments.ping_timeout / 1000}
host, port = arguments.addr.rsplit(":", 1)


def listening(port):
    print(f"listening on http://{host}:{port}/engine.io/", flush=True)


def uvicorn():
    """Keeps idle connections for 5 s."""
    import uvicorn

    server = engineio.AsyncServer(async_mode="asgi", **heartbeat)

    @server.on("message")
    async def message(sid, data):
        await server.send(sid, data)

    listener = socket.create_server((host, int(port)))
    listening(listener.getsockname()[1])
    config = uvicorn.Config(engineio.ASGIApp(server), log_level="error", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


def application():
    """A Flask application with an Engine.IO server in front of it."""
    import flask

    server = engineio.Server(async_mode="threading", **heartbeat)

    @server.on("message")
    def message(sid, data):
        server.send(sid, data)

    app = flask.Flask(__name__)
    app.wsgi_app = engineio.WSGIApp(server, app.wsgi_app)
    return app


def werkzeug():
    """Closes each connection after its response, as HTTP/1.0 does."""
    import logging

    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(host, int(port), application(), threaded=True)
    listening(server.server_port)
    server.serve_forever()


def gunicorn():
    """Keeps idle connections for 2 s."""
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self):
            # A thread for each connection that waits.
            settings = {"bind": arguments.addr, "worker_class": "gthread", "threads": 100, "loglevel": "error"}
            settings["when_ready"] = lambda server: listening(server.LISTENERS[0].sock.getsockname()[1])
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self):
            return application()

    Application().run()


{"uvicorn": uvicorn, "werkzeug": werkzeug, "gunicorn": gunicorn}[arguments.server]()
