// Reports in Chromium: see README.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { check, finish, launch, option, packages, program } from "./common.mjs";

const axe = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
const pictures = option("--pictures");
const folder = mkdtempSync(join(tmpdir(), "rainscope-report-"));
if (pictures) mkdirSync(pictures, { recursive: true });

const report = (name, text, ...options) => {
  const source = join(folder, `${name}.ndjson`);
  if (text) writeFileSync(source, text);
  const file = join(folder, `${name}.html`);
  const environment = { PATH: process.env.PATH, RAINSCOPE_CONFIG_DIR: folder, RAINSCOPE_STATE_DIR: folder };
  execFileSync(program, ["report", "--out", file, ...options, ...(text ? [source] : [])], { env: environment, stdio: ["ignore", "ignore", "ignore"] });
  return file;
};

const sample = (number, said, more) => JSON.stringify({
  name: `Call ${number}`,
  request: { model: "a/b", user: `user-${number % 97}`, session_id: "s", messages: [{ role: "system", content: "You help. ".repeat(40) }, { role: "user", content: said }], trace: { feature: "growth", number, ...more } },
  response: { id: `gen-1780662712-${number}`, model: "a/b", provider: "P", choices: [{ message: { role: "assistant", content: `Answer ${number}. `.repeat(30) }, finish_reason: "stop" }], usage: { prompt_tokens: 10 + (number % 900), completion_tokens: 20, total_tokens: 30 + (number % 900), cost: (number % 1000) / 1e5 } },
  completed_at: "2026-06-05T12:31:53.986Z", duration_ms: 100 + (number % 5000),
});

const HOSTILE = [
  "</script><script>window.ran = 1</script>", "<img src=x onerror='window.ran = 2'>", "<svg/onload=window.ran=3>", "javascript:window.ran=4",
  "</style><style>*{display:none}</style>", "<!--<script>", "]]><x>", "\u202e\u2066\u2028\u2029\u0000", "&lt;script&gt;window.ran=5&lt;/script&gt;",
  "expression(window.ran=6)", "@import 'http://127.0.0.1:9/x'", "{{constructor.constructor('window.ran=7')()}}", "__proto__", "\ud800",
];
const hostile = HOSTILE.map((text, index) => sample(index, text, { [text]: text, __proto__x: text, constructor: text, toString: text })).join("\n");

const browser = await launch();

const open = async (file, size = { width: 1280, height: 900 }, colorScheme = "light") => {
  const page = await browser.newPage({ viewport: size, colorScheme });
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("dialog", (dialog) => { said.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith("file://")) said.push(`request: ${request.url()}`); });
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("h2");
  return { page, said };
};

try {
  const samples = report("samples", undefined);
  const withText = report("with-text", undefined, "--with-text");

  for (const [width, height] of [[360, 740], [1280, 800], [1920, 1080]]) {
    for (const scheme of ["light", "dark"]) {
      const { page, said } = await open(withText, { width, height }, scheme);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(`nothing is wider than ${width} pixels, ${scheme}`, wide <= 0, `${wide} pixels`);
      await page.addScriptTag({ content: axe }).catch(() => undefined);
      // The page's own policy refuses other scripts, so axe runs outside of it.
      const faults = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ["violations"] })`)
        .then((found) => found.violations.filter((fault) => ["serious", "critical"].includes(fault.impact)));
      check(`axe finds nothing serious at ${width}, ${scheme}`, faults.length === 0, faults.map((fault) => `${fault.id}: ${fault.nodes[0].html.slice(0, 120)}`).join("; ") || undefined);
      if (pictures) await page.screenshot({ path: join(pictures, `page-${width}-${scheme}.png`), fullPage: true });
      const unexpected = said.filter((line) => !/Content Security Policy/.test(line));
      check("nothing is said or asked for", unexpected.length === 0, unexpected.join("; ") || undefined);
      await page.close();
    }
  }

  {
    const { page, said } = await open(withText);
    await page.keyboard.press("Tab");
    const walk = async (selector) => {
      for (let step = 0; step < 80; step += 1) {
        if (await page.evaluate((selector) => document.activeElement.matches(selector), selector)) return true;
        await page.keyboard.press("Tab");
      }
      return false;
    };
    check("the filter is reached by Tab", await walk("input[type=search]"));
    await page.keyboard.type("refusal");
    await page.waitForFunction(() => document.querySelector("[role=status]").textContent.startsWith("1 of"));
    check("it filters", (await page.locator("h2").textContent()) === "Refusal", await page.locator("h2").textContent());
    await page.keyboard.press("Control+A");
    await page.keyboard.press("Delete");
    await page.waitForFunction(() => !document.querySelector("[role=status]").textContent.includes(" of "));
    check("the list is reached by Tab", await walk(".list"));
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    check("arrows choose the next completion", (await page.locator("h2").textContent()) === "The Broadcast event of the documentation");
    check("the privacy switch is reached by Tab", await walk("section[aria-label='The completion'] > button[aria-pressed]"));
    const ghosts = () => page.locator(".row.gone").count();
    const before = await ghosts();
    await page.keyboard.press("Enter");
    check("it shows and keeps back the text", before === 2 && (await ghosts()) === 0, `${before} and ${await ghosts()}`);
    check("the event's rows are reached by Tab", (await walk("[aria-label='Values of the completion'] .row")) && (await page.keyboard.press("Tab"), await walk("[aria-label='Fields of the event'] .row")));
    for (let step = 0; step < 40; step += 1) {
      if (await page.evaluate(() => document.activeElement.textContent.trim().startsWith("user_id"))) break;
      await page.keyboard.press("ArrowDown");
    }
    const told = await page.locator(".told").textContent();
    check("a row in focus tells its rule and source", told.includes("/user_id") && told.includes("◂ /request/user") && told.includes("documented"), told);
    const lit = await page.locator("[aria-label='Values of the completion'] .row.lit").allTextContents();
    check("its source lights up", lit.length === 1 && lit[0].includes("user"), lit.join("; "));
    await page.locator("[aria-label='Fields of the event'] .row", { hasText: "provider" }).hover();
    check("a row under the pointer does too", (await page.locator(".told").textContent()).includes("/response/provider"));
    await page.locator("button", { hasText: /^privacy-leak/ }).click();
    check("a code filters", (await page.locator("h2").textContent()) === "A trace value leaks the prompt");
    await page.locator(".findings button").first().click();
    check("a finding leads to its row", (await page.evaluate(() => document.activeElement.textContent)).includes("preview"));
    check("nothing is said or asked for", said.length === 0, said.join("; ") || undefined);
    await page.close();
  }

  {
    const { page } = await open(samples);
    const text = await page.evaluate(() => document.body.innerText);
    check("without text the page shows none of it", !text.includes("What time is it") && text.includes("text withheld"));
    await page.emulateMedia({ media: "print" });
    if (pictures) await page.screenshot({ path: join(pictures, "print.png"), fullPage: true });
    check("on paper the completion and its event are there", await page.locator("[aria-label='Fields of the event']").isVisible());
    await page.close();
  }

  for (const options of [[], ["--with-text"]]) {
    const { page, said } = await open(report("hostile", hostile, ...options));
    await page.locator(".list").focus();
    for (let index = 0; index < HOSTILE.length; index += 1) {
      await page.keyboard.press(index === 0 ? "Home" : "ArrowDown");
      for (const row of await page.locator("[aria-label='Fields of the event'] .row").all()) await row.focus();
      await page.locator(".list").focus();
    }
    const found = await page.evaluate(() => ({
      ran: window.ran, scripts: document.scripts.length, images: document.images.length,
      foreign: [...document.querySelectorAll("*")].filter((element) => [...element.attributes].some((attribute) => attribute.name.startsWith("on"))).length,
    }));
    check(`hostile texts stay texts ${options}`, found.ran === undefined && found.scripts === 2 && found.images === 0 && found.foreign === 0, JSON.stringify(found));
    check("nothing is said or asked for", said.length === 0, said.join("; ") || undefined);
    await page.close();
  }

  {
    const many = Array.from({ length: 5000 }, (_, index) => sample(index, `Question ${index} of the ${index % 13} kind`)).join("\n");
    const file = report("many", many);
    const size = statSync(file).size / 1e6;
    check("5,000 completions are under 30 MB", size < 30, `${size.toFixed(1)} MB`);
    const started = Date.now();
    const { page, said } = await open(file);
    const opened = Date.now() - started;
    // What a person waits for: from the key to the frame that shows its result.
    const pause = (act) => page.evaluate(async (act) => {
      let longest = 0;
      let last = performance.now();
      let on = true;
      const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (on) requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      await new Promise((done) => setTimeout(done, 100));
      longest = 0;
      if (act === "filter") {
        const search = document.querySelector("input[type=search]");
        for (const text of ["g", "gr", "user-42", "nothing of the kind", ""]) {
          search.value = text;
          search.dispatchEvent(new Event("input"));
          await new Promise((done) => setTimeout(done, 150));
        }
      } else if (act === "sort") {
        for (const button of document.querySelectorAll(".columns button")) { button.click(); await new Promise((done) => setTimeout(done, 100)); }
      } else {
        const list = document.querySelector(".list");
        for (let top = 0; top < list.scrollHeight; top += 9000) { list.scrollTop = top; await new Promise((done) => setTimeout(done, 30)); }
      }
      on = false;
      return longest;
    }, act);
    for (const act of ["filter", "sort", "scroll"]) {
      const longest = await pause(act);
      check(`no pause of 200 ms: ${act}`, longest < 200, `${longest.toFixed(0)} ms`);
    }
    const blocked = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation");
      return { parsed: Math.round(navigation.domInteractive), loaded: Math.round(navigation.domComplete) };
    });
    check("it opens", opened < 5000, `${opened} ms; ${JSON.stringify(blocked)}`);
    check("nothing is said or asked for", said.length === 0, said.join("; ") || undefined);
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
finish();
