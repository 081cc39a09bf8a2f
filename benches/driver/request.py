"""The requests of one publish."""

from . import package
from .process import ask, measured
from .store import emulator, person
from .table import markdown, target

TITLE = "Requests of one publish"
ABOUT = """A small package published from the draft to customers on a Store where a commit is through at once, as the emulator's
log has it. Polls of the status and the upload are apart."""


def run(bench):
    with emulator(bench.flightline, "--http") as (store, folder):
        measured([bench.flightline, "publish", package.package(64 << 10)], person(store.ready, folder))
        log = ask(f"{store.ready['control']}/state")["requests"]
    rows = [
        {"what": kind(one), "method": one["method"], "path": shown(one["path"], store.ready), "status": one["status"]}
        for one in log
    ]
    counted = sum(row["what"] in ("token", "API") for row in rows)
    reached = f"{counted} (token + {counted - 1})"
    return {
        "requests": rows,
        "targets": [target("requests of one publish, polls and upload apart", "≤ 7 (token + 6)", reached, counted <= 7)],
    }


def kind(request):
    path = request["path"]
    if "/oauth2/" in path:
        return "token"
    if "/v1.0/my/" not in path:
        return "upload"
    return "poll" if path.endswith("/status") else "API"


def shown(path, ready):
    names = {ready["tenantId"]: "{tenant}", ready["applicationId"]: "{app}"}
    words = [
        names.get(word, "{submission}" if word.isdigit() and len(word) > 8 else word) for word in path.split("?")[0].split("/")
    ]
    return "/".join(words) if "/v1.0/" in path or "/oauth2/" in path else "{upload address}"


def page(result):
    rows = [
        [number, row["what"], f"`{row['method']} {row['path']}`", row["status"]]
        for number, row in enumerate(result["requests"], 1)
    ]
    return markdown(["#", "", "request", "answer"], rows) + "\n", {}
