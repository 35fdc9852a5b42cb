// The whole loop in two tabs: somebody writes on the practice network, an
// officer answers at the desk, and both see it without a reload.
import assert from "node:assert/strict";
import { check, desktop, eventually, scenario, setUp } from "./harness.mjs";
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
  // An empty list fills by itself: nothing is there that could move.
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
  assert.equal(await officer.getByRole("textbox", { name: "Your answer" }).inputValue(), "No, on Fridays.");
  await officer.getByRole("textbox", { name: "Your answer" }).fill("");

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

  // A list in which somebody reads does not move by itself: a bar says what came.
  await citizen.goto("/practice");
  await write(citizen, "The bin lorry knocked my gate over.");
  await officer.locator("[data-new-bar] a").waitFor();
  await officer.locator("body").click({ position: { x: 2, y: 2 } });
  await officer.keyboard.press(".");
  await row(officer, "knocked my gate").waitFor();
});

// oneLineAside holds that a notice stands in one line, and not over what one
// writes in.
async function oneLineAside(page, words) {
  const notice = page.locator(".m-notice", { hasText: words });
  const places = await notice.evaluate((n) => [n, ...n.children].map((e) => e.getBoundingClientRect()).map(({ top, bottom, height }) => ({ top, bottom, height })));
  assert.ok(places.every((one) => one.height <= 48 && one.top >= places[0].top && one.bottom <= places[0].bottom), `the notice is ${JSON.stringify(places)}`);
  const composer = await page.locator("#composer").boundingBox();
  assert.ok(places[0].bottom <= composer.y || places[0].top >= composer.y + composer.height, "the notice covers the composer");
}

scenario("colleagues note, hand over, set aside, close and take back", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const other = await visitor(server, { allow: refused });
  const citizen = await visitor(server);
  await setUp(officer);
  await officer.goto("/settings/teams/new");
  await officer.getByLabel("Name", { exact: true }).fill("Waste");
  await press(officer, "Add team");
  await addColleague(officer, other);
  await other.goto("/notifications");
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);

  // A note with a name chosen by keyboard; the colleague is told. An answer that
  // was begun is not in it, and stays.
  await officer.keyboard.press("r");
  await officer.keyboard.type("We come on");
  await officer.keyboard.press("Escape");
  await officer.keyboard.press("n");
  await officer.keyboard.type("Do you know the round, @Iai");
  await officer.locator(".m-mentions [role=option]").first().waitFor();
  await officer.keyboard.press("Enter");
  await officer.keyboard.press("Control+Enter");
  await said(officer, `@${colleague.name}`).waitFor();
  assert.ok(!(await said(officer, `@${colleague.name}`).textContent()).includes("We come on"));
  assert.equal(await officer.locator("#body").inputValue(), "We come on");
  await officer.setViewportSize({ width: 390, height: 844 });
  await oneLineAside(officer, "Note added.");
  await officer.setViewportSize(desktop);
  await officer.keyboard.press("r");
  await officer.locator("#body").fill("");
  await other.locator("#unread .m-badge").waitFor();
  await other.reload();
  await check(other, "notifications");
  await press(other, "Open");
  await said(other, "Do you know the round").waitFor();

  const head = officer.locator("#conv-head");
  const more = async (name) => {
    await head.locator("details[data-menu] > summary").click();
    await head.getByRole("button", { name }).click();
  };
  const undo = async () => {
    await officer.locator(".m-notice").last().getByRole("button", { name: "Undo" }).click();
    await officer.locator(".m-notice", { hasText: "Undone" }).last().waitFor();
  };
  await officer.keyboard.press("Escape");
  await officer.keyboard.press("a");
  await head.getByText("you", { exact: true }).waitFor();
  await more("Give to somebody");
  await officer.getByLabel("Who should answer?").selectOption({ label: colleague.name });
  await officer.getByRole("button", { name: "Give", exact: true }).click();
  await head.getByText(colleague.name).waitFor();
  await undo();
  await head.getByText("you", { exact: true }).waitFor();

  await officer.keyboard.press("h");
  await officer.locator("#hand-it").getByLabel("Team").selectOption({ label: "Waste" });
  await officer.getByLabel("Note for them").fill("It is about the brown bins.");
  await officer.getByRole("button", { name: "Hand over" }).click();
  await head.getByText("Waste", { exact: true }).waitFor();
  await said(officer, "It is about the brown bins.").waitFor();

  await officer.keyboard.press("s");
  await officer.locator("#snooze-it .m-choose button").first().click();
  await head.getByText(/Set aside|Until|Snoozed/i).first().waitFor();
  await undo();
  await officer.keyboard.press("e");
  await officer.getByLabel("Or in your own words").fill("Told at the counter");
  await officer.getByRole("button", { name: "Close it" }).click();
  await head.getByText("Closed").waitFor();
  await said(officer, "Told at the counter").waitFor();
  await undo();
  await head.getByRole("button", { name: "Close" }).waitFor();

  // Taken back: gone for the citizen, kept on the record.
  await answer(officer, reply);
  await answered(officer, reply);
  await citizen.locator("#feed").getByText(reply).waitFor();
  await said(officer, reply).getByRole("button", { name: "Take back" }).click();
  await officer.getByLabel("What was wrong with it?").fill("It is the wrong week");
  await officer.getByRole("button", { name: "Take it back" }).click();
  await said(officer, reply).getByText("Taken back").waitFor();
  await citizen.locator("#feed").getByText(reply).waitFor({ state: "detached" });
  await check(officer, "desk-taken-back");

  await head.locator("details[data-menu] > summary").click();
  await head.getByRole("link", { name: "Transcript" }).click();
  for (const words of [question, "Do you know the round", "It is about the brown bins.", "Told at the counter", reply, "It is the wrong week"]) {
    await officer.getByText(words).first().waitFor();
  }
  await check(officer, "transcript");
});

scenario("a drawing with a script is refused, and a picture must be described", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server);
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  const file = officer.locator("input[type=file][form=attach-form]");
  await file.setInputFiles({ name: "map.png", mimeType: "image/png", buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>') });
  await officer.getByText("This kind of file cannot be sent here").waitFor();
  assert.equal(await officer.locator("#files .m-compose-file").count(), 0);
  await check(officer, "desk-file-refused");

  await file.setInputFiles({ name: "route.jpg", mimeType: "image/jpeg", buffer: await citizen.screenshot({ type: "jpeg" }) });
  await officer.locator("#files img").waitFor();
  await officer.getByRole("textbox", { name: "Your answer" }).fill(reply);
  await officer.keyboard.press("Control+Enter");
  await officer.locator(".m-compose-file .m-problem, .m-compose-file [id$=-problem], .m-compose-file .govuk-error-message").first().waitFor();
  await check(officer, "desk-describe");
  await officer.getByLabel("What does the picture show?").fill("A map of the round, with Tolbooth Wynd in red");
  await officer.getByRole("button", { name: "Send reply" }).click();
  await answered(officer, reply);
  await citizen.locator("#feed").getByAltText("A map of the round, with Tolbooth Wynd in red").waitFor();
});

scenario("a long answer is cut into parts that are shown before", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server);
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  const long = Array.from({ length: 30 }, (_, i) => `Sentence ${i + 1} of a long answer about brown bins.`).join(" ");
  await officer.keyboard.press("r");
  await officer.getByRole("textbox", { name: "Your answer" }).fill(long);
  const split = officer.locator(".m-split");
  await split.waitFor();
  await split.locator("summary").click();
  await split.getByText("Sentence 30 of a long answer").waitFor();
  await check(officer, "desk-long");
  await officer.keyboard.press("Control+Enter");
  await citizen.locator("#feed").getByText("Sentence 30 of a long answer").waitFor({ timeout: 60_000 });
  assert.equal(await citizen.locator("#feed").getByText("Sentence 1 of a long answer").count(), 1);
});

scenario("who only reads lands on the newest message, however late a picture comes", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server);
  const citizen = await visitor(server);
  const reader = await visitor(server, { size: { width: 1280, height: 520 } });
  await setUp(officer);
  await addColleague(officer, reader, { ...colleague, role: "Read only" });
  await practise(citizen);
  await write(citizen, question, { picture: { name: "bin.jpg", mimeType: "image/jpeg", buffer: await citizen.screenshot({ type: "jpeg", clip: { x: 0, y: 0, width: 400, height: 600 } }) }, alt: "A brown bin" });
  const thread = citizen.getByRole("article").first();
  await thread.getByRole("textbox", { name: "Your reply" }).fill(again);
  await thread.getByRole("button", { name: "Reply" }).click();
  await citizen.locator("#feed").getByText(again, { exact: true }).waitFor();
  await open(officer, again);
  await said(officer, question).getByAltText("A brown bin").waitFor();

  let letGo;
  const held = new Promise((go) => (letGo = go));
  await reader.route("**/media/*/thumb", async (route) => {
    await held;
    await route.continue();
  });
  await reader.goto(officer.url(), { waitUntil: "domcontentloaded" });
  const picture = said(reader, question).getByAltText("A brown bin");
  await picture.waitFor({ state: "attached" });
  await reader.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const hidden = () => reader.evaluate(() => {
    const pane = document.getElementById("pane");
    return Math.round(pane.scrollHeight - pane.scrollTop - pane.clientHeight);
  });
  const height = () => picture.evaluate((image) => image.clientHeight);
  const before = await height();
  assert.ok((await hidden()) <= 1, "it lands at the end");
  letGo();
  await eventually(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0));
  assert.equal(await height(), before, "the picture has its place before it comes");
  assert.ok((await hidden()) <= 1, "it is still at the end");

  // What grows later is followed too, until the reader moves.
  const grow = () => reader.evaluate(() => {
    document.querySelector("#thread > li").style.paddingBottom = `${(document.grown = (document.grown ?? 0) + 300)}px`;
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  });
  await grow();
  assert.ok((await hidden()) <= 1, "it follows what grows");
  await reader.locator("#pane").hover();
  await reader.mouse.wheel(0, -150);
  await eventually(async () => (await hidden()) > 100);
  await grow();
  assert.ok((await hidden()) > 100, "it does not pull away whoever reads");
});
