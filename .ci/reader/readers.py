"""Reads archives with Python's zipfile and holds what it says against the files that went in: `readers.py FOLDER ARCHIVE...`."""

import io
import sys
import zipfile
import zlib
from pathlib import Path

STEP = 1 << 20


class Stream(io.RawIOBase):
    """A file that tells nothing about itself but its bytes, as an object store's client gives them."""

    def __init__(self, path):
        self.file = open(path, "rb", buffering=0)

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        return self.file.seek(offset, whence)

    def tell(self):
        return self.file.tell()

    def readinto(self, buffer):
        return self.file.readinto(buffer)

    def close(self):
        self.file.close()
        super().close()


def read(folder, archive):
    names = set()
    with zipfile.ZipFile(io.BufferedReader(Stream(archive), STEP)) as found:
        small = sum(entry.file_size for entry in found.infolist()) < 1 << 30
        assert not small or found.testzip() is None
        for entry in found.infolist():
            given = folder / entry.filename
            assert entry.compress_type == zipfile.ZIP_STORED and not entry.flag_bits & 8, entry
            assert entry.date_time == (1980, 1, 1, 0, 0, 0) and entry.file_size == given.stat().st_size, entry
            # Of large files the CRC-32 is enough: to read them once more takes as long as all else.
            is_large, crc = entry.file_size > 1 << 30, 0
            # ZipExtFile compares the CRC-32 at the end of the entry; it is compared with the directory's here as well.
            with found.open(entry) as one, open(given, "rb") as other:
                while part := one.read(STEP):
                    assert is_large or part == other.read(len(part)), f"{entry.filename}: other bytes"
                    crc = zlib.crc32(part, crc)
                assert (is_large or not other.read(1)) and crc == entry.CRC, entry
            names.add(entry.filename)
        assert len(names) == len(found.infolist())
    print(f"python: {archive.name}: {len(names)} entries")
    return names


folder = Path(sys.argv[1])
for path in sys.argv[2:]:
    archive = Path(path)
    expected = set(Path(f"{path}.list").read_text(encoding="utf-8").splitlines())
    assert read(folder, archive) == expected, f"{archive}: other names"
