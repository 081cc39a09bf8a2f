"""Uploads over TLS through a link that adds a round trip and caps each connection."""

from contextlib import contextmanager

from . import package, rival, upload
from .place import GIB, MIB, TOOLS
from .plot import bars
from .process import Failed, Server, environment
from .store import Sink, closed, forget
from .table import markdown, middle, seconds, size, target

TITLE = "A long line"
ABOUT = """The link between the client and the sink adds 100 ms of round trip and lets each connection have 4 MiB a second, so
the most that can be had is the number of connections times that. The time is from the first connection to the last answer,
handshakes and the block list included. *Connections* are the most that were open at once; who opens them one after the other
has less of that, and what they had of the cap while they were open stands beside it. What travels to the API does not go
through the link. Who has one connection only is given 64 MiB."""

ROUND_TRIP_MS = 100
RATE = 4 * MIB
# Payload and rounds. Who has one connection only has the rate of one at any size.
MODES = {"quick": (64 * MIB, 1), "full": (GIB, 1)}
ALONE = ("put", "python")
ALONE_PAYLOAD = 64 * MIB
CONTESTANTS = ("put", "azure", "python", "node", "azcopy")


@contextmanager
def link(server, round_trip_ms=ROUND_TRIP_MS, rate=RATE):
    """A link to a server (`host:port`)."""
    with Server([TOOLS / "link", server, round_trip_ms, rate], environment()) as running:
        yield running


def run(bench):
    most, rounds = MODES[bench.mode]
    rivals, notes = rival.available()
    samples = {}
    with Sink() as sink, link(sink.ready["https"].removeprefix("https://")) as line:
        base = f"https://{line.ready['listen']}/devstoreaccount1"
        for number in range(rounds):
            for one in ["publish", *(one for one in rivals if one.name in CONTESTANTS)]:
                name = one if isinstance(one, str) else one.name
                payload = ALONE_PAYLOAD if name in ALONE else most
                sink.forget()
                forget(line.ready["control"])
                try:
                    if name == "publish":
                        sample = upload.ours(bench, sink, name, payload, "https", base)
                    else:
                        sample = upload.theirs(sink, one, payload, "https", base)
                except Failed as failure:
                    notes.append(f"{name}: {str(failure).splitlines()[-1]}")
                    bench.say(f"{name} failed: {failure}")
                    continue
                seen = closed(line.ready["control"])
                sample |= {"round": number, "span": seen["span"], "carriers": seen["carriers"], "payload": payload, "rate": payload / seen["span"]}
                sample["partOfOpen"] = payload / (seen["carried"] * RATE)
                sample["part"] = sample["rate"] / (seen["carriers"] * RATE)
                samples.setdefault(name, []).append(sample)
                used = f"{sample['part']:.0%}, {sample['partOfOpen']:.0%} while open"
                bench.say(f"{number + 1}/{rounds} {name}: {seconds(seen['span'])}, {seen['carriers']} connections, {used}")
    rows = []
    if mine := samples.get("publish"):
        part = middle(mine, "part")
        rows.append(
            target("100 ms round trip, each connection capped: rate / (connections × cap)", "≥ 90 %", f"{part:.1%}", part >= 0.9)
        )
    return {"payload": most, "rounds": rounds, "samples": samples, "notes": sorted(set(notes)), "targets": rows}


def page(result):
    titles = {"publish": "`flightline publish`", **{one.name: one.title for one in rival.RIVALS}}
    rows, groups = [], []
    for name, samples in result["samples"].items():
        rows.append(
            [
                titles[name],
                package.label(samples[0]["payload"]),
                seconds(middle(samples, "span")),
                seconds(middle(samples, "wall")),
                f"{middle(samples, 'carriers'):.0f}",
                f"{size(middle(samples, 'rate'))}/s",
                f"{middle(samples, 'part'):.1%}",
                f"{middle(samples, 'partOfOpen'):.1%}",
                size(max(sample["memory"] for sample in samples)),
            ]
        )
        groups.append((titles[name], {"of its connections' caps": 100 * middle(samples, "part")}))
    head = [
        "",
        "package",
        "upload",
        "whole process",
        "connections",
        "rate",
        "rate / (connections × cap)",
        "while they were open",
        "peak memory",
    ]
    caption = "How much of its connections each used (dashed: the target)"
    about = f"{package.label(result['payload'])}, {result['rounds']} round(s)."
    text = f"{about}\n\n{markdown(head, rows)}\n\n![{caption}](benchmarks/link.svg)\n"
    return text, {"link.svg": bars(caption, "%", groups, ours={"`flightline publish`"}, targets=[90])}
