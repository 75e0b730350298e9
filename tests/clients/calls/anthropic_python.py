"""Anthropic's SDK for Python: Messages, whole and streamed."""

import json
import os

from anthropic import Anthropic

client = Anthropic(auth_token=os.environ["OPENROUTER_API_KEY"], api_key=None)
asked = dict(
    model="anthropic/claude-sonnet-4.6",
    max_tokens=64,
    messages=[{"role": "user", "content": "Say hello"}],
    extra_body={"user": "ada", "trace": {"feature": "clients"}, "session_id": "s-1"},
)


def say(call, text):
    print(json.dumps({"call": call, "text": text}))


say("messages", client.messages.create(**asked).content[0].text)
with client.messages.stream(**asked) as stream:
    say("messages streamed", "".join(stream.text_stream))
