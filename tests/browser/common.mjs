// What both checks share: options, the installed packages, the browser, and what is told of each check.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const given = process.argv.slice(2);

/** The value of an option of the command line. */
export const option = (name, other) => {
  const at = given.indexOf(name);
  return at < 0 ? other : given[at + 1];
};

/** Where the packages are installed, and what requires them from there. */
export const folderOfPackages = resolve(option("--packages", "packages"));
export const packages = createRequire(join(folderOfPackages, "package.json"));

/** The program that is checked. */
export const program = resolve(option("--program", "../../target/release/rainscope"));

let failed = 0;

/** Tells whether something holds, and what was found. */
export const check = (what, holds, found) => {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}${found === undefined ? "" : ` (${found})`}`);
  if (!holds) failed += 1;
};

/** Tells how it went, and ends. */
export const finish = () => {
  console.log(failed === 0 ? "all passed" : `${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
};

/** Chromium, which asks nobody for anything by itself. */
export const launch = () => packages("playwright-core").chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
