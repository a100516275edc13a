import { describe, expect, it } from "vitest";
import { judgeTemplate } from "../../src/scanners/jinja-judge.js";
import { fixture } from "../builders/fixture.js";
import { scanBytes, told } from "../builders/scan.js";

const rulesOf = (template: string) => judgeTemplate(template).map(({ rule }) => rule);

describe("a template", () => {
  it.each([
    ["template/attribute-walk", "{{ cycler.__init__.__globals__ }}", "{{ cycler('a', 'b').next() }}"],
    ["template/attribute-walk", "{{ ''['__cl' ~ 'ass__'] }}", "{{ message['con' ~ 'tent'] }}"],
    ["template/attribute-walk", "{{ () | attr('__class__') }}", "{{ message | attr('role') }}"],
    ["template/attribute-walk", "{{ self._TemplateReference__context }}", "{{ self.title() }}"],
    ["template/attribute-walk", "{{ x.gi_frame.f_globals }}", "{{ x.frame.globals }}"],
    ["template/attribute-walk", "{% set x = dict(__class__=1) | first %}", "{% set x = dict(role=1) | first %}"],
    ["template/attribute-walk", "{{ x y['__class__'] }}", "{{ x or y['content'] }}"],
    ["template/dangerous-call", "{{ os.popen('id') }}", "{{ message.open('id') }}"],
    [
      "template/dangerous-call",
      "{{ open('/etc/passwd').read() }}",
      "{% macro open(x) %}{% endmacro %}{{ open('/etc/passwd') }}",
    ],
    ["template/computed-attribute", "{{ x | attr(y) }}", "{{ x | map(attribute='role') | list }}"],
    ["template/computed-attribute", "{{ x['__' ~ y] }}", "{{ x['tool_' ~ y] }}"],
    ["template/loads-template", "{% include 'other.jinja' %}", "{# include 'other.jinja' #}"],
    ["template/foreign-global", "{{ request.args.x }}", "{% for request in messages %}{{ request.args }}{% endfor %}"],
    ["template/expensive", "{% for i in range(99999999999) %}{% endfor %}", "{% for i in range(100) %}{% endfor %}"],
    ["template/expensive", "{{ 'a' * 99999999999 }}", "{{ '=' * 80 }}"],
    ["template/unreadable", "{% mustache %}", "{{ mustache }}"],
  ])("is told by %s, and one step away it is not", (rule, bad, fine) => {
    expect(rulesOf(bad)).toContain(rule);
    expect(rulesOf(fine)).toEqual([]);
  });

  it("larger than any real one is told by template/too-large", () => {
    expect(rulesOf(`{{ a }}${" ".repeat(1 << 20)}`)).toEqual(["template/too-large"]);
    expect(rulesOf(`{{ a }}${" ".repeat(1 << 19)}`)).toEqual([]);
  });

  it("that walks in several steps is told once, with the whole walk", () => {
    const findings = judgeTemplate("{{ ''.__class__.__mro__[1].__subclasses__()[40].__init__.__globals__ }}");
    expect(findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the template reaches __globals__ of .*__subclasses__/),
    ]);
  });

  it("that leaves the folder of templates is told as high", () => {
    expect(judgeTemplate("{% include '../../etc/passwd' %}")).toMatchObject([{ severity: "high" }]);
  });

  it("without delimiters is no template", () => {
    expect(judgeTemplate("__class__ of ''.__class__")).toEqual([]);
  });
});

describe("the scanner of templates", () => {
  it("judges the file and knows an ordinary one", async () => {
    expect(told(await scanBytes("chat_template.jinja", fixture("jinja/bad.walk.jinja")))).toEqual([
      "critical template/dangerous-call",
    ]);
    const fine = await scanBytes("chat_template.jinja", fixture("jinja/ok.tools.jinja"));
    expect(told(fine)).toEqual([]);
    expect(fine.state).toBe("scanned");
  });

  it("takes the parts of a split template for what they are, but not in a chat template", async () => {
    const template = "{% include 'header.j2' %}{{ title }}";
    expect(told(await scanBytes("page.j2", template))).toEqual(["low template/loads-template"]);
    expect(told(await scanBytes("chat_template.jinja", template))).toEqual(["medium template/loads-template"]);
  });

  it("does not take a template for examined that is larger than what it reads", async () => {
    const report = await scanBytes("chat_template.jinja", `{{ a }}${" ".repeat(2 << 20)}`);
    expect(report.state).toBe("partial");
  });
});
