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

async function open(browser, url, requests, dialogs) {
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url() === url) return request.continue();
    requests.push(request.url());
    return request.abort();
  });
  page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    return dialog.dismiss();
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

// Texts of charts that leave their picture, and texts that are written over each other.
const cramped = () => {
  const cut = [];
  const overlaps = [];
  for (const svg of document.querySelectorAll("svg.chart")) {
    const outer = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
    for (const [text, box] of texts) {
      if (box.left < outer.left - 1 || box.right > outer.right + 1 || box.bottom > outer.bottom + 1) cut.push(text);
    }
    for (const [place, [text, box]] of texts.entries()) {
      for (const [other, its] of texts.slice(place + 1)) {
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (across > 2 && down > 4) overlaps.push(`${text} / ${other}`);
      }
    }
  }
  return { cut, overlaps };
};

// What the first page says in print, paragraph by paragraph, and how the second one begins.
const pages = () => {
  const said = (element) => element.textContent.split(/\s+/).filter(Boolean).join(" ");
  const sections = [...document.querySelectorAll("main > section")];
  return {
    first: sections.slice(0, 1).flatMap((one) => [...one.querySelectorAll("h3, p, dd, li")].map(said)),
    second: sections.length > 1 ? said(sections[1].querySelector("h2")) : "",
    scripts: document.scripts.length,
  };
};

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function check(browser, name) {
  const file = join(folder, name);
  const url = pathToFileURL(file).href;
  const stem = file.replace(/\.html$/, "");
  const requests = [];
  const dialogs = [];
  const page = await open(browser, url, requests, dialogs);
  const found = { requests, dialogs };
  for (const width of [400, 1280]) {
    await page.setViewport({ width, height: 900 });
    found[`overflow_${width}`] = await page.evaluate(overflow);
    if (pictures) await page.screenshot({ path: `${stem}-${width}.png`, fullPage: true });
  }
  Object.assign(found, await page.evaluate(cramped), await page.evaluate(pages));
  found.violations = await violations(page);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  found.violations_dark = await violations(page);
  if (pictures) await page.screenshot({ path: `${stem}-dark.png` });
  for (const format of ["A4", "Letter"]) {
    await page.pdf({ path: `${stem}-${format}.pdf`, format, printBackground: true });
  }
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
