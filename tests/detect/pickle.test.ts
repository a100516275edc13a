import { expect, it } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";

const formats = async (text: string, name: string) => (await detect(new BufferSource(Buffer.from(text)), name)).formats;

it("takes a list of files for text, though lines that begin with c could be imports", async () => {
  const line = (i: number) =>
    `cryptography/hazmat/part_${i}.py,sha256=mthuUrTd4FROCpUYrTIqhjz6s6T9djAZrV7nZ1oMm2o,364\r\n`;
  const record = Array.from({ length: 400 }, (_, i) => line(i)).join("");
  expect(await formats(record, "RECORD")).toEqual(["text"]);
  expect(await formats(`cos\nsystem\n(Vid\ntR${record}`, "RECORD")).toContain("pickle");
});
