"""Whether the packages of weight formats take a file: safetensors, gguf, and msgpack as flax reads it. Usage: python weights.py FOLDER FIRST

The first line of an input names the package. gguf maps a file, so that its input is one in memory.
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gguf  # noqa: E402
import msgpack  # noqa: E402
import numpy  # noqa: E402
import safetensors  # noqa: E402
from oracle import MEMORY, answer  # noqa: E402


def by_safetensors(data):
    return sorted(name for name, _ in safetensors.deserialize(data))


def by_gguf(data):
    mapped = numpy.frombuffer(bytearray(data), dtype=numpy.uint8)
    numpy.memmap = lambda *args, **kwargs: mapped
    return [tensor.name for tensor in gguf.GGUFReader("in memory").tensors]


def by_msgpack(data):
    # flax.serialization._msgpack_ext_unpack takes arrays of numpy, scalars and complex numbers out of types 1 to 3, and leaves others.
    def extension(code, content):
        if code not in (1, 2, 3):
            return msgpack.ExtType(code, content)
        if code == 2:
            return complex(*msgpack.unpackb(content))
        shape, dtype, buffer = msgpack.unpackb(content, raw=True)
        return numpy.ndarray(shape=shape, dtype=numpy.dtype(dtype.decode()), buffer=buffer, order="C").shape

    msgpack.unpackb(data, ext_hook=extension, raw=False)
    return []


READERS = {"safetensors": by_safetensors, "gguf": by_gguf, "msgpack": by_msgpack}


def read(data):
    kind, content = data.split(b"\n", 1)
    kind = kind.decode()
    try:
        return {"kind": kind, "names": READERS[kind](content)}
    except Exception as error:
        return {"kind": kind, "refused": ("%s: %s" % (type(error).__name__, error))[:200].encode("utf-8", "replace").decode()}


if sys.argv[1] == "version":
    from importlib.metadata import version

    print(json.dumps({name: version(name) for name in READERS}))
else:
    answer(read, 2 * MEMORY)
