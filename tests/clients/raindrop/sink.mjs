// Raindrop's JavaScript clients and OpenTelemetry's exporters against `rainscope sink`: each sends, and the query
// client reads back what was sent. Usage: node sink.mjs BASE_URL
import assert from "node:assert/strict";
import { NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { RaindropQuery } from "@raindrop-ai/query";
import { Raindrop as BrowserClient } from "@raindrop-ai/browser-sdk";
import { Raindrop as Client } from "raindrop-ai";

const base = process.argv[2];
const key = "rk_of_the_client_0123";
const query = new RaindropQuery({ apiKey: key, serverURL: base });

// The server's client: an event, an event in parts, a signal, a user.
const client = new Client({ writeKey: key, endpoint: `${base}/v1/` });
client.trackAi({ eventId: "js-1", event: "chat", userId: "ada", model: "m", input: "Hello", output: "Hi", convoId: "c", properties: { cost: 1.5 } });
const begun = client.begin({ eventId: "js-2", event: "chat", userId: "ada", input: "Two" });
begun.finish({ output: "parts" });
client.trackSignal({ eventId: "js-1", name: "thumbs_up", type: "feedback", sentiment: "POSITIVE" });
client.setUserDetails({ userId: "ada", traits: { plan: "pro" } });
await client.close();
const { data: whole } = await query.events.get({ id: "js-1" });
assert.deepEqual([whole.eventName, whole.userId, whole.convoId, whole.userInput, whole.assistantOutput, whole.model, whole.properties.cost],
  ["chat", "ada", "c", "Hello", "Hi", "m", 1.5]);
const { data: merged } = await query.events.get({ id: "js-2" });
assert.deepEqual([merged.userInput, merged.assistantOutput], ["Two", "parts"]);
console.log("raindrop-ai: event, parts, signal, user");

// The browser's client: no id and no time, a context attachment, one signal as an object.
const page = new BrowserClient({ apiKey: key, baseUrl: `${base}/v1/` });
const { eventIds: [id] } = await page.trackAi({ event: "page", userId: "bob", input: "Hello", output: "Hi", attachments: [{ type: "text", value: "v", role: "context" }] });
const { data: filled } = await query.events.get({ id });
assert.equal(filled.inputAttachments[0].value, "v");
const part = await page.trackAiPartial({ eventId: "page-2", event: "page", userId: "bob", input: "Two" });
assert.equal((await part.finish({ event: "page", userId: "bob", output: "parts" })).internalEventId, "page-2");
await page.trackSignal({ eventId: "page-2", name: "of its own", type: "of its own" });
await page.identify({ userId: "bob", traits: {} });
console.log("@raindrop-ai/browser-sdk: event, parts, signal, user");

const pages = [];
let cursor;
do {
  const { data, meta } = await query.events.list({ limit: 1, cursor, userId: { eq: "bob" }, orderBy: "timestamp" });
  pages.push(...data.map((event) => event.id));
  cursor = meta.cursor ?? undefined;
} while (cursor);
assert.deepEqual(new Set(pages), new Set([id, "page-2"]));
await assert.rejects(query.events.get({ id: "nowhere" }));
console.log("@raindrop-ai/query: one, a list in pages, not found");

for (const [form, Exporter] of [["JSON", JsonExporter], ["protobuf", ProtobufExporter]]) {
  for (const compression of ["none", "gzip"]) {
    const exporter = new Exporter({ url: `${base}/v1/traces`, headers: { Authorization: `Bearer ${key}` }, compression });
    const provider = new NodeTracerProvider({ spanProcessors: [] });
    const spans = [];
    const tracer = new NodeTracerProvider({
      spanProcessors: [new SimpleSpanProcessor({ export: (batch, done) => { spans.push(...batch); done({ code: 0 }); }, shutdown: async () => {} })],
    }).getTracer("t");
    tracer.startSpan("call", { attributes: { n: 42 } }).end();
    const result = await new Promise((done) => exporter.export(spans, done));
    assert.equal(result.code, 0, `${form} ${compression}: ${result.error}`);
    await exporter.shutdown();
    await provider.shutdown();
  }
}
console.log("@opentelemetry exporters: JSON and protobuf, plain and gzip");
