"""`docs/benchmarks.md`, its plots and the results behind them."""

import json

from .place import PAGE, PLOTS, RESULTS
from .table import markdown

OPENING = """# Benchmarks

Written by `just bench`, which takes them all, or `just bench NAME`, which takes one anew and leaves the others as they are.
Every figure is of whole processes on one machine. In a round everybody has one turn; medians are over rounds, and a ratio is
the median of the ratios of each round. The figures behind the tables are in [benchmarks/results.json](benchmarks/results.json).
"""


def load():
    return json.loads(RESULTS.read_text()) if RESULTS.exists() else {}


def write(results, comparisons):
    """Puts results that were just taken to the others, and writes the page from all."""
    PLOTS.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    text = [OPENING, "## Targets\n", targets(results, comparisons)]
    for name, comparison in comparisons.items():
        if name in results:
            result = results[name]
            try:
                body, plots = comparison.page(result)
            except KeyError as missing:
                # Figures that an earlier version of the bench left do not stand in the way of those of today.
                body, plots = f"To be taken anew: its figures are of a time before they had {missing}.\n", {}
            text.append(f"## {comparison.TITLE}\n")
            text.append(comparison.ABOUT + "\n")
            text.append(
                f"`just bench {name}`; {result['mode']}, {result['machine']['date']}, commit "
                f"{result['machine']['versions']['commit']}, load {result['machine']['load']}.\n"
            )
            text.append(body)
            text += [f"- {note}" for note in result.get("notes", [])] + [""]
            for file, svg in plots.items():
                (PLOTS / file).write_text(svg)
    text.append(machine(results))
    PAGE.write_text("\n".join(text).rstrip() + "\n")


def targets(results, comparisons):
    rows = []
    for name in comparisons:
        for one in results.get(name, {}).get("targets", []):
            met = "yes" if one["met"] else "**no**"
            rows.append([f"{one['what']} ([{name}](#{anchor(comparisons[name].TITLE)}))", one["wanted"], one["reached"], met])
    return markdown(["measure", "target", "reached", "met"], rows) + "\n"


def anchor(title):
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -")
    return kept.replace(" ", "-")


def machine(results):
    newest = max((result["machine"] for result in results.values()), key=lambda machine: machine["date"])
    rows = [[name, newest[name]] for name in ("processor", "memory", "system")] + sorted(newest["versions"].items())
    return "## The machine\n\n" + markdown(["", ""], rows)
