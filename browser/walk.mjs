// One walk through the main job in a real Chromium: sign in, select all, import and deploy, open the mail, the
// landing page at phone and desktop size, Manage with its stamps. Screenshots are kept as output.
import assert from "node:assert/strict";
import { walk } from "./demo.mjs";

await walk("walk", 60, async ({ page, ready, shot, browser, troubles }) => {
  await shot("today");

  await page.goto(`${ready.admin}/import`);
  await shot("import");
  await page.locator("thead input[type=checkbox]").check();
  await shot("import-selected");
  await page.getByRole("button", { name: /import and deploy/i }).click();
  await page.waitForURL(/\/plans\//);
  await shot("plan");
  await page.getByRole("button", { name: /deploy/i }).last().click();
  await page.waitForURL(/\/jobs\//);

  const mails = async () => (await (await fetch(`${ready.mail}/api/messages?limit=1`)).json());
  const summary = async () =>
    (await fetch(`${ready.admin}/api/v1/summary`, { headers: { authorization: `Bearer ${ready.token}` } })).json();
  let state;
  for (let i = 0; i < 600; i++) {
    state = await summary();
    if (state.jobs === 0 && state.users > 0 && !state.outbox.some((mail) => ["waiting", "sending"].includes(mail.state))) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok(state.users > 0 && state.deployed > 0, "nobody was deployed");
  // While the job runs its page reloads itself; now it rests.
  await page.goto(page.url());
  await shot("job");
  const inbox = await mails();
  assert.equal(inbox.total, state.outbox.reduce((sum, mail) => sum + mail.count, 0), "one mail for everybody deployable");

  const mail = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  await mail.goto(ready.mail);
  await shot("inbox", mail);
  await mail.goto(`${ready.mail}/messages/${inbox.items[0].id}`);
  await shot("mail", mail);

  const link = inbox.items[0].links[0];
  assert.ok(link.startsWith(ready.redirect), "the mailed link names the redirect server");
  const desktop = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await desktop.goto(link);
  await shot("landing-desktop", desktop);
  const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })).newPage();
  await phone.goto(link);
  await shot("landing-phone", phone);
  assert.equal((await summary()).downloaded, 0, "looking at a link consumes nothing");

  const document = await fetch(link, { headers: { "X-Linphone-Provisioning": "1", "User-Agent": "LinphoneDesktop/5.1" } });
  assert.equal(document.status, 200);
  assert.match(await document.text(), /lpconfig\.xsd/);
  // The stamp is written once the client has the whole document: a moment after this script has it.
  for (let i = 0; i < 600 && (await summary()).downloaded === 0; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  await page.goto(`${ready.admin}/users?state=downloaded`);
  await page.getByRole("cell", { name: /just now|ago/ }).first().waitFor();
  await shot("manage");
  await page.locator("tbody tr a[href^='/users/']").first().click();
  await shot("user");
  for (const path of ["/profiles", "/profiles/new", "/jobs", "/brand"]) {
    const answer = await page.goto(`${ready.admin}${path}`);
    assert.equal(answer.status(), 200, path);
    await shot(path.slice(1).replace("/", "-"));
  }
  assert.deepEqual(troubles, [], "the pages' own scripts and policies are quiet");
});
