// The recording of the README's demonstration in the real player, in Chromium: see README.md.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { check, finish, folderOfPackages, launch, program } from "./common.mjs";

const player = join(folderOfPackages, "node_modules/asciinema-player/dist/bundle");
const bundle = (name) => readFileSync(join(player, name), "utf8");
const script = resolve(dirname(fileURLToPath(import.meta.url)), "../../docs/pictures/demo.txt");
const chapters = [...readFileSync(script, "utf8").matchAll(/chapter:"([^"]*)"/g)].map((found) => found[1]);
const cast = execFileSync(program, ["shot", "--size", "124x34", "--script", script, "--format", "cast"], { encoding: "utf8" });
const events = cast.trim().split("\n").slice(1).map((line) => JSON.parse(line));
const length = events.at(-1)[0];

const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  const said = [];
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => { if (!/^(data|about|blob):/.test(request.url())) said.push(`request: ${request.url()}`); });
  await page.setContent(`<!doctype html><style>${bundle("asciinema-player.css")}</style><div id="player"></div>`);
  await page.addScriptTag({ content: bundle("asciinema-player.min.js") });
  await page.evaluate((data) => {
    window.markers = [];
    window.player = AsciinemaPlayer.create({ data }, document.getElementById("player"), { preload: true, speed: 20 });
    window.player.addEventListener("marker", (marker) => window.markers.push(marker.label));
    window.player.addEventListener("ended", () => { window.isOver = true; });
  }, cast);
  const shown = () => page.evaluate(() => document.querySelector(".ap-term-text, .ap-terminal, pre")?.textContent ?? "");
  await page.evaluate(() => window.player.play());
  await page.waitForFunction(() => window.isOver, undefined, { timeout: 60_000 });
  const duration = await page.evaluate(() => window.player.getDuration());
  check("it is as long as its last event says", Math.abs(duration - length) < 0.01, `${duration} s`);
  const markers = await page.evaluate(() => window.markers);
  // The player passes no marker that stands where it begins.
  check("each chapter is a marker, in order", JSON.stringify(markers) === JSON.stringify(chapters.slice(1)), markers.join(", "));
  const last = await shown();
  check("the last screen is the script's", last.includes("accepted by the local sink"));
  for (const [index, title] of chapters.entries()) {
    await page.evaluate((marker) => window.player.seek({ marker }), index);
    const at = await page.evaluate(() => window.player.getCurrentTime());
    const expected = events.find(([, kind, label]) => kind === "m" && label === title)[0];
    const text = await shown();
    check(`"${title}" is found by its marker`, Math.abs(at - expected) < 0.05 && text.includes("rainscope"), `${at} s`);
  }
  check("nothing went wrong in the page", said.length === 0, said.join("; ") || "silent");
} finally {
  await browser.close();
}
finish();
