"""What Python's zipfile, or torch's own reader, takes out of each archive of a folder. Nothing is extracted, nothing unpickled.

A checksum is compared when an entry ends, and by then a consumer has read it: zipfile is asked without. Usage: python zip.py FOLDER FIRST zipfile|torch
"""

import bz2  # noqa: F401
import encodings.ascii
import encodings.cp437
import encodings.utf_8
import hashlib
import io
import lzma  # noqa: F401
import os
import sys
import zipfile
import zlib  # noqa: F401

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import MEMORY, answer  # noqa: E402

MOST = 1 << 20


def entry(name, content):
    digest = hashlib.sha1(content).hexdigest()
    return [name.encode("utf-8", "surrogateescape").hex(), len(content), digest]


def by_zipfile(data):
    found = []
    archive = zipfile.ZipFile(io.BytesIO(data))
    for info in archive.infolist():
        try:
            with archive.open(info) as stream:
                stream._expected_crc = None
                content = b""
                try:
                    while len(content) < MOST:
                        piece = stream.read1(4096)
                        if not piece:
                            break
                        content += piece
                except Exception:  # what was read until then was read
                    pass
            found.append(entry(info.filename, content))
        except Exception:
            continue
    return found


def by_torch(data):
    import torch

    archive = torch._C.PyTorchFileReader(io.BytesIO(data))
    found = []
    for name in archive.get_all_records():
        try:
            content = archive.get_record(name)
        except RuntimeError:
            continue
        found.append(entry(name, content))
    return found


READERS = {"zipfile": by_zipfile, "torch": by_torch}


def reader(name):
    def read(data):
        try:
            return {"entries": READERS[name](data), "end": "read"}
        except Exception as error:
            return {"entries": [], "end": ("%s: %s" % (type(error).__name__, error))[:200]}

    return read


if sys.argv[3] == "torch":
    import torch

    print("torch", torch.__version__, file=sys.stderr)
answer(reader(sys.argv[3]), MEMORY * (8 if sys.argv[3] == "torch" else 1))
