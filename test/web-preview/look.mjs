// Takes a picture of every page of the preview at two widths in two themes, and
// runs axe on each. It wants playwright-core and axe-core beside it or in
// NODE_PATH, Chromium at /usr/bin/chromium, and the preview running.
//
//	node test/web-preview/look.mjs [folder for the pictures] [page …]
import { createRequire } from "node:module";
import { mkdir, readFile } from "node:fs/promises";

const require = createRequire(process.env.MODULES ? process.env.MODULES + "/x.js" : import.meta.url);
const { chromium } = require("playwright-core");
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");

const folder = process.argv[2] ?? new URL("screenshots", import.meta.url).pathname;
const only = process.argv.slice(3);
const pages = only.length ? only : ["desk?show=list", "desk?show=main", "cases", "report", "report-wrong", "sign-in", "transcript", "broken", "nope?nobody"];
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let bad = 0;
for (const width of [1280, 360]) {
  for (const theme of ["light", "dark"]) {
    // axe is put in by the test, which our own content security policy forbids.
    const context = await browser.newContext({ viewport: { width, height: width > 600 ? 800 : 740 }, colorScheme: theme });
    for (const path of pages) {
      const page = await context.newPage();
      const said = [];
      page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.push(message.text()); });
      page.on("pageerror", (error) => said.push(String(error)));
      await page.goto("http://127.0.0.1:8099/" + path);
      await page.waitForTimeout(700);
      if (!path.startsWith("desk")) {
        const height = await page.evaluate(() => Math.max(document.body.scrollHeight, ...[...document.querySelectorAll("main")].map((m) => m.scrollHeight + 80)));
        await page.setViewportSize({ width, height });
      }
      const name = `${path.replace(/\W+/g, "-")}-${width}-${theme}`;
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: width < 600 || !path.startsWith("desk") });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) { bad++; console.log(`${name}: ${wide}px too wide`); }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      for (const v of violations) {
        bad++;
        console.log(`${name}: ${v.id}: ${v.help}`);
        for (const node of v.nodes.slice(0, 4)) console.log(`    ${node.html.slice(0, 160)}  ${node.any[0]?.message?.slice(0, 160) ?? ""}`);
      }
      const ours = said.filter((text) => !/status of (404|422|500)|GL Driver Message/.test(text));
      if (ours.length) { bad++; console.log(`${name}: console: ${ours.join(" | ").slice(0, 600)}`); }
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
console.log(bad ? `${bad} findings` : "nothing found");
process.exit(bad ? 1 : 0);
