"""What travels again after a kill."""

import signal
import subprocess
import time

from . import package
from .link import link
from .place import MIB
from .plot import bars
from .process import Failed, ask, measured, scratch
from .store import Sink, emulator, person
from .table import markdown, size, target

TITLE = "After a kill"
ABOUT = """`flightline publish` through the link is killed (`kill -9`) when half of the package has gone through, and run again:
on the same machine, and on one that has never heard of the first run. *Held* is what the blob service had of whole blocks when
the line was quiet again; *broken* is what it had received of blocks that never came to their end."""

MODES = {"quick": 64 * MIB, "full": 256 * MIB}
ROUND_TRIP_MS, RATE = 20, 16 * MIB


def run(bench):
    payload = MODES[bench.mode]
    cases, notes = {}, []
    for name in ("the same machine", "another machine"):
        try:
            cases[name] = case(bench, payload, name)
            bench.say(f"{name}: {cases[name]}")
        except Failed as failure:
            notes.append(f"{name}: {' '.join(str(failure).split())[-300:]}")
            bench.say(f"{name} failed: {failure}")
    rows = []
    for name, one in cases.items():
        is_met = one["sent"] <= one["missing"] + one["broken"]
        wanted = f"≤ {size(one['missing'])} missing + {size(one['broken'])} in flight"
        rows.append(target(f"bytes sent by the run after a kill, on {name}", wanted, size(one["sent"]), is_met))
    return {"payload": payload, "cases": cases, "notes": notes, "targets": rows}


def case(bench, payload, name):
    with Sink() as sink, link(sink.ready["http"].removeprefix("http://"), ROUND_TRIP_MS, RATE) as line:
        base = f"http://{line.ready['listen']}/devstoreaccount1"
        with emulator(bench.flightline, "--http", "--blob-url", base) as (store, folder), scratch() as elsewhere:
            command = [str(word) for word in (bench.flightline, "publish", package.package(payload), "--no-commit")]
            kill_half_way(command, person(store.ready, folder), line.ready["control"], payload)
            quiet(line.ready["control"])
            before = sink.report()
            held = sum(blob["waitingBytes"] for blob in before["blobs"].values())
            measured(command, person(store.ready, folder if name == "the same machine" else elsewhere))
            after = sink.report()
            total = sum(blob["length"] for blob in after["blobs"].values())
    return {
        "total": total,
        "held": held,
        "missing": total - held,
        "broken": before["received"] - held,
        "sent": after["received"] - before["received"],
    }


def kill_half_way(command, env, control, payload):
    process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and ask(control)["up"] < payload // 2:
            time.sleep(0.01)
        if process.poll() is not None:
            raise Failed(f"the publish ended with {process.returncode} before it could be killed")
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()


def quiet(control):
    """Waits until what was on its way has arrived."""
    seen, still = -1, 0
    while still < 5:
        now = ask(control)["up"]
        still = still + 1 if now == seen else 0
        seen = now
        time.sleep(0.1)


def page(result):
    rows, groups = [], []
    for name, one in result["cases"].items():
        rows.append([name, *(size(one[what]) for what in ("total", "held", "missing", "broken", "sent"))])
        groups.append((name, {"missing": one["missing"] / MIB, "sent": one["sent"] / MIB}))
    caption = "MiB that were missing after the kill, and that the second run sent"
    text = f"{markdown(['', 'the ZIP', 'held', 'missing', 'broken', 'sent by the second run'], rows)}\n"
    if groups:
        text += f"\n![{caption}](benchmarks/resume.svg)\n"
    return text, {"resume.svg": bars(caption, "MiB", groups, ours=set(result["cases"]))} if groups else {}
