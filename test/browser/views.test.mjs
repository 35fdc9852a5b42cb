// The work of a team: its queue, many cases at once, the board and the map, with
// the keyboard and on a phone.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { open, press, refused } from "./council.mjs";

const reports = ["A deep hole outside the library", "A street lamp that does not light", "A bin that nobody empties"];

// made makes a case of each report, with a place on the map.
async function made(officer, citizen) {
  for (const words of reports) {
    await citizen.goto("/form/contact");
    await citizen.getByLabel("What is it about?").selectOption({ label: "Environmental health and food safety" });
    await citizen.getByLabel("Your message").fill(words);
    await citizen.getByRole("textbox", { name: "Where is it?" }).fill("12 Tolbooth Wynd, Kirkbrae");
    await citizen.getByRole("button", { name: "Send message" }).and(citizen.locator(":not(.m-unseen)")).click();
    await citizen.getByRole("heading", { name: "We have your message" }).waitFor();
    await open(officer, words);
    await officer.keyboard.press("c");
    await officer.waitForURL("**/cases/new**");
    await officer.getByText("Give coordinates instead").click();
    await officer.getByLabel("Latitude").fill("57.41");
    await officer.getByLabel("Longitude").fill("-5.42");
    await officer.getByLabel("What is to be done").focus();
    await officer.keyboard.press("Control+Enter");
    await officer.locator(".m-notice", { hasText: "Opened case" }).first().waitFor();
  }
}

scenario("a team sees its queue, and changes many cases at once", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server, { size: phone });
  await setUp(officer);
  for (const page of ["/cases/board", "/cases/map"]) {
    await officer.goto(page);
    await check(officer, page.slice(1).replace("/", "-") + "-empty");
  }
  await made(officer, citizen);

  await officer.goto("/cases?view=open");
  await check(officer, "cases-queue");
  // The keyboard goes through the rows and chooses.
  await officer.keyboard.press("j");
  await officer.keyboard.press("x");
  await officer.keyboard.press("j");
  await officer.keyboard.press("x");
  assert.equal(await officer.locator("input[name=case]:checked").count(), 2);
  const other = await officer.context().newPage();
  const live = other.waitForResponse((answer) => answer.url().includes("/cases/live"));
  await other.goto("/cases?view=open");
  await live;
  await officer.getByLabel("Move to").selectOption({ label: "Accepted" });
  await press(officer, "Move");
  await officer.locator(".m-notice", { hasText: "2 moved to accepted." }).waitFor();
  await other.bringToFront();
  await other.getByRole("link", { name: "Show what is new" }).or(other.getByRole("link", { name: "new or changed" })).waitFor();
  // Who chose them before is told what others did meanwhile.
  for (const box of await other.locator("input[name=case]").all()) await box.check();
  await other.getByLabel("Due by").fill("2030-01-15");
  await other.getByRole("button", { name: "Set the day" }).click();
  await other.locator(".m-notice", { hasText: "1 given a new day, 2 were changed by others meanwhile" }).waitFor();
  await other.getByText("15 Jan 2030").waitFor();
  await other.locator(".m-notice").getByRole("button", { name: "Undo" }).click();
  await other.locator(".m-notice", { hasText: "1 put back as before." }).waitFor();
  await other.close();

  // The board: by the menu, and by dragging.
  await officer.goto("/cases/board?view=open");
  await check(officer, "cases-board");
  const column = (name) => officer.locator("[data-drop]", { has: officer.getByRole("heading", { name }) });
  const card = column("Received").locator("[data-card]").first();
  await card.getByRole("combobox").selectOption({ label: "In progress" });
  await card.getByRole("button", { name: "Move" }).click();
  await column("In progress").locator("[data-card]").first().waitFor();
  await column("Accepted").locator("[data-card]").first().dragTo(column("In progress"));
  await officer.locator(".m-notice", { hasText: "is in progress now" }).waitFor();
  assert.equal(await column("In progress").locator("[data-card]").count(), 2);
  // What needs a reason opens the case.
  const last = column("In progress").locator("[data-card]").first();
  await last.getByRole("combobox").selectOption({ label: "Done" });
  await last.getByRole("button", { name: "Move" }).click();
  await officer.getByRole("heading", { name: /^Case MC-/ }).waitFor();
  await officer.getByRole("button", { name: "Mark as done" }).waitFor();
  await officer.getByLabel("Cost in pounds, if known").fill("89.50");
  await officer.getByRole("button", { name: "Set the cost" }).click();
  await officer.locator(".m-notice", { hasText: "Saved." }).waitFor();
  assert.equal(await officer.getByLabel("Cost in pounds, if known").inputValue(), "89.50");

  // The map of a council is there when there is something on it. It has one mark for three cases at one place, and a list beside it.
  await officer.goto("/settings/places");
  const places = "name,kind,within,lat,lon\nTolbooth Wynd,street,Kirkbrae,57.41,-5.42\nShore Road,street,Kirkbrae,57.4041,-5.4991\n";
  await officer.getByLabel("CSV file").setInputFiles({ name: "places.csv", mimeType: "text/csv", buffer: Buffer.from(places) });
  await officer.getByRole("button", { name: "Import" }).click();
  await officer.getByText("Added 2 places").waitFor();
  await officer.goto("/cases/map?view=open");
  await officer.getByRole("button", { name: "3 cases: look closer" }).waitFor();
  await officer.getByRole("heading", { name: "3 open cases in this part of the map" }).waitFor();
  await check(officer, "cases-map");
  // Everybody sees the same on a map of their own, with the list beneath it.
  await citizen.goto("/reports");
  await citizen.getByRole("button", { name: "3 reports: look closer" }).waitFor();
  await check(citizen, "reports-map");
  await citizen.goto("/reports?lang=cy");
  await citizen.getByRole("button", { name: "3 adroddiad: edrychwch yn agosach" }).press("Enter");
  await officer.getByRole("link", { name: "Flow" }).click();
  await officer.getByRole("heading", { name: "In 13 weeks 3 more cases were opened than closed" }).waitFor();
  await check(officer, "cases-flow");
});
