// Looks at an HTML report in a real Chromium: axe-core's accessibility rules, requests, console, overflow, print, and pictures.
// Not part of `npm test`, which needs Node alone. By hand:
//
//   npm install --no-save playwright-core axe-core
//   bin/modelaudit.js FOLDER -f html -o report.html
//   node bench/html-check.mjs report.html [--chromium /usr/bin/chromium] [--pictures DIR]
//
// Prints what it found and fails where there is anything.

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { chromium: { type: "string", default: "/usr/bin/chromium" }, pictures: { type: "string" } },
});
const [report] = positionals;
if (report === undefined) throw new Error("which report? node bench/html-check.mjs report.html");

const require = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
const { chromium } = require("playwright-core");
const axe = require("axe-core").source;
const address = pathToFileURL(resolve(report)).href;

const VIEWS = {
  desktop: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  plain: { viewport: { width: 390, height: 844 }, colorScheme: "dark", javaScriptEnabled: false },
};

const problems = [];
const browser = await chromium.launch({ executablePath: values.chromium, args: ["--no-sandbox", "--disable-gpu"] });
for (const [name, view] of Object.entries(VIEWS)) await look(name, view);
await print();
await browser.close();
console.log(problems.length === 0 ? "no problems" : problems.join("\n"));
process.exitCode = problems.length === 0 ? 0 : 1;

async function look(name, view) {
  const page = await open(name, view);
  await picture(page, `${name}.png`);
  const width = view.viewport.width;
  if (view.javaScriptEnabled !== false) {
    await openAll(page, 3);
    await audit(page, name);
    const scroll = await page.evaluate(() => document.documentElement.scrollWidth);
    if (scroll > width) problems.push(`${name}: ${scroll} pixels wide on a screen of ${width}`);
    await filter(page, name);
  }
  await picture(page, `${name}-open.png`);
  await page.context().close();
}

async function open(name, view) {
  const page = await (await browser.newContext({ ...view, bypassCSP: false })).newPage();
  page.on("console", (message) => problems.push(`${name}: console: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`${name}: ${error.message}`));
  page.on("dialog", (dialog) => {
    problems.push(`${name}: a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== address) problems.push(`${name}: asks for ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

/** Opens the first findings and the first files, so that what they hold is audited as well. */
function openAll(page, count) {
  return page.evaluate((n) => {
    for (const selector of [".finding", ".tree details"]) {
      for (const each of [...document.querySelectorAll(selector)].slice(0, n)) each.open = true;
    }
  }, count);
}

async function audit(page, name) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  console.log(`${name}: ${passes.length} rules of axe-core hold, ${violations.length} do not`);
  for (const { id, help, nodes } of violations) {
    problems.push(`${name}: ${id}: ${help} (${nodes.length}): ${nodes[0]?.html.slice(0, 200)}`);
  }
}

/** The filter hides what does not match, by keyboard alone. */
async function filter(page, name) {
  const visible = () => page.locator(".finding:visible").count();
  const all = await visible();
  await page.locator("#filter input[type=checkbox]").first().focus();
  await page.keyboard.press("Space");
  const fewer = await visible();
  await page.keyboard.press("Space");
  await page.locator("#filter input[type=search]").focus();
  await page.keyboard.type("no such word in any report");
  const none = await visible();
  await page.locator("#filter input[type=search]").fill("");
  console.log(`${name}: ${all} findings, ${fewer} without the worst, ${none} for a word that is nowhere`);
  if (fewer >= all || none !== 0 || (await visible()) !== all) problems.push(`${name}: the filter does not filter`);
}

async function print() {
  const page = await open("print", VIEWS.desktop);
  await page.emulateMedia({ media: "print" });
  if (values.pictures) await page.pdf({ path: join(values.pictures, "print.pdf"), format: "A4" });
  await picture(page, "print.png");
  await page.context().close();
}

async function picture(page, name) {
  if (values.pictures) await page.screenshot({ path: join(values.pictures, name) });
}
