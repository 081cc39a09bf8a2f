"""The emulator's blob service beside Azurite: blocks of 8 MiB over plain HTTP, put in a folder on the disk, and their list."""

import json
import subprocess
import urllib.parse

from .azurite import Azurite
from .place import GIB, MIB, TOOLS
from .plot import bars
from .process import Failed, ask, environment, scratch
from .store import emulator
from .table import markdown, middle, ratio, seconds, size, target

TITLE = "The emulator's blob service"
ABOUT = """Blocks of 8 MiB over plain HTTP, sent by a program that does nothing else, and one Put Block List for all of them.
Both keep what they are given in a folder on the disk, which is new in each round as the server is. CPU and peak memory are the
server's."""

BLOCK = 8 * MIB
CONNECTIONS = (4, 16)
# Blocks and rounds.
MODES = {"quick": (16, 1), "full": (128, 3)}
TITLES = {"emulator": "`flightline emulator`", "azurite": "Azurite"}


def run(bench):
    blocks, rounds = MODES[bench.mode]
    samples, notes = {}, []
    for number in range(rounds):
        for connections in CONNECTIONS:
            for name, serve in (("emulator", ours), ("azurite", theirs)):
                try:
                    sample = serve(bench, connections, blocks)
                except (Failed, OSError, subprocess.CalledProcessError) as failure:
                    notes.append(f"{name}, {connections} connections: {str(failure).splitlines()[-1]}")
                    bench.say(f"{name} failed: {failure}")
                    continue
                samples.setdefault(f"{name} {connections}", []).append({"round": number, **sample})
                bench.say(
                    f"{number + 1}/{rounds} {name}, {connections} connections: {size(sample['rate'])}/s, "
                    f"list {seconds(sample['list'])}, "
                    f"CPU {seconds(sample['cpu'])}, {size(sample['memory'])}"
                )
    rows = []
    for connections in CONNECTIONS:
        mine, other = (samples.get(f"{name} {connections}") for name in TITLES)
        if mine and other:
            reached = ratio(mine, other, "rate")
            rows.append(
                target(f"emulator, Put Block over {connections} connections / Azurite", "≥ 8 ×", f"{reached:.1f} ×", reached >= 8)
            )
    return {"blocks": blocks, "rounds": rounds, "samples": samples, "notes": sorted(set(notes)), "targets": rows}


def ours(bench, connections, blocks):
    with scratch() as data, emulator(bench.flightline, "--http", "--data", data) as (store, _):
        return load(store, upload_address(store.ready), connections, blocks)


def theirs(_bench, connections, blocks):
    with scratch() as data, Azurite(data) as azurite:
        return load(azurite, azurite.blob("upload.zip"), connections, blocks)


def load(server, address, connections, blocks):
    before = server.cpu()
    command = [str(word) for word in (TOOLS / "load", address, connections, blocks, BLOCK)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise Failed(done.stderr.strip() or "the load stopped")
    return json.loads(done.stdout) | {"cpu": server.cpu() - before, "memory": server.memory()}


def upload_address(ready):
    """The signed address of a new draft, asked for as any script would."""
    form = {"grant_type": "client_credentials", "client_id": ready["clientId"], "client_secret": ready["clientSecret"]}
    form["resource"] = "https://manage.devcenter.microsoft.com"
    token = ask(f"{ready['login']}/{ready['tenantId']}/oauth2/token", "POST", urllib.parse.urlencode(form).encode())
    headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/json"}
    draft = ask(f"{ready['api']}/v1.0/my/applications/{ready['applicationId']}/submissions", "POST", b"", headers)
    return draft["fileUploadUrl"]


def page(result):
    rows, groups = [], []
    total = result["blocks"] * BLOCK
    for connections in CONNECTIONS:
        for name, title in TITLES.items():
            samples = result["samples"].get(f"{name} {connections}")
            if samples:
                rows.append(
                    [
                        title,
                        connections,
                        f"{size(middle(samples, 'rate'))}/s",
                        seconds(middle(samples, "list")),
                        seconds(middle(samples, "cpu") * GIB / total),
                        size(max(sample["memory"] for sample in samples)),
                    ]
                )
                groups.append((f"{title.replace('`', '')}, {connections} connections", {"rate": middle(samples, "rate") / MIB}))
    head = ["", "connections", "Put Block", "Put Block List", "CPU per GiB", "peak memory"]
    caption = f"Put Block of {result['blocks']} blocks of 8 MiB"
    about = f"{result['blocks']} blocks, {result['rounds']} round(s)."
    text = f"{about}\n\n{markdown(head, rows)}\n\n![{caption}](benchmarks/service.svg)\n"
    ours_named = {name for name, _ in groups if name.startswith("flightline")}
    return text, {"service.svg": bars(caption, "MiB/s", groups, ours=ours_named)}
