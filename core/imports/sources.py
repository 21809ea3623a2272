"""Bytes of an uploaded file: what kind they are, how much of them is read, and how far the reader has come."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.imports.errors import FileTooLarge, ImportFileError

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold. The ratio of an archive is looked at from `ratio_from` unpacked bytes on.

    `part` is what may be held of one workbook part or one row, `strings` of the table of shared texts.
    """

    bytes: int = 50 * MB
    rows: int = 1_000_000
    columns: int = 200
    line_bytes: int = 1 * MB
    unpacked: int = 400 * MB
    ratio: int = 200
    ratio_from: int = 10 * MB
    entries: int = 2_000
    part: int = 16 * MB
    strings: int = 100 * MB


LIMITS = Limits()


class Source:
    """A seekable file of known size; `done_share` is how much of it was read (0 … 1)."""

    def __init__(self, given: str | Path | BinaryIO, limits: Limits) -> None:
        self.stream, self._owned = _seekable(given, limits)
        self.size = self.stream.seek(0, os.SEEK_END)
        self.stream.seek(0)
        if self.size > limits.bytes:
            self.close()
            raise FileTooLarge("import_file_too_large", limit=limits.bytes // MB)

    def done_share(self) -> float:
        return min(1.0, self.stream.tell() / self.size) if self.size and not self.stream.closed else 1.0

    def head(self, size: int = 4096) -> bytes:
        """The first bytes; the stream is rewound."""
        self.stream.seek(0)
        head = self.stream.read(size)
        self.stream.seek(0)
        return head

    def close(self) -> None:
        if self._owned:
            self.stream.close()


def _seekable(given: str | Path | BinaryIO, limits: Limits) -> tuple[BinaryIO, bool]:
    if isinstance(given, str | Path):
        return open(given, "rb"), True
    if given.seekable():
        return given, False
    copy = tempfile.SpooledTemporaryFile(max_size=4 * MB)  # noqa: SIM115 - Source closes it
    while (chunk := given.read(MB)) and copy.tell() <= limits.bytes:
        copy.write(chunk)
    return copy, True


class GuardedGzip(io.RawIOBase):
    """The unpacked bytes of a gzip file; raises ImportFileError when they are out of proportion or damaged."""

    def __init__(self, packed: BinaryIO, limits: Limits) -> None:
        self._packed = packed
        self._limits = limits
        self._unpacked = gzip.GzipFile(fileobj=packed)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._unpacked.seek(offset, whence)

    def tell(self) -> int:
        return self._unpacked.tell()

    def readinto(self, buffer) -> int:
        try:
            data = self._unpacked.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise ImportFileError("import_file_broken", line="?") from error
        self._check()
        buffer[: len(data)] = data
        return len(data)

    def _check(self) -> None:
        unpacked = self._unpacked.tell()
        out_of_proportion = unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * self._packed.tell()
        if unpacked > self._limits.unpacked or out_of_proportion:
            raise FileTooLarge("import_archive_bomb")


def detect_encoding(stream: BinaryIO) -> str:
    """`utf-8-sig`, `utf-16`, `utf-8` or `gb18030`, from the mark at the start or else by decoding all of it.

    The stream is rewound. Raises ImportFileError with the first line that is neither UTF-8 nor GB18030.
    """
    head = stream.read(4)
    stream.seek(0)
    if head.startswith(codecs.BOM_UTF8):
        return _first_fitting(stream, ("utf-8-sig",))
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _first_fitting(stream, ("utf-16",))
    return _first_fitting(stream, ("utf-8", "gb18030"))


def _first_fitting(stream: BinaryIO, encodings: tuple[str, ...]) -> str:
    bad_lines = []
    for encoding in encodings:
        line = _first_bad_line(stream, encoding)
        stream.seek(0)
        if line is None:
            return encoding
        bad_lines.append(line)
    raise ImportFileError("import_encoding_unknown", line=max(bad_lines))


def _first_bad_line(stream: BinaryIO, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    while True:
        chunk = stream.read(MB)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].count(b"\n")
        if not chunk:
            return None
        line += chunk.count(b"\n")
