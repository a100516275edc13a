import { isJsonArray, isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { spdxId } from "../../rules/spdx.js";
import { isLicenseName, isWeightFile } from "../layout-roots.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, entriesOf, readEntryJson, readEntryText } from "../tree-entries.js";
import { licenseObservation } from "./judge.js";
import { cardLicenses, readModelCard } from "./model-card.js";
import { licenseOfText } from "./texts.js";

const CARD = "README.md";
const DATA_FILE = /\.(?:csv|tsv|jsonl|ndjson|parquet|arrow)(?:\.(?:gz|zst|bz2))?$/i;

/** One file's word about the licence of the folder. */
interface Statement {
  readonly file: string;
  /** SPDX ids where there is one, names as they stand otherwise. */
  readonly licenses: readonly string[];
}

/** What the card, the licence file and the configuration of one folder say of its licence, against each other. */
export class LicenseLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const names = entriesOf(tree, root).flatMap(({ name, kind }) => (kind === "file" ? [baseName(name)] : []));
    const text = names.includes(CARD) ? await readEntryText(tree, root + CARD) : undefined;
    const card = text === undefined ? undefined : readModelCard(text);
    const statements = [
      ...stated(CARD, card ? cardLicenses(card) : []),
      ...(await this.ofTexts(tree, root, names)),
      ...(await this.ofConfig(tree, root)),
    ];
    this.compare(statements, { context, root });
    const hasTerms = statements.length > 0 || names.some(isLicenseName);
    if (card !== undefined && !hasTerms) this.tellMissing(card, { context, root, names });
  }

  private async ofTexts(tree: Tree, root: string, names: readonly string[]): Promise<Statement[]> {
    const found: Statement[] = [];
    for (const name of names.filter(isLicenseName).slice(0, MAX_LICENSE_FILES)) {
      const id = licenseOfText((await readEntryText(tree, root + name)) ?? "");
      if (id !== undefined) found.push({ file: name, licenses: [id] });
    }
    return found;
  }

  private async ofConfig(tree: Tree, root: string): Promise<Statement[]> {
    const license = (await readEntryJson(tree, `${root}config.json`))?.get("license");
    return typeof license === "string" ? stated("config.json", [license]) : [];
  }

  /** Several licences in one place are a choice; places contradict each other when they share none. Names of our own are not compared. */
  private compare(statements: readonly Statement[], { context, root }: Pick<Where, "context" | "root">): void {
    const [first, ...others] = statements.filter(({ licenses }) =>
      licenses.every((name) => spdxId(name) !== undefined),
    );
    if (first === undefined) return;
    const families = new Set(first.licenses.map(familyOf));
    for (const { file, licenses } of others) {
      if (licenses.some((license) => families.has(familyOf(license)))) continue;
      context.report(
        licenseObservation(context.policy, {
          rule: "license/contradictory",
          message: `${first.file} states ${first.licenses.join(", ")}, ${file} states ${licenses.join(", ")}`,
          subject: root + file,
          member: root + first.file,
          evidence: { [first.file]: first.licenses, [file]: licenses },
        }),
      );
    }
  }

  private tellMissing(card: JsonObject, { context, root, names }: Where): void {
    const data = names.filter((name) => DATA_FILE.test(name));
    const isDataset = data.length > 0 && (isDatasetCard(card) || !names.some(isWeightFile));
    const [example] = data;
    context.report(
      licenseObservation(context.policy, {
        rule: isDataset ? "license/unlicensed-dataset" : "license/unstated",
        message: isDataset
          ? `${data.length} data files such as ${example} come without a licence`
          : "the model card names no licence, and no licence file is there",
        subject: root,
        member: root + CARD,
      }),
    );
  }
}

interface Where {
  readonly context: ScanContext;
  readonly root: string;
  readonly names: readonly string[];
}

const MAX_LICENSE_FILES = 5;

function stated(file: string, licenses: readonly string[]): Statement[] {
  return licenses.length === 0 ? [] : [{ file, licenses: licenses.map((name) => spdxId(name) ?? name) }];
}

/** `GPL-3.0-only` and `GPL-3.0-or-later` do not contradict `GPL-3.0`. */
function familyOf(license: string): string {
  return license.replace(/-(?:only|or-later)$|\+$/, "");
}

/** Cards of data sets describe splits and tasks (https://huggingface.co/docs/hub/datasets-cards). */
function isDatasetCard(card: JsonObject): boolean {
  return isJsonObject(card.get("dataset_info")) || isJsonArray(card.get("dataset_info")) || card.has("task_categories");
}
