"""The emulator with a crowd at its door: 64 clients at once that do everything, on products that they have to share."""

import json
import secrets
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import mean

from soak.account import account

from .place import BENCHES, MIB, TOOLS
from .plot import bars
from .process import Failed, ask, environment, scratch
from .store import emulator
from .table import markdown, seconds, size, target

TITLE = "The emulator under load"
ABOUT = """Clients that each do one job after the other: sign in, look at lists and products, make a draft of an app, a flight or
an add-on, write it, upload a package of 1 to 256 KiB in three blocks, commit it and follow it until it is live; take drafts back;
make flights and add-ons and delete them. There are as many products as clients, so slots are often busy, which is as it should be:
the refusal is counted and not an error. *Wrong* is any other answer than the one that the job asks for, one that is live
without its package, or a second draft in a slot. The state is kept in a folder on the disk."""

# What has to be built for it.
PACKAGE = BENCHES / "crowd"
CLIENTS = 64
COPIES = 16
MODES = {"quick": 5, "full": 60}
# Seconds between two looks at the memory.
PACE = 0.25
# By how much memory may differ between the second quarter of the time and the last, as a share and in bytes.
FLAT = (0.10, 8 * MIB)


def run(bench):
    result = crowd(bench.flightline, TOOLS / "flightline-crowd", MODES[bench.mode], secrets.randbelow(1 << 32))
    bench.say(f"{result['rate']:.0f} requests/s, {result['wrong']} wrong, seed {result['seed']}")
    grown = result["memory"]["grown"]
    reached = f"{size(abs(grown))} {'more' if grown >= 0 else 'less'}"
    return {
        **result,
        "notes": [f"`{one}`" for one in result["told"]],
        "targets": [
            target(f"wrong answers to {CLIENTS} clients", "none", str(result["wrong"]), result["wrong"] == 0),
            target("memory in the last quarter of the time, to the second", "flat", reached, result["memory"]["flat"]),
        ],
    }


def crowd(flightline, program, duration, seed, clients=CLIENTS):
    """Lets the crowd in, and gives what it has seen, with the server's memory over time."""
    with scratch() as data:
        (data / "account.json").write_text(json.dumps(account(COPIES)))
        options = ("--http", "--data", data / "store", "--account", data / "account.json")
        with emulator(flightline, *options) as (server, _):
            (data / "ready.json").write_text(json.dumps(server.ready))
            words = [program, data / "ready.json", data / "account.json", clients, duration, seed]
            samples, over = [], threading.Event()
            watch = threading.Thread(target=look, args=(server.process.pid, samples, over))
            watch.start()
            before = server.cpu()
            try:
                done = subprocess.run(
                    [str(word) for word in words], env=environment(), capture_output=True, text=True, timeout=duration * 3 + 120
                )
            finally:
                over.set()
                watch.join()
            if done.returncode:
                raise Failed(done.stderr.strip() or "the crowd stopped")
            result = json.loads(done.stdout)
            result["cpu"] = server.cpu() - before
            held(ask(f"{server.ready['control']}/state"), result)
    return {"seed": seed, "clients": clients, "duration": duration, "memory": memory(samples, duration), **result}


def look(process, samples, over):
    """Resident memory over time."""
    began = time.monotonic()
    while not over.wait(PACE):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        resident = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
        samples.append([round(time.monotonic() - began, 2), resident])


def memory(samples, duration):
    def between(first, last):
        return mean([resident for at, resident in samples if first <= at <= last] or [0])

    early, late = between(duration / 4, duration / 2), between(duration * 3 / 4, duration)
    grown = late - early
    return {
        "samples": samples,
        "most": max(resident for _, resident in samples),
        "early": early,
        "late": late,
        "grown": grown,
        "flat": grown <= max(FLAT[0] * early, FLAT[1]),
    }


def held(state, result):
    """The rules that no race may get around."""
    waiting = [one for one in state["submissions"] if one["status"] not in ("Published", "Canceled")]
    pending = Counter((one["kind"], one["product"]) for one in waiting)
    result["submissions"] = len(state["submissions"])
    for product, count in pending.items():
        if count > 1:
            result["wrong"] += 1
            result["told"].append(f"{product} has {count} pending submissions")
    result["server"] = state["counts"]
    for service, classes in state["counts"].items():
        broken = {name: count for name, count in classes.items() if name in ("5xx", "broken")}
        if broken:
            result["wrong"] += sum(broken.values())
            result["told"].append(f"the emulator counts {broken} of {service}")


def page(result):
    kinds = [*result["kinds"].items(), ("all", result["all"])]
    rows = [[what, one["count"], *(seconds(one[name]) for name in ("p50", "p99", "most"))] for what, one in kinds]
    told = ", ".join(f"{count} {what}" for what, count in result["counts"].items())
    resident = result["memory"]
    took = f"The server took {seconds(result['cpu'])} of CPU and at most {size(resident['most'])} of memory."
    text = (
        f"{result['clients']} clients for {result['duration']} s: {result['rate']:.0f} requests/s, "
        f"{result['wrong']} wrong answers; {told}. {took}\n\n"
        f"{markdown(['request', 'count', 'p50', 'p99', 'longest'], rows)}\n"
    )
    # Ten bars say as much as two hundred.
    samples = resident["samples"]
    groups = [(f"{at:.0f} s", {"resident": bytes / MIB}) for at, bytes in samples[:: max(len(samples) // 10, 1)]]
    caption = f"Memory of the emulator with {result['clients']} clients, over time"
    picture = bars(caption, "MiB", groups, ours={name for name, _ in groups})
    return f"{text}\n![{caption}](benchmarks/load.svg)\n", {"load.svg": picture}
