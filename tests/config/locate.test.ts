import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { locateConfig } from "../../src/config/locate.js";
import { folder } from "../builders/folder.js";

const LOCAL = "modelaudit-security.toml";
const NONE = { env: {}, scanned: [] };

describe("the user's rule file", () => {
  it("is the one given, before all others", () => {
    const cwd = folder({ "given.toml": "", "env.toml": "", [LOCAL]: "" });
    const env = { MODELAUDIT_CONFIG: join(cwd, "env.toml") };
    expect(locateConfig({ scanned: [], given: "given.toml", env, cwd, home: cwd }).path).toBe(join(cwd, "given.toml"));
    expect(locateConfig({ scanned: [], env, cwd, home: cwd }).path).toBe(join(cwd, "env.toml"));
  });

  it("must exist when it is named", () => {
    const cwd = folder();
    expect(() => locateConfig({ ...NONE, given: "no.toml", cwd, home: cwd })).toThrow(
      /--config names a file that does/,
    );
    const env = { MODELAUDIT_CONFIG: "no.toml" };
    expect(() => locateConfig({ scanned: [], env, cwd, home: cwd })).toThrow(/MODELAUDIT_CONFIG names a file that/);
  });

  it("is else looked for in the working directory, then at home", () => {
    const cwd = folder({ [LOCAL]: "", "home/.config/modelaudit/security.toml": "" });
    const home = join(cwd, "home");
    expect(locateConfig({ ...NONE, cwd, home }).path).toBe(join(cwd, LOCAL));
    expect(locateConfig({ ...NONE, cwd: home, home }).path).toBe(join(home, ".config/modelaudit/security.toml"));
  });

  it.each([
    ["the working directory itself", "."],
    ["a folder in it", "models"],
    ["a file in it", "models/a.pkl"],
    ["a folder around it", ".."],
    ["something that does not exist yet", "models/none/x.pkl"],
  ])("in the working directory is ignored when %s is scanned", (_case, scanned) => {
    const cwd = folder({ [LOCAL]: "", "models/a.pkl": "" });
    const { path, warnings } = locateConfig({ env: {}, scanned: [scanned], cwd, home: cwd });
    expect(path).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`${LOCAL} is ignored`);
  });

  it("in the working directory counts when something elsewhere is scanned", () => {
    const root = folder({ [`work/${LOCAL}`]: "", "models/a.pkl": "" });
    const cwd = join(root, "work");
    expect(locateConfig({ env: {}, scanned: ["../models"], cwd, home: cwd }).path).toBe(join(cwd, LOCAL));
  });

  it("in the working directory is seen through links", () => {
    const root = folder({ [`real/${LOCAL}`]: "", "real/a.pkl": "", alias: { link: "real" } });
    mkdirSync(join(root, "home"));
    const located = locateConfig({ env: {}, scanned: [join(root, "alias")], cwd: join(root, "real"), home: root });
    expect(located.path).toBeUndefined();
  });
});
