// Opens each page in headless Chromium with every request to elsewhere blocked, and writes what was found as JSON.
//   node check.mjs FOLDER   (reads FOLDER/*.html, writes FOLDER/found.json, and a PDF and pictures of each page)
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import puppeteer from "puppeteer-core";

const folder = resolve(process.argv[2]);
const pictures = process.argv.includes("--pictures");
const rules = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const validator = new HtmlValidate({
  extends: ["html-validate:standard", "html-validate:document"],
  rules: { "long-title": "off", "require-sri": "off", "no-raw-characters": "off", "svg-focusable": "off" },
});

async function open(browser, url, requests) {
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url() === url) return request.continue();
    requests.push(request.url());
    return request.abort();
  });
  await page.goto(url, { waitUntil: "load" });
  return page;
}

async function violations(page) {
  await page.evaluate(rules);
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document);
    return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
}

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function check(browser, name) {
  const file = join(folder, name);
  const url = pathToFileURL(file).href;
  const stem = file.replace(/\.html$/, "");
  const requests = [];
  const page = await open(browser, url, requests);
  const found = {};
  for (const width of [400, 1280]) {
    await page.setViewport({ width, height: 900 });
    found[`overflow_${width}`] = await page.evaluate(overflow);
    if (pictures) await page.screenshot({ path: `${stem}-${width}.png`, fullPage: true });
  }
  found.violations = await violations(page);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  found.violations_dark = await violations(page);
  if (pictures) await page.screenshot({ path: `${stem}-dark.png` });
  for (const format of ["A4", "Letter"]) {
    await page.pdf({ path: `${stem}-${format}.pdf`, format, printBackground: true });
  }
  found.requests = requests;
  const report = await validator.validateFile(file);
  found.invalid = report.results.flatMap((one) => one.messages.map((m) => `${m.ruleId} ${m.line}:${m.column} ${m.message}`));
  await page.close();
  return found;
}

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const results = {};
for (const name of readdirSync(folder).filter((one) => one.endsWith(".html")).sort()) {
  results[name.replace(/\.html$/, "")] = await check(browser, name);
}
await browser.close();
writeFileSync(join(folder, "found.json"), JSON.stringify(results, null, 1));
