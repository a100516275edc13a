import type { Constant, Value } from "./value.js";

const MAX_DEPTH = 4;
const MAX_ITEMS = 6;
const MAX_TEXT = 80;

/** The value as Python would write it, shortened to what a line can hold. */
export function render(value: Value, depth = 0): string {
  if (depth > MAX_DEPTH) return "...";
  switch (value.kind) {
    case "constant":
      return renderConstant(value.value);
    case "collection":
      return renderCollection(value.type, value.items, depth);
    case "mapping":
      return value.entries.length === 0 ? "{}" : "{...}";
    case "name":
      return value.path.startsWith("builtins.") ? value.path.slice("builtins.".length) : value.path;
    case "attribute":
      return `${render(value.of, depth + 1)}.${value.name}`;
    case "item":
      return `${render(value.of, depth + 1)}[${render(value.key, depth + 1)}]`;
    case "call":
      return renderCall(render(value.callee, depth + 1), value, depth);
    case "function":
    case "parameter":
      return value.name;
    default:
      return "...";
  }
}

/** `callee(arguments)`, the callee already written. */
export function renderCall(
  callee: string,
  call: Pick<Extract<Value, { kind: "call" }>, "args" | "keywords">,
  depth = 0,
) {
  const given = [
    ...call.args.slice(0, MAX_ITEMS).map((arg) => render(arg, depth + 1)),
    ...call.keywords
      .slice(0, MAX_ITEMS)
      .map(({ name, value }) =>
        name === "" ? `**${render(value, depth + 1)}` : `${name}=${render(value, depth + 1)}`,
      ),
  ];
  return `${callee}(${given.slice(0, MAX_ITEMS).join(", ")}${given.length > MAX_ITEMS ? ", ..." : ""})`;
}

function renderConstant(value: Constant): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return quote(value);
  if (value instanceof Uint8Array) return `b${quoteBytes(value)}`;
  return String(value);
}

function quote(text: string): string {
  const shown = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  return JSON.stringify(shown);
}

function quoteBytes(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MAX_TEXT), (byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    return byte === 0x0a ? "\\n" : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `"${shown.join("")}${bytes.length > MAX_TEXT ? "..." : ""}"`;
}

function renderCollection(type: "tuple" | "list" | "set", items: readonly Value[], depth: number): string {
  const [open, close] = { tuple: ["(", ")"], list: ["[", "]"], set: ["{", "}"] }[type];
  const shown = items.slice(0, MAX_ITEMS).map((item) => render(item, depth + 1));
  return `${open}${shown.join(", ")}${items.length > MAX_ITEMS ? ", ..." : ""}${close}`;
}
