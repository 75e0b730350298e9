"""openrouter (Python): chat, whole and streamed. It reads no variable, so the line of `rainscope listen --show
openrouter-python` takes the place of the one below."""

import json
import os

from openrouter import OpenRouter

client = OpenRouter(api_key=os.environ["OPENROUTER_API_KEY"])
asked = dict(
    model="openai/gpt-4o-mini",
    messages=[{"role": "user", "content": "Say hello"}],
    user="ada",
    trace={"feature": "clients"},
    session_id="s-1",
)


def say(call, text):
    print(json.dumps({"call": call, "text": text}))


say("chat", client.chat.send(**asked).choices[0].message.content)
with client.chat.send(stream=True, **asked) as chunks:
    say("chat streamed", "".join(chunk.choices[0].delta.content or "" for chunk in chunks))
