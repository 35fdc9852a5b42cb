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
  await page.getByRole("link", { name: "Make cases of a table" }).click();
  await check(page, "programs-csv-cases");
  await page.getByLabel("CSV file").setInputFiles({ name: "cases.csv", mimeType: "text/csv", buffer: Buffer.from("external_id,words\n1,A pothole\n2,\n") });
  await press(page, "Go");
  await page.getByText("This is what would come of it").waitFor();
  await check(page, "programs-csv-tried");

  const small = await visitor(server, { size: phone });
  await small.goto("/api");
  await small.getByRole("heading", { name: "Make a case", exact: true }).waitFor();
  await check(small, "programs-manual");
  await signIn(small);
  for (const [path, name] of [["/settings/keys", "keys"], ["/settings/keys/new", "key-new"], ["/settings/webhooks", "webhooks"], ["/settings/csv", "csv"], ["/settings/csv/people", "csv-people"], ["/settings/csv/contacts", "csv-contacts"]]) {
    await small.goto(path);
    await check(small, `programs-phone-${name}`);
  }
});

scenario("an administrator has cases handed to a back office that does not answer", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { allow: refused });
  await setUp(page);
  await page.goto("/settings/keys/new");
  await page.getByLabel("What it is for").fill("Website");
  for (const scope of ["cases:write", "services:read"]) await page.getByLabel(scope).check();
  await press(page, "Make the key");
  const key = await page.getByLabel("API key", { exact: true }).inputValue();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const { services } = await (await fetch(`${server.url}/api/v1/services`, { headers })).json();

  await page.goto("/settings/backoffices");
  await check(page, "backoffice-empty");
  await page.goto("/settings/backoffices/new");
  await press(page, "Add back office");
  await page.getByRole("link", { name: /^Say what it is called/ }).waitFor();
  await check(page, "backoffice-wrong");
  await page.getByLabel("What it is called").fill("Lagan CRM");
  await page.getByLabel("Address of its Open311 endpoint").fill("http://127.0.0.1:9/open311/v2");
  await page.getByLabel("Services that go there").fill("potholes-and-road-surface = 001");
  await press(page, "Add back office");
  await page.getByText("Saved Lagan CRM.").waitFor();

  const made = await fetch(`${server.url}/api/v1/cases`, { method: "POST", headers, body: JSON.stringify({ words: "A hole", service_id: services.find((s) => s.name === "Potholes and road surface").id }) });
  const { id } = await made.json();
  await page.waitForTimeout(100);
  for (;;) {
    await page.reload();
    if (await page.getByText("does not answer as it should").count()) break;
    await page.waitForTimeout(100);
  }
  await check(page, "backoffice-down");
  await page.goto("/settings/backoffices");
  await page.getByText("Not answering").waitFor();
  await check(page, "backoffice-list");
  await page.goto(`/cases/${id}`);
  await page.getByText("Waits to be sent to Lagan CRM.").waitFor();
  await check(page, "backoffice-case");

  const small = await visitor(server, { size: phone });
  await signIn(small);
  await small.goto("/settings/backoffices");
  await check(small, "backoffice-phone-list");
  await small.getByRole("link", { name: "Lagan CRM" }).click();
  await small.getByRole("heading", { name: "Lagan CRM" }).waitFor();
  await check(small, "backoffice-phone");
  await small.goto(small.url() + "/services");
  await small.getByText("Its services could not be read").waitFor();
  await check(small, "backoffice-phone-services");
});
