"""Whole processes that upload a package: ours and the rivals', in turn, against the sink."""

from . import package, rival
from .place import GIB, MIB
from .plot import bars
from .process import Failed, measured
from .store import Sink, emulator, person
from .table import markdown, middle, ratio, seconds, size, target

TITLE = "Uploads"
ABOUT = """Each uploads the same package, or a ready-made ZIP with it, to a blob service that throws the bytes away. `flightline
publish` is given the package, reads its manifest, makes the draft, and sends the ZIP that it lays out itself, with a checksum
for each block; its token and five small requests of the API are part of its figures, and `--no-commit` ends it there.
`flightline submission upload` and the rivals are given the ZIP. The Rust crate, the SDKs and azcopy have their own defaults;
"ZIP made first" has Python's `zipfile` write it in the same process.
10 GiB is a sparse file, with a few bytes of its own in each mebibyte so that no two blocks are alike: `flightline` would send
what is alike once. One PUT of more than 5000 MiB would be refused by the real
service."""

OURS = {"publish": "`flightline publish`", "upload": "`flightline submission upload`"}

# How far apart peaks of memory may be that count as the same.
SAME = 1.25

# Payload, rounds.
SIZES = {"quick": [(64 * MIB, 1)], "full": [(64 * MIB, 5), (GIB, 3), (10 * GIB, 1)]}


def run(bench):
    """Every size over plain HTTP and TLS."""
    rivals, notes = rival.available()
    cases = []
    with Sink() as sink:
        for payload, rounds in SIZES[bench.mode]:
            for scheme in ("http", "https"):
                cases.append(case(bench, sink, rivals, payload, scheme, rounds, notes))
    return {"cases": cases, "notes": sorted(set(notes)), "targets": targets(cases)}


def case(bench, sink, rivals, payload, scheme, rounds, notes):
    samples = {}
    contestants = [*OURS, *(one for one in rivals if scheme in one.schemes and not too_much(one, payload))]
    for number in range(rounds):
        for one in contestants:
            name = one if isinstance(one, str) else one.name
            if number and name == "put-plain":
                # Known well enough after one.
                continue
            sink.forget()
            package.settle(payload)
            try:
                sample = ours(bench, sink, one, payload, scheme) if name in OURS else theirs(sink, one, payload, scheme)
            except Failed as failure:
                notes.append(f"{name}, {package.label(payload)} over {scheme}: {str(failure).splitlines()[-1]}")
                bench.say(f"{name} failed: {failure}")
                continue
            samples.setdefault(name, []).append({"round": number, **sample})
            bench.say(
                f"{package.label(payload)} {scheme} {number + 1}/{rounds} {name}: {seconds(sample['wall'])}, "
                f"CPU {seconds(sample['cpu'])}, {size(sample['memory'])}"
            )
    return {"payload": payload, "scheme": scheme, "rounds": rounds, "samples": samples}


def too_much(one, payload):
    # A ZIP of ten real GiB written to the disk measures the disk; pieces of 4 KiB are known to be slow by then.
    return payload > 4 * GIB and one.name in ("python-zip", "put-plain")


def ours(bench, sink, name, payload, scheme, base=None):
    """One publish, or the upload alone, on a machine that has never published, to a Store that has just begun."""
    base = base or sink.base(scheme)
    args = ["--blob-url", base] + (["--http"] if scheme == "http" else [])
    with emulator(bench.flightline, *args) as (store, folder):
        env = person(store.ready, folder, [sink.ready["ca"]] if scheme == "https" else [])
        if name == "publish":
            command, length = [bench.flightline, "publish", package.package(payload), "--no-commit"], None
        else:
            measured([bench.flightline, "submission", "create"], env)
            file = package.ready_made(payload)
            command, length = [bench.flightline, "submission", "upload", "--file", file], file.stat().st_size
        sample = measured(command, env)
    return with_report(sample, sink.held(length), payload)


def theirs(sink, one, payload, scheme, base=None):
    file = package.ready_made(payload)
    command = one.command(sink.address(scheme, one.name, base), file, package.package(payload))
    sample = measured(command, one.environment(sink.ready["ca"]))
    return with_report(sample, sink.held(None if one.name == "python-zip" else file.stat().st_size), payload)


def with_report(sample, report, payload):
    sample["requests"] = sum(report["requests"].values())
    sample["connections"] = report["mostOpen"]
    sample["cpuPerGib"] = sample["cpu"] * GIB / payload
    return sample


def find(cases, payload, scheme, name):
    for one in cases:
        if (one["payload"], one["scheme"]) == (payload, scheme):
            return one["samples"].get(name)
    return None


def targets(cases):
    """The lines of the table of targets that this comparison can fill."""
    rows = []
    biggest = GIB if any(one["payload"] == GIB for one in cases) else cases[0]["payload"]
    mine = find(cases, biggest, "https", "publish")
    for rival_name, measure, limit, what in [
        ("put", "cpu", 1.25, "client CPU over TLS, ZIP, CRC, ids and upload / one streamed PUT"),
        ("put-plain", "cpu", 1.25, "the same / one streamed PUT as `Body::from(file)` makes it"),
        ("azure", "wall", 1.0, "wall over TLS / `azure_storage_blob` with a ready-made ZIP"),
        ("python", "wall", 0.5, "wall over TLS / Python SDK with a ready-made ZIP"),
    ]:
        other = find(cases, biggest, "https", rival_name)
        if mine and other:
            reached = ratio(mine, other, measure)
            what = f"{package.label(biggest)}: {what}"
            rows.append(target(what, f"≤ {limit:.2f} ×", f"{reached:.2f} ×", reached <= limit))
    peaks = [sample["memory"] for one in cases for sample in one["samples"].get("publish", [])]
    if peaks:
        sizes = sorted({one["payload"] for one in cases})
        what = f"peak memory of a publish, {package.label(sizes[0])} to {package.label(sizes[-1])}"
        reached = f"{size(min(peaks))} to {size(max(peaks))}"
        is_met = max(peaks) <= 64 * MIB and max(peaks) <= SAME * min(peaks)
        rows.append(target(what, "≤ 64 MiB, the same at every size", reached, is_met))
    return rows


def page(result):
    """The comparison as Markdown, and its plots."""
    text, plots = [], {}
    titles = {**OURS, **{one.name: one.title for one in rival.RIVALS}}
    for one in result["cases"]:
        over = "TLS" if one["scheme"] == "https" else "plain HTTP"
        text.append(f"### {package.label(one['payload'])} over {over}, {one['rounds']} round(s)\n")
        mine = one["samples"].get("publish")
        rows = []
        for name, samples in one["samples"].items():
            ratios = [f"{ratio(mine, samples, what):.2f}" if mine else "" for what in ("wall", "cpu")]
            rows.append(
                [
                    titles[name],
                    seconds(middle(samples, "wall")),
                    seconds(middle(samples, "cpu")),
                    seconds(middle(samples, "cpuPerGib")),
                    size(max(sample["memory"] for sample in samples)),
                    f"{middle(samples, 'requests'):.0f}",
                    f"{middle(samples, 'connections'):.0f}",
                    *ratios,
                ]
            )
        head = [
            "",
            "wall",
            "CPU",
            "CPU per GiB",
            "peak memory",
            "requests",
            "connections",
            "publish's wall / its",
            "publish's CPU / its",
        ]
        text.append(markdown(head, rows) + "\n")
        stem = f"upload-{package.label(one['payload']).replace(' ', '').lower()}-{one['scheme']}"
        caption = f"{package.label(one['payload'])} over {over}: seconds, wall and CPU"
        groups = [
            (titles[name], {what: middle(samples, what) for what in ("wall", "cpu")}) for name, samples in one["samples"].items()
        ]
        plots[f"{stem}.svg"] = bars(caption, "s", groups, ours=set(OURS.values()))
        text.append(f"![{caption}](benchmarks/{stem}.svg)\n")
    return "\n".join(text), plots
