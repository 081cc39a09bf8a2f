"""What is to be published: packages or an add-on's file, with a version that no other round has."""

import hashlib
import json
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from driver.package import PUBLISHER, TYPES, block_map
from driver.place import MIB

MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{identity}" Publisher="{publisher}" Version="{version}" ProcessorArchitecture="{architecture}"/>
  <Properties><DisplayName>Harbour Lights</DisplayName><PublisherDisplayName>Saltmarsh</PublisherDisplayName></Properties>
  <Dependencies>
    <TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/>
  </Dependencies>
  <Resources><Resource Language="en-GB"/></Resources>
  <Applications><Application Id="App" Executable="App.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>
</Package>"""
ARCHITECTURES = {"app": ("x64", "arm64"), "flight": ("x64",)}
KINDS = ("app", "flight", "addOn")


@dataclass
class Job:
    """One wish: the same command line, however often it is given."""

    kind: str
    product: str
    number: int
    command: list
    # What must be in the blob: names in the archive with the digest of their bytes.
    digests: dict = field(default_factory=dict)
    bytes: int = 0
    rollout: bool = False

    @property
    def version(self):
        return f"2.0.{self.number}.0" if self.number >= 0 else f"1.1.{-self.number}.0"


def draw(dice, number, folder, account, is_large, kind=None):
    """A job that depends on the dice alone. Numbers below 0 are of versions before those of all rounds."""
    kind = kind or dice.choice(KINDS)
    folder.mkdir(parents=True, exist_ok=True)
    size = dice.randrange(24, 56) * MIB if is_large else dice.randrange(1, 200) * 1024
    return add_on(dice, number, folder, account, size) if kind == "addOn" else packages(dice, kind, number, folder, account, size)


def packages(dice, kind, number, folder, account, size):
    which = dice.randrange(len(account["applications"]))
    app = account["applications"][which]
    command = ["publish"]
    job = Job(kind, app["id"], number, command)
    for architecture in ARCHITECTURES[kind]:
        name = f"Lights_{job.version}_{architecture}.msix"
        words = {"identity": app["packageIdentityName"], "publisher": PUBLISHER, "version": job.version}
        manifest = MANIFEST.format(architecture=architecture, **words)
        write_package(folder / name, manifest, dice.randbytes(size))
        note(job, name, folder / name)
        command.append(folder / name)
    command += ["--app", app["id"]]
    if kind == "flight":
        job.product = account["flights"][which]["flightId"]
        command += ["--flight", job.product]
    # What an earlier round rolls out is given to everybody first.
    command += ["--existing-rollout", "finalize"]
    if dice.random() < 0.2:
        job.rollout = True
        command += ["--rollout", str(dice.randrange(1, 100))]
    return job


def add_on(dice, number, folder, account, size):
    product = dice.choice(account["inAppProducts"])["id"]
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", 300, 300)
    icon = folder / "icon.png"
    icon.write_bytes(header + b"\x08\x06\x00\x00\x00" + dice.randbytes(min(size, 45 * MIB)))
    file = folder / "add-on.json"
    listing = {"title": "Soaked", "description": f"As of round {number}.", "icon": "icon.png"}
    file.write_text(json.dumps({"listings": {"en-gb": listing}, "tag": f"round {number}"}))
    job = Job("addOn", product, number, ["addons", "publish", "--add-on", product, "--from", file])
    note(job, "icon.png", icon)
    return job


def write_package(path, manifest, program):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("App.exe", program)
        archive.writestr("AppxManifest.xml", manifest)
        archive.writestr("AppxBlockMap.xml", block_map(len(program), len(manifest)))
        archive.writestr("[Content_Types].xml", TYPES)


def note(job, name, path: Path):
    content = path.read_bytes()
    job.digests[name] = hashlib.sha256(content).hexdigest()
    job.bytes += len(content)
