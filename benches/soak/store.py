"""A Store in a process of its own, which is killed and started again in the same folder, and looked into from outside."""

import json
import random
import select
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
from contextlib import closing

from driver.process import Failed, ask, environment

from .account import account

# Below the ports that systems hand out, so that nobody has it by chance while the Store is down.
PORTS = range(20000, 30000)
# What the emulator counts from.
NONE_MADE = 1_152_921_505_701_000_000


class Store:
    """`flightline emulator --data`, over plain HTTP on ports that stay the same."""

    def __init__(self, flightline, folder, copies=2):
        self.flightline, self.folder = flightline, folder
        self.ports = free_ports(2)
        self.errors = folder / "emulator.txt"
        self.starts = 0
        self.process, self.pace = None, None
        (folder / "account.json").write_text(json.dumps(account(copies)))
        (folder / "emulator-home").mkdir()

    def start(self, pace="instant"):
        command = [self.flightline, "emulator", "--http", "--data", self.folder / "store", "--pace", pace]
        command += ["--listen", f"127.0.0.1:{self.ports[0]}", "--control", f"127.0.0.1:{self.ports[1]}"]
        command += ["--account", self.folder / "account.json"]
        env = environment(HOME=self.folder / "emulator-home")
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(
                [str(word) for word in command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        line = self.process.stdout.readline() if ready else b""
        if not line.strip():
            self.kill()
            raise Failed(f"the emulator does not come up again: {self.errors.read_text()[-2000:]}")
        self.starts += 1
        self.pace = pace
        self.ready = json.loads(line)

    def kill(self):
        """As a machine does that loses its power."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def state(self):
        try:
            return ask(f"{self.ready['control']}/state")
        except (urllib.error.URLError, OSError) as failure:
            raise Failed(f"the control port does not answer: {failure}") from failure

    def database(self):
        return closing(sqlite3.connect(self.folder / "store" / "store.sqlite", timeout=30, isolation_level=None))

    def made(self):
        """The number that the last submission got: what was made and is gone again counts."""
        with self.database() as db:
            found = db.execute("SELECT next FROM sequence WHERE name = 'submission'").fetchone()
        return found[0] if found else NONE_MADE

    def waiting(self):
        """The blocks that were put and are in no blob yet, by the blob."""
        blocks = {}
        with self.database() as db:
            for name, block in db.execute("SELECT name, block FROM blob_waiting"):
                blocks.setdefault(name, set()).add(block)
        return blocks

    def blob(self, name):
        """The bytes of a blob, from the block files."""
        with self.database() as db:
            rows = db.execute(
                "SELECT hex(file) FROM blob_part JOIN blob ON blob.id = blob_part.blob WHERE name = ? ORDER BY place", [name]
            ).fetchall()
        blocks = self.folder / "store" / "blobs" / "blocks"
        return b"".join((blocks / f"{file.lower()}.block").read_bytes() for (file,) in rows)

    def draft_by_hand(self, product):
        """Somebody begins a submission in Partner Center. `None` where the slot is taken."""
        with self.database() as db:
            try:
                db.execute("BEGIN IMMEDIATE")
                (live, number) = db.execute(
                    "SELECT id, number FROM submission WHERE product = ? AND status = 'Published' ORDER BY number DESC", [product]
                ).fetchone()
                draft = f"11529215{random.randrange(10**11):011}"
                db.execute(
                    "INSERT INTO submission SELECT ?, kind, product, 'portal', 'PendingCommit', since, ?, document, details,"
                    " NULL, NULL, lower(hex(randomblob(16))), 0 FROM submission WHERE id = ?",
                    [draft, number + 1, live],
                )
                db.execute("COMMIT")
                return draft
            except sqlite3.IntegrityError:
                db.execute("ROLLBACK")
                return None

    def edit_by_hand(self, draft):
        """Somebody saves a draft that was begun by the API."""
        ask(f"{self.ready['control']}/edit?submission={draft}", "POST", b"{}")

    def discard_by_hand(self, draft):
        ask(f"{self.ready['control']}/discard?submission={draft}", "POST", b"")


def free_ports(count):
    """Ports that nobody listens on. Drawn apart from the seed: two soaks may run side by side."""
    found, dice = [], random.SystemRandom()
    while len(found) < count:
        port = dice.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def ends(process, limit):
    """The exit code, or `None` after so many seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if process.poll() is not None:
            return process.returncode
        time.sleep(0.005)
    return None

