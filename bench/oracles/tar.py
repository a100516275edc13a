"""What tarfile reads from each archive of a folder, in its modes: nothing is extracted, entries are listed and their bytes hashed.

Usage: python tar.py FOLDER FIRST
"""

import encodings.ascii
import encodings.utf_8
import hashlib
import io
import os
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import answer  # noqa: E402

MODES = {"file": ("r:", {}), "stream": ("r|", {}), "ignore-zeros": ("r:", {"ignore_zeros": True})}
MEMBERS = 500


def kind(member):
    if member.issym():
        return "symlink"
    if member.islnk():
        return "hardlink"
    if member.isdir():
        return "directory"
    return "device" if member.isdev() else "file"


def raw(text):
    return text.encode("utf-8", "surrogateescape").hex()


def listed(member, archive):
    row = {"name": raw(member.name), "kind": kind(member), "link": raw(member.linkname), "at": member.offset_data}
    if row["kind"] != "file":
        return row
    row["sparse"] = member.sparse is not None
    try:
        content = archive.extractfile(member).read(1 << 20)
        row["content"] = hashlib.sha1(content).hexdigest()
    except Exception as error:
        row["content"] = type(error).__name__
    return row


def listing(data, mode, options):
    members = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode=mode, **options) as archive:
            for member in archive:
                members.append(listed(member, archive))
                if len(members) == MEMBERS:
                    break
    except Exception as error:  # a refusal; what was listed before was read
        return {"members": members, "end": "%s: %s" % (type(error).__name__, error)}
    return {"members": members, "end": "read"}


answer(lambda data: {mode: listing(data, *how) for mode, how in MODES.items()})
