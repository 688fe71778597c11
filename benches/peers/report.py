"""The report: formats the figures as benches/PEERS.md."""

import datetime
import os
import platform
import subprocess

from cells import BASELINES, OURS, SERVERS
from goals import goals

PEERS = [name for name in SERVERS if name not in [*OURS, *BASELINES.values()]]
COMPARED = [
    *(("tokio", other) for other in [BASELINES["tokio"], *PEERS]),
    *(("smol", other) for other in [BASELINES["smol"], "engineioxide"]),
]

HEAD = """# Our servers beside their peers

Written by `benches/peers/run{flags}` on {date}, at commit {commit}, on {cores} cores of {cpu} with {rustc} and \
node {node}, {glibc}.

Each figure is the CPU time of the server's whole process, in kernel and user mode, for one unit of work; for idle
sessions, it is the resident memory per session. It is the median of {rounds} rounds of {seconds} s, in which the servers
take turns, or of a third of the rounds for work with thousands of sessions. All Rust programs are built with thin LTO and
one codegen unit. Each server has one worker thread unless stated otherwise, so contention between threads is not
part of the figures. The load comes from another process (`load`, in `benches/src/load`), which used at most {busiest} of a core.

Absolute figures depend on this machine and on other load (the load average was {load} at the end); compare figures of
the same line only. For half of the figures, half of the rounds are within {spread} of the median; for nine figures in
ten, half of the rounds are within {widest}. Smaller differences can be chance.

The codecs alone are not in these tables: `cargo bench -p engineio-benches --features peers --bench codec` and
`node benches/peers/node/codec.mjs` measure them. Where `bare` takes more than half of the time of engineioxide, no server
on hyper can take half of the time of engineioxide.

Most of the CPU time of HTTP is spent in system calls, which are the same for all servers: for a POST and a GET, 71% of
ours, 78% of bare's and 72% of engineioxide's; for an upgrade cycle, 73% of ours, in 18 system calls where engineioxide
makes 19 (`perf record -e cpu-clock` and `strace -f -c` on the server, 2026-11-29).

| name | server |
|---|---|
| `tokio`, `smol` | our adapters, with a handler |
| `tokio-accept` | our adapter for tokio, with a task per session |
| `bare`, `bare-smol` | the baseline on hyper, on tokio and on smol. Over WebSocket it echoes each message with our codec, and sends the echoes of one read in one write. Over HTTP it answers `ok` to a POST and a constant payload to a GET. It has no sessions, heartbeats or limits. In the goals, `bare` is the baseline on the adapter's own runtime |
| `engineioxide` | the crate `engineioxide` on hyper, with a handler. It sends a ping at the start of each session, which the load generator answers and does not count |
| `engine.io+ws` | npm `engine.io` |
| `engine.io+µWS` | npm `engine.io` on µWebSockets, from `@btc-vision/uwebsockets.js`{uws} |
| `python-engineio` | PyPI `python-engineio` on uvicorn with uvloop, httptools and websockets |

| work | one unit of it |
|---|---|
| ws | the echo of a message over WebSocket. 100 sessions; 16 for 64 KiB messages with 32 in flight |
| polling | a POST of a payload and the GET that fetches its echoes. 100 sessions, each on one connection; on two where the poll waits before the POST |
| open and close | a handshake, and a close by the client. On polling, both use the same connection |
| upgrade | a handshake, a poll that waits, the probe, the upgrade and a close |
| broadcast | the delivery of a message to one session |
| idle | one of 10,000 idle sessions. On polling, each has a poll that waits |

Requests have few headers.
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
        uws=", with a shim for a glibc older than 2.38" if platform.libc_ver()[1] < "2.38" else "",
    )
    return "\n".join([head, verdicts(medians).lstrip("\n"), tables(cells, medians), ""])
