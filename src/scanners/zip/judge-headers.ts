import { hasDescriptor, type ZipEntry } from "../../formats/zip/entry.js";
import { FLAG, type Header, type LocalHeader, METHOD, methodName } from "../../formats/zip/records.js";
import { FirstOfEachRule, shown } from "../archive-names.js";
import type { Observation } from "../scanner.js";

/** zipfile gives up on the whole archive above this (`MAX_EXTRACT_VERSION`). */
const MAX_VERSION_NEEDED = 63;
/** Bits that writers set in one header only: compression effort (1, 2), descriptor (3), UTF-8 names (11). */
const FREE_FLAGS = 0b1000_0000_1110;
const ONLY_ASCII = /^[\u0020-\u007e]+$/;

/** Where an entry's headers contradict each other, or make one loader refuse what another reads. */
export function judgeHeaders(entries: readonly ZipEntry[], size: number): Observation[] {
  const found = new FirstOfEachRule();
  const shared = sharedHeaders(entries);
  for (const entry of entries) {
    const { central, local } = entry;
    if (local === undefined) found.add(missingHeader(entry));
    else if (central && !shared.has(entry.headerAt))
      for (const mismatch of mismatches(central, local)) found.add(about(entry, mismatch));
    found.add(cutOff(entry, size));
    found.add(refusedVersion(entry));
    found.add(refusedFlags(entry));
    found.add(otherDisk(entry));
    found.add(storedSizes(entry));
    found.add(unicodeName(entry));
  }
  return found.finish();
}

/** Local headers of several entries fit one of them at most: that they overlap is told instead. */
function sharedHeaders(entries: readonly ZipEntry[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const shared = new Set<number>();
  for (const { headerAt } of entries) {
    if (seen.has(headerAt)) shared.add(headerAt);
    seen.add(headerAt);
  }
  return shared;
}

type Mismatch = readonly [field: string, message: string];

function* mismatches(central: Header, local: LocalHeader): Generator<Mismatch> {
  const name = shown(central.name);
  if (central.rawName !== local.rawName) {
    const seen =
      "torch.load goes by the directory, zipfile refuses the entry, streaming unpackers go by the local header";
    yield ["name", `the directory names it ${name}, its local header ${shown(local.name)}: ${seen}`];
  }
  if (central.method !== local.method) {
    const seen = "torch.load and zipfile go by the directory, streaming unpackers by the local header";
    yield [
      "method",
      `${name} is ${methodName(central.method)} in the directory, ${methodName(local.method)} in its local header: ${seen}`,
    ];
  }
  const flags = (central.flags ^ local.flags) & ~FREE_FLAGS;
  if (flags !== 0) {
    yield [
      "flags",
      `the flags of ${name} differ in ${bits(flags)}: torch.load and zipfile ignore those of the local header, other readers refuse the entry`,
    ];
  }
  yield* sizeMismatches(central, local);
}

function* sizeMismatches(central: Header, local: LocalHeader): Generator<Mismatch> {
  const fields = [
    ["compressed size", central.compressedSize, local.compressedSize],
    ["size", central.size, local.size],
    ["checksum", central.crc, local.crc],
  ] as const;
  const found = fields.find(([, stated, own]) => stated !== own && !(own === 0 && hasDescriptor(local)));
  if (found === undefined) return;
  const [field, stated, own] = found;
  const seen = "torch.load and zipfile go by the directory, streaming unpackers by the local header";
  const text = `the ${field} of ${shown(central.name)} is ${stated} in the directory, ${own} in its local header: ${seen}`;
  yield [field, text];
}

function about({ name, headerAt }: ZipEntry, [field, message]: Mismatch): Observation {
  return {
    rule: "archive/header-mismatch",
    message,
    subject: `${name}: ${field}`,
    member: name,
    offset: headerAt,
    evidence: { field },
  };
}

function missingHeader({ name, headerAt }: ZipEntry): Observation {
  return {
    rule: "archive/header-mismatch",
    message: `${shown(name)} has no local header at ${headerAt}: no reader gets its content`,
    subject: `${name}: header`,
    member: name,
    evidence: { field: "header" },
  };
}

function cutOff({ name, header, local }: ZipEntry, size: number): Observation | undefined {
  if (local === undefined || local.dataOffset + header.compressedSize <= size) return undefined;
  const missing = local.dataOffset + header.compressedSize - size;
  return {
    rule: "analysis/truncated",
    message: `${missing} of the ${header.compressedSize} bytes of ${shown(name)} lie behind the end of the file`,
    subject: name,
    member: name,
  };
}

function refusedVersion({ name, central }: ZipEntry): Observation | undefined {
  const version = (central?.versionNeeded ?? 0) & 0xff;
  if (version <= MAX_VERSION_NEEDED) return undefined;
  return evasion(
    name,
    "version",
    `${shown(name)} asks for version ${version / 10} of the format: zipfile refuses the whole archive, torch.load reads it`,
  );
}

function refusedFlags({ name, central }: ZipEntry): Observation | undefined {
  const flags = central?.flags ?? 0;
  if (flags & FLAG.patched)
    return evasion(
      name,
      "flags",
      `${shown(name)} is flagged as patched data (bit 5): zipfile and torch.load refuse it, unzip reads it`,
    );
  if (flags & FLAG.masked)
    return evasion(
      name,
      "flags",
      `${shown(name)} is flagged as masked (bit 13): torch.load refuses the archive, zipfile reads it`,
    );
  return undefined;
}

function otherDisk({ name, central }: ZipEntry): Observation | undefined {
  const disk = central?.diskStart ?? 0;
  if (disk === 0 || disk === 0xffff) return undefined;
  return {
    ...evasion(
      name,
      "disk",
      `${shown(name)} is said to begin on disk ${disk}: torch.load and zipfile read it, readers that look refuse it`,
    ),
    severity: "low",
  };
}

function evasion(name: string, field: string, message: string): Observation {
  return { rule: "archive/reader-evasion", message, subject: `${name}: ${field}`, member: name, evidence: { field } };
}

function storedSizes({ name, header }: ZipEntry): Observation | undefined {
  const { method, flags, size, compressedSize } = header;
  if (method !== METHOD.stored || size === compressedSize || (flags & FLAG.encrypted) !== 0) return undefined;
  return {
    rule: "archive/content-mismatch",
    message: `${shown(name)} is stored, yet ${compressedSize} bytes before and ${size} bytes after unpacking: torch.load refuses the archive, zipfile reads it`,
    subject: `${name}: size`,
    member: name,
  };
}

/** The field is for names that the old code page cannot write; it has no honest use beside a plain name. */
function unicodeName({ name, central, local }: ZipEntry): Observation | undefined {
  const other = central?.unicodeName ?? local?.unicodeName;
  if (other === undefined || other === name || !ONLY_ASCII.test(other)) return undefined;
  return {
    rule: "archive/header-mismatch",
    message: `${shown(name)} is called ${shown(other)} by a Unicode path field: Info-ZIP and 7-Zip write it there, torch.load and zipfile do not`,
    subject: `${name}: unicode name`,
    member: name,
    evidence: { field: "unicode name" },
  };
}

function bits(flags: number): string {
  const set = Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => (flags >> bit) & 1);
  return `bit ${set.join(", ")}`;
}
