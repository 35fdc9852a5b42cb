// What several tests do at the desk and on the practice network.
import { administrator, signIn } from "./harness.mjs";

export const refused = [/status of 4(01|03|04|09|10|22)/]; // pages that say what is wrong
export const cut = [/ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)/, /status of 50[234]/, /Failed to (fetch|load)/i, /network error/]; // while a server is away

export const colleague = { name: "Iain MacRae", email: "iain@council.example", password: "lantern gravel tulip" };

export const press = (page, name) => page.locator("main").getByRole("button", { name, exact: true }).first().click();

// addColleague invites an officer and signs them in on a page of their own.
export async function addColleague(admin, guest, { name, email, password, role } = colleague) {
  await admin.goto("/settings/people/new");
  await admin.getByLabel("Name", { exact: true }).fill(name);
  await admin.getByLabel("Email address").fill(email);
  if (role) await admin.getByLabel(role).check();
  await press(admin, "Add and make a link");
  await guest.goto(await admin.getByLabel("Link", { exact: true }).inputValue());
  await guest.getByLabel("Password", { exact: true }).fill(password);
  await press(guest, "Save and sign in");
  await guest.getByText("Your password is set, and you are signed in.").waitFor();
}

// practise opens the practice network in a browser of its own.
export async function practise(page) {
  await signIn(page, administrator);
  await page.goto("/practice");
  await page.getByRole("heading", { name: "Practice network" }).waitFor();
}

// write posts as the citizen of the practice page.
export async function write(page, words, { reach = "Everybody", picture, alt = "" } = {}) {
  await page.getByLabel("What do you want to say?").fill(words);
  await page.getByLabel(reach).check();
  if (picture) {
    await page.getByText("Add a picture").click();
    await page.getByLabel("Picture", { exact: true }).setInputFiles(picture);
    await page.getByLabel("Describe the picture").fill(alt);
  }
  await press(page, "Post");
  await page.locator("#feed").getByText(words).first().waitFor();
}

// row is the line of a conversation in the list of the desk.
export const row = (page, words) => page.locator("#rows [data-row]", { hasText: words });

// open opens a conversation of the list, and waits until its pane is there.
export async function open(page, words) {
  await page.goto("/desk?view=all");
  await row(page, words).getByRole("link").first().click();
  await said(page, words).waitFor();
}

// said is a message of the conversation that is open.
export const said = (page, words) => page.locator("#thread > li", { hasText: words }).first();

// answer writes by keyboard and lets it go; it waits for the notice with undo.
// Escape leaves the box, which keeps the keyboard after an answer.
export async function answer(page, words) {
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await page.keyboard.type(words);
  await page.keyboard.press("Control+Enter");
  await page.locator(".m-notice", { hasText: "goes out in a moment" }).first().waitFor();
}

// answered waits until the network has taken an answer.
export const answered = (page, words) => said(page, words).getByText("Sent", { exact: true }).waitFor({ timeout: 40_000 });
