// From the public form to a case and back: nothing is typed twice, and whoever
// asked sees each step on their private page.
import assert from "node:assert/strict";
import { check, phone, scenario, setUp } from "./harness.mjs";
import { open, press, refused, row, said } from "./council.mjs";

const words = "There is a deep hole outside number 12. A bus nearly went in.";
const where = "12 Tolbooth Wynd, Kirkbrae";

// report sends the public form with a photo, and returns the private page.
async function report(citizen, looked = false) {
  await citizen.goto("/form/contact");
  const photo = await citizen.screenshot({ type: "jpeg" });
  await citizen.getByLabel("What is it about?").selectOption({ label: "Potholes and road surface" });
  await citizen.getByLabel("Your message").fill(words);
  await citizen.getByRole("textbox", { name: "Where is it?" }).fill(where);
  await citizen.getByLabel("Photos", { exact: true }).setInputFiles({ name: "hole.jpg", mimeType: "image/jpeg", buffer: photo });
  if (looked) await check(citizen, "form");
  await citizen.getByRole("button", { name: "Send message" }).and(citizen.locator(":not(.m-unseen)")).click();
  await citizen.getByRole("heading", { name: "We have your message" }).waitFor();
  if (looked) await check(citizen, "form-sent");
  await citizen.getByRole("link", { name: "Open your private page" }).click();
  await citizen.getByText(words).waitFor();
  return citizen.url();
}

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
