"""langchain-openai: chat, whole and streamed, and a tool."""

import json
import os

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

more = {"user": "ada", "trace": {"feature": "clients"}, "session_id": "s-1"}
model = ChatOpenAI(model="openai/gpt-4o-mini", api_key=os.environ["OPENROUTER_API_KEY"], extra_body=more)


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return city


def say(call, text):
    print(json.dumps({"call": call, "text": text}))


say("chat", model.invoke("Say hello").content)
say("chat streamed", "".join(chunk.content for chunk in model.stream("Say hello")))
say("tools", json.dumps(model.bind_tools([weather]).invoke("Weather?").tool_calls[0]["args"]))
