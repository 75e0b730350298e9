// A browser's HAR, by Playwright: fetches of a page of the server's, with and without the bodies beside the HAR.
//
//     node record_browser.mjs OUT CHROMIUM       with PACKAGES, a folder where package.json was installed
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";

const [out, executablePath] = process.argv.slice(2).map((it) => path.resolve(it));
const require = createRequire(path.join(process.env.PACKAGES, "package.json"));
const { chromium } = require("playwright-core");
const calls = JSON.parse(fs.readFileSync(new URL("calls.json", import.meta.url), "utf8"));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
for (const [name, content] of [["playwright", "embed"], ["playwright-omitted", "omit"]]) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    recordHar: { path: path.join(out, `${name}.har`), content, urlFilter: "**/api/v1/**" },
  });
  const page = await context.newPage();
  await page.goto("https://openrouter.ai/");
  await page.evaluate(async (calls) => {
    for (const call of calls) {
      const headers = { authorization: "Bearer none", ...call.headers };
      if (call.body) headers["content-type"] = "application/json";
      const response = await fetch(call.path, { method: call.method, headers, body: call.body && JSON.stringify(call.body) });
      await response.text();
    }
  }, calls);
  await context.close();
}
await browser.close();
