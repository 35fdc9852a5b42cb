// How other programs come in and are told: keys, webhooks, tables, the manual.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp, signIn } from "./harness.mjs";

const press = (page, name) => page.locator("main").getByRole("button", { name, exact: true }).click();
const refused = [/status of 4(00|01|22)/]; // pages that say what is wrong

scenario("an administrator lets a program in and has it told", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { allow: refused });
  await setUp(page);

  await page.goto("/settings/keys");
  await check(page, "programs-keys-empty");
  await page.goto("/settings/keys/new");
  await press(page, "Make the key");
  await page.getByRole("link", { name: "Choose what the key may do." }).waitFor();
  await check(page, "programs-key-wrong");
  await page.getByLabel("What it is for").fill("Lagan CRM");
  await page.getByLabel("cases:read").check();
  await page.getByLabel("cases:write").check();
  await press(page, "Make the key");
  const key = await page.getByLabel("API key", { exact: true }).inputValue();
  assert.match(key, /^mk_/);
  await check(page, "programs-key-made");

  const made = await fetch(`${server.url}/api/v1/cases`, { method: "POST", headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }, body: JSON.stringify({ words: "Street lamp out" }) });
  assert.equal(made.status, 201);
  await page.goto("/settings/keys");
  await page.getByRole("rowheader", { name: "Lagan CRM" }).waitFor();
  await check(page, "programs-keys");

  await page.goto("/settings/webhooks");
  await check(page, "programs-webhooks-empty");
  await page.goto("/settings/webhooks/new");
  await page.getByLabel("Whose it is").fill("Lagan CRM");
  await page.getByLabel("Address").fill("http://127.0.0.1:9/hook");
  await check(page, "programs-webhook-new");
  await press(page, "Add webhook");
  await check(page, "programs-webhook-secret");
  await page.getByRole("link", { name: "Go on" }).or(page.getByRole("button", { name: "Go on" })).click();
  await press(page, "Send a test event");
  await page.getByText("The test event was not taken.").waitFor();
  await check(page, "programs-webhook-delivery");
  await page.goto("/settings/webhooks");
  await page.getByRole("link", { name: "Lagan CRM" }).click();
  await check(page, "programs-webhook");
  await page.getByRole("link", { name: "Log" }).or(page.getByRole("button", { name: "Log" })).last().click();
  await page.getByText("webhook.test").waitFor();
  await check(page, "programs-webhook-log");

  await page.goto("/settings/csv");
  await check(page, "programs-csv");
  const download = page.waitForEvent("download");
  await press(page, "Download");
  assert.equal((await download).suggestedFilename(), "mercat-cases.csv");
  await page.getByLabel("CSV file").setInputFiles({ name: "cases.csv", mimeType: "text/csv", buffer: Buffer.from("external_id,words\n1,A pothole\n2,\n") });
  await press(page, "Go");
  await page.getByText("This is what would come of it").waitFor();
  await check(page, "programs-csv-tried");

  const small = await visitor(server, { size: phone });
  await small.goto("/api");
  await small.getByRole("heading", { name: "Make a case" }).waitFor();
  await check(small, "programs-manual");
  await signIn(small);
  for (const [path, name] of [["/settings/keys", "keys"], ["/settings/keys/new", "key-new"], ["/settings/webhooks", "webhooks"], ["/settings/csv", "csv"]]) {
    await small.goto(path);
    await check(small, `programs-phone-${name}`);
  }
});
