// The whole loop in two tabs: somebody writes on the practice network, an
// officer answers at the desk, and both see it without a reload.
import assert from "node:assert/strict";
import { check, scenario, setUp } from "./harness.mjs";
import { addColleague, answer, answered, colleague, open, practise, press, refused, row, said, write } from "./council.mjs";

const question = "When is the brown bin emptied in Tolbooth Wynd?";
const reply = "Every second Thursday. The next is this week.";
const again = "And where do I put the old glass?";

scenario("somebody asks in public, and has the answer without a reload", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server);
  const citizen = await visitor(server);
  await setUp(officer);
  await officer.goto("/desk?view=all");
  await check(officer, "desk-empty");
  await practise(citizen);
  await check(citizen, "practice-empty");

  await write(citizen, question);
  await officer.locator("[data-new-bar] a").waitFor();
  await officer.keyboard.press(".");
  await row(officer, question).waitFor();
  assert.equal(await row(officer, question).getAttribute("data-unread"), "");
  await check(officer, "desk-list");

  await officer.keyboard.press("j");
  await officer.keyboard.press("o");
  await said(officer, question).waitFor();
  await check(officer, "desk-conversation");

  await officer.keyboard.press("r");
  await officer.keyboard.type(reply);
  await officer.locator("#body-count, [id$=-count]").first().getByText(/left|characters/).waitFor();
  await check(officer, "desk-composer");
  await officer.keyboard.press("Control+Enter");
  const notice = officer.locator(".m-notice", { hasText: "goes out in a moment" });
  await notice.getByRole("button", { name: "Undo" }).waitFor();
  await said(officer, reply).getByText("Goes out in a moment").waitFor();
  await answered(officer, reply);
  await citizen.locator("#feed").getByText(reply).waitFor();
  await check(citizen, "practice-answered");

  // Undone in time, an answer goes nowhere and the words are back in the box.
  await answer(officer, "No, on Fridays.");
  await officer.locator(".m-notice", { hasText: "goes out in a moment" }).last().getByRole("button", { name: "Undo" }).click();
  await officer.getByText("was stopped before it was sent").waitFor();
  assert.equal(await officer.getByRole("textbox", { name: "What you write" }).inputValue(), "No, on Fridays.");
  await officer.getByRole("textbox", { name: "What you write" }).fill("");

  // Closed, and open again by itself when the citizen writes.
  await officer.keyboard.press("Escape");
  await officer.keyboard.press("e");
  await officer.getByRole("button", { name: "Answered" }).click();
  await officer.locator("#conv-head").getByText("Closed").waitFor();
  await officer.goto("/desk?view=all");
  await row(officer, "Tolbooth Wynd").or(row(officer, reply)).first().waitFor();
  const thread = citizen.getByRole("article").first();
  await thread.getByRole("textbox", { name: "Your reply" }).fill(again);
  await thread.getByRole("button", { name: "Reply" }).click();
  await citizen.locator("#feed").getByText(again, { exact: true }).waitFor();
  await officer.locator("#rows [data-row][data-unread]").waitFor();
  await open(officer, again);
  assert.equal(await officer.locator("#conv-head").getByText("Closed").count(), 0);
  assert.equal(await citizen.getByText("No, on Fridays.").count(), 0);
});
