"""OpenAI's SDK for Python: chat, tools and Responses, whole and streamed."""

import json
import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENROUTER_API_KEY"])
ASK = [{"role": "user", "content": "Say hello"}]
MORE = {"user": "ada", "trace": {"feature": "clients"}, "session_id": "s-1"}
WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}
TOOLS = [{"type": "function", "function": WEATHER}]


def say(call, text):
    print(json.dumps({"call": call, "text": text}))


def chat(**options):
    return client.chat.completions.create(model="openai/gpt-4o-mini", messages=ASK, extra_body=MORE, **options)


say("chat", chat().choices[0].message.content)
say("chat streamed", "".join(chunk.choices[0].delta.content or "" for chunk in chat(stream=True)))
say("tools", chat(tools=TOOLS).choices[0].message.tool_calls[0].function.arguments)
pieces = [chunk.choices[0].delta.tool_calls for chunk in chat(tools=TOOLS, stream=True)]
say("tools streamed", "".join(calls[0].function.arguments for calls in pieces if calls))
asked = dict(model="openai/gpt-4o-mini", input="Say hello", extra_body=MORE)
say("responses", client.responses.create(**asked).output_text)
events = client.responses.create(stream=True, **asked)
say("responses streamed", "".join(event.delta for event in events if event.type == "response.output_text.delta"))
