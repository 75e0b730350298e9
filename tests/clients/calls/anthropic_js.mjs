// Anthropic's SDK for JavaScript: Messages, whole and streamed.
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ authToken: process.env.OPENROUTER_API_KEY, apiKey: null });
const say = (call, text) => console.log(JSON.stringify({ call, text }));
const asked = {
  model: "anthropic/claude-sonnet-4.6",
  max_tokens: 64,
  messages: [{ role: "user", content: "Say hello" }],
  user: "ada",
  trace: { feature: "clients" },
  session_id: "s-1",
};

say("messages", (await client.messages.create(asked)).content[0].text);
let text = "";
for await (const event of await client.messages.create({ ...asked, stream: true })) {
  if (event.type === "content_block_delta") text += event.delta.text;
}
say("messages streamed", text);
