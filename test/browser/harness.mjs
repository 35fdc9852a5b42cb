// What every browser test stands on.
//
//   scenario("an officer answers", async ({ serve, visitor }) => {
//     const server = await serve();
//     const officer = await visitor(server);
//     await setUp(officer);
//     await check(officer, "desk-empty");
//   });
//
// A scenario has its own Mercat and its own browser contexts. When it fails,
// the end of the server's log and a picture of each open page are kept.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { Server } from "./server.mjs";

export { engines } from "./server.mjs";

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 360, height: 740 };
const narrowest = 320; // at which WCAG 1.4.10 wants no sideways scrolling

const pictures = fileURLToPath(new URL("screenshots/", import.meta.url));
// A machine with much else to do is given more time: MERCAT_TEST_PATIENCE=3.
const patience = Number(process.env.MERCAT_TEST_PATIENCE ?? 1);
const slowest = 20_000 * patience; // for one wait in a page
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

let launched;
function browser() {
  launched ??= chromium.launch({
    executablePath: process.env.MERCAT_TEST_CHROMIUM ?? "/usr/bin/chromium",
    // Chromium is not to ask the internet for anything at its start.
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    handleSIGINT: true,
    handleSIGTERM: true,
  });
  return launched;
}
after(async () => (await launched)?.close());

// scenario is a test with a stage: serve starts a Mercat, visitor opens a
// browser context on it and returns its page. Both end with the scenario.
export function scenario(name, play) {
  test(name, { timeout: 480_000 * patience }, async () => {
    const servers = [];
    const pages = [];
    const serve = async (options) => {
      const server = await Server.start(options);
      servers.push(server);
      return server;
    };
    const visitor = async (server, options) => {
      const page = await visit(server, options);
      pages.push(page);
      return page;
    };
    let failure;
    try {
      await play({ serve, visitor });
      for (const page of pages) assertQuiet(page, "at the end");
    } catch (error) {
      failure = error;
      await keep(name, pages);
      for (const server of servers) error.stack += `\n\n--- log of ${server.url} ---\n${server.tail()}`;
    }
    for (const page of pages) await page.context().close();
    const stopped = await Promise.allSettled(servers.map((server) => server.stop()));
    if (failure) throw failure;
    for (const s of stopped) if (s.status === "rejected") throw s.reason;
  });
}

// visit opens a new person's browser. allow lists console messages that the
// test provokes on purpose.
async function visit(server, { size = desktop, javaScript = true, locale = "en-GB", allow = [] } = {}) {
  const context = await (await browser()).newContext({
    baseURL: server.url,
    viewport: size,
    javaScriptEnabled: javaScript,
    locale,
    timezoneId: "Europe/London",
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  context.setDefaultTimeout(slowest);
  const page = await context.newPage();
  page.problems = [];
  page.size = size;
  // A form that is wrong is answered with 422, which Chromium calls an error.
  const expected = [/status of 422/, ...allow];
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !expected.some((e) => e.test(text))) page.problems.push(`console: ${text} (${message.location().url})`);
  });
  page.on("pageerror", (error) => page.problems.push(`script: ${error.stack ?? error}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== new URL(server.url).origin) page.problems.push(`asked a stranger: ${url.href}`);
  });
  return page;
}

function assertQuiet(page, when) {
  const problems = page.problems.splice(0);
  assert.deepEqual(problems, [], `the browser complained ${when} (${page.url()})`);
}

async function keep(name, pages) {
  await mkdir(pictures, { recursive: true });
  for (const [i, page] of pages.entries()) {
    const path = `${pictures}failed-${name.replace(/\W+/g, "-").toLowerCase()}-${i + 1}.png`;
    // The test has failed already; a page that is gone has no picture.
    await page.screenshot({ path, timeout: 5_000 }).catch(() => {});
  }
}

// check looks at a page as it stands: a picture and axe at desktop and phone
// width, contrast in the dark, no table that is cut off, no sideways scrolling at
// 320 pixels, and nothing that the browser complained of since the last look.
export async function check(page, name, { exclude = [] } = {}) {
  await mkdir(pictures, { recursive: true });
  const wrong = [];
  const settle = () => page.evaluate(() => document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))));
  const axe = async (where, only) => {
    let builder = new AxeBuilder({ page }).options({ resultTypes: ["violations"] });
    builder = only ? builder.withRules(only) : builder.withTags(rules);
    for (const part of exclude) builder = builder.exclude(part);
    for (const v of (await builder.analyze()).violations) {
      const where_ = v.nodes.slice(0, 5).map((n) => `    ${n.target.join(" ")}: ${n.html.slice(0, 160)}\n      ${n.failureSummary?.replaceAll("\n", " ").slice(0, 300)}`);
      wrong.push(`${where}: ${v.id}: ${v.help}\n${where_.join("\n")}`);
    }
  };
  for (const [where, size] of [["desktop", desktop], ["phone", phone]]) {
    await page.setViewportSize(size);
    await settle();
    await page.screenshot({ path: `${pictures}${name}-${where}.png`, fullPage: true, animations: "disabled" });
    await axe(where);
    wrong.push(...await cutOff(page, where));
  }
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "dark" });
  await settle();
  await page.screenshot({ path: `${pictures}${name}-dark.png`, animations: "disabled" });
  await axe("dark", ["color-contrast", "link-in-text-block"]);
  await page.emulateMedia({ colorScheme: "light" });

  await page.setViewportSize({ width: narrowest, height: phone.height });
  await settle();
  // A busy machine may be late to lay out the new width; what stays too wide is
  // looked at below.
  await page.waitForFunction(() => document.scrollingElement.scrollWidth <= innerWidth, null, { timeout: 2_000 }).catch(() => {});
  wrong.push(...await page.evaluate(() => {
    const wide = document.scrollingElement.scrollWidth - innerWidth;
    if (wide <= 0) return [];
    const over = [...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1);
    return [`at 320 pixels the page is ${wide} too wide:\n` + over.slice(0, 5).map((e) => "    " + e.outerHTML.slice(0, 160)).join("\n")];
  }));
  await page.setViewportSize(page.size);
  assert.equal(wrong.join("\n"), "", `${name} (${page.url()})`);
  assertQuiet(page, `on ${name}`);
}

// cutOff are the tables of which a part is out of sight: on a phone their rows
// are to stand as cards.
function cutOff(page, where) {
  return page.evaluate((at) => [...document.querySelectorAll(".m-table-box")]
    .filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => `${at}: of the table “${box.ariaLabel}” ${box.scrollWidth - box.clientWidth} pixels are out of sight`), where);
}

// administrator is who sets up the council in these tests.
export const administrator = { name: "Mairi Galbraith", email: "mairi@council.example", password: "harled walls and crow steps" };
export const council = "Strathcarron Council";

// setUp fills in the first page of a new Mercat and ends signed in as its
// administrator. start is "empty" or "demonstration".
export async function setUp(page, { start = "empty" } = {}) {
  await page.goto("/");
  await page.getByRole("textbox", { name: "Council" }).fill(council);
  await page.getByLabel("Your name").fill(administrator.name);
  await page.getByLabel("Email", { exact: false }).fill(administrator.email);
  await page.getByLabel("Password", { exact: false }).first().fill(administrator.password);
  await page.locator(`input[type=radio][value="${start}"]`).check();
  await page.locator("main form button[type=submit]").click();
  await page.waitForURL((url) => url.pathname !== "/set-up" && url.pathname !== "/");
}

// signIn signs an officer in and ends where officers begin.
export async function signIn(page, { email, password } = administrator) {
  await page.goto("/sign-in");
  await page.getByLabel("Email", { exact: false }).fill(email);
  await page.getByLabel("Password", { exact: false }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

// eventually waits until what is asked is true, for what no page shows.
export async function eventually(ask, what, ms = slowest) {
  for (const end = Date.now() + ms; ;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) assert.fail(`not within ${ms / 1000} s: ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}
