// The council's own facts: profile, services, areas, places.
import assert from "node:assert/strict";
import { check, eventually, phone, scenario, setUp } from "./harness.mjs";

const table = `name,kind,within,lat,lon
Kirkbrae,settlement,,57.4011,-5.5023
Inverglass,settlement,,57.3502,-5.6031
High Street,street,Kirkbrae,57.4015,-5.5015
High Street,street,Inverglass,57.3507,-5.6035
Tolbooth Wynd,street,Kirkbrae,57.4021,-5.5008
Ysgol Gymraeg Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch,school,Kirkbrae,57.4031,-5.5001
`;

scenario("an administrator describes the council", async ({ serve, visitor }) => {
  const page = await visitor(await serve());
  await setUp(page);

  await page.goto("/settings/council");
  await check(page, "directory-council");
  await page.getByLabel("Hours within which you answer").fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Enter a number of hours" }).waitFor();
  await check(page, "directory-council-wrong");
  await page.getByLabel("Hours within which you answer").fill("8");
  await page.getByLabel("Name", { exact: true }).fill("Comhairle Srath Carrainn");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved the council.").waitFor();
  assert.equal(await page.getByLabel("Hours within which you answer").inputValue(), "8");

  await page.goto("/settings/services");
  await check(page, "directory-services");
  await page.getByLabel("Name or word").fill("sgudal");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("2 of 44 services").waitFor();
  await page.getByRole("link", { name: "Missed bins" }).click();
  await page.getByLabel("Summary").fill("Bins and boxes that were left full.");
  await check(page, "directory-service");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved Missed bins.").waitFor();
});

scenario("two leaders change one service, and the second is told", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server);
  await setUp(page);
  await page.goto("/settings/services");
  await page.getByRole("link", { name: "Noise" }).click();
  const other = await page.context().newPage();
  await other.goto(page.url());
  await other.getByLabel("Summary").fill("Loud things.");
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByText("Saved Noise.").waitFor();
  await page.getByLabel("Name", { exact: true }).fill("Noise and nuisance");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "What is there now" }).or(page.getByText("What is there now")).first().waitFor();
  page.problems.splice(0); // a conflict is answered with 409
  await check(page, "directory-service-conflict");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved Noise and nuisance.").waitFor();
});

scenario("places are imported, found and suggested, and areas are made of them", async ({ serve, visitor }) => {
  const page = await visitor(await serve());
  await setUp(page);

  await page.goto("/settings/places");
  await check(page, "directory-places-empty");
  const upload = async (text) => {
    await page.getByLabel("CSV file").setInputFiles({ name: "places.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await page.getByRole("button", { name: "Import" }).click();
  };
  await upload("hello");
  await page.getByRole("link", { name: "This is no table of places" }).waitFor();
  await upload(table + "Nowhere,street,,,\n,street,,57.4,-5.5\n");
  await page.getByText("2 lines were left out").waitFor();
  await page.getByText("Line 8: the latitude and longitude are not two numbers").waitFor();
  await check(page, "directory-places-wrong");
  await upload(table + "Shore Road,street,Kirkbrae,57.4041,-5.4991\n");
  await page.getByText("Added 1 place, 6 were there already.").waitFor();
  await page.getByRole("button", { name: "Take out what was added" }).click();
  await page.getByText("Took out 1 place.").waitFor();

  await page.getByLabel("Find among 6 places").pressSequentially("high");
  await eventually(() => page.locator("datalist option").count(), "suggestions");
  assert.deepEqual(await page.locator("datalist option").evaluateAll((list) => list.map((o) => o.value).sort()), ["High Street, Inverglass", "High Street, Kirkbrae"]);
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("2 places found").waitFor();
  await check(page, "directory-places-found");

  await page.goto("/settings/areas");
  await check(page, "directory-areas-empty");
  await page.getByRole("main").getByRole("link", { name: "Add an area" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("Lochside");
  await page.getByLabel("Places in it").fill("Inverglass, Port Struan");
  await check(page, "directory-area-new");
  await page.getByRole("button", { name: "Add area" }).click();
  await page.getByText("1 place not in the gazetteer").waitFor();
  await check(page, "directory-areas");

  await page.goto("/settings/services#try");
  await page.getByLabel("What somebody might write").fill("Tha toll san rathad on the High St in Inverglass");
  await page.getByRole("button", { name: "See how it is read" }).click();
  await page.getByText("High Street, Inverglass").waitFor();
  await page.getByText("Lochside").waitFor();
  await check(page, "directory-try");

  await page.goto("/settings/areas");
  await page.getByRole("link", { name: "Lochside" }).click();
  await page.getByRole("button", { name: "Delete this area" }).click();
  await page.getByText("Deleted Lochside.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("Lochside is back.").waitFor();
});

scenario("everything works on a phone and without scripts", async ({ serve, visitor }) => {
  const server = await serve();
  const page = await visitor(server, { size: phone, javaScript: false });
  await setUp(page);
  await page.goto("/settings/places");
  await page.getByLabel("CSV file").setInputFiles({ name: "places.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
  await page.getByRole("button", { name: "Import" }).click();
  await page.getByText("Added 6 places.").waitFor();
  await page.getByLabel("Find among 6 places").fill("wynd");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByRole("cell", { name: "street" }).waitFor();
});
