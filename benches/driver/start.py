"""How long it takes to start."""

import ssl
import subprocess
import time
import urllib.error
import urllib.request

from .azurite import Azurite
from .plot import bars
from .process import Failed, environment, measured, scratch
from .store import emulator
from .table import markdown, middle, seconds, size, target

TITLE = "Start"
ABOUT = """`flightline --help` as a whole process; and the emulator from its start until it has answered a request over TLS,
with an authority and certificates made anew. Azurite, from its start until its port is open, over plain HTTP, stands
beside it."""

MODES = {"quick": 5, "full": 21}


def run(bench):
    samples, notes = {"help": [], "emulator": [], "azurite": []}, []
    for _ in range(MODES[bench.mode]):
        samples["help"].append(measured([bench.flightline, "--help"], environment()))
        with emulator(bench.flightline) as (server, _):
            asked = time.perf_counter()
            answer(server.ready)
            samples["emulator"].append({"wall": server.ready_after + time.perf_counter() - asked, "memory": server.memory()})
        try:
            with scratch() as data, Azurite(data) as azurite:
                samples["azurite"].append({"wall": azurite.ready_after, "memory": azurite.memory()})
        except (Failed, OSError, subprocess.CalledProcessError) as failure:
            notes.append(f"azurite: {failure}")
    helped, ready = middle(samples["help"], "wall"), middle(samples["emulator"], "wall")
    bench.say(f"--help {seconds(helped)}, emulator {seconds(ready)}")
    rows = [
        target("`flightline --help`", "≤ 10 ms", f"{helped * 1000:.1f} ms", helped <= 0.010),
        target("emulator ready, its authority included", "≤ 150 ms", f"{ready * 1000:.0f} ms", ready <= 0.150),
    ]
    return {"samples": {name: taken for name, taken in samples.items() if taken}, "notes": sorted(set(notes)), "targets": rows}


def answer(ready):
    """Has the API answer one request, whatever it says."""
    context = ssl.create_default_context(cafile=ready["ca"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        opener.open(f"{ready['api']}/v1.0/my/applications", timeout=10).close()
    except urllib.error.HTTPError as refused:
        refused.close()


def page(result):
    titles = {"help": "`flightline --help`", "emulator": "`flightline emulator`", "azurite": "Azurite"}
    taken = result["samples"]
    rows = [
        [titles[name], f"{middle(samples, 'wall') * 1000:.1f} ms", size(middle(samples, "memory")), len(samples)]
        for name, samples in taken.items()
    ]
    groups = [(titles[name], {"wall": middle(samples, "wall") * 1000}) for name, samples in taken.items()]
    caption = "From the start to an answer"
    text = f"{markdown(['', 'wall', 'memory', 'rounds'], rows)}\n\n![{caption}](benchmarks/start.svg)\n"
    return text, {"start.svg": bars(caption, "ms", groups, ours=set(list(titles.values())[:2]))}
