"""The other emulator of the blob service."""

import base64
import hashlib
import hmac
import socket
import subprocess
import time
import urllib.parse

from .process import Failed, ask, cpu_of, environment, memory_of
from .rival import node_tool

# The account and key that every emulator of Azure storage has, as its documentation prints them.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite:
    """A running Azurite that keeps its data in a folder."""

    def __init__(self, folder):
        program = node_tool("azurite") / "node_modules" / ".bin" / "azurite-blob"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [
            program,
            "--location",
            folder,
            "--blobPort",
            self.port,
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent",
        ]
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in command],
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.answers():
            if self.process.poll() is not None or time.perf_counter() > started + 60:
                self.stop()
                raise Failed("azurite was never ready")
            time.sleep(0.005)
        self.ready_after = time.perf_counter() - started

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def blob(self, name):
        """The signed address of a blob in a container that is made for it."""
        base, query = f"http://127.0.0.1:{self.port}/{ACCOUNT}", signature()
        ask(f"{base}/bench?restype=container&{query}", "PUT", b"", {"x-ms-version": "2021-12-02"})
        return f"{base}/bench/{name}?{query}"

    def cpu(self):
        return cpu_of(self.process.pid)

    def memory(self):
        return memory_of(self.process.pid)

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def signature():
    """An account signature: https://learn.microsoft.com/rest/api/storageservices/create-account-sas."""
    values = {
        "sp": "rwdlac",
        "ss": "b",
        "srt": "sco",
        "st": "",
        "se": "2099-01-01T00:00:00Z",
        "sip": "",
        "spr": "https,http",
        "sv": "2021-12-02",
    }
    text = "\n".join([ACCOUNT, *values.values(), "", ""])
    signed = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    given = {name: value for name, value in values.items() if value}
    return urllib.parse.urlencode({**given, "sig": base64.b64encode(signed).decode()})
