// What is read from messages: danger stands first, one key says otherwise, and
// what an officer corrects is read like that from then on.
import assert from "node:assert/strict";
import { check, scenario, setUp } from "./harness.mjs";
import { open, practise, refused, row, write } from "./council.mjs";

const danger = "Strong smell of gas in our close and an old lady has collapsed on the stairs.";
const lamp = "The street light outside number 12 Kirk Wynd is out.";
const thanks = "Thank you so much, brilliant work by the crew today.";

scenario("danger stands first, thanks are not late, and a correction is learned", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  await setUp(officer);
  const citizen = await visitor(server);
  await practise(citizen);
  for (const words of [danger, lamp, thanks]) await write(citizen, words);

  await officer.goto("/desk?view=all");
  await row(officer, "Thank you so much").waitFor();
  const side = officer.locator("#side").getByRole("link", { name: /^Urgent/ });
  await side.waitFor();
  await side.click();
  await row(officer, "smell of gas").getByText("Danger to life").waitFor();
  assert.equal(await row(officer, "street light").count(), 0, "a lamp is urgent");
  await check(officer, "desk-urgent");
  await row(officer, "smell of gas").getByRole("link").first().click();
  const head = officer.locator("#conv-head");
  await head.getByText("Danger to life").first().waitFor();
  await check(officer, "desk-danger");
  await officer.keyboard.press("!");
  await officer.getByText("It is not urgent.").waitFor();
  await head.getByText("Danger to life", { exact: true }).first().waitFor({ state: "hidden" });
  await officer.keyboard.press("!");
  await officer.getByText("Marked as danger to life.").waitFor();
  await head.getByText("Danger to life", { exact: true }).first().waitFor();
  await officer.locator(".m-notice").getByRole("button", { name: "Undo" }).last().click();
  await officer.getByText("Undone.", { exact: true }).waitFor();

  await open(officer, "Thank you so much");
  await head.getByText("Needs no answer, it seems").waitFor();
  await check(officer, "desk-thanks");

  // A lesson: the Braes Path is the parks'.
  await write(citizen, "There is a big hole in the Braes Path by the burn.");
  await open(officer, "Braes Path by the burn");
  await head.locator("details[data-menu] > summary").click();
  await officer.getByRole("button", { name: "What it is about…" }).click();
  await officer.getByRole("dialog").getByLabel("Service").selectOption({ label: "Parks, play areas and grass" });
  await officer.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await officer.getByText("It is about Parks, play areas and grass now.").waitFor();
  await officer.waitForTimeout(1500); // it is learned beside the work
  await write(citizen, "A deep hole in the Braes Path, somebody will fall.");
  await open(officer, "somebody will fall");
  await head.getByText("Parks, play areas and grass", { exact: true }).first().waitFor();
  await check(officer, "desk-learned");
});
