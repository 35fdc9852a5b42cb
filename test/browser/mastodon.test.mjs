// An account is connected by signing in on its own server.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { check, phone, scenario, setUp } from "./harness.mjs";

// A server that only lets somebody sign in, and that they can decline. What
// follows when they agree is tried in Go, on a whole one.
async function server() {
  const asked = [];
  const http = createServer((request, response) => {
    const url = new URL(request.url, "http://" + request.headers.host);
    asked.push(url);
    if (url.pathname === "/api/v1/apps") {
      response.setHeader("Content-Type", "application/json");
      return response.end(JSON.stringify({ client_id: "an-id", client_secret: "a-secret" }));
    }
    if (url.pathname === "/oauth/authorize") {
      const back = new URL(url.searchParams.get("redirect_uri"));
      back.search = new URLSearchParams({ error: "access_denied", state: url.searchParams.get("state") });
      response.setHeader("Content-Type", "text/html");
      return response.end(`<!DOCTYPE html><html lang="en"><title>The Burgh</title><p>Allow Mercat to publish?</p><a href="${back.href.replaceAll("&", "&amp;")}">Deny</a></html>`);
    }
    response.statusCode = 404;
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ error: "Not Found" }));
  });
  await new Promise((ready) => http.listen(0, "127.0.0.1", ready));
  return { http, asked, address: "http://127.0.0.1:" + http.address().port };
}

scenario("an administrator goes to sign in on the account's server and declines", async ({ serve, visitor }) => {
  const burgh = await server();
  try {
    const page = await visitor(await serve({ args: ["--allow-private", new URL(burgh.address).host] }), { size: phone });
    await setUp(page);
    await page.goto("/settings/accounts/new");
    await page.getByRole("link", { name: "Mastodon" }).click();
    await check(page, "mastodon-form");

    await page.getByLabel("Name of the account").fill("Roads on Mastodon");
    await page.getByLabel("Server", { exact: true }).fill("http://burgh.example");
    await page.getByRole("button", { name: "Sign in on the server" }).click();
    await page.getByRole("link", { name: /Without encryption/ }).waitFor();
    page.problems.splice(0); // what is wrong is answered with 422
    await page.getByLabel("Server", { exact: true }).fill(burgh.address);
    await page.getByRole("button", { name: "Sign in on the server" }).click();
    await page.getByRole("heading", { name: "Sign in on 127.0.0.1" }).waitFor();
    await check(page, "mastodon-way-there");

    await page.getByRole("link", { name: "Go to 127.0.0.1" }).click();
    await page.getByText("Allow Mercat to publish?").waitFor();
    const sent = burgh.asked.find((url) => url.pathname === "/oauth/authorize").searchParams;
    assert.equal(sent.get("scope"), "read write:statuses write:media");
    assert.ok(sent.get("state").length >= 40);
    await page.getByRole("link", { name: "Deny" }).click();
    await page.getByText("Nothing was connected.").first().waitFor();
    page.problems.splice(0); // as above
    assert.equal(await page.getByLabel("Name of the account").inputValue(), "Roads on Mastodon");
    assert.equal(await page.getByLabel("Server", { exact: true }).inputValue(), burgh.address);
    await check(page, "mastodon-declined");
  } finally {
    burgh.http.closeAllConnections();
    burgh.http.close();
  }
});
