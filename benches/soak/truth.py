"""What must hold after a round, whatever was killed in it."""

import fcntl
import hashlib
import io
import json
import re
import zipfile

from driver.process import Failed

# Signatures of upload addresses, and tokens. The word REDACTED may stand where a signature would.
PATTERNS = (rb"sig=(?!REDACTED)[A-Za-z0-9%+/]{8}", rb"eyJ[A-Za-z0-9_-]{16,}\.", rb"Bearer [A-Za-z0-9]")
SECRETS = [re.compile(pattern) for pattern in PATTERNS]


def view(state):
    """The submissions by id, as they were last, and the products' own documents."""
    submissions = {one["id"]: one for one in state["submissions"]}
    return submissions, {json.dumps(product, sort_keys=True) for product in state["products"]}


def one_submission(job, before, after, by_hand):
    """Exactly one submission has come of the round, for our product, and it is live; all others are as they were."""
    (then, _), (now, _) = before, after
    new = [one for id, one in now.items() if id not in then and id != by_hand]
    if len(new) != 1:
        raise Failed(f"{len(new)} new submissions instead of one: {[brief(one) for one in new]}")
    if (new[0]["kind"], new[0]["product"].upper(), new[0]["status"]) != (job.kind, job.product.upper(), "Published"):
        raise Failed(f"the new submission is {brief(new[0])}, and {job.kind} {job.product} was to be published")
    for id, one in then.items():
        if id not in now:
            raise Failed(f"submission {brief(one)} is gone")
        if now[id] != one and not is_finalized(one, now[id]):
            raise Failed(f"submission {brief(one)} was changed")
    return new[0]


def is_finalized(then, now):
    """Whether nothing but the rollout has changed, which our command may end."""

    def rest(one):
        one = json.loads(json.dumps(one))
        return one["document"].get("packageDeliveryOptions", {}).pop("packageRollout", None), one

    (was, then), (is_now, now) = rest(then), rest(now)
    return then == now and was and is_now["packageRolloutStatus"] == "PackageRolloutComplete"


def brief(one):
    return {name: one[name] for name in ("id", "kind", "product", "origin", "status", "statusDetails")}


def made_once(before, after):
    """Never two submissions, not even one that was taken back again."""
    count = after - before
    if count != 1:
        raise Failed(f"{count} submissions were made")


def what_was_wished(job, submission, blob):
    """The submission says what was wished, and the very bytes are in its blob."""
    document = submission["document"]
    if job.kind == "addOn":
        listing = document["listings"]["en-gb"]
        said = (document["tag"], listing["description"], listing["icon"]["fileStatus"])
        if said != (f"round {job.number}", f"As of round {job.number}.", "Uploaded"):
            raise Failed(f"the add-on says {said}")
        names = {"icon.png": listing["icon"]["fileName"]}
    else:
        packages = document["applicationPackages" if job.kind == "app" else "flightPackages"]
        held = sorted((one["fileName"], one["version"], one["fileStatus"]) for one in packages)
        wanted = sorted((name, job.version, "Uploaded") for name in job.digests)
        if held != wanted:
            raise Failed(f"the packages are {held}, and {wanted} were wished")
        names = {name: name for name in job.digests}
    with zipfile.ZipFile(io.BytesIO(blob)) as archive:
        if sorted(archive.namelist()) != sorted(names.values()):
            raise Failed(f"the blob holds {archive.namelist()}, and {sorted(names.values())} were to be there")
        for name, inside in names.items():
            if hashlib.sha256(archive.read(inside)).hexdigest() != job.digests[name]:
                raise Failed(f"{inside} in the blob is not our file")


def state_files(folder):
    """Every line of every state file can be read, and nobody holds a lock."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        with open(path, "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                raise Failed(f"{path.name} is locked, and nobody is there") from held
            text = file.read()
        if path.suffix == ".jsonl":
            for number, line in enumerate(text.splitlines(keepends=True), 1):
                try:
                    json.loads(line)
                except ValueError as broken:
                    raise Failed(f"{path.name}, line {number}: {line[:200]!r}") from broken
                if not line.endswith(b"\n"):
                    raise Failed(f"{path.name}, line {number} has no end: {line[:200]!r}")


def no_secret(files, secret):
    """Nothing that was said or kept holds the account's secret, a token, or a signature."""
    for path in files:
        text = path.read_bytes()
        if secret.encode() in text:
            raise Failed(f"the client secret is in {path}")
        for pattern in SECRETS:
            if found := pattern.search(text):
                raise Failed(f"{found[0]!r} is in {path}")
