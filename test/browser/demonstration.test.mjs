// The demonstration council: six weeks of history to look at, and one button
// that takes it away.
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { check, desktop, eventually, scenario, setUp } from "./harness.mjs";

const picture = fileURLToPath(new URL("../../docs/desk.png", import.meta.url));
const made = 150_000; // six weeks of history, on a busy machine

// welsh gives a team and a service the longest names that a council would have.
async function welsh(page) {
  await page.goto("/settings/teams/new");
  await page.getByLabel("Name", { exact: true }).fill("Gwasanaethau Amgylcheddol, Gwastraff ac Ailgylchu Cymunedol");
  await page.locator("main").getByRole("button", { name: "Add team" }).click();
  await page.goto("/settings/services/new");
  await page.getByLabel("Name", { exact: true }).fill("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch: ffyrdd");
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => url.pathname !== "/settings/services/new");
}

async function everyPage(page, look) {
  const pages = ["/settings/accounts/new", ...["bluesky", "email", "webform", "practice"].map((kind) => `/settings/accounts/new?network=${kind}`),
    "/settings/rules/new", "/settings/people", "/settings/teams", "/settings/services", "/settings/places", "/settings/places?q=k", "/settings/areas", "/account", "/notifications",
    "/practice", "/cases?view=all", "/desk", "/desk?view=snoozed", "/desk?view=late", "/desk?q=road", "/desk?q=nothingatall", "/form/contact?lang=cy", "/form/contact?lang=gd", "/track"];
  for (const path of pages) {
    await page.goto(path);
    await look("page" + path.replace(/\W+/g, "-"));
  }
  await page.goto("/cases?view=all");
  await page.locator("main tbody a[href^='/cases/']").first().click();
  await page.getByRole("heading", { name: /^Case / }).waitFor();
  await look("page-case");
  await page.goto(page.url() + "/edit");
  await look("page-case-edit");
}

// everyDialog opens what can be done to a conversation, in each of its states.
async function everyDialog(page, look) {
  for (const state of ["open", "waiting", "snoozed", "closed"]) {
    await page.goto(`/desk?view=all&state=${state}`);
    await page.locator("#rows [data-row]").first().getByRole("link").first().click();
    await page.locator("#conv-head").waitFor();
    await look(`state-${state}`);
  }
  await page.goto("/desk?view=all&state=open");
  await page.locator("#rows [data-row]").first().getByRole("link").first().click();
  await page.locator("#conv-head").waitFor();
  for (const id of ["close-it", "hand-it", "snooze-it", "assign-it", "service-it", "join-it", "filter"]) {
    await page.evaluate((dialog) => document.getElementById(dialog).showModal(), id);
    await look(id);
    await page.keyboard.press("Escape");
  }
}

scenario("a demonstration is made, looked at and taken away", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { allow: [/status of 404/] });
  await setUp(page, { start: "demonstration" });
  await page.goto("/desk?view=all");
  await page.getByText("Six weeks of history are being made").waitFor();
  // The list fills by itself.
  await page.locator("#rows [data-row]").first().waitFor({ timeout: made });
  await eventually(async () => {
    await page.goto("/settings/demonstration");
    await page.getByRole("heading", { name: "Take it away" }).waitFor();
    return !await page.getByText("Six weeks of history are being made").count();
  }, "the demonstration is made", made);
  await check(page, "demonstration");

  await page.goto("/desk?view=all");
  // A conversation in which somebody has been answered in public.
  const replied = page.locator("#rows [data-row]");
  const count = Math.min(await replied.count(), 12);
  for (let i = 0; i < count; i++) {
    await replied.nth(i).getByRole("link").first().click();
    await page.waitForFunction((at) => document.querySelectorAll("#rows [data-row]")[at]?.hasAttribute("data-current"), i);
    if (await page.locator("#thread .m-post-out, #thread [data-side=out]").count()) break;
  }
  if (process.env.MERCAT_README_PICTURE) {
    await page.setViewportSize(desktop);
    await page.screenshot({ path: picture, animations: "disabled" });
    assert.ok((await stat(picture)).size < 300_000, "the picture of the README is small");
  }
  await check(page, "demonstration-desk");
  for (const [path, name] of [["/cases", "cases"], ["/settings", "settings"], ["/settings/accounts", "accounts"], ["/settings/rules", "rules"], ["/record", "record"]]) {
    await page.goto(path);
    await check(page, `demonstration-${name}`);
  }

  await welsh(page);
  const wrong = [];
  const look = (name) => check(page, name).catch((error) => wrong.push(error.message)); // all that is wrong at once
  await everyPage(page, look);
  await everyDialog(page, look);
  assert.equal(wrong.join("\n"), "");

  await page.goto("/settings/demonstration");
  await page.getByRole("button", { name: "Take the demonstration away" }).click();
  await page.waitForURL((url) => url.pathname !== "/settings/demonstration" || url.search !== "").catch(() => {});
  await page.goto("/desk?view=all");
  await page.locator("#rows.m-rows-empty").waitFor();
  assert.equal(await page.locator("#rows [data-row]").count(), 0);
});
