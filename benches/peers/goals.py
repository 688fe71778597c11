"""The goals for our servers."""

import operator
from dataclasses import dataclass

from cells import BASELINES


@dataclass(frozen=True)
class Goal:
    text: str
    holds: object


def at_most(bound, of):
    return Goal(f"≤ {bound:g} {of}".rstrip(), lambda value: value <= bound)


def below(of):
    return Goal(f"< {of}", lambda value: value < 1)


ADAPTERS = ["tokio", "smol"]

IN_FLIGHT = [
    "ws 32 B, 32 in flight",
    "ws 32 B binary, 32 in flight",
    "ws 1 KiB, 32 in flight",
    "ws 1 KiB binary, 32 in flight",
    "ws 64 KiB, 32 in flight",
]
ONE = ["ws 32 B, 1 in flight", "ws 1 KiB, 1 in flight", "ws 64 KiB, 1 in flight", "ws 64 KiB binary, 1 in flight"]
SINGLE, MANY = "polling 32 B, 1 in a payload", "polling 32 B, 16 in a payload"
PEERS = ["engineioxide", "engine.io+ws", "engine.io+µWS", "python-engineio"]


def goals(medians):
    """Yields each kind of work with its goal and each adapter's value, which is `None` if a figure is missing."""

    def each(combine, *needed):
        """Combines each adapter's figure for a kind of work with other figures: its own, its baseline's or a peer's."""
        for name in ADAPTERS:
            cell, *others = needed
            figures = [medians.get(cell, {}).get(name)]
            other_names = {None: name, "bare": BASELINES[name]}
            figures += [medians.get(other, {}).get(other_names.get(server, server)) for other, server in others]
            known = None not in figures
            yield name, combine(*(figure["figure"] for figure in figures)) if known else None

    def ratio(cell, server, other=None):
        return list(each(operator.truediv, cell, (other or cell, server)))

    for cell in IN_FLIGHT:
        yield cell, at_most(1.25, "× bare"), ratio(cell, "bare")
        yield cell, at_most(0.6, "× engineioxide"), ratio(cell, "engineioxide")
        yield cell, below("engine.io+µWS"), ratio(cell, "engine.io+µWS")
    for cell in ONE:
        yield cell, at_most(1.1, "× bare"), ratio(cell, "bare")
    yield SINGLE, at_most(1.1, "× bare"), ratio(SINGLE, "bare")
    yield SINGLE, at_most(0.25, "× engine.io+ws"), ratio(SINGLE, "engine.io+ws")
    yield MANY, at_most(1.3, "× bare"), ratio(MANY, "bare")
    yield MANY, at_most(0.5, "× engineioxide"), ratio(MANY, "engineioxide")
    upgrade = "open, upgrade and close"
    yield upgrade, at_most(0.8, "× engineioxide"), ratio(upgrade, "engineioxide")
    yield "idle ws", at_most(4, "KiB"), list(each(lambda own: own, "idle ws"))
    difference = list(each(operator.sub, "idle polling", ("idle polling", "bare")))
    yield "idle polling", at_most(3, "KiB more than bare"), difference
    for cell in ["idle ws", "idle polling"]:
        for peer in PEERS:
            yield cell, below(peer), ratio(cell, peer)
    one, burst = ONE[0], IN_FLIGHT[0]
    idle = "ws 32 B, 1 in flight, 9,900 idle"
    yield "10,000 sessions", at_most(1.15, "× 100 sessions"), ratio(idle, None, one)
    yield "2 threads, 1 in flight", at_most(1.15, "× 1 thread"), ratio("ws 32 B, 1 in flight, 2 threads", None, one)
    yield "2 threads, 32 in flight", at_most(1.15, "× 1 thread"), ratio(
        "ws 32 B, 32 in flight, 2 threads", None, burst
    )
