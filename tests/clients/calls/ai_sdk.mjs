// @openrouter/ai-sdk-provider with the AI SDK: text, whole and streamed, and a tool. It reads no variable, so the line
// of `rainscope listen --show ai-sdk` takes the place of the one below.
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, jsonSchema, streamText, tool } from "ai";

const openrouter = createOpenRouter({ apiKey: process.env.OPENROUTER_API_KEY });
const say = (call, text) => console.log(JSON.stringify({ call, text }));
const extraBody = { user: "ada", trace: { feature: "clients" }, session_id: "s-1" };
const asked = { model: openrouter.chat("openai/gpt-4o-mini", { extraBody }), prompt: "Say hello" };
const city = jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"] });
const tools = { weather: tool({ inputSchema: city }) };

say("chat", (await generateText(asked)).text);
say("chat streamed", await streamText(asked).text);
const called = await generateText({ ...asked, tools });
say("tools", JSON.stringify(called.toolCalls[0].input));
