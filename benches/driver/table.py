"""Figures: medians, ratios, and how they are spelled."""

from statistics import median

from .place import GIB, MIB


def middle(samples, name):
    return median(sample[name] for sample in samples)


def ratio(ours, theirs, name):
    """The median of the ratios of each round: what disturbed a round disturbed both in it."""
    pairs = [(a[name], b[name]) for a, b in zip(ours, theirs) if b[name]]
    return median(a / b for a, b in pairs) if pairs else None


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def size(value):
    return f"{value / GIB:.2f} GiB" if value >= GIB else f"{value / MIB:.1f} MiB"


def target(what, wanted, reached, is_met, note=""):
    return {"what": what, "wanted": wanted, "reached": reached, "met": is_met, "note": note}


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])
