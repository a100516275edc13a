"""What CPython's own unpicklers do with each pickle of a folder, told as JSON lines: the reference for the pickle machine.

find_class returns recorders, so nothing of the stream's names is ever imported or called. Usage: python unpickle.py FOLDER c|python
"""

import io
import json
import os
import pickle
import sys

LIMIT = 500


def recorder(log, module, name):
    """A class that stands for module.name and writes down what is done with it."""
    label = f"{module} {name}"

    class Meta(type):
        def __call__(cls, *args, **kwargs):
            log.append(["call", label, len(args)])
            return object.__new__(Recorder)

    class Recorder(metaclass=Meta):
        def __new__(cls, *args, **kwargs):
            log.append(["new", label, len(args)])
            return object.__new__(cls)

        def __setstate__(self, state):
            log.append(["build", label])

        def append(self, item):
            log.append(["mutate", label])

        def extend(self, items):
            log.append(["mutate", label])

        def add(self, item):
            log.append(["mutate", label])

        def __setitem__(self, key, value):
            log.append(["mutate", label])

    return Recorder


def run(data, base):
    log = []
    made = {}

    class Unpickler(base):
        def find_class(self, module, name):
            log.append(["import", module, name])
            return made.setdefault((module, name), recorder(log, module, name))

        def persistent_load(self, pid):
            log.append(["persistent"])
            return None

        def get_extension(self, code):
            log.append(["extension", code])
            return None

    end = "stop"
    try:
        Unpickler(io.BytesIO(data), encoding="latin1").load()
    except RecursionError:
        end = "recursion"
    except Exception as error:  # whatever the loader says: the log up to here is what ran
        end = f"{type(error).__name__}: {error}"
    return {"log": log[:LIMIT], "end": end}


def main():
    folder, kind = sys.argv[1], sys.argv[2]
    base = pickle.Unpickler if kind == "c" else pickle._Unpickler
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            print(json.dumps({"name": name, **run(file.read(), base)}))
    print(json.dumps({"version": sys.version.split()[0]}), file=sys.stderr)


main()
