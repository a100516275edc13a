import type { DecodedText } from "../../formats/text/decode.js";
import { resolveTag } from "../../formats/yaml/tags.js";
import type { ConfigContext } from "./document.js";
import { reportTarget } from "./hydra.js";
import { judgeYamlTags } from "./yaml-tags.js";

const TAG =
  /(?:^|[\s,[{:])(!(?:<[^\s<>]{1,300}>|!?[\w.+/-]{0,40}(?:python\/|new:|name:|apply:|module:)[\w.:/%-]{1,300}))/g;
const TARGET = /^[ \t]{0,200}(?:-[ \t]{1,8})?["']?_target_["']?[ \t]{0,8}:[ \t]{1,8}["']?([A-Za-z_][\w.:]{1,300})/gm;
/** Hits that are told; a text that is no YAML after all may hold many. */
const MAX_HITS = 20;

/** Looks for tags and targets in text that does not parse. True when it told something. */
export function judgeUnreadYaml({ text, offsetAt }: DecodedText, context: ConfigContext): boolean {
  let told = false;
  const watched: ConfigContext = {
    ...context,
    report: (observation) => {
      told = true;
      context.report(observation);
    },
  };
  const tags = [...text.matchAll(TAG)].slice(0, MAX_HITS).map((match) => ({
    tag: resolveTag(match[1] ?? "", []),
    index: match.index + match[0].indexOf("!"),
    node: null,
    path: "",
  }));
  judgeYamlTags(tags, offsetAt, watched);
  for (const match of [...text.matchAll(TARGET)].slice(0, MAX_HITS)) {
    reportTarget({ name: match[1] ?? "", path: "_target_", offset: offsetAt(match.index) }, watched);
  }
  return told;
}
