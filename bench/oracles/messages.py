"""What the real protobuf classes of TensorFlow and ONNX read from messages, and random messages of them.

The classes are the generated modules alone (`tensorflow/**/*_pb2.py` of the package, in a folder of its own; `onnx`): no framework is
started. Usage: python messages.py FOLDER FIRST PROTOS, or python messages.py make FOLDER PROTOS COUNT SEED
"""

import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, sys.argv[3])
import google.protobuf  # noqa: E402
import onnx  # noqa: E402
from google.protobuf.internal import api_implementation  # noqa: E402
from oracle import answer  # noqa: E402
from tensorflow.core.framework import graph_pb2  # noqa: E402
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2  # noqa: E402

CLASSES = {
    "saved": saved_model_pb2.SavedModel,
    "meta": meta_graph_pb2.MetaGraphDef,
    "graph": graph_pb2.GraphDef,
    "onnx": onnx.ModelProto,
}

# --- what is read ----------------------------------------------------------------------------------------------------------------


def plain(text):
    """Bytes and texts alike; what is no ASCII, readers show each in its own way."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return "".join(chr(byte) if byte < 128 else "?" for byte in raw).replace("?", "")


def attribute_texts(attr):
    found = [attr.s] if attr.HasField("s") else []
    found += attr.list.s
    for tensor in [attr.tensor, *attr.list.tensor]:
        found += tensor.string_val
    for function in [attr.func, *attr.list.func]:
        found.append(function.name)
        for value in function.attr.values():
            found += attribute_texts(value)
    return found


def node(one):
    texts = {plain(text) for attr in one.attr.values() for text in attribute_texts(attr)}
    return [plain(one.name), plain(one.op), [plain(name) for name in one.input], sorted(texts - {""})]


def graph(one):
    functions = [
        [
            plain(function.signature.name),
            [plain(arg.name) for arg in function.signature.input_arg],
            [[plain(arg.name), plain(function.ret.get(arg.name, ""))] for arg in function.signature.output_arg],
            [node(inner) for inner in function.node_def],
        ]
        for function in one.library.function
    ]
    return {"nodes": [node(inner) for inner in one.node], "functions": functions}


def capture(objects, number):
    kind = objects[number].WhichOneof("kind") if 0 <= number < len(objects) else None
    if kind == "constant":
        return ["constant", plain(objects[number].constant.operation)]
    return ["asset" if kind == "asset" else "other", ""]


def meta_graph(one):
    objects = one.object_graph_def.nodes
    return {
        "tags": [plain(tag) for tag in one.meta_info_def.tags],
        "graph": graph(one.graph_def),
        "collections": sorted([plain(k), [plain(v) for v in c.node_list.value]] for k, c in one.collection_def.items()),
        "signatures": sorted(
            [plain(k), sorted(plain(info.name) for info in s.outputs.values())] for k, s in one.signature_def.items()
        ),
        "assets": [[plain(asset.filename), plain(asset.tensor_info.name)] for asset in one.asset_file_def],
        "saver": plain(one.saver_def.filename_tensor_name),
        "captures": sorted(
            [plain(k), [capture(objects, number) for number in f.bound_inputs]]
            for k, f in one.object_graph_def.concrete_functions.items()
        ),
        "metadata": [
            [plain(o.user_object.identifier), len(o.user_object.metadata.encode())]
            for o in objects
            if o.user_object.metadata
        ],
    }


class Onnx:
    """Everything of a model that can name something, in one list each."""

    def __init__(self, model):
        self.nodes = []
        self.tensors = []
        self.graph(model.graph)
        for training in model.training_info:
            self.graph(training.initialization)
            self.graph(training.algorithm)
        for function in model.functions:
            for one in function.node:
                self.node(one, plain(function.domain) + ":" + plain(function.name))
            for attr in function.attribute_proto:
                self.attribute(attr)

    def graph(self, one):
        for inner in one.node:
            self.node(inner, "")
        for tensor in one.initializer:
            self.tensor(tensor)
        for sparse in one.sparse_initializer:
            self.sparse(sparse)

    def node(self, one, owner):
        texts = {plain(text) for attr in one.attribute for text in [attr.s, *attr.strings]} - {""}
        self.nodes.append([owner, plain(one.domain), plain(one.op_type), plain(one.name), sorted(texts)])
        for attr in one.attribute:
            self.attribute(attr)

    def attribute(self, attr):
        for tensor in [attr.t, *attr.tensors] if attr.HasField("t") else attr.tensors:
            self.tensor(tensor)
        for sparse in [attr.sparse_tensor, *attr.sparse_tensors]:
            self.sparse(sparse)
        for inner in [attr.g, *attr.graphs]:
            self.graph(inner)

    def sparse(self, one):
        for field in ("values", "indices"):
            if one.HasField(field):
                self.tensor(getattr(one, field))

    def tensor(self, one):
        self.tensors.append(
            [
                plain(one.name),
                one.data_location == 1,
                [[plain(entry.key), plain(entry.value)] for entry in one.external_data],
                [str(dim) for dim in one.dims],
                len(one.raw_data),
            ]
        )


def shown(kind, message):
    if kind == "saved":
        return {"metas": [meta_graph(one) for one in message.meta_graphs]}
    if kind == "meta":
        return {"metas": [meta_graph(message)]}
    if kind == "graph":
        return graph(message)
    seen = Onnx(message)
    return {"nodes": sorted(seen.nodes), "tensors": sorted(seen.tensors)}


def read(data):
    kind, content = data.split(b"\n", 1)
    kind = kind.decode()
    try:
        message = CLASSES[kind].FromString(content)
    except google.protobuf.message.DecodeError as error:
        return {"kind": kind, "refused": str(error)[:200]}
    return {"kind": kind, "read": shown(kind, message)}


# --- random messages -------------------------------------------------------------------------------------------------------------

TEXTS = ["", "a", "node/x", "Const", "WriteFile", "PyFunc", "ReadFile", "f:0", "^c", "été", "../weights.bin", "/etc/passwd"]
KEYS = ["location", "offset", "length", "T", "value", "f", "shared_name", "__saved_model_init_op", "saved_model_assets"]
#: Fields that lead to what is looked at are filled more often.
WANTED = {
    "meta_graphs", "graph_def", "node", "library", "function", "node_def", "attr", "signature", "op", "op_type", "name", "graph",
    "attribute", "initializer", "external_data", "data_location", "functions", "object_graph_def", "nodes", "concrete_functions",
    "collection_def", "asset_file_def", "saver_def", "func", "tensor", "string_val", "input", "key", "value", "location",
}  # fmt: skip


def fill(message, dice, depth):
    for field in message.DESCRIPTOR.fields:
        if dice.random() > (0.8 if field.name in WANTED else 0.15):
            continue
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            fill_map(getattr(message, field.name), field.message_type.fields_by_name, dice, depth)
        elif field.message_type is not None:
            if depth == 0:
                continue
            target = getattr(message, field.name)
            if field.is_repeated:
                for _ in range(dice.choice([0, 1, 1, 2, 3])):
                    fill(target.add(), dice, depth - 1)
            else:
                target.SetInParent()
                fill(target, dice, depth - 1)
        elif field.is_repeated:
            getattr(message, field.name).extend(scalar(field, dice) for _ in range(dice.choice([0, 1, 2, 3])))
        else:
            setattr(message, field.name, scalar(field, dice))


def fill_map(target, fields, dice, depth):
    value = fields["value"]
    for _ in range(dice.choice([0, 1, 2, 3])):
        key = scalar(fields["key"], dice)
        if value.message_type is None:
            target[key] = scalar(value, dice)
        elif depth > 0:
            fill(target[key], dice, depth - 1)


def scalar(field, dice):
    kinds = type(field)
    if field.type == kinds.TYPE_STRING:
        return dice.choice(TEXTS + KEYS)
    if field.type == kinds.TYPE_BYTES:
        return dice.choice(TEXTS).encode() + bytes(dice.randrange(256) for _ in range(dice.choice([0, 0, 4])))
    if field.type == kinds.TYPE_ENUM:
        return dice.choice(field.enum_type.values).number
    if field.type == kinds.TYPE_BOOL:
        return dice.random() < 0.5
    if field.type in (kinds.TYPE_FLOAT, kinds.TYPE_DOUBLE):
        return dice.choice([0.0, 1.5, -2.0])
    if field.type in (kinds.TYPE_UINT32, kinds.TYPE_UINT64, kinds.TYPE_FIXED32, kinds.TYPE_FIXED64):
        return dice.choice([0, 1, 7, 300, 2**31 - 1])
    return dice.choice([0, 1, 2, 7, 300, -1, 2**31 - 1])


def make(folder, count, seed):
    for number in range(count):
        dice = random.Random(seed * 1000003 + number)
        kind = dice.choice(list(CLASSES))
        message = CLASSES[kind]()
        fill(message, dice, dice.choice([4, 6, 8]))
        with open(os.path.join(folder, "%07d" % number), "wb") as file:
            file.write(kind.encode() + b"\n" + message.SerializeToString())


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[4]), int(sys.argv[5]))
elif sys.argv[1] == "version":
    print("protobuf %s (%s), onnx %s" % (google.protobuf.__version__, api_implementation.Type(), onnx.__version__))
else:
    answer(read)
