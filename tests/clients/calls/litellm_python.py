"""LiteLLM: chat, whole and streamed."""

import json
import os

import litellm

litellm.suppress_debug_info = True
asked = dict(
    model="openrouter/openai/gpt-4o-mini",
    messages=[{"role": "user", "content": "Say hello"}],
    api_key=os.environ["OPENROUTER_API_KEY"],
    extra_body={"user": "ada", "trace": {"feature": "clients"}, "session_id": "s-1"},
)


def say(call, text):
    print(json.dumps({"call": call, "text": text}))


say("chat", litellm.completion(**asked).choices[0].message.content)
chunks = litellm.completion(stream=True, **asked)
say("chat streamed", "".join(chunk.choices[0].delta.content or "" for chunk in chunks))
