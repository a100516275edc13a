import type { FileReport, Finding, Part } from "../../engine/result.js";
import { type Severity, worst } from "../../rules/severity.js";
import { bytesText, countText } from "../quantity.js";
import { badge } from "./findings.js";
import { type Html, html, NOTHING } from "./markup.js";

/** Members of one folder or archive that are listed. */
const MAX_LISTED = 300;
/** Folders and archives inside each other that are drawn. */
const MAX_DEPTH = 40;
const MAX_FACTS = 30;

/** A folder, a file or a member, with what is inside it. */
interface TreeNode {
  readonly children: Map<string, TreeNode>;
  readonly severities: Severity[];
  part?: Pick<Part, "size" | "state" | "reason" | "formats">;
  file?: FileReport;
}

/** Everything that was looked at: folders, files and the members of archives. */
export function filesSection(files: readonly FileReport[]): Html {
  const root = newNode();
  for (const file of files) addFile(root, file);
  const [prefix, top] = withoutChain(root);
  return html`${prefix === "" ? NOTHING : html`<p class="path">${prefix}</p>`}<ul class="tree card">${childrenOf(top, 0)}</ul>`;
}

function newNode(): TreeNode {
  return { children: new Map(), severities: [] };
}

function descend(node: TreeNode, name: string): TreeNode {
  const known = node.children.get(name) ?? newNode();
  node.children.set(name, known);
  return known;
}

function addFile(root: TreeNode, file: FileReport): void {
  let node = root;
  const steps = file.path.split(/(?<=[/\\])/).slice(0, MAX_DEPTH);
  const above: TreeNode[] = [];
  for (const step of steps) {
    node = descend(node, step);
    above.push(node);
  }
  node.file = file;
  node.part = file;
  for (const part of file.parts) {
    if (part.member.length > 0) partNode(node, part.member).part = part;
  }
  for (const finding of file.findings) {
    if (finding.suppressed !== undefined) continue;
    for (const holder of above) holder.severities.push(finding.severity);
    noteInside(node, finding);
  }
}

function partNode(file: TreeNode, member: readonly string[]): TreeNode {
  return member.slice(0, MAX_DEPTH).reduce(descend, file);
}

/** A member shows what was found in it, and so does every archive around it. */
function noteInside(file: TreeNode, { member, severity }: Finding): void {
  let node: TreeNode | undefined = file;
  for (const step of member) {
    node = node.children.get(step);
    if (node === undefined) return;
    node.severities.push(severity);
  }
}

/** Folders that hold nothing but one folder are one step. */
function withoutChain(root: TreeNode): [prefix: string, node: TreeNode] {
  let prefix = "";
  let node = root;
  for (;;) {
    const [only, ...others] = node.children;
    if (only === undefined || others.length > 0 || only[1].part !== undefined) return [prefix, node];
    prefix += only[0];
    node = only[1];
  }
}

function childrenOf({ children }: TreeNode, depth: number): Html {
  const shown = [...children].slice(0, MAX_LISTED);
  const left = children.size - shown.length;
  return html`${shown.map(([name, node]) => entry(name, node, depth))}${left > 0 ? html`<li class="state">and ${left} more</li>` : NOTHING}`;
}

function entry(name: string, node: TreeNode, depth: number): Html {
  const label = html`<span class="path">${name}</span> ${markOf(node)}${stateOf(node)}`;
  const facts = node.file === undefined ? NOTHING : factsOf(node.file);
  if (node.children.size === 0 && facts === NOTHING) return html`<li>${label}</li>\n`;
  const open = depth === 0 && node.part === undefined ? html` open` : NOTHING;
  return html`<li><details${open}><summary>${label}</summary>${facts}<ul>${childrenOf(node, depth + 1)}</ul></details></li>\n`;
}

function markOf(node: TreeNode): Html {
  const found = worst(node.severities);
  return found === undefined || found === "debug" ? NOTHING : html`${badge(found)} `;
}

function stateOf({ part, children }: TreeNode): Html {
  if (part === undefined)
    return html`<span class="state">${countText(children.size, "entry").replace("entrys", "entries")}</span>`;
  const { size, state, reason, formats } = part;
  const what = [formats.slice(0, 4).join(", "), bytesText(size)].filter((text) => text !== "").join(", ");
  const problem = state === "scanned" ? "" : `, ${state}${reason === undefined ? "" : `: ${reason}`}`;
  return html`<span class="state">${what}${problem}</span>`;
}

function factsOf({ metadata, sha256, duplicateOf }: FileReport): Html {
  const facts = Object.entries(metadata).slice(0, MAX_FACTS);
  const own = [
    ...(sha256 === undefined ? [] : [["SHA-256", sha256] as const]),
    ...(duplicateOf === undefined ? [] : [["same content as", duplicateOf] as const]),
  ];
  if (facts.length + own.length === 0) return NOTHING;
  const rows = [...own, ...facts].map(
    ([key, value]) => html`<dt>${key}</dt><dd>${typeof value === "string" ? value : JSON.stringify(value)}</dd>`,
  );
  return html`<dl class="facts">${rows}</dl>`;
}
