// The demonstration council: six weeks of history to look at, and one button
// that takes it away.
import { stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { check, desktop, eventually, scenario, setUp } from "./harness.mjs";

const picture = fileURLToPath(new URL("../../docs/desk.png", import.meta.url));
const made = 150_000; // six weeks of history, on a busy machine

scenario("a demonstration is made, looked at and taken away", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { allow: [/status of 404/] });
  await setUp(page, { start: "demonstration" });
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

  await page.goto("/settings/demonstration");
  await page.getByRole("button", { name: "Take the demonstration away" }).click();
  await page.waitForURL((url) => url.pathname !== "/settings/demonstration" || url.search !== "").catch(() => {});
  await page.goto("/desk?view=all");
  await page.locator("#rows.m-rows-empty").waitFor();
  assert.equal(await page.locator("#rows [data-row]").count(), 0);
});
