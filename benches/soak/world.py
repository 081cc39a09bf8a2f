"""Where the rounds happen: a Store, a machine that publishes to it, and how long things take here."""

import shutil

from .account import account
from .job import KINDS
from .round import Round, calm
from .store import Store

COPIES = 3


class World:
    """A Store with its folder, and the state folder of a machine that publishes to it."""

    def __init__(self, flightline, folder, tally, is_brief):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.flightline, self.folder, self.tally = flightline, folder, tally
        self.is_brief = is_brief
        self.state = folder / "state"
        self.account = account(COPIES)
        self.store = Store(flightline, folder, COPIES)
        self.store.start()
        # Seconds by kind, and bytes in a block of an upload.
        self.times, self.block = {}, 0
        try:
            self.measure()
        except BaseException:
            self.end()
            raise

    def took(self, kind):
        """Seconds that a publish of this kind takes when nothing is killed."""
        return self.times[kind]

    def measure(self):
        """Publishes one of each kind, and a large one, with nothing killed: kills happen at shares of that."""
        for number, kind in enumerate(KINDS, 1):
            self.times[kind] = self.calm(-number, calm(kind, False)).first
        large = self.calm(-len(KINDS) - 1, calm("app", True))
        self.block = large.job.bytes / large.blocks

    def calm(self, number, plan):
        one = Round(self, number, "calm", plan)
        one.run()
        one.remove()
        return one

    def end(self):
        if self.store.process and self.store.process.poll() is None:
            self.store.kill()
