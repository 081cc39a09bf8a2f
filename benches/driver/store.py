"""The two servers of a run: the sink that takes uploads, and the emulator of the Store that hands out addresses to it."""

import time
from contextlib import contextmanager

from .place import RUN, TOOLS
from .process import Failed, Server, ask, environment, scratch


class Sink(Server):
    """The blob service that keeps nothing."""

    def __init__(self):
        super().__init__([TOOLS / "sink", RUN / "sink.pem"], environment())

    def base(self, scheme):
        return f"{self.ready[scheme]}/devstoreaccount1"

    def report(self):
        return ask(f"{self.ready['http']}/_sink")

    def forget(self):
        forget(f"{self.ready['http']}/_sink")

    def address(self, scheme, name, base=None):
        """An address with a signature that nobody checks, in the form that the Store hands out."""
        query = "sv=2021-12-02&se=2099-01-01T00%3A00%3A00Z&sr=b&sp=rwl&sig=c2lnbmF0dXJlIG9mIG5vYm9keSwgY2hlY2tlZCBieSBubyE%3D"
        return f"{base or self.base(scheme)}/ingestion/{name}?{query}"

    def held(self, length):
        """Fails unless exactly one blob was committed, in this length (or at least one byte where none is known)."""
        report = self.report()
        blobs = [blob["length"] for blob in report["blobs"].values() if blob["committedBlocks"] is not None]
        if len(blobs) != 1 or (blobs[0] != length if length else blobs[0] == 0):
            raise Failed(f"the sink was to hold {length} bytes and holds {blobs}: {report}")
        return report


def forget(control):
    """Has a counter begin anew, once the connections of whoever was before are gone."""
    closed(control)
    ask(control, "DELETE")


def closed(control):
    """What a counter says once no connection is open any more."""
    for _ in range(500):
        report = ask(control)
        if not report["open"]:
            return report
        time.sleep(0.01)
    raise Failed(f"connections stay open: {report}")


@contextmanager
def emulator(flightline, *args, **more):
    """A Store of its own, ready; with the environment of somebody who publishes to it."""
    with scratch() as folder:
        command = [flightline, "emulator", "--listen", "127.0.0.1:0", "--pace", "instant", *args]
        with Server(command, environment(HOME=folder, TMPDIR=folder, **more)) as server:
            yield server, folder


def person(ready, folder, authorities=()):
    """The environment of somebody with the Store's credentials, on a machine that has never published."""
    authorities = [path for path in [ready.get("ca"), *authorities] if path]
    env = environment(
        HOME=folder,
        FLIGHTLINE_STATE=folder / "state",
        FLIGHTLINE_API_URL=ready["api"],
        FLIGHTLINE_LOGIN_URL=ready["login"],
        FLIGHTLINE_TENANT_ID=ready["tenantId"],
        FLIGHTLINE_CLIENT_ID=ready["clientId"],
        FLIGHTLINE_CLIENT_SECRET=ready["clientSecret"],
        FLIGHTLINE_APP=ready["applicationId"],
    )
    if authorities:
        bundle = folder / "authorities.pem"
        bundle.write_text("".join(open(path).read() for path in authorities))
        env["FLIGHTLINE_CA_FILE"] = str(bundle)
    return env
