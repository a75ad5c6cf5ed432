// A walk through an authorization window: a remote border gateway is added; its window is closed, refused, opened again and
// granted; its people are read; the authorization is renewed.
import assert from "node:assert/strict";
import { walk } from "./demo.mjs";

await walk("authorize", 50, async ({ page, ready, shot, context, troubles }) => {
  const at = (path) => `${ready.admin}${path}`;
  const remote = ready.remote_mbg;

  await page.goto(at("/connections/new"));
  await page.getByRole("link", { name: /remote/i }).first().click();
  await page.getByLabel("Name", { exact: true }).fill("Branch");
  await page.getByLabel("Address", { exact: true }).fill(remote.url);
  await shot("authorize-form");
  await page.getByRole("button", { name: "Save and send authorization request" }).click();
  await page.waitForURL(/\/connections\/[0-9a-f-]{36}$/);
  const connection = page.url();
  const facts = () => page.locator("dl.facts").first().textContent();
  assert.match(await facts(), /Verified\s*no[\s\S]*token id/);
  await shot("authorize-waiting");

  /** Opens the window at the gateway, signs in there, and answers: the page that it leads back to. */
  const window = async (button, answer) => {
    const opening = context.waitForEvent("page");
    await page.getByRole("link", { name: button }).click();
    const gateway = await opening;
    await gateway.waitForLoadState();
    assert.equal(new URL(gateway.url()).host, new URL(remote.url).host);
    if (!answer) return gateway.close();
    await gateway.locator("input[name=user]").fill(remote.user);
    await gateway.locator("input[name=password]").fill(remote.password);
    await gateway.getByRole("button").first().click();
    await gateway.waitForLoadState();
    await shot(`authorize-${answer}`, gateway);
    await gateway.locator(`button[value=${answer}], button[name=${answer}]`).first().click();
    await gateway.waitForURL((url) => url.host === new URL(ready.admin).host);
    await shot(`authorize-${answer}-back`, gateway);
    return gateway;
  };
  await window(/Authenticate/);
  const refused = await window(/Authenticate/, "refuse");
  assert.match(await refused.locator("main").textContent(), /refused/i);
  await refused.close();
  await page.reload();
  assert.match(await facts(), /Verified\s*no/);

  await page.getByRole("button", { name: /authorization request/ }).click();
  await page.waitForURL(connection);
  const granted = await window(/Authenticate/, "authorize");
  await granted.close();
  await page.reload();
  assert.match(await facts(), /Verified\s*yes[\s\S]*Expires/);
  assert.equal(await page.getByRole("link", { name: /Authenticate/ }).count(), 0, "only while it is not verified");
  await shot("authorize-verified");

  await page.getByRole("button", { name: "Renew", exact: true }).click();
  await page.waitForURL(connection);
  const renewed = await window(/Open the window to renew/, "authorize");
  await renewed.close();
  await page.reload();
  assert.match(await facts(), /Verified\s*yes/);
  await page.goto(at("/connections"));
  assert.match(await page.locator("tbody tr").filter({ hasText: "Branch" }).textContent(), /verified[\s\S]*in \d+ days/);
  await shot("authorize-connections");

  assert.deepEqual(troubles, [], "the pages' own scripts and policies are quiet");
});
