// A call is written down by keyboard alone, the caller is found by their number,
// and their record shows every contact.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { refused, row } from "./council.mjs";

const words = "The street lamp outside 12 Tolbooth Wynd is out, third night now.";

scenario("a call is written down by keyboard alone, and whoever rings again is known by their number", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  await setUp(officer);
  const key = (name) => officer.keyboard.press(name);
  const type = (text) => officer.keyboard.type(text);
  const focused = () => officer.evaluate(() => document.activeElement.name ?? document.activeElement.tagName);

  await officer.goto("/cases");
  await key("p");
  await officer.waitForURL("**/contacts/new");
  await officer.locator("[name=words]:focus").waitFor();
  await check(officer, "contact-new");
  await type(words);
  await key("Tab");
  assert.equal(await focused(), "who");
  await type("01334 412345");
  await officer.getByText("Somebody new is kept with this number.").waitFor();
  await key("Control+Enter");
  await officer.waitForURL("**/cases");
  await officer.getByText("Phone call written down.").waitFor();

  // The same number, written otherwise, from the desk this time.
  await officer.goto("/desk");
  await row(officer, "street lamp").waitFor();
  await key("p");
  await officer.waitForURL("**/contacts/new");
  await officer.locator("[name=words]:focus").waitFor(); // nobody types before they see it
  await type("Is the lamp on the list?");
  await key("Tab");
  await type("+44 (0)1334 412");
  await officer.getByRole("radio", { name: "01334 412345" }).waitFor();
  await type("345");
  await officer.locator("#who-found input:checked:not([value='0'])").waitFor({ state: "attached" });
  await check(officer, "contact-found");
  await officer.getByRole("radio", { name: "Answered at once" }).focus();
  await key("Space");
  await officer.getByLabel("What did you tell them?").fill("Yes, for Thursday.");
  await key("Control+Enter");
  await officer.waitForURL("**/desk*");

  // A third time, at the counter: the case follows at once.
  await key("p");
  await officer.getByLabel("What is it about?").fill("The hole beside the lamp is deep.");
  await officer.getByLabel("Who is it?").pressSequentially("01334412345");
  await officer.locator("#who-found input:checked:not([value='0'])").waitFor({ state: "attached" });
  await officer.getByRole("radio", { name: "Make a case" }).check();
  await officer.getByRole("radio", { name: "Counter visit" }).check();
  await key("Control+Enter");
  await officer.waitForURL("**/cases/new?conversation=*");
  assert.equal(await officer.getByLabel("What is to be done").inputValue(), "The hole beside the lamp is deep.");
  await key("Control+Enter");
  await officer.getByText(/Opened case/).first().waitFor();
  await check(officer, "contact-conversation");

  const record = officer.getByRole("link", { name: "The whole contact record" });
  if (!await record.isVisible()) await officer.locator("#about > summary").click();
  await record.click();
  await officer.getByRole("heading", { name: "01334 412345" }).waitFor();
  for (const line of [words, "Is the lamp on the list?", "Yes, for Thursday.", "The hole beside the lamp is deep."]) {
    await officer.locator(".m-contacts").getByText(line).first().waitFor();
  }
  await officer.locator(".m-contacts").getByText(/^Case /).first().waitFor();
  await officer.getByText("Add a number or address").click();
  await officer.getByLabel("What", { exact: true }).selectOption({ label: "Email address" });
  const add = officer.locator("form[action$='/facts']");
  await add.getByLabel("Number or address").fill("ann@example.org");
  await add.getByLabel("From where we have it").fill("Counter visit");
  await add.getByLabel("For what it is kept").fill("To answer");
  await add.getByRole("button", { name: "Add" }).click();
  await officer.getByText("ann@example.org").first().waitFor();
  await check(officer, "person");

  await key("g");
  await key("e");
  await officer.waitForURL("**/people");
  await officer.getByLabel("Whom to look for").pressSequentially("0044 1334 41");
  await officer.locator("#people-found").getByRole("link", { name: "01334 412345" }).waitFor();
  await check(officer, "people");
});

scenario("what was typed of a call survives a lost connection", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { size: phone, allow: [/./] });
  await setUp(officer);
  await officer.goto("/contacts/new");
  await officer.getByLabel("What is it about?").fill(words);
  await officer.context().setOffline(true);
  await officer.getByRole("button", { name: "Write it down" }).click();
  await officer.context().setOffline(false);
  await officer.goto("/contacts/new");
  assert.equal(await officer.getByLabel("What is it about?").inputValue(), words);
  await officer.getByRole("button", { name: "Write it down" }).click();
  await officer.getByText("Phone call written down.").waitFor();
  await officer.goto("/contacts/new");
  assert.equal(await officer.getByLabel("What is it about?").inputValue(), "");
});
