// People who work here, in a browser: invited, signed in and out, their account,
// teams, and the keyboard.
import assert from "node:assert/strict";
import { administrator, check, phone, scenario, setUp, signIn } from "./harness.mjs";

const long = { name: "Angharad Gwenllian Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", email: "angharad.gwenllian.llanfairpwllgwyngyll@strathcarron.example", password: "lantern gravel tulip" };
const team = "Gwasanaethau cymdeithasol ac addysg gynhwysol Llanfairpwllgwyngyll";
const refused = [/status of 4(01|04|09|10|22)/]; // pages that say what is wrong

const press = (page, name) => page.locator("main").getByRole("button", { name, exact: true }).click();
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());

// invite makes a team and a person in it, and returns the link.
async function invite(page) {
  await page.goto("/settings/teams/new");
  await page.getByLabel("Name", { exact: true }).fill(team);
  await page.getByLabel("What it does").fill("Addysg, ysgolion, trafnidiaeth ysgol.");
  await press(page, "Add team");
  await page.goto("/settings/people/new");
  await page.getByLabel("Name", { exact: true }).fill(long.name);
  await page.getByLabel("Email address").fill(long.email);
  await page.getByLabel(team).check();
  await press(page, "Add and make a link");
  return page.getByLabel("Link", { exact: true }).inputValue();
}

// join chooses the password behind a link.
async function join(page, link) {
  await page.goto(link);
  await page.getByLabel("Password", { exact: true }).fill(long.password);
  await press(page, "Save and sign in");
  await page.getByText("Your password is set, and you are signed in.").waitFor();
}

scenario("somebody is invited and chooses a password", async ({ serve, visitor }) => {
  const server = await serve();
  const admin = await visitor(server, { allow: refused });
  await setUp(admin);
  const link = await invite(admin);
  assert.equal(new URL(link).origin, server.url);
  await check(admin, "staff-link");

  const guest = await visitor(server, { size: phone, allow: refused });
  await guest.goto(link);
  await check(guest, "staff-password");
  const password = guest.getByLabel("Password", { exact: true });
  await password.fill("short");
  await guest.getByRole("button", { name: "Show Password" }).click();
  assert.equal(await password.getAttribute("type"), "text");
  await press(guest, "Save and sign in");
  assert.equal(await password.getAttribute("type"), "password");
  assert.equal(await password.inputValue(), "");
  await check(guest, "staff-password-wrong");
  await join(guest, link);
  await guest.goto("/account");
  await guest.getByText("This one").waitFor();
  await check(guest, "staff-account");
  await guest.goto("/settings/teams");
  await guest.getByText(team).waitFor();
  assert.equal(await guest.getByRole("link", { name: "Add a team" }).count(), 0);

  await admin.goto(link);
  await check(admin, "staff-password-gone");
});

scenario("an administrator looks after people and teams", async ({ serve, visitor }) => {
  const server = await serve();
  const admin = await visitor(server, { allow: refused });
  await setUp(admin);
  await invite(admin);
  await admin.goto("/settings/people/new");
  await press(admin, "Add and make a link");
  await check(admin, "staff-person-wrong");
  for (const [path, name] of [["/settings/people", "staff-people"], ["/settings/people?q=zzz", "staff-people-none"], ["/settings/teams", "staff-teams"]]) {
    await admin.goto(path);
    await check(admin, name);
  }
  await admin.getByRole("link", { name: team }).click();
  await check(admin, "staff-team");
  await admin.goto("/settings/people?q=llanfair");
  await admin.getByRole("link", { name: long.name }).click();
  await check(admin, "staff-person");
  await admin.goto("/account");
  await admin.getByLabel("Current password").fill("x");
  await admin.getByLabel("New password", { exact: true }).fill("short");
  await press(admin, "Change password");
  await check(admin, "staff-account-wrong");
});

scenario("somebody leaves, and comes back", async ({ serve, visitor }) => {
  const server = await serve();
  const admin = await visitor(server, { allow: refused });
  const guest = await visitor(server, { size: phone, allow: refused });
  await setUp(admin);
  await join(guest, await invite(admin));
  await admin.goto("/settings/people?q=llanfair");
  await admin.getByRole("link", { name: long.name }).click();
  await press(admin, "Deactivate");
  await admin.getByText("has been deactivated and is signed out.").waitFor();

  // Signed out elsewhere: the next page asks to sign in, and leads back.
  await guest.goto("/account");
  assert.equal(new URL(guest.url()).search, "?next=%2Faccount");
  await guest.getByText("Your session has ended").waitFor();
  await check(guest, "staff-sign-in");
  await guest.getByLabel("Email address").fill(long.email);
  await guest.getByLabel("Password").fill(long.password);
  await press(guest, "Sign in");
  await guest.getByText("That did not work.").waitFor();
  await check(guest, "staff-sign-in-wrong");
  await admin.locator(".m-notice").getByRole("button", { name: "Undo" }).click();
  await admin.getByText("can sign in again.").waitFor();
  await guest.getByLabel("Password").fill(long.password);
  await press(guest, "Sign in");
  await guest.waitForURL("**/account");
});

scenario("who edits second sees what changed", async ({ serve, visitor }) => {
  const server = await serve();
  const admin = await visitor(server, { allow: refused });
  await setUp(admin);
  await invite(admin);
  await admin.goto("/settings/people?q=llanfair");
  const path = await admin.getByRole("link", { name: long.name }).getAttribute("href");
  await admin.goto(path);
  const other = await admin.context().newPage();
  await other.goto(path);
  await other.getByLabel("Team leader").check();
  await press(other, "Save");
  await other.getByText(`Saved ${long.name}.`).waitFor();
  await other.close();
  await admin.getByLabel("Name", { exact: true }).fill("Angharad Rhys");
  await press(admin, "Save");
  await admin.getByText("What is there now", { exact: true }).waitFor();
  await check(admin, "staff-person-conflict");
  await press(admin, "Save");
  await admin.getByText("Saved Angharad Rhys.").waitFor();
});

scenario("the keyboard leads everywhere, and single keys can be switched off", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server);
  await setUp(page);
  await page.goto("/settings/people");

  // The first key leads past the bar and the settings to the page itself.
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to main content");
  const skip = await page.locator(":focus").boundingBox();
  assert.ok(skip.y >= 0 && skip.height >= 24, "the skip link shows");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "main");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Settings");
  await page.keyboard.press("Tab");
  assert.match(await focused(page), /^Add a person/);

  // Without the skip: the bar, the settings, the page, in the order seen.
  await page.reload();
  const seen = [];
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement;
      const part = e.closest(".m-skip") ? "skip" : e.closest(".m-bar") ? "bar" : e.closest(".m-places") ? "places" : e.closest("main") ? "main" : "end";
      return { part, visible: getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e, "::after").outlineStyle !== "none" };
    });
    if (at.part === "end") break;
    assert.ok(at.visible, `the focus shows on ${await focused(page)}`);
    if (seen.at(-1) !== at.part) seen.push(at.part);
  }
  assert.deepEqual(seen, ["skip", "bar", "places", "main"]);

  const keysWork = async () => {
    await page.goto("/settings/people");
    await page.keyboard.press("n");
    await page.waitForTimeout(300);
    return page.url().endsWith("/new");
  };
  assert.ok(await keysWork());
  await page.goto("/settings/people");
  await page.keyboard.press("j");
  assert.match(await focused(page), new RegExp(administrator.name));
  await page.keyboard.press("o");
  await page.waitForURL(/settings\/people\/\d+$/);
  await page.keyboard.press("?");
  await page.locator("dialog#shortcuts[open]").getByText("Go to Settings").waitFor();
  await page.keyboard.press("Escape");

  await page.goto("/account");
  await page.getByLabel("Shortcuts of one key").uncheck();
  await press(page, "Save");
  await page.getByText("Saved.").waitFor();
  assert.ok(!await keysWork());
  await page.keyboard.press("g");
  await page.keyboard.press("s");
  await page.keyboard.press("?");
  await page.keyboard.press("j");
  await page.waitForTimeout(300);
  assert.ok(page.url().endsWith("/settings/people"));
  assert.equal(await page.locator("dialog[open]").count(), 0);
  assert.equal(await page.locator("kbd.m-key:visible").count(), 0, "no key is shown that does nothing");
  await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByText("Single keys are switched off").waitFor();
});

scenario("a long list of choices narrows, and a link is copied", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { allow: refused });
  await setUp(page);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  let link;
  for (const name of ["Siân Llŷr", "Sion Rees", "Ann", "Bob", "Cat", "Dod", "Eve", "Fay", "Gil", "Huw", "Ida", "Jon"]) {
    await page.goto("/settings/people/new");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Email address").fill(`p${name.length}${name.charCodeAt(0)}${name.charCodeAt(2)}@strathcarron.example`);
    await press(page, "Add and make a link");
    link = await page.getByLabel("Link", { exact: true }).inputValue();
  }
  await page.getByRole("button", { name: "Copy Link" }).click();
  await page.getByText("Copied").first().waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

  await page.goto("/settings/teams/new");
  await page.getByLabel("Name", { exact: true }).fill("Roads");
  await page.getByLabel("Huw").check();
  await page.getByLabel("Find a person").fill("sian");
  await page.keyboard.press("Enter"); // does not send the form
  await page.waitForTimeout(200);
  const shown = await page.locator("#members-choices .m-choice:visible").allTextContents();
  assert.deepEqual(shown.map((s) => s.trim()), ["Huw", "Siân Llŷr"]);
  await page.getByLabel("Siân Llŷr").check();
  await check(page, "staff-team-narrowed");
  await press(page, "Add team");
  await page.getByRole("row", { name: /Roads.*Huw, Siân Llŷr/ }).waitFor();
});

scenario("without JavaScript one is invited, signs in and looks after people", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { javaScript: false, size: phone, allow: refused });
  await setUp(page);
  const link = await invite(page);
  assert.equal(await page.getByRole("button", { name: "Copy Link" }).isVisible(), false);
  await page.goto("/account");
  await press(page, "Sign out everywhere");
  await page.getByText("You are signed out everywhere.").waitFor();
  await page.goto(link);
  await page.getByLabel("Password", { exact: true }).fill(long.password);
  await press(page, "Save and sign in");
  await page.goto("/account");
  await press(page, "Sign out");
  await signIn(page, administrator);
  await page.goto("/settings/people?q=llanfair");
  await page.getByRole("link", { name: long.name }).click();
  await press(page, "Deactivate");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("can sign in again.").waitFor();
});
