// YAML 1.1 and 1.2, "Node Tags": handles (`!`, `!!`, `!name!`) are shorthands that %TAG directives of the document define.

/** What `!!` stands for. */
export const YAML_TAG_PREFIX = "tag:yaml.org,2002:";

export interface TagDirective {
  readonly handle: string;
  readonly prefix: string;
}

const HANDLE = /^(![A-Za-z0-9-]{0,64}!|!)(.*)$/s;

/**
 * The full name of a tag as a loader compares it: `!!python/name:os.system` and `!e!name:os.system` (with `%TAG !e! tag:yaml.org,2002:python/`)
 * are both `tag:yaml.org,2002:python/name:os.system`. Local tags keep their `!`.
 */
export function resolveTag(raw: string, directives: readonly TagDirective[]): string {
  if (raw.startsWith("!<") && raw.endsWith(">")) return unescapeUri(raw.slice(2, -1));
  const [, handle = "!", suffix = ""] = HANDLE.exec(raw) ?? [];
  const known = directives.find((directive) => directive.handle === handle);
  const prefix = known?.prefix ?? (handle === "!!" ? YAML_TAG_PREFIX : handle);
  return unescapeUri(prefix + suffix);
}

/** PyYAML undoes %-escapes inside tags, so `!!python%2Fname:x` is a Python name as well. */
function unescapeUri(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
