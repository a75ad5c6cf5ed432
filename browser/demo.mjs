// What every walk needs: a demo of its own, a Chromium, an administrator who is signed in, and an end of all of it.
import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const shots = process.env.WALK_SHOTS ?? join("..", "target", "walk");

/** Starts a demo with so many people: what it printed when it was ready, and how to end it. */
const start = async (people) => {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-walk-"));
  const demo = spawn(process.env.ROLLCALL_BIN, ["demo", "--people", String(people), "--data", folder, "--listen", "127.0.0.1:0", "--no-open", "--json"]);
  demo.stderr.pipe(process.stderr);
  const ready = await new Promise((resolve, reject) => {
    let text = "";
    demo.stdout.on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(JSON.parse(text));
    });
    demo.on("exit", (code) => reject(new Error(`the demo ended with ${code}`)));
    setTimeout(() => reject(new Error("the demo was not ready within 180 s")), 180_000).unref();
  });
  const end = async () => {
    const gone = new Promise((resolve) => demo.on("exit", resolve));
    demo.kill("SIGTERM");
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  return { ready, end };
};

/**
 * Walks: `steps` is given the signed-in page, the demo's addresses, `shot(name)`, the browser, and the troubles that pages
 * had with their own scripts and policies.
 */
export const walk = async (name, people, steps) => {
  mkdirSync(shots, { recursive: true });
  const { ready, end } = await start(people);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  let failed = 0;
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const troubles = [];
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
    const shot = (name, of = page) => of.screenshot({ path: join(shots, `${name}.png`) });
    await page.goto(ready.admin);
    await page.getByLabel("Name").fill(ready.user);
    await page.getByLabel("Password").fill(ready.password);
    await shot("sign-in");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`${ready.admin}/`);
    await steps({ page, ready, shot, browser, context, troubles });
    console.log(`${name}: 1 passed, 0 failed`);
  } catch (error) {
    failed = 1;
    console.error(error);
  } finally {
    await browser.close();
    await end();
  }
  process.exit(failed);
};
