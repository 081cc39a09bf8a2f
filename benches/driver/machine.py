"""The machine and the versions of everything."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

from . import rival
from .place import BENCHES


def first_line(*command):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "not there"


def describe(flightline):
    info = Path("/proc/cpuinfo")
    names = (
        [line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        if info.exists()
        else []
    )
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": f"{os.cpu_count()} × {names[0] if names else platform.processor()}",
        "memory": f"{pages / (1 << 30):.0f} GiB",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "load": f"{os.getloadavg()[0]:.2f} before it began",
        "versions": {
            "flightline": first_line(flightline, "--version"),
            "commit": first_line("git", "-C", BENCHES, "describe", "--always", "--dirty"),
            "rustc": first_line("rustc", "--version"),
            "Python": platform.python_version(),
            "Node.js": first_line("node", "--version"),
            **crates(),
            **rival.VERSIONS,
        },
    }


def crates():
    """The versions of the crates that are measured, from the lock file."""
    lock, found = (BENCHES / "Cargo.lock").read_text().split("[[package]]"), {}
    for name in ("azure_storage_blob", "reqwest", "rustls", "ring"):
        versions = [part.split('version = "')[1].split('"')[0] for part in lock if f'name = "{name}"\n' in part]
        found[f"crate {name}"] = ", ".join(versions)
    return found
