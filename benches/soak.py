#!/usr/bin/env python3
"""Kills real publishes and a real emulator at random, and looks whether anything is lost. See README.md beside this file."""

import argparse
import dataclasses
import secrets
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from driver.place import ROOT, RUN, WORK  # noqa: E402
from driver.process import Failed  # noqa: E402
from soak.round import Round, Tally  # noqa: E402
from soak.world import World  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=200, metavar="ROUNDS", help="how many (default: 200)")
    parser.add_argument("seed", nargs="?", default=None, metavar="SEED", help="any word; default: a new one, which is printed")
    parser.add_argument("--from", dest="first", type=int, default=1, metavar="N", help="the round to begin with")
    parser.add_argument("--brief", action="store_true", help="nothing that has to wait for a minute")
    parser.add_argument("--flightline", type=Path, help="a binary to take instead of building one")
    args = parser.parse_args()
    seed = args.seed or secrets.token_hex(4)
    if not seed.isalnum():
        parser.error("a seed is letters and digits")
    flightline = (args.flightline or build()).resolve()
    (RUN / "home").mkdir(parents=True, exist_ok=True)
    print(f"seed {seed}, {args.rounds} rounds from {args.first}, {flightline}", flush=True)
    failed = soak(flightline, range(args.first, args.first + args.rounds), seed, args.brief)
    sys.exit(1 if failed else 0)


def build():
    subprocess.run(["cargo", "build", "--quiet", "-p", "flightline"], cwd=ROOT, check=True)
    return ROOT / "target" / "debug" / "flightline"


def soak(flightline, numbers, seed, is_brief):
    """Runs the rounds, each in what the last one left. After one that fails the world begins anew, and its ruins stay."""
    folder, tally, failed, world = WORK / "soak" / seed, Tally(), [], None
    began = time.monotonic()
    for number in numbers:
        one = None
        try:
            world = world or World(flightline, folder, tally, is_brief)
            one = Round(world, number, seed)
            started = time.monotonic()
            one.run()
            print(f"round {number}: {one.job.kind}, {one.plan}: ok, {time.monotonic() - started:.1f} s", flush=True)
            one.remove()
        except (Failed, OSError, ValueError, KeyError, AttributeError) as failure:
            failed.append(number)
            if not isinstance(failure, Failed):
                traceback.print_exc()
            report(one, number, folder, failure, f"{seed} --from {number}{' --brief' if is_brief else ''}")
            if world:
                world.end()
            world = None
        except BaseException:
            # Whoever ends the soak ends its Store.
            if world:
                world.end()
            raise
    if world:
        world.end()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(numbers)} rounds in {time.monotonic() - began:.0f} s with seed {seed}: {len(failed)} failed {failed or ''}")
    for name, value in dataclasses.asdict(tally).items():
        print(f"  {name.replace('_', ' ')}: {value}")
    return failed


def report(one, number, folder, failure, again):
    """What failed, where its traces are, and what plays it again."""
    print(f"round {number} FAILED: {failure}", flush=True)
    if one:
        print(f"  {one.job.kind} {one.job.product}: {one.plan}")
        print(f"  {' '.join(str(word) for word in one.job.command)}")
        for output in one.outputs[-2:]:
            print("".join(f"  | {line}\n" for line in output.read_text(errors="replace").splitlines()[-12:]), end="")
    ruins = folder.with_name(f"{folder.name}-failed-{number}")
    shutil.rmtree(ruins, ignore_errors=True)
    if folder.exists():
        shutil.copytree(folder, ruins, ignore=shutil.ignore_patterns("*.block"))
    print(f"  traces: {ruins}")
    print(f"  again: python3 benches/soak.py 1 {again}", flush=True)


if __name__ == "__main__":
    main()
