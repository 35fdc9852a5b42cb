// Honest dates: what a council's own history says is offered to whoever answers,
// what promises more is remarked on, and everybody may see the figures.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { check, phone, scenario, setUp, signIn } from "./harness.mjs";
import { open, press, refused } from "./council.mjs";
import { binary } from "./server.mjs";

const words = "The lift of the library has been broken for a week.";
const day = 24 * 60 * 60 * 1000;

// history is a year of repairs: seven in eight took about ten days, the others ninety; one in 25 was not done.
async function history(server) {
  const lines = ["id,opened,closed,status,type,why"];
  for (let i = 0; i < 360; i++) {
    const opened = Date.now() - i * day, closed = opened + (i % 8 ? 10 : 90) * day + (i % 7) * 3_600_000;
    const at = (time) => new Date(time).toISOString().slice(0, 19);
    lines.push(closed < Date.now() ? `${i},${at(opened)},${at(closed)},Closed,Lift,${i % 25 ? "Fixed" : "Nothing found"}` : `${i},${at(opened)},,Open,Lift,`);
  }
  const mapping = { format: "csv", ref: "{id}", at: "{opened}", times: ["2006-01-02T15:04:05"], zone: "UTC", text: ["{type}"],
    case: { done: { of: "{status}", is: ["Closed"] }, open: { of: "{status}", is: ["Open"] }, ended: "{closed}", words: ["{type}"], reason: "{why}",
      reasons: { Fixed: "fixed", "Nothing found": "nothing_found" }, service: "{type}", services: { Lift: "Libraries" } } };
  const file = join(server.data, "before.csv"), map = join(server.data, "before.json");
  await writeFile(file, lines.join("\n") + "\n");
  await writeFile(map, JSON.stringify(mapping));
  const db = server.args.indexOf("--db");
  await promisify(execFile)(await binary(), ["import", "requests", file, "--mapping", map, "--name", "Before", "--data", server.data, ...(db < 0 ? [] : server.args.slice(db, db + 2))]);
}

scenario("the honest date is offered, and what promises more is remarked on", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server, { size: phone });
  await setUp(officer);
  await officer.goto("about:blank");
  await server.kill();
  await history(server);
  await server.serve();

  await citizen.goto("/form/contact");
  await citizen.getByLabel("What is it about?").selectOption({ label: "Libraries" });
  await citizen.getByLabel("Your message").fill(words);
  await citizen.getByRole("button", { name: "Send message" }).and(citizen.locator(":not(.m-unseen)")).click();
  await citizen.getByRole("heading", { name: "We have your message" }).waitFor();

  await open(officer, words);
  const offered = officer.locator("#honest-words");
  await offered.waitFor();
  const sentence = (await offered.textContent()).trim();
  assert.match(sentence, /^Half of these are done within \d+ working days, nine in ten within \d+\. About \d+ in 100 are never resolved\. \d+ are waiting before yours\.$/);
  await check(officer, "composer-honest");

  // One key puts it in; the cursor is behind it.
  const box = officer.getByRole("textbox", { name: "Your answer" });
  await officer.keyboard.press("d");
  assert.equal(await box.inputValue(), sentence);
  assert.equal(await officer.evaluate(() => document.activeElement.id), "body");

  // What promises more, or nothing, is remarked on, and the keyboard stays where it is.
  await box.fill("Hello. The lift will be fixed by tomorrow. This will be addressed by the appropriate officer in due course.");
  await officer.getByText(/Nine in ten of these take up to \d+ working days; you wrote “by tomorrow”\./).waitFor();
  await officer.getByText("“in due course” sounds like a time and is none.").waitFor();
  await officer.getByText("“the appropriate officer” does not say who has it").waitFor();
  assert.equal(await officer.evaluate(() => document.activeElement.id), "body");
  assert.equal(await officer.locator("#remarks").getAttribute("role"), "status");
  await check(officer, "composer-remarks");
  await officer.locator(".m-remark", { hasText: "by tomorrow" }).getByRole("button", { name: "Say this instead" }).click();
  assert.equal(await box.inputValue(), `Hello. ${sentence} This will be addressed by the appropriate officer in due course.`);
  await officer.getByText("you wrote “by tomorrow”").waitFor({ state: "detached" });

  // A note to colleagues promises nobody anything.
  await officer.getByText("Note", { exact: true }).click();
  await officer.locator("#remarks").waitFor({ state: "hidden" });

  // Made into a case, it says what was told and what is known now.
  await officer.keyboard.press("Escape");
  await officer.getByRole("link", { name: "Make a case" }).click();
  await officer.waitForURL("**/cases/new**");
  await officer.keyboard.press("Control+Enter");
  await officer.locator(".m-notice", { hasText: "Opened case" }).getByRole("link", { name: "Show the case" }).click();
  await officer.getByText("Date given", { exact: true }).waitFor();
  await officer.getByText("Expected now", { exact: true }).waitFor();
  await check(officer, "case-expected");
});

scenario("the honest date is put in without script, and everybody sees the figures", async ({ serve, visitor }) => {
  const server = await serve();
  const first = await visitor(server, { allow: refused });
  await setUp(first);
  await first.goto("about:blank");
  await server.kill();
  await history(server);
  await server.serve();

  const plain = await visitor(server, { javaScript: false, allow: refused });
  await plain.goto("/form/contact");
  await plain.getByLabel("What is it about?").selectOption({ label: "Libraries" });
  await plain.getByLabel("Your message").fill(words);
  await plain.getByRole("button", { name: "Send message" }).and(plain.locator(":not(.m-unseen)")).click();
  await plain.getByRole("heading", { name: "We have your message" }).waitFor();
  await signIn(plain);
  await open(plain, words);
  const sentence = (await plain.locator("#honest-words").textContent()).trim();
  const box = plain.getByRole("textbox", { name: "Your answer" });
  await box.fill("Hello.");
  await press(plain, "Put it in");
  await plain.getByText("The sentence is in your answer. Nothing is sent yet.").waitFor();
  assert.equal((await box.inputValue()).trim(), `Hello. ${sentence}`);
  await box.fill("It will be fixed by tomorrow.");
  await press(plain, "Send reply");
  await plain.getByText(/Your answer goes out in a moment\. Nine in ten of these take up to/).waitFor();

  const anybody = await visitor(server, { size: phone });
  await anybody.goto("/outcomes");
  await check(anybody, "outcomes-figures");
  await anybody.getByRole("link", { name: "Libraries" }).click();
  await anybody.getByRole("heading", { name: "Libraries: how long it takes" }).waitFor();
  await anybody.getByRole("heading", { name: "How many are done by when" }).waitFor();
  await check(anybody, "outcomes-service");
  await anybody.getByRole("link", { name: "Cymraeg" }).click();
  await anybody.getByRole("heading", { name: "Libraries: faint o amser mae’n ei gymryd" }).waitFor();
  await check(anybody, "outcomes-service-cy");
  const figures = await (await anybody.request.get("/outcomes.json")).json();
  assert.equal(figures.services[0].service, "Libraries");
  assert.ok(figures.services[0].half_done_within_working_days > 4);
});
