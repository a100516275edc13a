import type { Probe } from "./probe.js";
import type { Recognition } from "./table.js";

const I32 = "[\\s\\S]{3}\\0";
const TYPE = (digit: string) => `\\x0${digit}\\0{3}`;
const FIRST_INDEX = TYPE("1");
const BINARY = new RegExp(
  `^(?:${[
    // an instance with its version, or before there were versions
    `${TYPE("4")}${FIRST_INDEX}${TYPE("3")}V \\d`,
    `${TYPE("4")}${FIRST_INDEX}[\\x05-\\x7f]\\0{3}[A-Za-z]\\w{1,30}\\.\\w`,
    // a table whose first key is a number or a text
    `${TYPE("3")}${FIRST_INDEX}${I32}(?:${TYPE("1")}[\\s\\S]{8}[\\0-\\x08]\\0{3}|${TYPE("2")}[\\x01-\\x7f]\\0{3}[\\x20-\\x7e])`,
    // functions
    `${TYPE("6")}${I32}\\x1bL`,
    `[\\x07\\x08]\\0{3}${FIRST_INDEX}${I32}\\x1bL`,
  ].join("|")})`,
);
const TEXT = /^(?:4\n1\n3\nV \d\n|3\n1\n\d{1,9}\n2\n\d{1,4}\n[A-Za-z_]|6\n\d{1,9}\n\x1bL|[78]\n1\n\d{1,9}\n\x1bL)/;

function isTorch7({ text }: Probe): boolean {
  return BINARY.test(text) || TEXT.test(text);
}

/** Torch7 has no magic: an object's type, its index 1, and what such an object begins with. */
export const TORCH7_RECOGNITION: Recognition = { format: "torch7", test: isTorch7 };
