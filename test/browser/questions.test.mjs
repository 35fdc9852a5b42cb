// No re-keying: what a service must know is edited by plain forms, read from the
// words, asked in one message, and filled in by the citizen's reply.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { open, practise, refused, write } from "./council.mjs";

const service = "Missed bins";

scenario("a question that is missing is asked, answered by the citizen, and the case goes on", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  await setUp(officer);

  // Questions are added and moved by keyboard alone, without a script of theirs.
  await officer.goto("/settings/services");
  await officer.getByRole("link", { name: service }).click();
  await officer.getByRole("heading", { name: "What must be asked" }).waitFor();
  await check(officer, "service-questions");
  await officer.getByRole("link", { name: "Add a question" }).click();
  await officer.getByLabel("Question", { exact: true }).fill("Is the lid open?");
  await officer.getByRole("textbox", { name: "Answers to choose from" }).fill("Open\nShut | words: closed");
  await check(officer, "question");
  await officer.getByRole("button", { name: "Save question" }).press("Enter");
  await officer.getByRole("link", { name: "Is the lid open?" }).waitFor();
  await officer.getByRole("button", { name: "Move up: Is the lid open?" }).press("Enter");
  await officer.locator(".m-notice", { hasText: "Moved: Is the lid open?" }).waitFor();
  await officer.getByRole("button", { name: "Remove: Is the lid open?" }).press("Enter");
  await officer.locator(".m-notice", { hasText: "Removed: Is the lid open?" }).waitFor();
  assert.equal(await officer.getByRole("link", { name: "Is the lid open?" }).count(), 0);
  await officer.goto("/settings/services/import");
  await check(officer, "services-import");
  await officer.goto("/settings/services/list?q=abandoned");
  await check(officer, "service-list");

  // A post says which bin, and not which day.
  const citizen = await visitor(server, { size: phone });
  await practise(citizen);
  await write(citizen, "Our brown bin was missed again");
  await open(officer, "brown bin");
  await officer.keyboard.press("c");
  await officer.waitForURL("**/cases/new**");
  await officer.getByText("Read from the words.").waitFor();
  assert.equal(await officer.getByRole("checkbox", { name: "Brown (garden and food)" }).isChecked(), true);
  await check(officer, "case-new-questions");
  await officer.keyboard.press("Control+Enter");
  const notice = officer.locator(".m-notice", { hasText: "Opened case" });
  await notice.getByRole("link", { name: "Show the case" }).click();
  await officer.getByText("Missing", { exact: true }).waitFor();
  await check(officer, "case-asked");
  const page = officer.url();

  // Everything is asked in one message; the reply fills it in.
  const asked = citizen.locator("#feed").getByText("On which day should they have been emptied?").first();
  await asked.waitFor({ timeout: 40_000 });
  await citizen.locator("#feed").getByText("need to know one more thing").first().waitFor();
  const thread = citizen.getByRole("article").first();
  await thread.getByRole("textbox", { name: "Your reply" }).fill("It should have been yesterday");
  await thread.getByRole("button", { name: "Reply" }).click();
  await citizen.locator("#feed").getByText("that is all we need").first().waitFor({ timeout: 40_000 });
  await officer.goto(page);
  await officer.getByText("Filled by the citizen").waitFor();
  assert.equal(await officer.getByText("Missing", { exact: true }).count(), 0);
  await check(officer, "case-answered");

  // The officer has the last word.
  await officer.getByRole("button", { name: "Take out the answer to: On which day" }).click();
  await officer.getByText("Missing", { exact: true }).waitFor();
  await officer.getByRole("link", { name: "Change the answers" }).click();
  await check(officer, "case-answers");
  await officer.getByLabel("On which day should they have been emptied?").fill("2026-01-05");
  await officer.getByRole("button", { name: "Save answers" }).click();
  await officer.getByText("Entered by Mairi Galbraith").waitFor();
});
