// Closed is not fixed: the citizen follows their case on a page of its own, and
// says with one tap that it is not done.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { open, refused, said } from "./council.mjs";

const words = "There is a deep hole outside number 12. A bus nearly went in.";

scenario("a case that is said not to be fixed is opened again", async ({ serve, visitor }) => {
  const server = await serve();
  server.env = { ...server.env, MERCAT_BASE_URL: server.url }; // without it nobody is given a link
  await server.restart();
  const officer = await visitor(server, { allow: refused });
  const citizen = await visitor(server, { size: phone, allow: refused });
  await setUp(officer);
  await citizen.goto("/form/contact");
  const photo = await citizen.screenshot({ type: "jpeg" });
  await citizen.getByLabel("What is it about?").selectOption({ label: "Potholes and road surface" });
  await citizen.getByLabel("In the road").check();
  await citizen.getByLabel("Your message").fill(words);
  await citizen.getByRole("textbox", { name: "Where is it?" }).fill("12 Tolbooth Wynd, Kirkbrae");
  await citizen.getByLabel("Photos", { exact: true }).setInputFiles({ name: "hole.jpg", mimeType: "image/jpeg", buffer: photo });
  await citizen.getByRole("button", { name: "Send message" }).and(citizen.locator(":not(.m-unseen)")).click();
  await citizen.getByRole("link", { name: "Open your private page" }).click();

  await open(officer, "deep hole");
  await said(officer, words).getByRole("img").waitFor();
  await officer.keyboard.press("c");
  await officer.waitForURL("**/cases/new**");
  await officer.keyboard.press("Control+Enter");
  await officer.locator(".m-notice", { hasText: "Opened case" }).getByRole("link", { name: "Show the case" }).click();
  await officer.getByRole("heading", { name: /^Case MC-/ }).waitFor();
  const theCase = officer.url();

  const told = citizen.locator("#exchange").getByText(/\/case\/MC-/).first();
  await told.waitFor({ timeout: 40_000 });
  const page = new URL((await told.textContent()).match(/\/case\/MC-[0-9A-Z-]+/)[0], citizen.url()).pathname;
  await citizen.goto(page);
  await citizen.getByText(words).first().waitFor();
  await citizen.getByRole("img").first().waitFor();
  await check(citizen, "case-private");
  // What was not answered yet can be answered there.
  await citizen.getByLabel("How deep is it, in centimetres?").fill("deep");
  await citizen.getByRole("button", { name: "Send answers" }).click();
  await citizen.locator("[data-error-summary]").getByText("Enter a number").waitFor();
  await check(citizen, "case-private-answer-wrong");
  await citizen.getByLabel("How deep is it, in centimetres?").fill("15");
  await citizen.getByRole("button", { name: "Send answers" }).click();
  await citizen.getByText("Your answers are with the people who deal with it.").waitFor();
  await citizen.goto(page + "?lang=gd");
  await check(citizen, "case-private-gaelic");
  await citizen.goto(page.slice(0, -1) + (page.endsWith("0") ? "1" : "0"));
  await citizen.getByRole("heading", { name: "The address is not quite right" }).waitFor();

  // The crew shows what it found, and with the closing what it left.
  const crew = await officer.screenshot({ type: "jpeg" });
  await officer.getByText("Add photos", { exact: true }).first().click();
  await officer.getByLabel("Photos of the place").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") });
  await officer.getByRole("button", { name: "Add photos" }).click();
  await officer.locator("[data-error-summary]").getByText("notes.txt").waitFor();
  await check(officer, "case-photo-wrong");
  await officer.getByLabel("Photos of the place").setInputFiles({ name: "before.jpg", mimeType: "image/jpeg", buffer: crew });
  await officer.getByLabel("What they show, for those who cannot see it").fill("A hole as wide as the lane");
  await officer.getByRole("button", { name: "Add photos" }).click();
  await officer.locator(".m-notice", { hasText: "The photo is added" }).waitFor();
  await officer.getByRole("img", { name: "A hole as wide as the lane" }).waitFor();
  await officer.getByLabel("Change photo 2").click();
  await officer.getByRole("button", { name: "Take photo 2 out" }).click();
  await officer.locator(".m-notice").getByRole("button", { name: "Undo" }).click();
  await officer.getByRole("img", { name: "A hole as wide as the lane" }).waitFor();
  await officer.getByLabel("Change photo 2").click();
  await officer.getByLabel("Show it to everybody, with the report").check();
  await officer.locator("details[open]").getByRole("button", { name: "Save", exact: true }).click();
  await officer.getByText("on public pages").waitFor();
  await officer.getByText("Mark as done", { exact: true }).first().click();
  await officer.getByLabel("A photo of how it is now, if you have one").setInputFiles({ name: "after.jpg", mimeType: "image/jpeg", buffer: await officer.screenshot({ type: "jpeg", fullPage: true }) });
  await check(officer, "case-closing");
  await officer.locator("details[open] form").getByRole("button", { name: "Mark as done", exact: true }).click();
  await officer.locator(".m-notice", { hasText: "is done now" }).waitFor();
  await officer.getByRole("heading", { name: "After the work" }).waitFor();
  await check(officer, "case-photos");
  await citizen.goto(page);
  await citizen.getByRole("heading", { name: "Photos from after the work" }).waitFor();
  await check(citizen, "case-private-done");
  const report = await officer.getByRole("heading", { name: /^Case MC-/ }).textContent();
  await citizen.goto("/reports/" + report.match(/MC-\S+/)[0]);
  assert.equal(await citizen.locator("main").getByRole("img").count(), 1, "everybody sees what was released, and nothing else");
  await check(citizen, "report-photos");
  await citizen.goto(page + "/fixed");
  await check(citizen, "case-fixed");
  await citizen.getByLabel("If it is not: what is wrong?").fill("The hole is there again.");
  await citizen.getByRole("button", { name: "No, it is not fixed" }).last().click();
  await citizen.getByText("It is open again, and the team sees").waitFor();
  await officer.goto(theCase);
  await officer.getByText("tapped on their private page").waitFor();
  await check(officer, "case-not-fixed");
  await citizen.getByRole("button", { name: "No more news about this" }).click();
  await citizen.getByText("You will get no more news about this.").waitFor();
  assert.equal((await citizen.goto("/reports")).status(), 200);
  await check(citizen, "reports");
  await citizen.goto("/outcomes");
  await check(citizen, "outcomes");
  await officer.goto("/settings/words");
  await check(officer, "words");
  await officer.goto("/settings/words/done");
  await check(officer, "words-done");
});
