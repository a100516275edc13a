import { describe, expect, it } from "vitest";
import { lineOfKey } from "../../src/config/toml-lines.js";

const TEXT = `# comment
[a]
x = 1
list = [
  "[b]",  # no table
  'y = 2',
]
"quoted.key" = 3
text = """
[c]
z = 4
"""

[b."two parts"]
y = { inner = 1 }
[[rows]]
k = 1
[[rows]]
k = 2
dotted.deep = true
`;

describe("the line of a key", () => {
  it.each([
    [["a"], 2],
    [["a", "x"], 3],
    [["a", "list"], 4],
    [["a", "list", "0"], 4],
    [["a", "quoted.key"], 8],
    [["a", "text"], 9],
    [["b", "two parts"], 14],
    [["b", "two parts", "y", "inner"], 15],
    [["rows", "0", "k"], 17],
    [["rows", "1"], 18],
    [["rows", "1", "k"], 19],
    [["rows", "1", "dotted", "deep"], 20],
    [["c", "z"], 1],
  ])("of %j is %i", (key, line) => {
    expect(lineOfKey(TEXT, key)).toBe(line);
  });
});
