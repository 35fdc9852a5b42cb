// From the public form to a case and back: nothing is typed twice, and whoever
// asked sees each step on their private page.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { addColleague, open, practise, press, refused, row, said, write } from "./council.mjs";

const words = "There is a deep hole outside number 12. A bus nearly went in.";
const where = "12 Tolbooth Wynd, Kirkbrae";

// report sends the public form with a photo, and returns the private page.
async function report(citizen, looked = false) {
  await citizen.goto("/form/contact");
  const photo = await citizen.screenshot({ type: "jpeg" });
  await citizen.getByLabel("What is it about?").selectOption({ label: "Potholes and road surface" });
  if (looked) await citizen.getByRole("group", { name: "Where on the road is it?" }).waitFor(); // the script fetches what is asked
  await citizen.getByLabel("Your message").fill(words);
  await citizen.getByRole("textbox", { name: "Where is it?" }).fill(where);
  await citizen.getByLabel("Photos", { exact: true }).setInputFiles({ name: "hole.jpg", mimeType: "image/jpeg", buffer: photo });
  if (looked) await check(citizen, "form");
  const send = citizen.getByRole("button", { name: "Send message" }).and(citizen.locator(":not(.m-unseen)"));
  await send.click();
  if (looked) {
    // What must be known is said at its question, and nothing is lost.
    await citizen.locator("[data-error-summary]").getByRole("link", { name: "Answer this: Where on the road is it?" }).waitFor();
    await check(citizen, "form-answer-missing");
  } else {
    // Without a script the questions come with the first try to send.
    await citizen.getByText("Answer them below, then send your message.").waitFor();
  }
  assert.equal(await citizen.getByLabel("Your message").inputValue(), words);
  await citizen.getByLabel("In the road").check();
  await citizen.getByLabel("How deep is it, in centimetres?").fill("15");
  await send.click();
  await citizen.getByRole("heading", { name: "We have your message" }).waitFor();
  if (looked) await check(citizen, "form-sent");
  await citizen.getByRole("link", { name: "Open your private page" }).click();
  await citizen.getByText(words).waitFor();
  return citizen.url();
}

scenario("a report becomes a case in two keys, and each step reaches whoever sent it", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server, { size: phone });
  await setUp(officer);
  await officer.goto("/cases");
  await check(officer, "cases-empty");
  await officer.goto("/cases/tasks");
  await check(officer, "tasks-empty");
  await citizen.goto("/form/contact");
  await report(citizen, true);

  await open(officer, "deep hole");
  await said(officer, words).getByText(where).waitFor();
  await said(officer, words).getByRole("img").waitFor();
  const list = new URL(officer.url()).search;
  await officer.keyboard.press("c");
  await officer.waitForURL("**/cases/new**");
  assert.equal(await officer.getByLabel("What is to be done").inputValue(), words);
  assert.equal(await officer.getByRole("textbox", { name: "Where" }).inputValue(), where);
  assert.equal(await officer.locator("input[name=photo]").isChecked(), true);
  assert.equal(await officer.getByLabel("How deep is it, in centimetres?").inputValue(), "15");
  assert.equal(await officer.getByLabel("Where on the road is it?").inputValue(), "carriageway");
  assert.equal(await officer.getByLabel("Service", { exact: true }).evaluate((e) => e.selectedOptions[0].textContent.trim()), "Potholes and road surface");
  await check(officer, "case-new");
  // Pictures of other widths must not have moved the focus from where c led.
  assert.equal(await officer.evaluate(() => document.activeElement.name), "service");
  await officer.keyboard.press("Control+Enter");
  const notice = officer.locator(".m-notice", { hasText: "Opened case" });
  const reference = (await notice.textContent()).match(/Opened case (\S+?)\./)[1];
  await officer.locator("#conv-head").getByRole("link", { name: reference }).waitFor();
  await check(officer, "desk-with-case");
  assert.equal(new URL(officer.url()).search, list, "the list beside the conversation is another one");
  const exchange = citizen.locator("#exchange");
  await exchange.getByText(`This is now case ${reference}`).waitFor({ timeout: 40_000 });

  const move = async (verb, fill) => {
    await officer.getByText(verb, { exact: true }).first().click();
    const form = officer.locator("details[open] form").filter({ has: officer.getByRole("button", { name: verb, exact: true }) });
    if (fill) await fill(form);
    await form.getByRole("button", { name: verb, exact: true }).click();
    await officer.locator(".m-notice", { hasText: `Case ${reference} is` }).waitFor();
  };
  await officer.locator("#conv-head").getByRole("link", { name: reference }).click();
  await officer.getByRole("heading", { name: `Case ${reference}` }).waitFor();
  assert.equal(await officer.getByText("Filled by the citizen").count(), 2);
  await check(officer, "case");

  // Unsaid in time, a step does not reach the citizen.
  await move("Start work");
  await officer.locator(".m-notice").getByRole("button", { name: "Undo" }).click();
  await officer.getByText("(undone)").waitFor();
  await move("Accept");
  await exchange.getByText(`Case ${reference}: we have accepted this`).first().waitFor({ timeout: 40_000 });
  assert.equal(await exchange.getByText("we are working on this now").count(), 0);
  // A crew has its part of it, and the case does not end without being asked of that.
  await officer.getByText("Add a task", { exact: true }).click();
  await officer.getByRole("group").getByLabel("What is to be done").fill("Put out cones");
  await officer.getByLabel("By when, if there is a day").fill("2020-01-15");
  await press(officer, "Add the task");
  await officer.locator(".m-notice", { hasText: "The task is added." }).waitFor();
  await officer.getByText("0 of 1 done").waitFor();
  await officer.goto("/cases/tasks?view=open");
  await officer.getByText("Late", { exact: true }).waitFor();
  await check(officer, "tasks");
  await officer.getByRole("link", { name: "Put out cones" }).click();
  await officer.getByText("Link another case", { exact: true }).click();
  await officer.getByLabel("Reference of the other case").fill("MC-0000-0000");
  await press(officer, "Link");
  await officer.locator("[data-error-summary]").getByText("no case with this reference").waitFor();
  await check(officer, "case-tasks");
  await officer.getByText("Mark as done", { exact: true }).first().click();
  await press(officer, "Mark as done");
  await officer.locator("[data-error-summary]").getByText("Not every task is done").waitFor();
  await check(officer, "case-tasks-left");
  await officer.getByLabel("They are done too").first().check();
  await press(officer, "Mark as done");
  await officer.locator(".m-notice", { hasText: `Case ${reference} is done` }).waitFor();
  await officer.getByText("1 of 1 done").waitFor();
  await exchange.getByText("this is done").first().waitFor({ timeout: 40_000 });
  await check(citizen, "tracking");
  await citizen.getByLabel("Your message").fill("It is as good as new. Thank you.");
  await citizen.getByRole("button", { name: "Send", exact: true }).last().click();
  await citizen.locator("#exchange").getByText("as good as new").waitFor();

  await officer.goto("/cases?view=all");
  await check(officer, "cases");
  await officer.keyboard.press("/");
  await officer.keyboard.type(reference);
  await officer.keyboard.press("Enter");
  await row(officer, reference).waitFor();
  // A reference on its own leads to its case, however it is written.
  await officer.goto("/cases?view=all");
  await officer.getByLabel("Words or reference").fill(reference.toLowerCase().replaceAll("-", " "));
  await press(officer, "Show");
  await officer.getByRole("heading", { name: `Case ${reference}` }).waitFor();
  await officer.goto("/cases?view=all");
  await officer.getByLabel("State").selectOption({ label: "Done" });
  await press(officer, "Show");
  await officer.waitForURL(/state=done/);
  await officer.getByRole("link", { name: reference }).waitFor();
  await officer.getByLabel("State").selectOption({ label: "Not ours" });
  await press(officer, "Show");
  await officer.getByText("No case fits").waitFor();
});

scenario("without JavaScript a report is sent, and is told whose it is", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server, { size: phone, javaScript: false });
  await setUp(officer);
  const page = await report(citizen);
  await open(officer, "deep hole");
  await said(officer, words).getByRole("img").waitFor();
  await officer.goto("/cases/new?conversation=" + new URL(officer.url()).pathname.split("/").pop());
  await press(officer, "Make the case");
  await officer.getByRole("link", { name: "Show the case" }).click();
  await officer.getByText("Not ours", { exact: true }).first().click();
  const form = officer.locator("details[open] form");
  await form.getByRole("button", { name: "Not ours" }).click();
  await officer.locator("[data-error-summary]").waitFor();
  await check(officer, "case-whose");
  await form.getByLabel("Whose it is").fill("Transport Scotland");
  await form.getByRole("button", { name: "Not ours" }).click();
  await officer.getByText("It belongs to Transport Scotland.", { exact: true }).waitFor();
  for (let tries = 0; tries < 60 && !await citizen.getByText("It belongs to Transport Scotland").count(); tries++) {
    await citizen.goto(page);
    await officer.waitForTimeout(500);
  }
  await citizen.getByText("It belongs to Transport Scotland").first().waitFor();
  await officer.goto("/desk?view=all");
  await row(officer, "Transport Scotland").or(row(officer, "deep hole")).first().waitFor();
});

scenario("of two officers who move one case at once, the second is told what the first did", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const other = await visitor(server, { allow: refused });
  const citizen = await visitor(server);
  await setUp(officer);
  await addColleague(officer, other);
  await practise(citizen);
  await write(citizen, "Nobody has swept our lane since June");
  await open(officer, "swept our lane");
  await officer.keyboard.press("c");
  await officer.waitForURL("**/cases/new**");
  await press(officer, "Make the case");
  await officer.locator("#conv-head").getByRole("link", { name: /^MC-/ }).click();
  await officer.getByRole("heading", { name: /^Case MC-/ }).waitFor();
  await other.goto(officer.url());
  await other.getByText("Start work", { exact: true }).first().click();
  await officer.getByText("Not ours", { exact: true }).first().click();
  await officer.getByLabel("Whose it is").fill("The landlord");
  await press(officer, "Not ours");
  await officer.locator(".m-notice", { hasText: "is not ours now" }).waitFor();
  await press(other, "Start work");
  await other.locator("[data-error-summary]").getByText("Mairi Galbraith changed this case meanwhile: it is not ours now.").waitFor();
  await other.getByText("It belongs to The landlord.", { exact: true }).waitFor();
  await check(other, "case-changed-by-another");
  // As it stands now it can be decided again.
  await other.getByText("Take it back", { exact: true }).first().click();
  await press(other, "Take it back");
  await other.locator(".m-notice", { hasText: "is received now" }).waitFor();
});
