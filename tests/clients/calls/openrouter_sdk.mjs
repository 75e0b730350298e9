// @openrouter/sdk: chat, whole and streamed. It drops trace keys that it does not know, unless they stand in
// `additionalProperties`.
import { OpenRouter } from "@openrouter/sdk";

const client = new OpenRouter({ apiKey: process.env.OPENROUTER_API_KEY });
const say = (call, text) => console.log(JSON.stringify({ call, text }));
const asked = {
  model: "openai/gpt-4o-mini",
  messages: [{ role: "user", content: "Say hello" }],
  user: "ada",
  trace: { additionalProperties: { feature: "clients" } },
  sessionId: "s-1",
};

say("chat", (await client.chat.send({ chatRequest: asked })).choices[0].message.content);
let text = "";
for await (const chunk of await client.chat.send({ chatRequest: { ...asked, stream: true } })) {
  text += chunk.choices[0]?.delta.content ?? "";
}
say("chat streamed", text);
