"""The six scripts of the manual's page of Python samples, run as they stand against a Store.

https://learn.microsoft.com/windows/uwp/monetize/python-code-examples-for-the-windows-store-submission-api

  manual.py pages FOLDER       names the pages in a folder whose scripts can be run, and says of the others why not
  manual.py run PAGE FOLDER    runs the scripts of a page in a rehearsal; what they need and what they say goes into the folder
  manual.py check REPORT       looks whether a Store is as the scripts should have left it

Of a script nothing is changed but the constants at its top that the page leaves empty. The marks that fence code off belong to the
page; one edition has one too many, in the middle of a script.
"""

import json
import os
import re
import struct
import subprocess
import sys
import urllib.request
import zipfile
import zlib
from pathlib import Path

from msix import package

API = "https://manage.devcenter.microsoft.com/v1.0/my"
BLOB_HOST = "flightlineprod1.blob.core.windows.net"

# Far less than the minute that a script sleeps when a commit is not through at once.
LIMIT = 50

# Each script, and the constant that only it has.
SCRIPTS = {
    "token": "tenantId",
    "add-on": "iapRequestJson",
    "flight": "flightRequestJson",
    "app-submission": "appSubmissionRequestJson",
    "add-on-submission": "updateSubmissionRequestBody",
    "flight-submission": "flightSubmissionRequestJson",
}

CONSTANT = re.compile(r"""^(\w+) = (?:""|r'\*\.zip')(?=;?\s*#)""", re.MULTILINE)

APP_PACKAGE = ("HarbourLights_2.0.0.0_x64.msix", "2.0.0.0")
FLIGHT_PACKAGE = ("HarbourLights_2.1.0.0_x64.msix", "2.1.0.0")
ICON = "icons/tide-tables.png"
NEW_ADD_ON = "manual-made-this"


def scripts(page):
    """The scripts of a page, by name."""
    found, lines = {}, None
    for line in page.read_text(encoding="utf-8-sig").splitlines():
        if lines is None and line.startswith("import http.client"):
            lines = []
        if lines is None or line.startswith("```"):
            continue
        lines.append(line)
        if re.match(r"\w+Connection\.close\(\)", line):
            text = "\n".join(lines) + "\n"
            constants = CONSTANT.findall(text)
            [name] = [name for name, constant in SCRIPTS.items() if constant in constants]
            assert name not in found, f"{page}: two scripts are {name}"
            found[name], lines = text, None
    assert list(found) == list(SCRIPTS), f"{page}: the scripts are {list(found)}"
    return found


def words(scripts):
    """What is left of scripts without blanks and lines, which some copies of the page have lost."""
    return {name: "".join(text.split()) for name, text in scripts.items()}


def problem(scripts):
    for name, text in scripts.items():
        try:
            compile(text, name, "exec")
        except SyntaxError as error:
            return f"{name}, line {error.lineno}: {error.msg}"
    return None


def pages(folder):
    found = {page: scripts(page) for page in sorted(folder.iterdir()) if page.is_file()}
    assert found, f"there is no page in {folder}"
    good = {page: scripts for page, scripts in found.items() if problem(scripts) is None}
    for page, lost in found.items():
        if page in good:
            print(page)
            continue
        # Nothing is missed if another page has the same words with their blanks.
        same = [other.name for other, scripts in good.items() if words(scripts) == words(lost)]
        assert same, f"{page} cannot be run ({problem(lost)}), and is no edition of another page"
        print(f"manual: {page.name} has lost its blanks ({problem(lost)}); but for them it says the same as {same[0]}", file=sys.stderr)


class Driver:
    """Fills the constants in, and runs."""

    def __init__(self, folder):
        self.folder = folder
        self.token = None
        env = os.environ
        self.app, self.add_on, self.flight = (
            env[f"FLIGHTLINE_{name}_ID"] for name in ("APPLICATION", "IN_APP_PRODUCT", "FLIGHT")
        )

    def run(self, name, text):
        values = self.values(name)
        filled = CONSTANT.sub(lambda match: f"{match[1]} = {values.pop(match[1])!r}", text)
        assert not values, f"{name} has no {list(values)}"
        # Not by its bare name: Python has a module that is called token.
        file = self.folder / f"script-{name}.py"
        file.write_text(filled, encoding="utf-8")
        run = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=LIMIT, check=False)
        (self.folder / f"{name}.log").write_text(run.stdout + run.stderr, encoding="utf-8")
        assert run.returncode == 0, f"{name} ended with {run.returncode}:\n{run.stdout}{run.stderr}"
        if name == "token":
            status, self.token = run.stdout.split()
            assert status == "200", run.stdout

    def values(self, name):
        """What the script's constants are to be."""
        if name == "token":
            env = os.environ
            names = {"tenantId": "TENANT_ID", "clientId": "CLIENT_ID", "clientSecret": "CLIENT_SECRET"}
            return {constant: env[f"FLIGHTLINE_{variable}"] for constant, variable in names.items()}
        values = {"accessToken": self.token}
        if name == "add-on":
            request = {"applicationIds": [self.app], "productId": NEW_ADD_ON, "productType": "Durable"}
            return values | {"iapRequestJson": json.dumps(request)}
        if name == "add-on-submission":
            document = self.live(f"inappproducts/{self.add_on}", "lastPublishedInAppProductSubmission")
            for listing in document["listings"].values():
                listing["icon"] = {"fileName": ICON, "fileStatus": "PendingUpload"}
            request = {"updateSubmissionRequestBody": json.dumps(document), "zipFilePath": self.zip(name, ICON, icon())}
            return values | {"inAppProductId": self.add_on} | request
        values["applicationId"] = self.app
        if name == "flight":
            request = {"friendlyName": "Manual", "groupIds": ["1152921504610020031"]}
            return values | {"flightRequestJson": json.dumps(request)}
        app = self.ask(f"applications/{self.app}")
        if name == "app-submission":
            document = self.live(f"applications/{self.app}", "lastPublishedApplicationSubmission")
            constant, packages, (file, version) = "appSubmissionRequestJson", "applicationPackages", APP_PACKAGE
        else:
            document = self.live(f"applications/{self.app}/flights/{self.flight}", "lastPublishedFlightSubmission")
            constant, packages, (file, version) = "flightSubmissionRequestJson", "flightPackages", FLIGHT_PACKAGE
            values["flightId"] = self.flight
        document[packages].append({"fileName": file, "fileStatus": "PendingUpload"})
        return values | {constant: json.dumps(document), "zipFilePath": self.zip(name, file, package(app, version))}

    def live(self, product, reference):
        """The document of what is live, without what the Store alone can say."""
        document = self.ask(f"{product}/submissions/{self.ask(product)[reference]['id']}")
        return {name: value for name, value in document.items() if name not in ("id", "status", "statusDetails", "fileUploadUrl")}

    def ask(self, path):
        request = urllib.request.Request(f"{API}/{path}", headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def zip(self, name, file, content):
        path = self.folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(file, content)
        return str(path)


def icon():
    """A picture of 300 by 300 grey points, in PNG."""
    rows = zlib.compress((b"\0" + b"\x80" * 300) * 300)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    sealed = (struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(sealed)


def check(report):
    """Every expectation of the six scripts, held against the Store."""
    assert report["exitCode"] == 0, report["exitCode"]
    store = report["store"]
    requests = [(r["method"], r["path"].split("?")[0].removeprefix("/v1.0/my/"), r["status"]) for r in store["requests"]]
    refused = [r for r in requests if r[2] >= 400]
    assert not refused, refused
    hosts = {r["host"] for r in store["requests"]}
    assert hosts == {"login.microsoftonline.com", "manage.devcenter.microsoft.com", BLOB_HOST}, hosts

    # The token.
    assert [r for r in requests if r[1].endswith("/oauth2/token")] == [("POST", f"/{store['tenantId']}/oauth2/token", 200)], requests

    # The add-on and the flight were made and are gone.
    for list_of, product in (("inappproducts", r"inappproducts/\w+"), (r"applications/\w+/flights", r"applications/\w+/flights/[\w-]+")):
        made = [r for r in requests if r[0] == "POST" and r[2] == 201 and re.fullmatch(list_of, r[1])]
        gone = [r for r in requests if r[0] == "DELETE" and r[2] == 204 and re.fullmatch(product, r[1])]
        assert len(made) == len(gone) == 1, (made, gone)
    left = [p.get("productId") or p.get("friendlyName") for p in store["products"]]
    assert not {NEW_ADD_ON, "Manual"} & set(left), left

    # Three submissions were committed with their files, and are live.
    uploads = [r for r in requests if r[0] == "PUT" and r[2] == 201]
    commits = [r for r in requests if r[1].endswith("/commit") and r[2] == 202]
    assert len(uploads) == len(commits) == 3, (uploads, commits)
    states = {s["kind"]: (s["status"], s["change"]) for s in report["submissions"]}
    assert len(report["submissions"]) == 3 and set(states) == {"app", "addOn", "flight"}, report["submissions"]
    assert set(states.values()) == {("Published", "created")}, states
    documents = {s["kind"]: s["document"] for s in store["submissions"] if s["id"] in {s["id"] for s in report["submissions"]}}
    for kind, packages, expected in (("app", "applicationPackages", APP_PACKAGE), ("flight", "flightPackages", FLIGHT_PACKAGE)):
        taken = [(p["fileName"], p["version"]) for p in documents[kind][packages] if p["fileStatus"] == "Uploaded"]
        assert expected in taken, taken
    icons = [listing["icon"] for listing in documents["addOn"]["listings"].values()]
    assert icons and all(i["fileName"] == ICON and i["fileStatus"] == "Uploaded" for i in icons), icons


def main(command, *arguments):
    if command == "pages":
        pages(Path(arguments[0]))
    elif command == "run":
        driver = Driver(Path(arguments[1]))
        for name, text in scripts(Path(arguments[0])).items():
            driver.run(name, text)
    elif command == "check":
        check(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))


main(*sys.argv[1:])
