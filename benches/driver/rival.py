"""Whoever uploads: how each is installed, and how it is called as its own readme says."""

import platform
import shutil
import subprocess
import sys

from .place import BENCHES, RUN, TOOLS, WORK
from .process import environment

PYTHON = WORK / "python"
NODE = WORK / "node"
VERSIONS = {
    "azure-storage-blob": "12.31.1",
    "@azure/storage-blob": "12.34.0",
    "@azure-tools/azcopy-linux": "10.32.2",
    "azurite": "3.35.0",
}


class Rival:
    """One that uploads a ready-made file to a signed address."""

    def __init__(self, name, title, command, install=None, schemes=("http", "https"), **env):
        self.name, self.title, self.command, self.install, self.schemes, self.env = name, title, command, install, schemes, env

    def environment(self, authority):
        trusted = {name: authority for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")}
        return environment(**trusted, **self.env)


def node_tool(package):
    folder = NODE / package.split("/")[-1]
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([*npm, f"{package}@{VERSIONS[package]}"], check=True)
    return folder


def install_python():
    if not (PYTHON / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", str(PYTHON)], check=True)
        pip = [str(PYTHON / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"azure-storage-blob=={VERSIONS['azure-storage-blob']}"], check=True)
        (PYTHON / "done").touch()


def install_azcopy():
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise OSError("its package is for Linux on x86_64")
    node_tool("@azure-tools/azcopy-linux")
    # npm does not keep the bit.
    AZCOPY.chmod(0o755)
    # It is linked with a library for key rings that a server does not have; taken apart from its package, nothing is installed.
    if not LIBSECRET.exists() and shutil.which("apt-get") and not starts(AZCOPY):
        folder = WORK / "debian"
        folder.mkdir(exist_ok=True)
        subprocess.run(["apt-get", "download", "libsecret-1-0"], cwd=folder, check=True, capture_output=True)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, folder], check=True)
    if not starts(AZCOPY):
        raise OSError("it does not start; is libsecret-1-0 there?")


def starts(program):
    env = environment(LD_LIBRARY_PATH=LIBSECRET.parent)
    return subprocess.run([program, "--version"], env=env, capture_output=True).returncode == 0


AZCOPY = NODE / "azcopy-linux" / "node_modules" / "@azure-tools" / "azcopy-linux" / "dist" / "bin" / "azcopy_linux_amd64"
LIBSECRET = WORK / "debian" / "usr" / "lib" / "x86_64-linux-gnu" / "libsecret-1.so.0"


def azcopy(url, file, package):
    return [AZCOPY, "copy", file, url, "--from-to=LocalBlob", "--log-level=NONE", "--output-level=quiet"]


def python_with_zip(url, file, package):
    made = RUN / "made.zip"
    made.unlink(missing_ok=True)
    return [PYTHON / "bin" / "python", BENCHES / "rival" / "python_sdk.py", url, made, package]


RIVALS = [
    Rival("floor", "floor: one `sendfile`", lambda url, file, package: [TOOLS / "floor", url, file], schemes=("http",)),
    Rival("put", "one streamed `reqwest` PUT", lambda url, file, package: [TOOLS / "put", url, file, RUN / "sink.pem"]),
    Rival(
        "put-plain",
        "the same, `Body::from(file)`",
        lambda url, file, package: [TOOLS / "put", url, file, RUN / "sink.pem"],
        PUT_PIECE=4096,
    ),
    Rival("azure", "Rust crate `azure_storage_blob`", lambda url, file, package: [TOOLS / "azure", url, file]),
    Rival(
        "python",
        "Python SDK",
        lambda url, file, package: [PYTHON / "bin" / "python", BENCHES / "rival" / "python_sdk.py", url, file],
        install_python,
    ),
    Rival("python-zip", "Python SDK, ZIP made first", python_with_zip, install_python),
    Rival(
        "node",
        "Node SDK",
        lambda url, file, package: [shutil.which("node") or "node", BENCHES / "rival" / "node_sdk.mjs", url, file],
        lambda: node_tool("@azure/storage-blob"),
        NODE_SDK=NODE / "storage-blob",
    ),
    Rival("azcopy", "azcopy", azcopy, install_azcopy, LD_LIBRARY_PATH=LIBSECRET.parent),
]


def available():
    """The rivals that can be had here, and a line about each that cannot."""
    found, missing = [], []
    for rival in RIVALS:
        try:
            if rival.install:
                rival.install()
            found.append(rival)
        except (OSError, subprocess.CalledProcessError) as error:
            missing.append(f"{rival.title}: could not be installed ({error})")
    return found, missing
