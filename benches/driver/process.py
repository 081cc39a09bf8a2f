"""Processes: measured ones, servers that run beside them, and an environment in which only what is meant is set."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from .place import RUN, TOOLS


class Failed(Exception):
    """A process did not do what it should."""


def environment(**more):
    """What every child gets: no proxy, no authority and no credential of whoever runs the bench."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(RUN / "home"), **{name: str(value) for name, value in more.items()}}


def measured(command, env, limit=900):
    """Runs a command as a whole process: its wall and CPU in seconds, and its peak memory in bytes."""
    out = RUN / "measure.json"
    out.unlink(missing_ok=True)
    with open(RUN / "output.txt", "w+b") as output:
        command = [str(word) for word in [TOOLS / "measure", out, *command]]
        try:
            done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=limit)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{command[2]} took more than {limit} s") from late
        if done.returncode != 0:
            output.seek(0)
            raise Failed(f"{' '.join(command[2:])}\n{output.read().decode(errors='replace')[-2000:]}")
    sample = json.loads(out.read_text())
    sample["cpu"] = sample["user"] + sample["system"]
    return sample


class Server:
    """A process that says in one line of JSON that it is ready, and is ended with the bench."""

    def __init__(self, command, env, limit=60):
        started = time.perf_counter()
        self.errors = tempfile.TemporaryFile()
        command = [str(word) for word in command]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors)
        ready, _, _ = select.select([self.process.stdout], [], [], limit)
        line = self.process.stdout.readline() if ready else b""
        self.ready_after = time.perf_counter() - started
        if not line.strip():
            self.stop()
            self.errors.seek(0)
            raise Failed(f"{command[0]} was never ready: {self.errors.read().decode(errors='replace')[-2000:]}")
        self.ready = json.loads(line)

    def cpu(self):
        """Seconds of user and system so far (Linux)."""
        return cpu_of(self.process.pid)

    def memory(self):
        """The most memory it has had, in bytes (Linux)."""
        return memory_of(self.process.pid)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@contextmanager
def scratch():
    """A folder that goes with whatever was done in it."""
    folder = Path(tempfile.mkdtemp(dir=RUN))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ask(url, method="GET", body=None, headers=None):
    """A request of our own, past any proxy; the answer's JSON or text."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        text = answer.read().decode()
    return json.loads(text) if text.startswith(("{", "[")) else text
