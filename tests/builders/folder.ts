import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** `-> target`: a symbolic link. */
type Content = string | Uint8Array | { readonly link: string };

/** A temporary folder with these files and links, gone after the test. */
export function folder(files: Readonly<Record<string, Content>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), "modelaudit-test-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === "object" && "link" in content) symlinkSync(content.link, path);
    else writeFileSync(path, content);
  }
  return root;
}
