"""Writes down what was measured."""

import datetime
import os
import platform
import subprocess

from cells import FLOORS, OURS, SERVERS
from goals import goals

PEERS = [name for name in SERVERS if name not in [*OURS, *FLOORS.values()]]
COMPARED = [
    *(("tokio", other) for other in [FLOORS["tokio"], *PEERS]),
    *(("smol", other) for other in [FLOORS["smol"], "engineioxide"]),
]

HEAD = """# Our servers beside their peers

Written by `benches/peers/run{flags}` on {date}, at commit {commit}, on {cores} cores of {cpu} with {rustc} and \
node {node}, {glibc}.

Each figure is CPU time of the server's whole process, in kernel and user mode, for one unit of work; for idle sessions,
resident memory. It is the median of {rounds} rounds of {seconds} s, in which the servers take turns; of a third of
them where thousands of sessions are needed. All in Rust are built with thin LTO and one codegen unit. Servers have one
thread to serve with where nothing else is said, so what they do not share is not flattered; the load comes from another
process (`load`, in `benches/src/load`), which took {busiest} of a core at most. Absolute figures are this machine's,
which other work disturbs (its load average was {load} at the end); compare within a line. Half of the rounds were within
{spread} of their median in the middle one of all figures, and within {widest} in nine of ten: what differs by less may do
so by chance.

What the table does not have: the codecs alone, which `cargo bench -p engineio-benches --features peers --bench codec`
and `node benches/peers/node/codec.mjs` compare. And where `bare` takes more than half of what engineioxide takes, half of
engineioxide is out of reach for whoever stands on hyper.

Most time of HTTP is the kernel's, for system calls that are the same whoever answers: of a POST and a GET 71% of ours, 78%
of bare's and 72% of engineioxide's, and of an upgrade cycle 73% of ours, for 18 system calls where engineioxide makes 19
(`perf record -e cpu-clock` and `strace -f -c` on the server, 2026-11-29).

| name | what it is |
|---|---|
| `tokio`, `smol` | ours, with a handler |
| `tokio-accept` | ours, with a task for each session |
| `bare`, `bare-smol` | the floor, on tokio and on smol: WebSocket by the codec of ours on hyper, sending back what it reads by one write for all that was read; or hyper alone, which answers `ok` to a POST and always the same to a GET. Neither knows sessions, heartbeats or limits. In the goals, `bare` is for each adapter the floor on its own runtime |
| `engineioxide` | crate `engineioxide` on hyper, with a handler. It begins each session with a ping, which the load answers and does not count |
| `engine.io+ws` | npm `engine.io` |
| `engine.io+µWS` | npm `engine.io` on µWebSockets, from `@btc-vision/uwebsockets.js`{uws} |
| `python-engineio` | PyPI `python-engineio` on uvicorn with uvloop, httptools and websockets |

The work: **ws** echoes over WebSocket, 100 sessions (16 where 64 KiB messages are 32 in flight), per message.
**polling** a POST of a payload and the GET that fetches its echoes, 100 sessions, each on one connection, or on two where
the poll waits before the post; per payload. **open and close** handshake, and a close by the client; on polling both on
a connection that stays. **upgrade** handshake, a poll that waits, probe, upgrade, close. **broadcast** per delivery.
**idle** 10,000 sessions, those on polling with a poll that waits. Requests have few headers.
"""


def figure(cell, sample):
    if cell.memory:
        return (sample["resident"] - sample["resident_before"]) / sample["count"] / 1024
    return sample["server_cpu_ns"] / sample["count"] / 1000


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(taken, own, other):
    return f"{taken[own] / taken[other]:.2f}" if {own, other} <= taken.keys() else "–"


def tables(cells, medians):
    cells = [cell for cell in cells if cell.name in medians]
    figures, ratios = [], []
    for cell in cells:
        taken = {name: median["figure"] for name, median in medians[cell.name].items()}
        figures.append([f"{cell.name}, {cell.unit}"] + [number(taken[n]) if n in taken else "–" for n in SERVERS])
        ratios.append([cell.name, *(ratio(taken, own, other) for own, other in COMPARED)])
    return "\n".join(
        [
            "\n## Figures\n",
            table(["work", *SERVERS], figures),
            "\n## Ratios\n\nBelow 1, ours takes less.\n",
            table(["work", *(f"{own} / {other}" for own, other in COMPARED)], ratios),
        ]
    )


def verdicts(medians):
    rows = []
    for what, goal, values in goals(medians):
        for name, value in values:
            if value is None:
                rows.append([what, name, goal.text, "–", "not measured"])
            else:
                rows.append([what, name, goal.text, number(value), "met" if goal.holds(value) else "**missed**"])
    return "\n## Goals\n\n" + table(["work", "of", "goal", "is", ""], rows)


def document(cells, medians, arguments):
    def output(*command):
        return subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.strip()

    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    busiest = max((median["client"] for each in medians.values() for median in each.values()), default=0)
    spreads = sorted(median["spread"] for each in medians.values() for median in each.values())
    head = HEAD.format(
        flags=f" --rounds {arguments.rounds} --seconds {arguments.seconds:g}",
        date=datetime.date.today().isoformat(),
        commit=output("git", "rev-parse", "--short", "HEAD"),
        cores=os.cpu_count(),
        cpu=cpu,
        rustc=output("rustc", "--version"),
        node=output("node", "--version"),
        glibc=" ".join(platform.libc_ver()),
        rounds=arguments.rounds,
        seconds=f"{arguments.seconds:g}",
        busiest=f"{busiest:.0%}",
        load=f"{os.getloadavg()[0]:.0f}",
        spread=f"{spreads[len(spreads) // 2]:.0%}",
        widest=f"{spreads[len(spreads) * 9 // 10]:.0%}",
        uws=", made to load on a C library that is older than it wants" if platform.libc_ver()[1] < "2.38" else "",
    )
    return "\n".join([head, verdicts(medians).lstrip("\n"), tables(cells, medians), ""])
