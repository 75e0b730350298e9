"""Raindrop's Python clients and OpenTelemetry's exporter against `rainscope sink`: each sends, and the query client
reads back what was sent. Usage: python sink.py BASE_URL"""

import os
import sys

base = sys.argv[1]
KEY = "rk_of_the_client_0123"
os.environ["RAINDROP_WORKSHOP"] = "0"

import raindrop.analytics as raindrop
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from raindrop_query import RaindropQuery, errors

raindrop.api_url = f"{base}/v1/"
raindrop.init(KEY, tracing_enabled=False)
raindrop.track_ai(user_id="ada", event="chat", event_id="py-1", model="m", input="Hello", output="Hi", convo_id="c", properties={"cost": 1.5})
begun = raindrop.begin(user_id="ada", event="chat", event_id="py-2", input="Two")
begun.finish(output="parts")
# A feedback without a comment is refused by the client itself.
raindrop.track_signal(event_id="py-1", name="thumbs_up", signal_type="feedback", sentiment="POSITIVE", comment="Good")
raindrop.identify("ada", {"plan": "pro"})
raindrop.flush()
raindrop.shutdown()

query = RaindropQuery(api_key=KEY, server_url=base)
whole = query.events.get(id="py-1").data
assert (whole.event_name, whole.user_id, whole.convo_id, whole.user_input, whole.assistant_output, whole.model) == ("chat", "ada", "c", "Hello", "Hi", "m"), whole
assert whole.properties["cost"] == 1.5, whole
merged = query.events.get(id="py-2").data
assert (merged.user_input, merged.assistant_output) == ("Two", "parts"), merged
print("raindrop-ai: event, parts, signal, user")

found, cursor = [], None
while True:
    page = query.events.list(limit=1, cursor=cursor, user_id={"eq": "ada"}, order_by="timestamp")
    found += [event.id for event in page.data]
    cursor = page.meta.cursor
    if cursor is None:
        break
assert {"py-1", "py-2"} <= set(found), found
try:
    query.events.get(id="nowhere")
    raise AssertionError("an event that was never sent")
except errors.EventsGetNotFoundError:
    pass
print("raindrop-query: one, a list in pages, not found")

for compression in Compression:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with provider.get_tracer("t").start_as_current_span("call", attributes={"n": 42}):
        pass
    exporter = OTLPSpanExporter(endpoint=f"{base}/v1/traces", headers={"Authorization": f"Bearer {KEY}"}, compression=compression)
    assert exporter.export(kept.get_finished_spans()).name == "SUCCESS", compression
print("opentelemetry-exporter-otlp-proto-http: plain, gzip and deflate")
