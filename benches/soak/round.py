"""One round: a publish and a Store that are killed again and again, and then the same command until it ends 0."""

import random
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
from dataclasses import dataclass, field

from driver.process import Failed, environment

from . import truth
from .job import KINDS, draw
from .store import ends

# Seconds after which a publish hangs. A draft of nobody's is let lie for a minute (the longest wait that is meant).
PATIENCE = 180
# Seconds after which an upload is past, or the Store down: the publish is killed then, wherever it is.
LONGEST_UPLOAD = 5
# How often the same command may be needed once nothing is killed any more.
MOST_RUNS = 3
# Exit codes that tell the truth while things are killed: done, trouble, conflict, no such submission.
WHILE_KILLED = (0, 1, 4, 6)
BUSY = 4
BLOCK = re.compile(r"[?&]blockid=([^&]+)")


@dataclass
class Plan:
    """What happens in a round, drawn before it begins."""

    # The moments at which the publish is killed, as shares of the time that one takes; where it is large, of the blocks to upload.
    kills: list
    # Seconds from the last, until the Store is killed; and for how long it is down.
    outages: list
    is_large: bool
    twin: str | None
    person: str | None
    wipes: bool
    runs_through: bool
    pace: str
    # The kind of product, where it is not for the dice.
    kind: str | None = None

    def __str__(self):
        words = [f"{len(self.kills)} kills", f"{len(self.outages)} outages"]
        words += ["large"] if self.is_large else []
        words += [f"twin {self.twin}"] if self.twin else []
        words += [f"person {self.person}"] if self.person else []
        words += ["wiped"] if self.wipes else []
        words += [self.pace] if self.pace != "instant" else []
        return ", ".join(words)


def brief(plan, number):
    """Without what may have to wait for a minute: a draft of nobody's is let lie for so long. Each kind has its turn, since commits
    of add-ons are paced as well."""
    plan.kind = KINDS[number % len(KINDS)]
    plan.twin = plan.twin and "same"
    plan.wipes, plan.pace = False, "instant"
    return plan


def calm(kind, is_large):
    return Plan([], [], is_large, None, None, False, False, "instant", kind)


def plan(dice):
    is_large = dice.random() < 0.2
    twin = dice.choice([None] * 8 + ["same", "elsewhere"])
    person = None if twin else dice.choice([None] * 10 + ["before", "between", "edits"])
    outages = [(dice.uniform(0.0, 1.2), dice.choice([0.0, 0.05, 0.4])) for _ in range(dice.choice([0, 1, 1, 2, 3]))]
    if is_large and dice.random() < 0.5:
        outages = []
    return Plan(
        kills=sorted(dice.random() for _ in range(dice.choice([1, 1, 2, 3, 5]))),
        outages=outages,
        is_large=is_large,
        twin=twin,
        person=person,
        wipes=not twin and dice.random() < 0.06,
        runs_through=dice.random() < 0.4 and person != "edits",
        pace="fast" if dice.random() < 0.06 else "instant",
    )


@dataclass
class Tally:
    """What has happened in all rounds together."""

    kills: int = 0
    kills_in_upload: int = 0
    outages: int = 0
    runs: int = 0
    codes: dict = field(default_factory=dict)
    again: int = 0
    kinds: dict = field(default_factory=dict)
    resumed: int = 0
    held: int = 0
    twins: int = 0
    people: int = 0
    wiped: int = 0

    def count(self, table, name):
        getattr(self, table)[name] = getattr(self, table).get(name, 0) + 1


class Round:
    """One round in a world that goes on from round to round."""

    def __init__(self, world, number, seed, given=None):
        self.world, self.store, self.tally = world, world.store, world.tally
        self.dice = random.Random(f"{seed}/{number}")
        self.plan = given or plan(self.dice)
        if world.is_brief and not given:
            brief(self.plan, number)
        self.number = number
        self.folder = world.folder / f"round-{number}"
        self.job = draw(self.dice, number, self.folder, world.account, self.plan.is_large, self.plan.kind)
        self.outputs = []
        self.draft = None
        self.trouble = None
        self.is_through = False

    def run(self):
        if self.store.pace != self.plan.pace:
            self.store.kill()
            self.store.start(self.plan.pace)
        self.tally.count("kinds", self.job.kind)
        before, made = truth.view(self.store.state()), self.store.made()
        if self.plan.person == "before":
            self.person_is_in_the_way()
        self.chaos()
        if self.plan.wipes:
            shutil.rmtree(self.world.state, ignore_errors=True)
            self.tally.wiped += 1
        new = [one for id, one in truth.view(self.store.state())[0].items() if id not in before[0]]
        self.is_through = any(one["status"] == "Published" for one in new)
        lost = 0
        if self.plan.person == "between":
            self.draft = self.store.draft_by_hand(self.job.product)
        if self.plan.person == "edits" and (ours := [one for one in new if one["status"] == "PendingCommit"]):
            # From then on it is theirs, and when they discard it another has to be made.
            self.draft, lost = ours[0]["id"], 1
            self.store.edit_by_hand(self.draft)
        if self.plan.person in ("between", "edits") and self.draft:
            self.person_is_left_alone()
        self.converge()
        after = truth.view(self.store.state())
        submission = truth.one_submission(self.job, before, after, self.draft)
        truth.made_once(made + lost, self.store.made())
        truth.what_was_wished(self.job, submission, self.store.blob(submission["blob"].rpartition("/")[2]))
        self.settled()
        truth.state_files(self.world.state)
        kept = [path for path in self.world.state.rglob("*") if path.is_file()]
        truth.no_secret([*self.outputs, *kept, self.store.errors], self.store.ready["clientSecret"])

    def person_is_in_the_way(self):
        self.draft = self.store.draft_by_hand(self.job.product)
        if self.draft is None:
            raise Failed("the slot was not free when the round began")
        self.person_is_left_alone()

    def person_is_left_alone(self):
        """The command stops with 4 and changes nothing; then the person is done."""
        self.tally.people += 1
        then = truth.view(self.store.state())[0]
        code = self.through()
        now = truth.view(self.store.state())[0]
        if code == 0 and self.is_through:
            # It was published before the person came.
            self.store.discard_by_hand(self.draft)
            return
        if code != BUSY:
            raise Failed(f"the publish ended {code}, with a draft of somebody's in the slot")
        if then != now:
            raise Failed("something was changed, with a draft of somebody's in the slot")
        self.store.discard_by_hand(self.draft)

    def chaos(self):
        outages = threading.Thread(target=self.outages)
        outages.start()
        try:
            if self.plan.twin:
                self.twins()
            for moment in self.plan.kills:
                self.killed(moment)
            if self.plan.runs_through:
                code = self.through()
                if code not in WHILE_KILLED:
                    raise Failed(f"the publish ended {code} while the Store was killed and started")
        finally:
            outages.join()
        if self.trouble:
            raise self.trouble

    def outages(self):
        try:
            for after, down in self.plan.outages:
                time.sleep(after)
                self.store.kill()
                time.sleep(down)
                self.store.start(self.plan.pace)
                self.tally.outages += 1
        except Exception as failure:
            self.trouble = failure

    def begin(self, state=None):
        output = self.folder / f"run-{len(self.outputs)}.txt"
        self.outputs.append(output)
        verbose = self.dice.choice([[], ["-v"], ["-vv"]])
        ready = self.store.ready
        env = environment(
            HOME=self.folder,
            FLIGHTLINE_STATE=state or self.world.state,
            FLIGHTLINE_API_URL=ready["api"],
            FLIGHTLINE_LOGIN_URL=ready["login"],
            FLIGHTLINE_TENANT_ID=ready["tenantId"],
            FLIGHTLINE_CLIENT_ID=ready["clientId"],
            FLIGHTLINE_CLIENT_SECRET=ready["clientSecret"],
            FLIGHTLINE_RATE=10000,
        )
        self.tally.runs += 1
        with open(output, "wb") as said:
            command = [str(word) for word in [self.world.flightline, *self.job.command, *verbose]]
            return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def killed(self, moment):
        """Begins a publish and kills it, now and then in its upload. It may have ended before."""
        process = self.begin()
        if self.plan.is_large:
            self.await_upload(process, moment)
            code = process.poll()
        else:
            code = ends(process, moment * self.world.took(self.job.kind) * 1.1)
        if code is None:
            process.kill()
            process.wait()
            self.tally.kills += 1
            self.tally.kills_in_upload += self.plan.is_large and bool(self.store.waiting())
        elif code not in WHILE_KILLED:
            raise Failed(f"the publish ended {code} before it was killed")

    def await_upload(self, process, share):
        """Until so much of the upload has arrived, or no more comes: a publish that has been past that sends nothing."""
        wanted = 1 + int(share * self.job.bytes / self.world.block)
        until = time.monotonic() + LONGEST_UPLOAD
        while process.poll() is None and time.monotonic() < until:
            if sum(len(blocks) for blocks in self.store.waiting().values()) >= wanted:
                return
            time.sleep(0.005)

    def twins(self):
        """Two at once, of one machine or of two."""
        self.tally.twins += 1
        elsewhere = self.folder / "elsewhere" if self.plan.twin == "elsewhere" else None
        pair = [self.begin(), self.begin(elsewhere)]
        if self.dice.random() < 0.4:
            victim = self.dice.choice(pair)
            if ends(victim, self.dice.random() * self.world.took(self.job.kind)) is None:
                victim.kill()
                self.tally.kills += 1
        codes = [ends(process, PATIENCE) for process in pair]
        for process in pair:
            process.kill()
            process.wait()
        if None in codes:
            raise Failed(f"of two publishes at once one never ended: {codes}")
        allowed = (*WHILE_KILLED, -9) if self.plan.outages else (0, BUSY, -9)
        if not set(codes) <= set(allowed):
            raise Failed(f"two publishes at once ended {codes}")

    def through(self):
        """Runs the command to its end."""
        started = time.monotonic()
        process = self.begin()
        code = ends(process, PATIENCE)
        if code is None:
            process.kill()
            process.wait()
            raise Failed(f"the publish does not end within {PATIENCE} s")
        self.tally.count("codes", str(code))
        self.lasted = time.monotonic() - started
        return code

    def converge(self):
        """The same command until it ends 0. What is in the Store already does not travel again."""
        held = self.store.waiting()
        known = {id for id, one in truth.view(self.store.state())[0].items() if one["status"] == "PendingCommit"}
        seen = len(self.store.state()["requests"])
        code = self.through()
        # Seconds and blocks that the first run took which nothing disturbed.
        self.first, self.blocks = self.lasted, len(self.sent(seen))
        if held:
            self.no_block_twice(held, known, seen)
        for _ in range(MOST_RUNS - 1):
            if code == 0:
                break
            self.tally.again += 1
            code = self.through()
        if code != 0:
            raise Failed(f"the same command still ends {code}, with nothing killed any more")

    def no_block_twice(self, held, known, seen):
        state = self.store.state()
        drafts = [one for one in state["submissions"] if one["id"] in known and one["product"] == self.job.product]
        held = set().union(*(held.get(one["blob"].rpartition("/")[2], set()) for one in drafts))
        if not held or len(state["requests"]) == 1000:
            return
        if twice := held & self.sent(seen):
            raise Failed(f"{len(twice)} of {len(held)} blocks that the Store held were sent again")
        self.tally.resumed += 1
        self.tally.held += len(held)

    def sent(self, seen):
        """The blocks that were put since so many requests were seen."""
        paths = [one["path"] for one in self.store.state()["requests"][seen:] if one["method"] == "PUT"]
        return {urllib.parse.unquote(found[1]) for path in paths if (found := BLOCK.search(path))}

    def settled(self):
        """Nothing is left to go on with, and the command has nothing to do."""
        is_here = {"app": ["--app"], "flight": ["--flight"], "addOn": ["--add-on"]}[self.job.kind]
        for words in (["resume", *is_here, self.job.product], ["history", "--output", "json"]):
            self.job.command, command = words, self.job.command
            code = self.through()
            self.job.command = command
            if code != 0:
                raise Failed(f"flightline {' '.join(words)} ends {code}")
        made = self.store.made()
        if self.through() != 0 or self.store.made() != made:
            raise Failed("the same command once more has done something")

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
