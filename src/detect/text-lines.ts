import type { FormatId } from "./format.js";

/** Lines looked at: enough to tell code from prose. */
const MAX_LINES = 80;
/** Where this share of the lines has the form, the text is of that kind. */
const MOST = 0.6;
/** Code is mixed with text of its own (strings, arguments), so fewer lines show it. */
const SOME = 0.25;

const YAML_TAGS = /(?:^|[\s,[{])!{1,2}python\/|(?:^|[\s,[{])!(?:new|name|apply|module):[A-Za-z_]|!<tag:yaml\.org/;
const HYDRA_TARGET = /^\s{0,80}(?:-\s{1,8})?["']?_target_["']?\s{0,4}:\s/m;
const YAML_LINE = /^(?:---|\.\.\.)\s{0,20}$|^\s{0,80}-\s|^\s{0,80}(?:-\s{1,8})?["']?[\w./ -]{1,60}["']?:(?:\s|$)/;
const YAML_KEY = /^["']?[A-Za-z_][\w./-]{0,60}["']?:(?:\s|$)/;

const PYTHON_START =
  /^(?:import\s|from\s{1,4}[\w.]{1,100}\s{1,4}import\s|def\s|class\s|async\s|@\w|"""|'''|if\s|try:|with\s|for\s|[A-Za-z_][\w.[\]"', ]{0,80}\s?[+]?=\s?\S|[A-Za-z_][\w.]{0,80}\()/;
const PYTHON_LINE =
  /^\s{0,80}(?:import\s{1,4}[A-Za-z_]|from\s{1,4}[\w.]{1,100}\s{1,4}import\s|(?:async\s{1,4})?def\s{1,4}\w{1,80}\s{0,4}\(|class\s{1,4}\w{1,80}\s{0,4}[(:]|return\b|raise\s|@\w[\w.]{0,80}|(?:if|for|while|with|try|except|elif|else)\b[^\n]{0,200}:\s{0,4}(?:#|$)|(?:exec|eval|print|open|__import__)\s{0,4}\()/;
const PYTHON_SURE =
  /^\s{0,80}(?:import\s{1,4}[A-Za-z_][\w.]{0,80}(?:\s{1,4}as\s{1,4}\w{1,40}|(?:\s{0,4},\s{0,4}[\w.]{1,80}){0,20})?|from\s{1,4}[\w.]{1,100}\s{1,4}import\s{1,4}[\w*(, ]{1,200}|(?:async\s{1,4})?def\s{1,4}\w{1,80}\s{0,4}\([^\n]{0,200}|class\s{1,4}\w{1,80}[^\n]{0,120}:|(?:exec|__import__)\s{0,4}\([^\n]{1,400})\s{0,8}(?:#[^\n]{0,200})?;?$/;

const DOCKER_LINE =
  /^(?:FROM|RUN|CMD|COPY|ADD|ENV|ARG|ENTRYPOINT|WORKDIR|EXPOSE|USER|VOLUME|LABEL|SHELL|HEALTHCHECK|STOPSIGNAL)\s/;
const REQUIREMENT_LINE =
  /^(?:-[rcefi]\s|--(?:requirement|constraint|editable|find-links|index-url|extra-index-url|trusted-host|no-index|hash|pre|no-binary|only-binary|prefer-binary|require-hashes)\b|git\+https?:)|^[A-Za-z0-9][\w.-]{0,80}(?:\[[\w, -]{1,80}\])?\s{0,4}(?:[~!<>]=\s{0,4}\d|==\s{0,4}\d{1,6}\.[\d*]|@\s{0,4}(?:git\+|https?:))/;
const JINJA_TAG = /\{%-?\s{0,8}(?:for|if|set|macro|endfor|endif|block|generation)\b|\{\{-?\s{0,8}[\w'"]/;

/** The kind of a text that neither its first characters nor its name decide. */
export function judgeTextLines(text: string): FormatId {
  const lines = text
    .split(/\r?\n/, MAX_LINES)
    .filter((line) => line.trim() !== "" && !/^\s{0,80}(?:#|\/\/)/.test(line));
  const share = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length / Math.max(1, lines.length);
  const [first = ""] = lines;
  if (/^FROM\s/.test(first) && share(DOCKER_LINE) > SOME) return "dockerfile";
  if (PYTHON_START.test(first) && share(PYTHON_LINE) > SOME && lines.some((line) => PYTHON_SURE.test(line)))
    return "python";
  if (YAML_TAGS.test(text) || HYDRA_TARGET.test(text)) return "yaml";
  if (share(REQUIREMENT_LINE) > MOST) return "requirements";
  if (YAML_KEY.test(first) && share(YAML_LINE) > MOST) return "yaml";
  if (lines.filter((line) => JINJA_TAG.test(line)).length > 0 && /\{%/.test(text)) return "jinja";
  return "text";
}
