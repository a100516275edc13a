import { decodeText } from "../formats/text/decode.js";
import { readSettings } from "../formats/text/settings.js";
import { readToml } from "../formats/text/toml.js";
import type { ByteSource } from "../io/byte-source.js";
import { walkConfig } from "./config/document.js";
import { judgeConfig } from "./config/judge.js";
import { judgeRequirement } from "./config/requirements.js";
import { configContext } from "./config/scan-config.js";
import { EncodedTexts } from "./encoded-text.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { TextScanner } from "./text.js";

/** Nobody writes settings by hand beyond this; a larger file is data. */
const MAX_SETTINGS = 4 << 20;
/** A requirement with its address: `name @ https://...`. */
const DIRECT = /^[\w.[\], -]{1,200}@\s{0,4}\w[\w+]{1,10}:\/\//;
/** Keys under which packaging tools keep where packages come from. */
const ADDRESS_KEY = /^(?:index[-_]url|extra[-_]index[-_]url|find[-_]links|trusted[-_]host|index|git)$/i;
const INDEX_SECTION = /(?:^|\.)(?:index|source|sources|indexes)(?:#\d+|\[\d+\])?\./;
/** What no tool reads as anything but TOML. Whatever else may be TOML is INI to some tool. */
const TOML_NAME = /\.toml$|(?:^|\/)pipfile$/i;

/** TOML, INI and their like: settings of models (spaCy, gin), of packages (pyproject, setup.cfg, Pipfile) and of tools (git, desktops). */
export class SettingsScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    await new TextScanner().scan(source, context);
    if (source.size > MAX_SETTINGS) return;
    const { text } = decodeText(await source.read(0, MAX_SETTINGS));
    const encoded = new EncodedTexts();
    const config = { ...configContext(context), encoded };
    const toml = TOML_NAME.test(context.name) ? readToml(text) : undefined;
    const document = { value: toml ?? readSettings(text), offsetOf: () => undefined };
    judgeConfig(document, config);
    walkConfig(
      document,
      {
        string: (value, place) => {
          const path = place.path();
          const isSource = ADDRESS_KEY.test(String(place.key)) || (place.key === "url" && INDEX_SECTION.test(path));
          if (isSource || DIRECT.test(value)) judgeRequirement(value, path, undefined, config);
        },
      },
      config.budget,
    );
    await encoded.scan(context);
  }
}
