#!/usr/bin/env python3
"""Takes the benchmarks, or those that are named, and writes docs/benchmarks.md. See README.md beside this file."""

import argparse
import dataclasses
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from driver import link, load, machine, page, request, resume, service, start, upload  # noqa: E402
from driver.place import BENCHES, ROOT, RUN  # noqa: E402

COMPARISONS = {
    "upload": upload,
    "link": link,
    "resume": resume,
    "service": service,
    "start": start,
    "requests": request,
    "load": load,
}


@dataclasses.dataclass
class Bench:
    """What every comparison is given."""

    flightline: Path
    mode: str

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"a comparison: {', '.join(COMPARISONS)}; 'quick' is --quick")
    parser.add_argument("--quick", action="store_true", help="one round with small packages")
    parser.add_argument("--flightline", type=Path, help="a binary to take instead of building one")
    parser.add_argument("--page", action="store_true", help="only write the page again from the results")
    args = parser.parse_args()
    names = [name for name in args.names if name != "quick"]
    if unknown := [name for name in names if name not in COMPARISONS]:
        parser.error(f"no such comparison: {', '.join(unknown)}; there are {', '.join(COMPARISONS)}")
    results = page.load()
    if not args.page:
        quick = args.quick or "quick" in args.names
        take(results, names or list(COMPARISONS), "quick" if quick else "full", args.flightline)
    page.write(results, COMPARISONS)


def take(results, names, mode, flightline):
    # The installers may need the caller's proxy and authorities; whatever is measured gets an environment of its own.
    for package in {getattr(COMPARISONS[name], "PACKAGE", BENCHES) for name in names}:
        subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=package, check=True)
    if flightline is None:
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "flightline"], cwd=ROOT, check=True)
        flightline = ROOT / "target" / "release" / "flightline"
    (RUN / "home").mkdir(parents=True, exist_ok=True)
    bench = Bench(flightline.resolve(), mode)
    for name in names:
        started = time.monotonic()
        described = machine.describe(bench.flightline)
        bench.say(f"{name} ({mode})")
        result = COMPARISONS[name].run(bench)
        results[name] = {"mode": mode, "machine": described, "seconds": round(time.monotonic() - started), **result}
        # What was taken is kept, whatever happens to the next one.
        page.write(results, COMPARISONS)


if __name__ == "__main__":
    main()
