"""A server on loopback in place of OpenRouter, for clients of all three APIs.

It answers each call the same way every time, streamed or not, packed with gzip or Brotli where the client takes
it, and keeps what it got and what it sent: one JSON object a line, bodies in base64.

    python3 stand_in.py LOG        prints its origin, then serves until it is killed
"""

import base64
import gzip
import http.server
import json
import sys
import threading
import zlib

try:
    import brotli
except ImportError:  # gzip is enough to go on with
    brotli = None

PIECES = ["Guten ", "Tag, ", "świecie ", "👋"]
TEXT = "".join(PIECES)
TOOL = {"name": "weather", "arguments": '{"city":"Łódź"}'}
CREATED = 1780662787


class Log:
    """What was got and sent, in the order in which calls came."""

    def __init__(self, path):
        self.file = open(path, "w")
        self.lock = threading.Lock()
        self.count = 0

    def number(self):
        with self.lock:
            self.count += 1
            return self.count

    def write(self, entry):
        with self.lock:
            self.file.write(json.dumps(entry) + "\n")
            self.file.flush()


def chat(body, call):
    """A chat completion: chunks where it is streamed."""
    wants_tool = body.get("tools") and not any(m["role"] == "tool" for m in body["messages"])
    base = {"id": call, "created": CREATED, "model": body["model"], "provider": "OpenAI", "system_fingerprint": "fp_1"}
    tool = [{"index": 0, "id": "call_1", "type": "function", "function": TOOL}]
    reason = "tool_calls" if wants_tool else "stop"
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "cost": 0.00012}
    if not body.get("stream"):
        message = {"role": "assistant", "content": None if wants_tool else TEXT, "refusal": None}
        if wants_tool:
            message["tool_calls"] = tool
        choice = {"index": 0, "finish_reason": reason, "native_finish_reason": reason, "message": message, "logprobs": None}
        return {**base, "object": "chat.completion", "choices": [choice], "usage": usage}

    def chunk(delta, finish=None, **more):
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish, "logprobs": None}
        return "data: " + json.dumps({**base, "object": "chat.completion.chunk", "choices": [choice], **more}) + "\n\n"

    events = [": OPENROUTER PROCESSING\n\n"]
    if wants_tool:
        first = {**tool[0], "function": {"name": TOOL["name"], "arguments": ""}}
        events.append(chunk({"role": "assistant", "content": None, "tool_calls": [first]}))
        for half in (TOOL["arguments"][:6], TOOL["arguments"][6:]):
            events.append(chunk({"tool_calls": [{"index": 0, "function": {"arguments": half}}]}))
    else:
        events += [chunk({"role": "assistant", "content": piece}) for piece in PIECES]
    events.append(chunk({"role": "assistant", "content": ""}, reason))
    events.append(chunk({"role": "assistant", "content": ""}, reason, usage=usage))
    return events + ["data: [DONE]\n\n"]


def responses(body, call):
    """A Responses object: events where it is streamed."""
    part = {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}
    whole = {
        "id": call, "object": "response", "created_at": CREATED, "completed_at": CREATED + 2, "model": body["model"],
        "status": "completed", "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        "output": [item], "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "max_output_tokens": None, "presence_penalty": 0, "frequency_penalty": 0,
        "usage": {"input_tokens": 11, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 7,
                  "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 18, "cost": 0.00012},
    }
    if not body.get("stream"):
        return whole
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events = [{"type": "response.created", "response": begun}, {"type": "response.in_progress", "response": begun}]
    events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress", "content": []}})
    events.append({"type": "response.content_part.added", **at, "part": {**part, "text": ""}})
    events += [{"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []} for piece in PIECES]
    events.append({"type": "response.output_text.done", **at, "text": TEXT, "logprobs": []})
    events.append({"type": "response.content_part.done", **at, "part": part})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": whole})
    numbered = [{**event, "sequence_number": n} for n, event in enumerate(events)]
    lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in numbered]
    return [": OPENROUTER PROCESSING\n\n"] + lines + ["data: [DONE]\n\n"]


def messages(body, call):
    """A Messages object: events where it is streamed."""
    usage = {"input_tokens": 11, "output_tokens": 7, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    base = {"id": call, "type": "message", "role": "assistant", "model": body["model"], "provider": "Anthropic"}
    if not body.get("stream"):
        content = [{"type": "text", "text": TEXT}]
        return {**base, "content": content, "stop_reason": "end_turn", "stop_sequence": None, "usage": {**usage, "cost": 0.00012}}
    begun = {**base, "content": [], "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}
    events = [{"type": "message_start", "message": begun}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events.append({"type": "ping"})
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}} for piece in PIECES]
    events.append({"type": "content_block_stop", "index": 0})
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": delta, "usage": {**usage, "cost": 0.00012}})
    events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


APIS = {
    "/api/v1/chat/completions": chat,
    "/api/v1/responses": responses,
    "/api/v1/messages": messages,
}


def packer(accepted):
    """The best coding that the client takes, and what packs pieces so that each can be read at once."""
    codings = [coding.split(";")[0].strip() for coding in accepted.split(",")]
    if "br" in codings and brotli:
        packing = brotli.Compressor()
        return "br", lambda piece: packing.process(piece) + packing.flush(), packing.finish
    if "gzip" in codings:
        packing = zlib.compressobj(wbits=31)
        return "gzip", lambda piece: packing.compress(piece) + packing.flush(zlib.Z_SYNC_FLUSH), packing.flush
    return None, lambda piece: piece, lambda: b""


class OpenRouter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.whole(200, {"data": []})

    def do_POST(self):
        number = self.server.log.number()
        got = self.rfile.read(int(self.headers.get("content-length") or 0))
        if (self.headers.get("transfer-encoding") or "").lower() == "chunked":
            got = self.chunks()
        plain = gzip.decompress(got) if self.headers.get("content-encoding") == "gzip" else got
        api = APIS.get(self.path.split("?")[0])
        entry = {
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "got": base64.b64encode(got).decode(),
        }
        if api is None:
            sent = self.whole(404, {"error": {"code": 404, "message": f"no such path: {self.path}"}})
        else:
            body = json.loads(plain)
            call = f"gen-{CREATED}-{number:020d}"
            answer = api(body, call)
            sent = self.stream(answer) if isinstance(answer, list) else self.whole(200, answer)
            entry["generation"] = call
        entry["sent"] = base64.b64encode(sent).decode()
        self.server.log.write(entry)

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def head(self, status, kind, coding):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if coding:
            self.send_header("Content-Encoding", coding)

    def whole(self, status, answer):
        coding, pack, finish = packer(self.headers.get("accept-encoding") or "")
        # OpenRouter keeps a connection alive with blank lines before a body.
        plain = b"\n         \n" * 3 + json.dumps(answer).encode()
        body = pack(plain) + finish()
        self.head(status, "application/json", coding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return body

    def stream(self, events):
        coding, pack, finish = packer(self.headers.get("accept-encoding") or "")
        # OpenRouter sends streams as they are; other gateways pack them.
        if not self.server.packs_streams:
            coding, pack, finish = packer("")
        self.head(200, "text/event-stream", coding)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = b""
        for piece in [pack(event.encode()) for event in events] + [finish()]:
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            sent += piece
        self.wfile.write(b"0\r\n\r\n")
        return sent


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A client that ends may cut its kept connections; anything else is a mistake of ours.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def serve(log, packs_streams=False):
    """A server that runs on a thread of its own; `server_port` tells where."""
    server = Server(("127.0.0.1", 0), OpenRouter)
    server.daemon_threads = True
    server.log = Log(log)
    server.packs_streams = packs_streams
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    running = serve(sys.argv[1])
    print(f"http://127.0.0.1:{running.server_port}", flush=True)
    threading.Event().wait()
