#!/usr/bin/env python3
"""Lets a crowd of clients at an emulator for some seconds, and says what was wrong. `just bench load` puts it on the page."""

import argparse
import json
import secrets
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from driver import load  # noqa: E402
from driver.place import ROOT, RUN, WORK  # noqa: E402
from driver.table import seconds, size  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60, metavar="SECONDS", help="for how long (default: 60)")
    parser.add_argument("seed", nargs="?", type=int, metavar="SEED", help="a number; default: a new one, which is printed")
    parser.add_argument("--clients", type=int, default=load.CLIENTS, metavar="N", help=f"how many (default: {load.CLIENTS})")
    parser.add_argument("--flightline", type=Path, help="a binary to take instead of building one")
    args = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if args.seed is None else args.seed
    flightline = args.flightline
    if flightline is None:
        subprocess.run(["cargo", "build", "--quiet", "-p", "flightline"], cwd=ROOT, check=True)
        flightline = ROOT / "target" / "debug" / "flightline"
    subprocess.run(["cargo", "build", "--quiet"], cwd=load.PACKAGE, check=True)
    (RUN / "home").mkdir(parents=True, exist_ok=True)
    print(f"{args.clients} clients for {args.seconds:g} s, seed {seed}", flush=True)
    result = load.crowd(flightline.resolve(), WORK / "debug" / "flightline-crowd", args.seconds, seed, args.clients)
    for what, one in [*result["kinds"].items(), ("all", result["all"])]:
        print(f"  {what}: {one['count']}, p50 {seconds(one['p50'])}, p99 {seconds(one['p99'])}, longest {seconds(one['most'])}")
    print(f"  {result['rate']:.0f} requests/s; {json.dumps(result['counts'])}; {result['submissions']} submissions")
    resident = result["memory"]
    print(f"  memory: {size(resident['early'])} then {size(resident['late'])}, at most {size(resident['most'])}")
    print(f"{result['wrong']} wrong")
    for one in result["told"]:
        print(f"  {one}")
    sys.exit(1 if result["wrong"] else 0)


if __name__ == "__main__":
    main()
