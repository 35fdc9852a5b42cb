// What goes wrong on a snow day: a network that is down, a server that dies, two
// who answer at once, a laptop that closes.
import assert from "node:assert/strict";
import { eventually, phone, scenario, setUp, signIn } from "./harness.mjs";
import { addColleague, answer, answered, cut, open, practise, press, refused, said, write } from "./council.mjs";

const question = "Is the school at Inverglass open tomorrow?";
const reply = "It is open, and the buses run.";
const box = (page) => page.getByRole("textbox", { name: "Your answer" });

// picture is one white pixel.
const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==", "base64");

// inView holds that all of an element stands on the screen.
async function inView(element) {
  const box = await element.boundingBox();
  const { height } = element.page().viewportSize();
  assert.ok(box.y >= 0 && box.y + box.height <= height + 1, `${element} is at ${box.y} to ${box.y + box.height} of ${height}`);
}

// keepsToItsHalf holds that the composer leaves room for the conversation, with
// its buttons in it.
async function keepsToItsHalf(page, buttons) {
  const composer = await page.locator("#composer").boundingBox();
  assert.ok(composer.height <= 0.56 * page.viewportSize().height, `the composer is ${composer.height} high`);
  for (const name of buttons) {
    const button = await page.locator("#composer").getByRole("button", { name, exact: true }).boundingBox();
    assert.ok(button.y >= composer.y && button.y + button.height <= composer.y + composer.height, `${name} is outside of the composer`);
  }
}

scenario("an answer waits for a network that is down, and goes out once", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server);
  const citizen = await visitor(server);
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  await citizen.getByLabel("Down", { exact: true }).check();
  await press(citizen, "Make it fail");
  await citizen.getByText("The network is down").waitFor();
  await answer(officer, reply);
  await said(officer, reply).getByText("Waits for the network").waitFor({ timeout: 40_000 });
  await said(officer, reply).getByText("Next try").waitFor();
  assert.equal(await citizen.locator("#feed").getByText(reply).count(), 0);
  await press(citizen, "All well again");
  await answered(officer, reply);
  await citizen.locator("#feed").getByText(reply).waitFor();
  await citizen.reload();
  assert.equal(await citizen.locator("#feed").getByText(reply).count(), 1);

  // What waits can be given up.
  const late = "It was shut in the end.";
  await citizen.getByLabel("Down", { exact: true }).check();
  await press(citizen, "Make it fail");
  await answer(officer, late);
  await said(officer, late).getByRole("button", { name: "Stop trying" }).click({ timeout: 40_000 });
  await said(officer, late).getByText("Not sent", { exact: true }).waitFor();
  await press(citizen, "All well again");
  assert.equal(await citizen.locator("#feed").getByText(late).count(), 0);
});

scenario("a server that is killed loses no answer and sends none twice", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: cut });
  const citizen = await visitor(server, { allow: cut });
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  await answer(officer, reply);
  await server.restart();
  const other = await visitor(server);
  await practise(other);
  await other.locator("#feed").getByText(reply).waitFor({ timeout: 60_000 });
  // The pages that were open find their way back by themselves.
  await answered(officer, reply);
  await answer(officer, "And the dinner is hot.");
  await answered(officer, "And the dinner is hot.");
  await other.locator("#feed").getByText("And the dinner is hot.").waitFor();
  await other.reload();
  assert.equal(await other.locator("#feed").getByText(reply).count(), 1);
});

scenario("of two who answer at once, the second is told and keeps the words", async ({ serve, visitor }) => {
  const server = await serve();
  const first = await visitor(server, { allow: refused });
  const second = await visitor(server, { allow: refused });
  const citizen = await visitor(server);
  await setUp(first);
  await addColleague(first, second);
  await practise(citizen);
  await write(citizen, question);
  await open(first, question);
  await open(second, question);
  await second.keyboard.press("r");
  await second.keyboard.type("It is shut.");
  await answer(first, reply);
  await said(second, reply).waitFor();
  await second.keyboard.press("Control+Enter");
  await second.locator("#compose-conflict").getByText("has answered already").waitFor();
  assert.equal(await box(second).inputValue(), "It is shut.");
  await keepsToItsHalf(second, ["Send all the same", "Send reply"]);
  await press(second, "Discard what I wrote");
  await eventually(async () => await box(second).inputValue() === "", "the box is empty");
  await answered(first, reply);
  assert.equal(await citizen.locator("#feed").getByText("It is shut.").count(), 0);
});

scenario("what was typed or taken out just before the page is left stays so", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server, { allow: cut });
  const citizen = await visitor(server, { allow: cut });
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  const away = async () => {
    await officer.getByRole("link", { name: "Cases" }).first().click();
    await officer.waitForURL("**/cases");
    await open(officer, question);
  };
  await box(officer).fill("It is open.");
  await away();
  assert.equal(await box(officer).inputValue(), "It is open.");
  await box(officer).fill("It is open, and warm.");
  await away();
  assert.equal(await box(officer).inputValue(), "It is open, and warm.");
  await box(officer).fill("");
  await away();
  assert.equal(await box(officer).inputValue(), "");

  // Without a connection it stays on this device, and is kept as soon as there
  // is one again, without another key being struck.
  const kept = officer.locator("[data-draft-said]");
  await box(officer).fill("We will");
  await kept.getByText("Draft kept", { exact: true }).waitFor();
  await server.kill();
  await box(officer).fill("We will let you know.");
  await kept.getByText("No connection").waitFor();
  const cutOff = officer.locator(".m-cut", { hasText: "What you see may be old" });
  await cutOff.waitFor();
  await server.serve();
  await cutOff.waitFor({ state: "detached", timeout: 40_000 });
  await kept.getByText("Draft kept", { exact: true }).waitFor({ timeout: 40_000 });
  const elsewhere = await visitor(server);
  await signIn(elsewhere);
  await open(elsewhere, question);
  assert.equal(await box(elsewhere).inputValue(), "We will let you know.");
  await box(elsewhere).fill("It is shut.");
  await elsewhere.locator("[data-draft-said]").getByText("Draft kept", { exact: true }).waitFor();
  await officer.reload();
  assert.equal(await box(officer).inputValue(), "It is shut.");
});

scenario("a long answer leaves what it answers in sight, and who else is writing", async ({ serve, visitor }) => {
  const server = await serve();
  const first = await visitor(server);
  const second = await visitor(server);
  const citizen = await visitor(server);
  await setUp(first);
  await addColleague(first, second);
  await practise(citizen);
  await write(citizen, question);
  await open(first, question);
  await open(second, question);
  await second.locator("#attach-form").waitFor({ state: "attached" });
  await second.locator("input[type=file][name=file]").first().setInputFiles({ name: "road.png", mimeType: "image/png", buffer: picture });
  await second.locator(".m-compose-file img").waitFor();
  await box(second).fill("The road is clear.\n\n".repeat(115));
  await first.keyboard.press("r");
  await first.keyboard.type("It is open");
  for (const size of [{ width: 1440, height: 900 }, phone]) {
    await second.setViewportSize(size);
    await second.evaluate(() => scrollTo(0, 0));
    const presence = second.locator("#presence", { hasText: "is writing here now" });
    await presence.waitFor();
    await inView(presence);
    await keepsToItsHalf(second, ["Send reply"]);
    await said(second, question).scrollIntoViewIfNeeded();
    await inView(said(second, question));
  }
});

scenario("a draft survives a browser that closes", async ({ serve, visitor }) => {
  const server = await serve();
  const officer = await visitor(server);
  const citizen = await visitor(server);
  await setUp(officer);
  await practise(citizen);
  await write(citizen, question);
  await open(officer, question);
  await officer.keyboard.press("r");
  await officer.keyboard.type("It is op");
  await officer.getByText("Draft kept", { exact: true }).waitFor();
  await officer.context().close();
  const again = await visitor(server);
  await signIn(again);
  await open(again, question);
  assert.equal(await box(again).inputValue(), "It is op");
});
