"""The packages that are published, and ready-made ZIPs with the same packages for those who cannot make one."""

import os
import random
import zipfile

from .place import FILES, GIB, MIB

PIECE = MIB
ZEROS = bytes(PIECE)
PAGE = 4096
OWN = 16
SEED = 20261120

IDENTITY = "SaltmarshSoftware.HarbourLights"
PUBLISHER = "CN=8D2B6F14-7A30-4C5E-B1D9-E64F0A93C857"
MANIFEST = f"""<?xml version="1.0" encoding="utf-8"?>
<Package xmlns="http://schemas.microsoft.com/appx/manifest/foundation/windows10">
  <Identity Name="{IDENTITY}" Publisher="{PUBLISHER}" Version="2.0.0.0" ProcessorArchitecture="x64"/>
  <Properties><DisplayName>Harbour Lights</DisplayName><PublisherDisplayName>Saltmarsh</PublisherDisplayName></Properties>
  <Dependencies><TargetDeviceFamily Name="Windows.Desktop" MinVersion="10.0.19041.0" MaxVersionTested="10.0.26100.0"/></Dependencies>
  <Resources><Resource Language="en-GB"/></Resources>
  <Applications><Application Id="App" Executable="App.exe" EntryPoint="Windows.FullTrustApplication"/></Applications>
</Package>"""
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="text/xml"/></Types>'
)


def label(size):
    return f"{size // GIB} GiB" if size >= GIB else f"{size // MIB} MiB" if size >= MIB else f"{size // 1024} KiB"


def package(size):
    """An MSIX with `size` bytes of payload: random ones, or above 4 GiB holes, which take no room on the disk, and in each mebibyte
    a few bytes of its own: nobody finds two blocks that are alike."""
    path = FILES / f"Lights_{label(size).replace(' ', '')}.msix"
    if not path.exists():
        FILES.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with open(part, "wb") as file, zipfile.ZipFile(Sparse(file), "w") as archive:
            with archive.open("App.exe", "w", force_zip64=size >= GIB) as entry:
                for piece in payload(size):
                    entry.write(piece)
            archive.writestr("AppxManifest.xml", MANIFEST)
            archive.writestr("AppxBlockMap.xml", block_map(size), zipfile.ZIP_DEFLATED)
            archive.writestr("[Content_Types].xml", TYPES)
        part.rename(path)
    return path


def ready_made(size):
    """A ZIP with the package in it, stored: what a script would hand to an SDK."""
    source = package(size)
    path = source.with_suffix(".zip")
    if not path.exists():
        part = path.with_suffix(".part")
        with open(part, "wb") as file, zipfile.ZipFile(Sparse(file), "w") as archive, open(source, "rb") as package_file:
            with archive.open(source.name, "w", force_zip64=size >= GIB) as entry:
                while piece := package_file.read(PIECE):
                    entry.write(piece)
        part.rename(path)
    return path


def settle(size):
    """Puts the files of a size into the page cache, or where not all of them fit, out of it: everybody finds the same."""
    for path in (package(size), ready_made(size)):
        with open(path, "rb", buffering=0) as file:
            if size <= 4 * GIB:
                while file.read(16 * MIB):
                    pass
            elif hasattr(os, "posix_fadvise"):
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def payload(size):
    numbers = random.Random(SEED)
    for offset in range(0, size, PIECE):
        length = min(PIECE, size - offset)
        yield (numbers.randbytes(OWN) + ZEROS)[:length] if size > 4 * GIB else numbers.randbytes(length)


def block_map(size, manifest=len(MANIFEST)):
    """Nobody checks these hashes before certification; their number is that of a real package."""

    def file(name, length):
        blocks = '<Block Hash="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="/>' * -(-length // 65536)
        return f'<File Name="{name}" Size="{length}" LfhSize="{30 + len(name)}">{blocks}</File>'

    files = file("App.exe", size) + file("AppxManifest.xml", manifest)
    return (
        '<BlockMap xmlns="http://schemas.microsoft.com/appx/2010/blockmap" '
        f'HashMethod="http://www.w3.org/2001/04/xmlenc#sha256">{files}</BlockMap>'
    )


class Sparse:
    """A file into which a piece is not written, but for its first page, where the rest of it is zeros."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        if len(data) == PIECE and data[PAGE:] == ZEROS[PAGE:]:
            self.file.write(data[:PAGE])
            self.file.seek(PIECE - PAGE, 1)
            return PIECE
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)
