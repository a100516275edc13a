// Checksums of compressed streams that node:zlib does not have.

const MASK = (1n << 64n) - 1n;
/** ECMA-182, reflected: what xz calls CRC64. */
const CRC64_POLYNOMIAL = 0xc96c5795d7870f42n;
/** What bzip2 uses: CRC-32 with the first bit of a byte first. */
const BZIP2_POLYNOMIAL = 0x04c11db7;

const CRC64_TABLE = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ CRC64_POLYNOMIAL : crc >> 1n;
  return crc;
});

const BZIP2_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ BZIP2_POLYNOMIAL : crc << 1;
  return crc;
});

export function crc64(bytes: Uint8Array): bigint {
  let crc = MASK;
  for (const byte of bytes) crc = (CRC64_TABLE[Number((crc ^ BigInt(byte)) & 0xffn)] ?? 0n) ^ (crc >> 8n);
  return crc ^ MASK;
}

export function bzip2Crc(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc << 8) ^ (BZIP2_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return ~crc >>> 0;
}

interface Primes {
  readonly bits: 32 | 64;
  readonly primes: readonly [bigint, bigint, bigint, bigint, bigint];
  readonly rotations: readonly [number, number, number, number];
}

/** https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md */
const XXH32: Primes = {
  bits: 32,
  primes: [0x9e3779b1n, 0x85ebca77n, 0xc2b2ae3dn, 0x27d4eb2fn, 0x165667b1n],
  rotations: [1, 7, 12, 18],
};
const XXH64: Primes = {
  bits: 64,
  primes: [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n],
  rotations: [1, 7, 12, 18],
};

export function xxh32(bytes: Uint8Array): number {
  return Number(xxh(bytes, XXH32));
}

export function xxh64(bytes: Uint8Array): bigint {
  return xxh(bytes, XXH64);
}

function xxh(bytes: Uint8Array, { bits, primes, rotations }: Primes): bigint {
  const [p1, p2, p3, p4, p5] = primes;
  const cut = (value: bigint) => BigInt.asUintN(bits, value);
  const turn = (value: bigint, by: number) => cut((value << BigInt(by)) | (cut(value) >> BigInt(bits - by)));
  const width = bits / 8;
  const word = (at: number, size: number) => {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
    return value;
  };
  const round = (lane: bigint, input: bigint) => cut(turn(cut(lane + input * p2), bits === 32 ? 13 : 31) * p1);
  let at = 0;
  let hash = p5;
  if (bytes.length >= 4 * width) {
    const lanes = [cut(p1 + p2), p2, 0n, cut(-p1)];
    for (; at + 4 * width <= bytes.length; at += 4 * width)
      for (const [i, lane] of lanes.entries()) lanes[i] = round(lane, word(at + i * width, width));
    hash = cut(lanes.reduce((sum, lane, i) => sum + turn(lane, rotations[i] ?? 0), 0n));
    if (bits === 64) for (const lane of lanes) hash = cut((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = cut(hash + BigInt(bytes.length));
  if (bits === 64)
    for (; at + 8 <= bytes.length; at += 8) hash = cut(turn(hash ^ round(0n, word(at, 8)), 27) * p1 + p4);
  for (; at + 4 <= bytes.length; at += 4)
    hash =
      bits === 32
        ? cut(turn(cut(hash + word(at, 4) * p3), 17) * p4)
        : cut(turn(hash ^ cut(word(at, 4) * p1), 23) * p2 + p3);
  for (; at < bytes.length; at++)
    hash =
      bits === 32 ? cut(turn(cut(hash + word(at, 1) * p5), 11) * p1) : cut(turn(hash ^ cut(word(at, 1) * p5), 11) * p1);
  const [first, second, third] = bits === 32 ? [15n, 13n, 16n] : [33n, 29n, 32n];
  hash = cut((hash ^ (hash >> first)) * p2);
  hash = cut((hash ^ (hash >> second)) * p3);
  return hash ^ (hash >> third);
}
