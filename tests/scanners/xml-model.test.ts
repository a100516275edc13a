import { describe, expect, test } from "vitest";
import { scanBytes, told } from "../builders/scan.js";

const pmml = (content: string, doctype = "") =>
  `<?xml version="1.0"?>${doctype}<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">${content}</PMML>`;
const net = (content: string) => `<?xml version="1.0"?><net name="m" version="11"><layers>${content}</layers></net>`;
const scan = async (text: string, name = "model.xml") => told(await scanBytes(name, text));

const cases: readonly (readonly [what: string, bad: string, expected: readonly string[], twin: string])[] = [
  [
    "an entity from a file",
    pmml("&x;", '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    ["high xml/external-entity"],
    pmml("x"),
  ],
  [
    "a document type from an address",
    pmml("", '<!DOCTYPE PMML SYSTEM "http://203.0.113.7/d">'),
    ["high xml/external-entity"],
    pmml("", '<!DOCTYPE PMML SYSTEM "http://www.dmg.org/v4-4/pmml.dtd">'),
  ],
  [
    "XInclude",
    pmml('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>'),
    ["high xml/external-entity"],
    pmml('<Extension name="include" value="1"/>'),
  ],
  [
    "entities of entities",
    pmml("&b;", '<!DOCTYPE PMML [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'),
    ["medium xml/entity-expansion"],
    pmml("&amp;"),
  ],
  ["an entity of its own", pmml("&a;", '<!DOCTYPE PMML [<!ENTITY a "ha">]>'), ["low xml/document-type"], pmml("ha")],
  [
    "a Java class as function",
    pmml('<Apply function="com.example.Evil"/>'),
    ["high xml/function-class"],
    pmml('<Apply function="+"/>'),
  ],
  [
    "a script in an extension",
    pmml("<Extension><script>1</script></Extension>"),
    ["medium xml/extension-code"],
    pmml("<Extension><note>1</note></Extension>"),
  ],
  [
    "Java in an extension",
    pmml('<Extension name="x" value="java.lang.Runtime.getRuntime().exec(1)"/>'),
    ["medium xml/extension-code"],
    pmml('<Extension name="x" value="java"/>'),
  ],
  [
    "a layer of a foreign operation set",
    net('<layer id="0" name="c" type="EvilOp" version="extension"/>'),
    ["medium xml/custom-layer"],
    net('<layer id="0" name="c" type="MatMul" version="opset1"/>'),
  ],
  [
    "a library",
    net('<layer id="0" name="c" type="MatMul" version="opset1"><data library="./x.so"/></layer>'),
    ["high xml/library-path"],
    net('<layer id="0" name="c" type="MatMul" version="opset1"><data path="x.bin"/></layer>'),
  ],
  [
    "an address",
    pmml("<Extension>https://webhook.site/x</Extension>"),
    ["medium network/suspicious-host"],
    pmml("<Extension>https://example.org/x</Extension>"),
  ],
];

describe("what an XML model can do", () => {
  test.each(cases)("%s is told", async (_what, bad, expected) => {
    expect(await scan(bad)).toEqual(expected);
  });

  test.each(cases)("%s has a harmless twin", async (_what, _bad, _expected, twin) => {
    expect(await scan(twin)).toEqual([]);
  });

  test("a function that the document defines is no class", async () => {
    expect(await scan(pmml('<Apply function="my.own.fn"/><DefineFunction name="my.own.fn"/>'))).toEqual([]);
  });

  test("tokenizers that OpenVINO ships are ordinary layers", async () => {
    expect(await scan(net('<layer id="0" name="t" type="BPETokenizer" version="extension"/>'))).toEqual([]);
  });

  test("XML that is cut off is malformed", async () => {
    expect(await scan("<PMML><a>")).toEqual(["medium analysis/malformed"]);
  });

  test("books and catalogues have document types and parts of their own", async () => {
    expect(await scan('<!DOCTYPE book SYSTEM "book.dtd" [<!ENTITY one SYSTEM "one.xml">]><book>&one;</book>')).toEqual([
      "low xml/external-entity",
      "info xml/document-type",
    ]);
    expect(await scan('<!DOCTYPE book [<!ENTITY one SYSTEM "/etc/passwd">]><book>&one;</book>')).toEqual([
      "high xml/external-entity",
    ]);
  });

  test("text that only begins like XML is nobody's model", async () => {
    expect(await scan("<?xml version='1.0'?> and so on", "notes.txt")).toEqual([]);
  });

  test("pictures and property lists are XML as well", async () => {
    expect(await scan('<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', "a.svg")).toEqual([]);
    const plist =
      '<?xml version="1.0"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist/>';
    expect(await scan(plist, "a.plist")).toEqual([]);
  });
});
