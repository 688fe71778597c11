"""The compared servers and kinds of work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Server:
    kind: str  # rust, node or python
    argument: str = ""  # the program's argument; for a baseline, the suffix of its name
    load: tuple = ()  # additional arguments of the load generator


SERVERS = {
    "tokio": Server("rust", "tokio"),
    "smol": Server("rust", "smol"),
    "tokio-accept": Server("rust", "tokio-accept"),
    "bare": Server("rust"),
    "bare-smol": Server("rust", "-smol"),
    "engineioxide": Server("rust", "engineioxide", ("--initial-ping",)),
    "engine.io+ws": Server("node"),
    "engine.io+µWS": Server("node", "--uws"),
    "python-engineio": Server("python"),
}

OURS = ["tokio", "smol", "tokio-accept"]

# The baseline of each adapter: the one on the same runtime.
BASELINES = {"tokio": "bare", "smol": "bare-smol"}


@dataclass(frozen=True)
class Cell:
    """A kind of work. Its figure is the server's CPU time per unit of work or, for idle sessions, memory per session."""

    name: str
    load: tuple
    baseline: str = ""  # the name of its baseline server, if it has one
    baseline_arguments: tuple = ()  # additional arguments of the baseline server
    broadcast: bool = False
    threads: int = 1
    ours_only: bool = False
    memory: bool = False

    @property
    def unit(self):
        return "KiB" if self.memory else "µs"

    def rounds(self, rounds):
        """The number of rounds: a third for work with thousands of sessions, which takes long and varies little."""
        thousands = self.memory or self.broadcast or "--idle" in self.load
        return -(-rounds // 3) if thousands else rounds

    def includes(self, server):
        """Whether the server takes part."""
        if server in BASELINES.values():
            return bool(self.baseline)
        return server in OURS or not self.ours_only


def websocket(name, *load, **rest):
    return Cell(name, ("websocket", *load), baseline="bare-websocket", **rest)


def polling(name, count, *load):
    load = ("polling", "--in-flight", str(count), *load)
    return Cell(name, load, baseline="bare-http", baseline_arguments=("--messages", str(count)))


CELLS = [
    websocket("ws 32 B, 1 in flight"),
    websocket("ws 32 B, 32 in flight", "--in-flight", "32"),
    websocket("ws 32 B binary, 32 in flight", "--in-flight", "32", "--binary"),
    websocket("ws 1 KiB, 1 in flight", "--size", "1024"),
    websocket("ws 1 KiB, 32 in flight", "--size", "1024", "--in-flight", "32"),
    websocket("ws 1 KiB binary, 32 in flight", "--size", "1024", "--in-flight", "32", "--binary"),
    websocket("ws 64 KiB, 1 in flight", "--size", "65536"),
    websocket("ws 64 KiB binary, 1 in flight", "--size", "65536", "--binary"),
    websocket("ws 64 KiB, 32 in flight", "--size", "65536", "--in-flight", "32", "--connections", "16"),
    polling("polling 32 B, 1 in a payload", 1),
    polling("polling 32 B, 16 in a payload", 16),
    polling("polling 32 B, the poll waits", 1, "--pending-poll"),
    Cell("open and close, polling", ("open-polling",), baseline="bare-http"),
    Cell("open and close, ws", ("open-websocket",), baseline="bare-websocket"),
    Cell("open, upgrade and close", ("upgrade",)),
    Cell("broadcast 32 B to 10,000", ("broadcast", "--connections", "10000"), broadcast=True),
    Cell("broadcast 8 KiB to 10,000", ("broadcast", "--connections", "10000", "--size", "8192"), broadcast=True),
    Cell("idle ws", ("idle-websocket", "--connections", "10000"), baseline="bare-websocket", memory=True),
    Cell("idle polling", ("idle-polling", "--connections", "10000"), baseline="bare-http", memory=True),
    websocket("ws 32 B, 1 in flight, 9,900 idle", "--idle", "9900", ours_only=True),
    websocket("ws 32 B, 1 in flight, 2 threads", threads=2, ours_only=True),
    websocket("ws 32 B, 32 in flight, 2 threads", "--in-flight", "32", threads=2, ours_only=True),
]
