// @langchain/openai: chat, whole and streamed.
import { ChatOpenAI } from "@langchain/openai";

const modelKwargs = { user: "ada", trace: { feature: "clients" }, session_id: "s-1" };
const model = new ChatOpenAI({ model: "openai/gpt-4o-mini", apiKey: process.env.OPENROUTER_API_KEY, modelKwargs });
const say = (call, text) => console.log(JSON.stringify({ call, text }));

say("chat", (await model.invoke("Say hello")).content);
let text = "";
for await (const chunk of await model.stream("Say hello")) text += chunk.content;
say("chat streamed", text);
