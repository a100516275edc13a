"""What CPython's own unpicklers do with each pickle of a folder, told as JSON lines: the reference for the pickle machine.

find_class returns recorders, so nothing of the stream's names is ever imported or called; every callable that a stream can reach is a
recorder. Usage: python unpickle.py FOLDER FIRST c|python ENCODING
"""

import encodings.ascii
import encodings.latin_1
import encodings.raw_unicode_escape
import encodings.utf_8
import io
import os
import pickle
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import answer  # noqa: E402

EVENTS = 5000
ITEMS = 8
TEXT = 40
KEYS = 120
DEPTH = 3


class Persistent:
    """What a persistent id stands for."""

    __slots__ = ()


class Extension:
    """What an extension code stands for."""

    __slots__ = ()


class Log(list):
    def add(self, *event):
        if len(self) < EVENTS:
            self.append(event)


def recorder(log, module, name):
    """A class that stands for module.name and writes down what is done with it, with its instances, and with the results of its calls."""
    label = "%s %s" % (module, name)
    build = lambda state: log.add("build", label)  # noqa: E731
    mutate = lambda *items: log.add("mutate", label)  # noqa: E731

    class Meta(type):
        # Properties of the metaclass come before the methods of the class: BUILD and APPEND may be given the class itself.
        __setstate__ = property(lambda cls: build)
        append = extend = add = property(lambda cls: mutate)

        def __call__(cls, *args, **kwargs):
            log.add("call", label, describe(args, DEPTH))
            return object.__new__(cls)

        def __setitem__(cls, key, value):
            mutate()

    class Recorder(metaclass=Meta):
        label_ = label

        def __new__(cls, *args, **kwargs):
            log.add("new", label, describe(args, DEPTH))
            return object.__new__(cls)

        def __call__(self, *args, **kwargs):
            log.add("call", label, describe(args, DEPTH))
            return object.__new__(type(self))

        def __setstate__(self, state):
            build(state)

        def append(self, item):
            mutate()

        extend = add = append

        def __setitem__(self, key, value):
            mutate()

    return Recorder


def describe(value, depth):
    """The value as far as the machine knows values, in plain JSON. Calls nothing of the value's own."""
    kind = type(value)
    if value is None or kind is bool or kind is int:
        return str(value) if kind is not int or abs(value) < 1 << 53 else "int"
    if kind is float:
        return "float"
    if kind is str:
        return ["text", value[:TEXT].encode("utf-8", "replace").decode()]
    if kind is bytes or kind is bytearray:
        return [kind.__name__, len(value), value[:TEXT].hex()]
    if kind is Persistent or kind is Extension:
        return kind.__name__.lower()
    if kind is set or kind is frozenset:
        return "set"
    if kind is tuple or kind is list:
        return [kind.__name__, len(value), [describe(item, depth - 1) for item in value[:ITEMS]] if depth > 0 else []]
    if kind is dict:
        keys = sorted(key for key in value if type(key) is str)[:KEYS]
        return ["dict", [[key[:TEXT], describe(value[key], depth - 1)] for key in keys] if depth > 0 else []]
    if isinstance(kind, type) and "label_" in kind.__dict__:
        return "= " + kind.__dict__["label_"]
    if isinstance(value, type) and "label_" in value.__dict__:
        return value.__dict__["label_"]
    return "other"


class Machine:
    """What both unpicklers are given: names, persistent ids and extension codes lead to recorders alone."""

    def find_class(self, module, name):
        if module == "":  # as __import__ does
            raise ValueError("Empty module name")
        self.log.add("import", module, name)
        return self.made.setdefault((module, name), recorder(self.log, module, name))

    def persistent_load(self, pid):
        self.log.add("persistent", describe(pid, DEPTH))
        return Persistent()

    def get_extension(self, code):
        self.log.add("extension", code)
        self.append(Extension())


class InC(Machine, pickle.Unpickler):
    get_extension = None


class InPython(Machine, pickle._Unpickler):
    pass


KINDS = {"c": InC, "python": InPython}


def reader(kind, encoding):
    def read(data):
        stream = io.BytesIO(data)
        unpickler = KINDS[kind](stream, encoding=encoding)
        unpickler.log = log = Log()
        unpickler.made = {}
        row = {"log": log, "end": "stop"}
        try:
            result = unpickler.load()
            row["result"] = describe(result, DEPTH)
            row["at"] = stream.tell()
        except Exception as error:  # whatever the loader says: the log up to here is what ran
            row["end"] = ("%s: %s" % (type(error).__name__, error))[:200].encode("utf-8", "replace").decode()
        return row

    return read


answer(reader(sys.argv[3], sys.argv[4]))
