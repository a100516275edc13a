/** Text that a shell or an interpreter would run, found where data belongs. */
export interface CommandText {
  readonly kind:
    | "reverse shell"
    | "download and run"
    | "encoded command"
    | "destruction"
    | "Python call"
    | "shell command"
    | "script of a page";
  readonly index: number;
  /** At most 120 characters of it. */
  readonly text: string;
}

/** Commands are short; a longer text is content of some other kind and examined up to this. */
const MAX_TEXT = 1 << 20;
const MAX_SHOWN = 120;

interface CommandPattern {
  readonly kind: CommandText["kind"];
  readonly pattern: RegExp;
}

const SHELL_PATTERNS: readonly CommandPattern[] = [
  {
    kind: "reverse shell",
    pattern: /\bn(?:c|cat|etcat)\b[^\n|;]{0,40}\s-[a-z]{0,4}[ec]\s{1,4}["']?(?:\/\S{0,20})?(?:sh|bash|cmd)\b/,
  },
  { kind: "reverse shell", pattern: /\bsh\s{1,4}-i\b[^\n]{0,40}[<>]&?\s{0,3}\/dev\/(?:tcp|udp)\// },
  { kind: "reverse shell", pattern: /\/dev\/(?:tcp|udp)\/[\w.-]{1,100}\/\d{1,5}/ },
  { kind: "reverse shell", pattern: /\bmkfifo\s{1,4}\S{1,60}[^\n]{0,100}\|\s{0,4}(?:\S{0,20}\/)?n(?:c|cat|etcat)\b/ },
  {
    kind: "download and run",
    pattern:
      /\b(?:curl|wget|fetch)\s[^\n|;&]{1,300}\|\s{0,4}(?:sudo\s{1,4})?(?:\/\S{0,20}\/)?(?:ba|z|da|k)?sh\b|\b(?:curl|wget|fetch)\s[^\n|;&]{1,300}\|\s{0,4}(?:sudo\s{1,4})?(?:python|perl|ruby|node)[\d.]{0,4}\b/,
  },
  {
    kind: "download and run",
    pattern: /\b(?:ba|z|da)?sh\s{1,4}(?:-c\s{1,4})?["']?(?:<\(|\$\(|`)\s{0,4}(?:curl|wget)\b/,
  },
  {
    kind: "download and run",
    pattern: /\b(?:IEX|Invoke-Expression)\b[^\n]{0,60}(?:DownloadString|Invoke-WebRequest|iwr)\b/i,
  },
  {
    // stored where everybody may write, then started
    kind: "download and run",
    pattern:
      /\b(?:curl|wget)\s[^\n]{1,120}?(\/(?:tmp|var\/tmp|dev\/shm)\/[\w.-]{1,60})[^\n]{0,80}?(?:&&|;)\s{0,4}(?:(?:ba|z|da)?sh\s{1,4}|nohup\s{1,4})?\1(?![\w./-])/,
  },
  {
    kind: "download and run",
    pattern:
      /\b(?:certutil(?:\.exe)?\s[^\n]{0,60}-urlcache\s[^\n]{0,60}https?:|bitsadmin(?:\.exe)?\s[^\n]{0,60}\/transfer\s[^\n]{0,100}https?:|mshta(?:\.exe)?\s{1,8}["']?(?:https?|javascript|vbscript):|regsvr32(?:\.exe)?\s[^\n]{0,60}\/i:https?:)/i,
  },
  {
    kind: "encoded command",
    pattern: /\bpowershell(?:\.exe)?\s[^\n]{0,80}-e(?:nc|ncodedcommand)?\s{1,4}[A-Za-z0-9+/=]{16,100}/i,
  },
  {
    kind: "encoded command",
    pattern: /\bbase64\s{1,4}(?:-d|-D|--decode)\b[^\n|]{0,60}\|\s{0,4}(?:\S{0,20}\/)?(?:ba|z|da)?sh\b/,
  },
];

/** A text that is as a whole a command that destroys a machine; among other words it warns of one. */
const DESTRUCTION: readonly CommandPattern[] = [
  {
    kind: "destruction",
    pattern:
      /^\s{0,20}(?:sudo\s{1,4})?rm\s{1,4}-(?:rf|fr|r\s{1,4}-f)\s{1,4}(?:--no-preserve-root\s{1,4})?(?:\/\*?|~\/?\*?|\$HOME|\/(?:etc|usr|home|boot|root|bin|lib)\/?\*?)(?:\s[^\n]{0,200})?$/,
  },
  {
    kind: "destruction",
    pattern:
      /^\s{0,20}(?:sudo\s{1,4})?(?:mkfs(?:\.\w{1,8})?\s|dd\s{1,4}if=\/dev\/(?:zero|u?random)\s)[^\n]{0,100}\/dev\/\w/,
  },
  { kind: "destruction", pattern: /^\s{0,20}:\(\)\s{0,4}\{\s{0,4}:\s{0,4}\|\s{0,4}:/ },
];

const PYTHON_PATTERNS: readonly CommandPattern[] = [
  {
    kind: "Python call",
    pattern: /\b(?:os|posix|nt)\s{0,4}\.\s{0,4}(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?)\s{0,4}\([^\n]{0,100}/,
  },
  {
    kind: "Python call",
    pattern: /\bsubprocess\s{0,4}\.\s{0,4}(?:Popen|run|call|check_call|check_output|getoutput)\s{0,4}\([^\n]{0,100}/,
  },
  { kind: "Python call", pattern: /\b__import__\s{0,4}\(\s{0,4}["'][^\n]{1,100}/ },
  {
    kind: "Python call",
    pattern:
      /\b(?:exec|eval)\s{0,4}\(\s{0,4}(?:compile|base64|codecs|zlib|marshal|bytes|__import__|requests|urllib)\b[^\n]{0,100}/,
  },
];

/** Longer entries are descriptions, which may speak of commands and quote them. */
const MAX_SETTING = 300;
/** A command that removes, opens up or fetches, as the whole of a setting or followed by the next one. */
const SETTING_PATTERNS: readonly CommandPattern[] = [
  {
    kind: "shell command",
    pattern:
      /^\s{0,20}(?:sudo\s{1,4})?(?:rm\s{1,4}-(?:rf|fr|r\s{1,4}-f)|chmod\s{1,4}(?:-R\s{1,4})?(?:0?777|a\+rwx|[u+]\+s))\s{1,4}[^\s&|;]{1,200}\s{0,4}(?:$|(?:&&|;|\|\|?)[^\n]{0,200})/,
  },
  {
    kind: "script of a page",
    pattern: /<script\b[^>]{0,200}>[^\n]{1,200}?(?:<\/script\b|$)|<script\s{1,4}[^>]{0,100}\bsrc\s{0,4}=/i,
  },
  {
    kind: "script of a page",
    pattern:
      /<(?:img|svg|iframe|body|input|details|video|audio|object)\b[^>]{0,200}[\s"'/]on[a-z]{3,20}\s{0,4}=\s{0,4}["']?[^>]{1,100}\(/i,
  },
];

/** One look that rules out nearly every ordinary string. */
const SHELL_CANDIDATE =
  /\bn(?:c|cat|etcat)\s|\/dev\/(?:tcp|udp)\/|mkfifo|curl|wget|fetch\s|powershell|base64\s|IEX|Invoke-|certutil|bitsadmin|mshta|regsvr32/i;
const DESTRUCTION_CANDIDATE = /^\s{0,20}(?:sudo\s|rm\s|mkfs|dd\s|:\(\))/;
const SETTING_CANDIDATE = /^\s{0,20}(?:sudo\s|rm\s|chmod\s)|<[a-z]/i;
const PYTHON_CANDIDATE = /\b(?:os|posix|nt|subprocess)\s{0,4}\.|__import__|\b(?:exec|eval)\s{0,4}\(/;

/** False for every text that `findShellCommands` finds nothing in. */
export function mayHoldCommand(text: string): boolean {
  return SHELL_CANDIDATE.test(text) || DESTRUCTION_CANDIDATE.test(text);
}

/** Finds the shell commands that only an attack needs: a reverse shell, a download piped into an interpreter, an encoded command. */
export function findShellCommands(text: string): CommandText[] {
  return find(text, SHELL_CANDIDATE, SHELL_PATTERNS);
}

/** Finds Python that reaches for the system. For texts that should hold no program at all: metadata, names, doc strings. */
export function findPythonCalls(text: string): CommandText[] {
  return find(text, PYTHON_CANDIDATE, PYTHON_PATTERNS);
}

/** Finds a command that destroys a machine, where it is all that a text holds. */
export function findDestruction(text: string): CommandText[] {
  return find(text, DESTRUCTION_CANDIDATE, DESTRUCTION);
}

/** Finds what a shell or a browser would run, in a setting that is a word, a name or an address in ordinary files. */
export function findSettingCommands(text: string): CommandText[] {
  return text.length > MAX_SETTING ? [] : find(text, SETTING_CANDIDATE, SETTING_PATTERNS);
}

function find(text: string, candidate: RegExp, patterns: readonly CommandPattern[]): CommandText[] {
  const window = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text;
  if (!candidate.test(window)) return [];
  const found: CommandText[] = [];
  const seen = new Set<string>();
  for (const { kind, pattern } of patterns) {
    const match = pattern.exec(window);
    if (!match || seen.has(kind)) continue;
    seen.add(kind);
    found.push({ kind, index: match.index, text: match[0].slice(0, MAX_SHOWN) });
  }
  return found;
}
