import { describe, expect, it } from "vitest";
import { readTemplate } from "../../../src/formats/jinja/walk.js";
import { fixture } from "../../builders/fixture.js";

const accesses = (template: string) => readTemplate(template).accesses.map(({ how, name }) => `${how} ${name}`);

describe("the Jinja parser", () => {
  it.each([
    [
      "filters, tests and conditions",
      "{{ (a | default('x', true)).b if a is defined and a is not none else c | join(', ') }}",
    ],
    [
      "tests with and without brackets",
      "{% if a is divisibleby 3 or a is sameas(b) or a is in [1] or not a is string %}{% endif %}",
    ],
    [
      "loops that unpack, filter and recur",
      "{% for k, v in d.items() if v recursive %}{{ loop(v) }}{% else %}{% endfor %}",
    ],
    ["block set and filter blocks", "{% set x | upper %}a{% endset %}{% filter trim | indent(2) %}b{% endfilter %}"],
    [
      "macros and call blocks",
      "{% macro m(a, b=1) -%}{{ caller(a) }}{%- endmacro %}{% call(x) m(1) %}{{ x }}{% endcall %}",
    ],
    ["inheritance", "{% extends 'a' %}{% block b scoped %}{{ super() }}{% endblock b %}"],
    [
      "imports of all kinds",
      "{% include ['a', 'b'] ignore missing with context %}{% import 'a' as b without context %}{% from 'a' import b as c, d with context %}",
    ],
    [
      "with, do, break, autoescape and trans",
      "{% with a=1, b=2 %}{% do x.append(1) %}{% break %}{% autoescape true %}{% trans n=1 %}x{% pluralize %}y{% endtrans %}",
    ],
    ["the generation tag of transformers", "{% generation %}{{ a }}{% endgeneration %}"],
    ["dictionaries before the closing braces", "{{ {'a': {'b': [1, (2,), ()]}} }}"],
    ["slices and items by number", "{{ a[1:] ~ a[:-1] ~ a[::2] ~ a.0 ~ a['b', 'c'] }}"],
    ["operators of arithmetic", "{{ -1 + 2 ** 3 // 4 % 5 * (6 - +7) / 8 }}"],
    ["delimiters inside strings", "{{ '}}' ~ \"{% raw %}\" }}"],
    ["whitespace control", "{{- a -}}{%+ if b -%}{%- endif +%}"],
  ])("reads %s", (_name, template) => {
    expect(readTemplate(template).broken).toEqual([]);
  });

  it("passes over comments, text and raw blocks", () => {
    const template = "a.b {# {{ c.d }} #} {% raw %}{{ e.f }}{% endraw %} {{ g.h }}";
    expect(accesses(template)).toEqual(["attribute h"]);
  });

  it.each(["{{ a b }}", "{% unknown tag %}", "{{ 'open }}", "{% if %}", "{{ a. }}"])(
    "tells that %s is no Jinja",
    (template) => {
      expect(readTemplate(template).broken).toHaveLength(1);
    },
  );

  it("reads what stands behind a tag that never closes", () => {
    expect(accesses("{{ ( {{ a.b }}")).toContain("attribute b");
  });

  it("reads a template as rich as real ones without a word", () => {
    const summary = readTemplate(fixture("jinja/ok.tools.jinja").toString());
    expect(summary.broken).toEqual([]);
    expect([...summary.globals.keys()].sort()).toEqual(
      ["add_generation_prompt", "loop", "messages", "namespace", "raise_exception", "strftime_now", "tools"].sort(),
    );
  });

  it.each([
    ["spaces", `{% ${" ".repeat(100_000)} %}`],
    ["brackets", `{{ ${"(".repeat(100_000)}`],
    ["attributes", `{{ a${".b".repeat(10_000)} }}`],
    ["unclosed tags", "{{ ({{ (".repeat(10_000)],
    ["doubled texts", `{% set x = 'aaaa' %}${"{% set x = x ~ x %}".repeat(3_000)}`],
    ["conditions", `{{ ${"a if b else ".repeat(10_000)}a }}`],
  ])("ends soon on nothing but %s", (_name, template) => {
    expect(readTemplate(template).tags).toBeGreaterThan(0);
  });
});

describe("a name that a template reaches", () => {
  it.each([
    ["written out", "{{ x.__class__ }}"],
    ["as an item", "{{ x['__class__'] }}"],
    ["by the attr filter", "{{ x | attr('__class__') }}"],
    ["by map", "{{ [x] | map(attribute='__class__') | list }}"],
    ["by escapes", "{{ x['\\x5f\\u005fclass\\137\\x5f'] }}"],
    ["by concatenation", "{{ x['__cl' ~ 'ass__'] }}"],
    ["by a variable", "{% set n = '__cla' + 'ss__' %}{{ x[n] }}"],
    ["by join", "{{ x[['__', 'class', '__'] | join] }}"],
    ["by format", "{{ x['%sclass%s' | format('__', '__')] }}"],
    ["by %", "{{ x['%c%cclass__' % (95, 95)] }}"],
    ["by reversal", "{{ x['__ssalc__'[::-1]] }}{{ x['__ssalc__' | reverse] }}"],
    ["by methods of strings", "{{ x['__CLASS__'.lower()] }}{{ x['**class**'.replace('*', '_')] }}"],
  ])("%s is known", (_name, template) => {
    const names = new Set(readTemplate(template).accesses.map(({ name }) => name));
    expect(names).toContain("__class__");
  });
});
