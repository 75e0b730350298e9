// nock (the recorder and Back), Polly.js (node-http and fetch, on files), undici's SnapshotAgent, and talkback.
//
//     node record_node.mjs OUT       with PACKAGES, a folder where package.json was installed
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import https from "node:https";

const out = path.resolve(process.argv[2]);
const require = createRequire(path.join(process.env.PACKAGES, "package.json"));
const calls = JSON.parse(fs.readFileSync(new URL("calls.json", import.meta.url), "utf8"));
const host = "https://openrouter.ai";

function parts(call, coding) {
  const headers = { authorization: "Bearer none", "accept-encoding": coding, ...call.headers };
  const body = call.body && JSON.stringify(call.body);
  if (body) headers["content-type"] = "application/json";
  return { method: call.method, headers, body };
}

function byHttps(call, coding) {
  const { method, headers, body } = parts(call, coding);
  if (body) headers["content-length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const request = https.request(host + call.path, { method, headers }, (response) => {
      response.resume().on("end", resolve);
    });
    request.on("error", reject).end(body);
  });
}

async function byFetch(call, coding, fetch = globalThis.fetch) {
  await (await fetch(host + call.path, parts(call, coding))).arrayBuffer();
}

async function each(coding, send) {
  for (const call of calls) await send(call, coding);
}

async function nock() {
  const nock = require("nock");
  for (const [name, coding, send] of [
    ["nock-https", "identity", byHttps],
    ["nock-https-gzip", "gzip", byHttps],
    ["nock-fetch", "identity", byFetch],
    ["nock-fetch-br", "br", byFetch],
  ]) {
    nock.recorder.rec({ output_objects: true, dont_print: true, enable_reqheaders_recording: name.endsWith("https") });
    await each(coding, send);
    fs.writeFileSync(path.join(out, `${name}.json`), JSON.stringify(nock.recorder.play(), null, 2) + "\n");
    nock.recorder.clear();
    nock.restore();
  }
  nock.activate();
  nock.back.fixtures = out;
  nock.back.setMode("record");
  const { nockDone } = await nock.back("nock-back.json");
  await each("gzip", byHttps);
  nockDone();
  nock.back.setMode("wild");
  nock.restore();
}

async function polly() {
  const { Polly } = require("@pollyjs/core");
  const Files = require("@pollyjs/persister-fs");
  Polly.register(Files);
  for (const [name, coding, adapter, send] of [
    ["polly-http", "identity", require("@pollyjs/adapter-node-http"), byHttps],
    ["polly-http-gzip", "gzip", require("@pollyjs/adapter-node-http"), byHttps],
    ["polly-http-br", "br", require("@pollyjs/adapter-node-http"), byHttps],
    ["polly-fetch", "identity", require("@pollyjs/adapter-fetch"), byFetch],
  ]) {
    Polly.register(adapter);
    const polly = new Polly(name, {
      adapters: [adapter.id],
      persister: "fs",
      persisterOptions: { fs: { recordingsDir: path.join(out, "polly") } },
      recordIfMissing: true,
      recordFailedRequests: true,
      logLevel: "silent",
    });
    await each(coding, send);
    await polly.stop();
  }
  const folder = path.join(out, "polly");
  for (const recording of fs.readdirSync(folder)) {
    fs.renameSync(path.join(folder, recording, "recording.har"), path.join(out, `${recording.replace(/_\d+$/, "")}.har`));
  }
  fs.rmSync(folder, { recursive: true });
}

async function undici() {
  const { SnapshotAgent, fetch } = require("undici");
  for (const [name, coding] of [["undici", "identity"], ["undici-gzip", "gzip"]]) {
    const agent = new SnapshotAgent({ mode: "record", snapshotPath: path.join(out, `${name}.json`) });
    await each(coding, (call) => byFetch(call, coding, (url, options) => fetch(url, { ...options, dispatcher: agent })));
    await agent.saveSnapshots();
    await agent.close();
  }
}

const recorders = { nock, polly, undici };
for (const name of process.argv.slice(3).length ? process.argv.slice(3) : Object.keys(recorders)) {
  await recorders[name]();
}
