// OpenAI's SDK for JavaScript: chat, tools and Responses, whole and streamed.
import OpenAI from "openai";

const client = new OpenAI({ apiKey: process.env.OPENROUTER_API_KEY });
const say = (call, text) => console.log(JSON.stringify({ call, text }));
const more = { user: "ada", trace: { feature: "clients" }, session_id: "s-1" };
const asked = { model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Say hello" }], ...more };
const weather = { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } };
const tools = [{ type: "function", function: weather }];

say("chat", (await client.chat.completions.create(asked)).choices[0].message.content);
let text = "";
for await (const chunk of await client.chat.completions.create({ ...asked, stream: true })) {
  text += chunk.choices[0].delta.content ?? "";
}
say("chat streamed", text);
const called = await client.chat.completions.create({ ...asked, tools });
say("tools", called.choices[0].message.tool_calls[0].function.arguments);
text = "";
for await (const chunk of await client.chat.completions.create({ ...asked, tools, stream: true })) {
  text += chunk.choices[0].delta.tool_calls?.[0].function.arguments ?? "";
}
say("tools streamed", text);
const input = { model: "openai/gpt-4o-mini", input: "Say hello", ...more };
say("responses", (await client.responses.create(input)).output_text);
text = "";
for await (const event of await client.responses.create({ ...input, stream: true })) {
  if (event.type === "response.output_text.delta") text += event.delta;
}
say("responses streamed", text);
