"""Where things are. Everything that is built or installed lies below `target/bench`."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ROOT / "benches"
WORK = ROOT / "target" / "bench"
TOOLS = WORK / "release"
FILES = WORK / "files"
RUN = WORK / "run"
PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "benchmarks"
RESULTS = PLOTS / "results.json"
MIB = 1 << 20
GIB = 1 << 30
