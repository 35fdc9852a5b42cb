// Uses the preview as a person at a keyboard would, in Chromium; needs what
// look.mjs needs.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(process.env.MODULES ? process.env.MODULES + "/x.js" : import.meta.url);
const { chromium } = require("playwright-core");
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const at = "http://127.0.0.1:8099/";
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
const said = [];
page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.push(message.text()); });
page.on("pageerror", (error) => said.push(String(error)));

async function step(what, f) {
  await f();
  console.log("ok", what);
}
const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.name);

await page.goto(at + "desk");
await step("live events are counted and move nothing", async () => {
  const before = await page.locator(".m-row").first().boundingBox();
  await page.locator("[data-new-bar]:not([hidden])").waitFor({ state: "attached" });
  await page.waitForFunction(() => document.querySelector("[data-new-count]").textContent === "3 new conversations");
  assert.deepEqual(await page.locator(".m-row").first().boundingBox(), before);
});
await step("the bar brings the list up to date", async () => {
  await page.keyboard.press(".");
  await page.locator("[data-new-bar][hidden]").waitFor({ state: "attached" });
  assert.equal(await page.locator("#rows .m-row").count(), 5);
});
await step("j and k move, from the one that is open", async () => {
  await page.keyboard.press("j");
  assert.match(await focused(), /Gwenllian/);
  await page.keyboard.press("k");
  await page.keyboard.press("k");
  assert.match(await focused(), /Morag/);
});
await step("r writes, and letters there are letters", async () => {
  await page.keyboard.press("r");
  await page.keyboard.type("jk? The 7A runs from nine.");
  assert.equal(await page.inputValue("#reply"), "jk? The 7A runs from nine.");
  assert.match(await page.textContent("#reply-count"), /274 characters remaining/);
});
await step("a draft survives a reload", async () => {
  await page.reload();
  assert.equal(await page.inputValue("#reply"), "jk? The 7A runs from nine.");
});
await step("? lists the shortcuts, Escape closes them", async () => {
  await page.keyboard.press("?");
  await page.locator("dialog#shortcuts[open]").waitFor();
  const list = await page.textContent("#shortcuts");
  for (const words of ["Next in the list", "Assign", "Make a case", "Search", "Go to Desk", "Reply"]) assert.ok(list.includes(words), words);
  if (process.argv[2]) await page.screenshot({ path: process.argv[2] + "/shortcuts.png" });
  await page.keyboard.press("Escape");
  await page.locator("dialog#shortcuts").waitFor({ state: "detached" });
});
await step("/ searches", async () => {
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("Escape");
});
await step("f opens a dialog and gives the focus back", async () => {
  await page.keyboard.press("f");
  await page.locator("dialog#filter[open]").waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog#filter[open]").count(), 0);
});
await step("the menu opens and closes by key", async () => {
  await page.locator("summary", { hasText: "More" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("text=Print the transcript").waitFor();
  if (process.argv[2]) await page.screenshot({ path: process.argv[2] + "/menu.png" });
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("details[data-menu][open]").count(), 0);
});
await step("an act is followed by a notice that undoes it", async () => {
  await page.locator("#reply").fill("");
  await page.keyboard.press("Escape");
  await page.keyboard.press("a");
  await page.locator(".m-notice", { hasText: "Assigned to Iain Ruadh" }).waitFor();
  await page.locator(".m-undo-left").waitFor();
  if (process.argv[2]) await page.screenshot({ path: process.argv[2] + "/notice.png" });
  await page.keyboard.press("z");
  await page.locator(".m-notice", { hasText: "Undone" }).waitFor();
});
await step("g c goes to the cases", async () => {
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL(at + "cases");
});
await step("errors take the focus and lead to their field", async () => {
  await page.waitForFunction(() => document.activeElement.matches("[data-error-summary]"));
  await page.click("text=Choose what it is about. >> nth=0");
  assert.equal(await page.evaluate(() => document.activeElement.id), "topic");
});
await step("the map marks its middle by key, and says so", async () => {
  await page.goto(at + "report");
  const canvas = page.locator("[data-map] canvas");
  try {
    await canvas.waitFor({ timeout: 15000 });
  } catch {
    console.log("   (no WebGL here)", await page.locator("[data-map]").isVisible());
    return;
  }
  await canvas.focus();
  await page.keyboard.press("Enter");
  assert.match(await page.textContent(".m-place-said"), /Place marked/);
  assert.equal(await page.inputValue("#place-lat"), "56.339800");
  if (process.argv[2]) {
    await page.waitForTimeout(1500);
    await page.locator("[data-place]").screenshot({ path: process.argv[2] + "/map.png" });
  }
});
await step("live events refresh parts, and carry parts", async () => {
  await page.goto(at + "changes");
  await page.locator("#waiting", { hasText: "13 wait" }).waitFor();
  await page.locator("#row-2", { hasText: "Answered by Iain" }).waitFor();
});
await step("a fault of a fragment is said where all faults are", async () => {
  await page.click("text=Conflict");
  await page.locator("#problem", { hasText: "Someone else has answered this already." }).waitFor();
  assert.equal(await page.textContent("#row-1"), "Waiting");
  if (process.argv[2]) await page.screenshot({ path: process.argv[2] + "/problem.png" });
  await page.click("#problem .m-close");
});
await step("a fragment brings its notice along", async () => {
  await page.click("text=Snooze");
  await page.locator("#notices .m-notice", { hasText: "Snoozed until Monday." }).waitFor();
  await page.locator("#waiting", { hasText: "14 wait" }).waitFor();
});
await step("without JavaScript the pages work", async () => {
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });
  const p = await plain.newPage();
  await p.goto(at + "desk?show=main");
  assert.ok(!(await p.locator("[data-shortcuts]").isVisible()));
  await p.locator("summary", { hasText: "More" }).click();
  await p.locator("text=Hand to another team").click();
  await p.locator(".m-notice", { hasText: "Assigned" }).waitFor();
  await p.locator(".m-notice button", { hasText: "Undo" }).click();
  await p.locator(".m-notice", { hasText: "Undone" }).waitFor();
  if (process.argv[2]) await p.screenshot({ path: process.argv[2] + "/plain-js.png" });
  await plain.close();
});
assert.deepEqual(said.filter((text) => !/status of (404|409|422|500)|GL Driver Message/.test(text)), []);
await browser.close();
console.log("all well");
