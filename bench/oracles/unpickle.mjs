// Compares the pickle machine with CPython's unpicklers: on generated programs, on every pickle that a scan of some files runs, wherever it
// lies in them, and on damaged copies of those.
//   node bench/oracles/unpickle.mjs [--count 5000] [--seed 1] [--damaged 0] [--python python3 ...] [--encoding latin1 ...]
//     [--untold] [FILE or FOLDER ...]
// The names of a stream are never imported: bench/oracles/unpickle.py answers find_class with recorders.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { ask, filesBelow, Inputs, load, Tally, version } from "./oracle.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "5000" },
    seed: { type: "string", default: "1" },
    damaged: { type: "string", default: "0" },
    python: { type: "string", multiple: true, default: ["python3"] },
    encoding: { type: "string", multiple: true, default: ["latin1"] },
    untold: { type: "boolean", default: false },
  },
});

/** Events that unpickle.py keeps of one file, and how much of a value it tells. */
const EVENTS = 5000;
const ITEMS = 8;
const TEXT = 40;
const KEYS = 120;
const DEPTH = 3;
/** Items of a list or a dict that the machine remembers, less some. */
const REMEMBERED = 240;
/** What a reader is given of a pickle and of what follows it. */
const MOST_BYTES = 64 << 20;
const BEHIND = 4096;

const {
  Dice,
  randomPickle,
  mutate,
  PickleMachine,
  StreamJudge,
  BufferSource,
  Budget,
  KIND,
  OP,
  defaultPolicy,
  scanArtifact,
} = await load({
  "tests/builders/pickle-grammar.ts": ["Dice", "randomPickle"],
  "tests/fuzz/mutate.ts": ["mutate"],
  "src/formats/pickle/machine.ts": ["PickleMachine"],
  "src/scanners/pickle/stream-judge.ts": ["StreamJudge"],
  "src/formats/pickle/value.ts": ["KIND"],
  "src/formats/pickle/opcodes.ts": ["OP"],
  "src/io/byte-source.ts": ["BufferSource"],
  "src/io/budget.ts": ["Budget"],
  "src/config/load.ts": ["defaultPolicy"],
  "src/engine/scan-artifact.ts": ["scanArtifact"],
});

/** Values of the machine in the form in which unpickle.py tells Python's. */
class Describer {
  folded = new Map();
  names = Object.fromEntries(Object.entries(KIND).map(([name, kind]) => [kind, name]));

  constructor(bytes, inspect) {
    this.bytes = bytes;
    this.inspect = inspect;
  }

  label(value) {
    const global = this.inspect.global(value);
    if (global) return this.folded.get(value.data) ?? `${global.module} ${global.name}`;
    const origin = this.inspect.origin(value);
    return origin ? this.label(origin.callee) : undefined;
  }

  /** C calls with tuples alone, Python's own unpickler with all that can be unpacked. */
  args(value) {
    const described = this.value(value, DEPTH);
    if (described[0] === "tuple") return described;
    return described[0] === "list" ? ["tuple", ...described.slice(1)] : "?";
  }

  value(value, depth) {
    const kind = this.names[value.kind];
    if (kind === "NONE") return "None";
    if (kind === "BOOL") return value.data === 1 ? "True" : "False";
    if (kind === "INT") return Number.isSafeInteger(value.data) ? String(value.data) : "?";
    if (kind === "FLOAT" || kind === "SET" || kind === "PERSISTENT" || kind === "EXTENSION") return kind.toLowerCase();
    if (kind === "STR" || kind === "HOOK") return this.text(value);
    if (kind === "BYTES" || kind === "BYTEARRAY") return this.raw(kind.toLowerCase(), value);
    if (kind === "GLOBAL") return this.folded.has(value.data) ? `= ${this.label(value)}` : this.label(value);
    if (kind === "CALL" || kind === "INSTANCE") return this.label(value) === undefined ? "?" : `= ${this.label(value)}`;
    if (kind === "TUPLE" || kind === "LIST") return this.items(kind.toLowerCase(), value, depth);
    if (kind === "DICT") return this.dict(value, depth);
    return "?";
  }

  /** A loader reads the texts of Python 2 in the encoding that it is told. */
  text(value) {
    const text = this.inspect.text(value) ?? "";
    const isOld = [OP.STRING, OP.BINSTRING, OP.SHORT_BINSTRING].includes(this.bytes[value.data]);
    if (isOld && (values.encoding.includes("bytes") || /[^\0-\x7f]/.test(text))) return "?";
    if (/[\ufffd?]/.test(text)) return "?"; // a surrogate, or bytes that are no text
    return ["text", [...text].slice(0, TEXT).join("")];
  }

  raw(kind, value) {
    const { start, length } = this.inspect.range(value);
    return [kind, length, Buffer.from(this.bytes.subarray(start, start + Math.min(TEXT, length))).toString("hex")];
  }

  items(kind, value, depth) {
    const items = this.inspect.items(value);
    if (items === undefined) return "?";
    const shown = depth > 0 ? items.slice(0, ITEMS).map((item) => this.value(item, depth - 1)) : [];
    return [kind, this.inspect.count(value), shown];
  }

  dict(value, depth) {
    const items = this.inspect.items(value);
    if (items === undefined || this.inspect.count(value) > REMEMBERED) return "?";
    if (depth === 0) return ["dict", []];
    const entries = new Map();
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = this.value(items[i], 0);
      if (key === "?") return "?";
      const text = key[0] === "text" ? this.inspect.text(items[i]) : undefined;
      if (text !== undefined) entries.set(text, items[i + 1]);
    }
    const keys = [...entries.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const shown = keys
      .slice(0, KEYS)
      .map((key) => [[...key].slice(0, TEXT).join(""), this.value(entries.get(key), depth - 1)]);
    return ["dict", shown];
  }
}

const inputs = new Inputs();
const seed = Number(values.seed);
const found = await pickles(positionals);
for (const { label, bytes } of found) inputs.add(label, bytes);
for (let i = 0; i < Number(values.count); i++) {
  const broken = i % 3 === 0 ? 4 : 0;
  inputs.add(`generated-${seed + i}`, randomPickle(seed + i, { length: 20 + (i % 60), broken }));
}
const sources = [...inputs.bytes.values()].filter(({ length }) => length < 1 << 16);
for (let i = 0; i < Number(values.damaged); i++) {
  const dice = new Dice(Math.imul(seed, 0x9e3779b1) ^ Math.imul(i + 1, 0x85ebca6b));
  for (let warm = 0; warm < 4; warm++) dice.next();
  inputs.add(`damaged-${i}`, mutate(dice.pick(sources), dice, dice.pick(sources)));
}
console.log(
  `${found.length} pickles of ${positionals.length} places, ${values.count} generated, ${values.damaged} damaged`,
);

const known = new Map();
for (const python of values.python)
  for (const kind of ["c", "python"]) for (const encoding of values.encoding) await compareWith(python, kind, encoding);

async function compareWith(python, kind, encoding) {
  const tally = new Tally(inputs);
  const ends = new Map();
  for await (const row of ask(python, "./unpickle.py", inputs, kind, encoding)) {
    if (row.killed !== undefined) {
      tally.killed++;
      console.log(`  ${row.name}: the reader ended with ${row.killed}`);
      continue;
    }
    const mine = ours(row.name);
    tally.add(row.name, difference(row, kind === "c" ? asC(mine) : mine));
    const end = row.end === "stop" ? "read" : mine.told ? "refused, told" : "refused, not told";
    ends.set(end, (ends.get(end) ?? 0) + 1);
    if (values.untold && end === "refused, not told") console.log(`  ${row.name}: ${row.end}`);
  }
  tally.print(`${version(python)}, ${kind} unpickler, ${encoding}`);
  console.log(`  ${[...ends].map(([end, count]) => `${count} ${end}`).join("; ")}`);
}

/** C calls no `extend` where there is nothing to add. */
function asC(mine) {
  return { ...mine, log: once(mine.all.filter((event) => !mine.empty.has(event))) };
}

/** Everything CPython did must be told by the machine, in the same order; the machine may tell more after a loader gave up. */
function difference({ log, end, result, at }, mine) {
  const theirs = once(log);
  for (const [i, event] of theirs.entries()) {
    if (!isSameEvent(mine.log[i], event))
      return `event ${i} is ${JSON.stringify(event)}, ours ${JSON.stringify(mine.log[i])} (loader: ${end})`;
  }
  if (end !== "stop" || log.length >= EVENTS) return undefined;
  if (mine.log.length > theirs.length) return `we tell ${JSON.stringify(mine.log[theirs.length])} more`;
  if (mine.reason !== "stop") return `the loader stops, we end with ${mine.reason}`;
  if (mine.end !== at && mine.overhang !== at) return `the loader stops at ${at}, we at ${mine.end}`;
  if (!isSame(mine.result, result)) return `it is ${JSON.stringify(result)}, ours ${JSON.stringify(mine.result)}`;
  return undefined;
}

/** The machine tells an import once; items that are added one by one are one event. */
function once(log) {
  const imports = new Set();
  return log.filter((event, i) => {
    const key = JSON.stringify(event);
    if (event[0] === "mutate") return key !== JSON.stringify(log[i - 1]);
    if (event[0] !== "import") return true;
    return !imports.has(key) && imports.add(key);
  });
}

function isSameEvent(mine, theirs) {
  if (mine === undefined) return false;
  // INST and OBJ without arguments make an object of a class by `__new__` and call anything else: which it is, only the loader knows.
  const isBare = mine[0] === "call" && theirs[0] === "new" && theirs[2]?.[1] === 0;
  if (mine[0] !== theirs[0] && !isBare) return false;
  return isSame(mine.slice(1), theirs.slice(1));
}

/** `?` is what the machine does not know, or does not keep. `I 0` is a bool to C and a number to Python: they are equal. */
function isSame(mine, theirs) {
  if (mine === "?" || mine === theirs) return true;
  if (theirs === "True" || theirs === "False") return mine === String(Number(theirs === "True"));
  if (!Array.isArray(mine) || !Array.isArray(theirs) || mine.length !== theirs.length) return false;
  return mine.every((item, i) => isSame(item, theirs[i]));
}

function ours(name) {
  if (!known.has(name)) known.set(name, runOurs(inputs.bytes.get(name)));
  return known.get(name);
}

function runOurs(bytes) {
  const source = new BufferSource(bytes);
  const log = [];
  const run = { log, told: false, empty: new Set() };
  let describe;
  let lastCall;
  const sink = {
    begin: ({ inspect }) => {
      describe = new Describer(bytes, inspect);
    },
    // What folding finds out is no import of the stream's own: to the loader it is what the call returned.
    imported: (index, { module, name, via }) => {
      if (via === "attribute" || via === "module") describe.folded.set(index, lastCall);
      else log.push(["import", module, name]);
    },
    called: (_opcode, _at, callee, args) => {
      lastCall = describe.label(callee);
      log.push(["call", lastCall, describe.args(args)]);
      return false;
    },
    constructed: (_opcode, _at, cls, args) => {
      log.push(["new", describe.label(cls), describe.args(args)]);
      return false;
    },
    built: (_at, target) => describe.label(target) && log.push(["build", describe.label(target)]),
    mutated: (_opcode, _at, target, count) => {
      const event = ["mutate", describe.label(target)];
      if (count === 0) run.empty.add(event);
      log.push(event);
    },
    persistentId: (_at, id) => log.push(["persistent", describe.value(id, DEPTH)]),
    extension: (_at, code) => log.push(["extension", code]),
    anomaly: (kind, at) => {
      run.told = true;
      // A file that is loaded from again goes on where the frame ends.
      if (kind === "frame-overhang") run.overhang = at;
      if (kind === "frame-too-long") run.overhang = bytes.length;
    },
    stopped: (_at, result) => {
      run.result = describe.value(result, DEPTH);
    },
  };
  const { reason, offset } = new PickleMachine(source, sink).run(0);
  if (reason !== "stop") run.told = true;
  return { ...run, all: log, log: once(log), reason, end: offset };
}

/** Every stream that a scan of the files runs, without the raw arrays that joblib's loader reads in between. */
async function pickles(paths) {
  const policy = await defaultPolicy();
  const found = new Map();
  const run = PickleMachine.prototype.run;
  const jump = PickleMachine.prototype.jump;
  let label = "";
  PickleMachine.prototype.run = function (start) {
    if (!(this.sink instanceof StreamJudge)) return run.call(this, start);
    this.jumps = [];
    const built = this.sink.built;
    this.sink.built = (offset, ...rest) => {
      this.builtAt = offset + 1;
      built.call(this.sink, offset, ...rest);
    };
    const end = run.call(this, start);
    const bytes = withoutJumps(this.source, start, Math.min(end.offset + BEHIND, this.source.size), this.jumps);
    const key = bytes && Buffer.from(bytes).toString("latin1");
    if (bytes && !found.has(key)) found.set(key, { label: `${label}@${start}`, bytes });
    return end;
  };
  PickleMachine.prototype.jump = function (offset) {
    this.jumps?.push([this.builtAt, offset]);
    jump.call(this, offset);
  };
  for (const path of paths.flatMap((place) => [...filesBelow(place)])) {
    label = basename(path);
    const source = new BufferSource(new Uint8Array(readFileSync(path)));
    await scanArtifact({ path, name: label, source }, { policy, budget: new Budget(policy.limits), isolated: true });
  }
  PickleMachine.prototype.run = run;
  PickleMachine.prototype.jump = jump;
  return [...found.values()];
}

function withoutJumps(source, start, end, jumps) {
  if (end - start > MOST_BYTES) return undefined;
  const parts = [];
  let at = start;
  for (const [from, to] of jumps) {
    parts.push(source.readSync(at, from - at));
    at = to;
  }
  parts.push(source.readSync(at, Math.max(0, end - at)));
  return new Uint8Array(Buffer.concat(parts));
}
