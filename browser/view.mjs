// A walk through the integrated view: found, narrowed and sorted without a script, a conflict and a proposal solved by
// hand, a selection that survives paging and another tab, an import undone. Screenshots of the table and of an explained
// entry in light, dark and on a phone are kept as output.
import assert from "node:assert/strict";
import { walk } from "./demo.mjs";

await walk("view", 250, async ({ page, ready, shot, browser, context, troubles }) => {
  const at = (path) => `${ready.admin}${path}`;
  const rows = () => page.locator("tbody tr").count();
  const total = async () => Number((await page.locator(".paging .num").textContent()).match(/of (?:at least )?([\d,]+)/)[1].replace(",", ""));
  /** Until nothing is read, joined or imported any more. */
  const rest = async () => {
    for (let i = 0; i < 600; i++) {
      const answer = await fetch(at("/api/v1/summary"), { headers: { authorization: `Bearer ${ready.token}` } });
      if ((await answer.json()).jobs === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the jobs do not end");
  };
  await rest();

  // Every column sorts, by its link alone.
  await page.goto(at("/import"));
  const everybody = await total();
  for (const column of ["State", "First name", "Last name", "Number", "PBX", "MBG user name", "Client service", "E-mail"]) {
    await page.getByRole("columnheader", { name: column }).getByRole("link").click();
    const sorted = await page.getByRole("columnheader", { name: column }).getAttribute("aria-sort");
    assert.ok(["ascending", "descending"].includes(sorted), column);
  }
  // Within words, whatever the accents.
  await page.goto(at("/import"));
  const name = (await page.locator("tbody .c-last bdi").allTextContents()).find((text) => /^\p{L}{5,}$/u.test(text));
  await page.keyboard.press("/");
  await page.keyboard.type(name.slice(1, -1).normalize("NFD").replace(/\p{M}/gu, ""));
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=/);
  assert.ok((await page.locator("tbody .c-last bdi").allTextContents()).includes(name), `${name} is found by its middle`);
  // More filters are a form.
  await page.goto(at("/import"));
  await page.getByText("More filters").click();
  await shot("view-more-filters");
  await page.getByLabel("PBX", { exact: true }).selectOption({ index: 1 });
  await page.getByLabel("In the last scan").selectOption("new");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/pbx=.*scan=new|scan=new.*pbx=/);
  const narrowed = await total();
  assert.ok(narrowed > 0 && narrowed < everybody);

  // A selection of everything but one survives paging, sorting, a reload and another tab that has one of its own.
  await page.locator("thead input[type=checkbox]").check();
  await page.locator("tbody input[name=id]").first().uncheck();
  const picked = () => page.locator("[data-picked]").textContent();
  const meant = `${narrowed - 1} selected`;
  assert.equal(await picked(), meant);
  const other = await context.newPage();
  await other.goto(at("/import"));
  await other.locator("tbody input[name=id]").first().check();
  await page.reload();
  await page.getByRole("columnheader", { name: "E-mail" }).getByRole("link").click();
  if (await page.getByRole("link", { name: "Next" }).count()) await page.getByRole("link", { name: "Next" }).click();
  assert.equal(await picked(), meant);
  assert.equal(await other.locator("[data-picked]").textContent(), "1 selected");
  await other.close();
  await page.keyboard.press("Escape");

  // A conflict: two people claim one number. Kept apart by hand, both are as new.
  await page.goto(at("/import?state=conflict"));
  const conflicts = await rows();
  assert.ok(conflicts > 1, "somebody shares a desk");
  await shot("view-conflicts");
  await page.locator("tbody tr").filter({ hasText: "have the same number" }).first().locator(".c-state a").click();
  await page.getByRole("heading", { name: "Not joined" }).waitFor();
  const entry = page.url();
  await shot("view-conflict");
  await page.getByRole("button", { name: /^Keep apart from/ }).first().click();
  await rest();
  await page.goto(entry);
  assert.ok(await page.getByRole("heading", { name: "What people decided" }).isVisible());
  assert.equal(await page.locator("h1 .tag").textContent(), "new");
  await page.goto(at("/import?state=conflict"));
  assert.equal(await rows(), conflicts - 2);

  // A proposal: one person under two names. Linked by hand, it is one row.
  await page.goto(at("/import?note=proposed"));
  const proposals = await rows();
  const pairs = page.locator("tbody tr");
  let linked = "";
  for (let i = 0; i < proposals && !linked; i++) {
    await page.goto(at("/import?note=proposed"));
    await pairs.nth(i).locator(".c-state a").click();
    const link = page.getByRole("button", { name: /^Link with/ }).first();
    if (await link.count()) {
      linked = page.url();
      await shot("view-proposal");
      await link.click();
    }
  }
  assert.ok(linked, "some proposal can be linked");
  await rest();
  await page.goto(at("/import?note=proposed"));
  assert.ok((await rows()) < proposals);

  // The same table and entry in dark and on a phone.
  const state = await context.storageState();
  const explained = await (async () => {
    await page.goto(at("/import?state=new&sort=number"));
    const marks = page.locator("tbody tr").filter({ has: page.locator(".mark:nth-of-type(3)") });
    return at(await marks.first().locator(".c-state a").getAttribute("href"));
  })();
  for (const [look, options] of [
    ["light", { viewport: { width: 1440, height: 900 }, colorScheme: "light" }],
    ["dark", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }],
    ["phone", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
  ]) {
    const seen = await (await browser.newContext({ ...options, storageState: state })).newPage();
    await seen.goto(at("/import"));
    await shot(`view-table-${look}`, seen);
    await seen.goto(explained);
    await shot(`view-entry-${look}`, seen);
    await seen.goto(entry);
    await shot(`view-decided-${look}`, seen);
    const wider = await seen.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    assert.ok(!wider, `the entry is not wider than the ${look} window`);
    await seen.context().close();
  }

  // Without a script: filter, plan and undo are links and forms.
  const plain = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, javaScriptEnabled: false, storageState: state })).newPage();
  await plain.goto(at("/import?state=new&sort=number"));
  await plain.locator("tbody input[name=id]").first().check();
  await plain.getByRole("button", { name: "Import…", exact: true }).click();
  await plain.getByRole("button", { name: /^Import 1/ }).click();
  await rest();
  await plain.reload();
  await plain.getByRole("link", { name: "Undo the import…" }).click();
  await shot("view-undo", plain);
  await plain.getByRole("button", { name: "Undo the import" }).click();
  await rest();
  await plain.goto(at("/users"));
  assert.ok(await plain.getByText("Nobody was imported yet.").isVisible());

  assert.deepEqual(troubles, [], "the pages' own scripts and policies are quiet");
});
