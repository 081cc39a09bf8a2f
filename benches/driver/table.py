"""Figures: medians, ratios, and how they are spelled."""

from statistics import median

from .place import GIB, MIB


def middle(samples, name):
    return median(sample[name] for sample in samples)


def ratio(ours, theirs, name):
    """The median of the ratios of each round that both took part in: what disturbed a round disturbed both in it."""
    others = {sample["round"]: sample[name] for sample in theirs}
    return median(sample[name] / others[sample["round"]] for sample in ours if others.get(sample["round"]))


def seconds(value):
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def size(value):
    return f"{value / GIB:.2f} GiB" if value >= GIB else f"{value / MIB:.1f} MiB"


def target(what, wanted, reached, is_met, note=""):
    return {"what": what, "wanted": wanted, "reached": reached, "met": is_met, "note": note}


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])
