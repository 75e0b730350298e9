"""A server that plays OpenRouter for the recorders: always the same answers, under OpenRouter's own name.

    python3 server.py CERTIFICATE KEY      serves https://openrouter.ai on 127.0.0.1:443 until it is killed
    python3 server.py samples              prints the calls and their answers as samples, one a line

Bodies are packed in the first coding that the client takes and the server knows, streams too.
"""

import gzip
import http.server
import json
import pathlib
import ssl
import sys
import zlib

import brotli
import zstandard

CREATED = 1780662787
DATE = "Fri, 05 Jun 2026 12:33:09 GMT"
PIECES = ["At 14:10, ", "Südkai.\n", "It's ", "on time \u2693"]
TEXT = "".join(PIECES)
COST = 9.45e-06


def generation(name):
    """The id of a call's generation."""
    return f"gen-{CREATED}-{name.replace('-', ''):0<20}"


def chat(body):
    streams = body.get("stream")
    name = "chatstream" if streams else "chat"
    base = {"id": generation(name), "created": CREATED, "model": body["model"], "provider": "OpenAI"}
    usage = {"prompt_tokens": 21, "completion_tokens": 14, "total_tokens": 35, "cost": COST}
    if not streams:
        message = {"role": "assistant", "content": TEXT, "refusal": None}
        choice = {"index": 0, "finish_reason": "stop", "native_finish_reason": "stop", "message": message}
        return {**base, "object": "chat.completion", "choices": [choice], "usage": usage}

    def chunk(content, finish=None, **more):
        delta = {"role": "assistant", "content": content}
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish}
        return "data: " + json.dumps({**base, "object": "chat.completion.chunk", "choices": [choice], **more}) + "\n\n"

    chunks = [chunk(piece) for piece in PIECES]
    return [": OPENROUTER PROCESSING\n\n", *chunks, chunk("", "stop"), chunk("", "stop", usage=usage), "data: [DONE]\n\n"]


def completions(body):
    choice = {"index": 0, "text": TEXT, "finish_reason": "stop", "native_finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 5, "completion_tokens": 14, "total_tokens": 19, "cost": COST}
    base = {"id": generation("completions"), "object": "text_completion", "created": CREATED, "model": body["model"]}
    return {**base, "provider": "OpenAI", "choices": [choice], "usage": usage}


def messages(body):
    streams = body.get("stream")
    usage = {"input_tokens": 11, "output_tokens": 7}
    base = {"id": generation("messagesstream" if streams else "messages"), "type": "message", "role": "assistant"}
    base |= {"model": body["model"], "provider": "Anthropic"}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    if not streams:
        return {**base, "content": [{"type": "text", "text": TEXT}], **ended, "usage": {**usage, "cost": COST}}
    begun = {**base, "content": [], "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1}}
    events = [{"type": "message_start", "message": begun}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}} for piece in PIECES]
    events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": ended, "usage": {**usage, "cost": COST}})
    events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]


def responses(body):
    streams = body.get("stream")
    part = {"type": "output_text", "text": TEXT, "annotations": []}
    item = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part]}
    whole = {"id": generation("responsesstream" if streams else "responses"), "object": "response", "created_at": CREATED}
    whole |= {"completed_at": CREATED + 2, "model": body["model"], "status": "completed", "output": [item], "error": None}
    whole |= {"usage": {"input_tokens": 11, "output_tokens": 7, "total_tokens": 18, "cost": COST}}
    if not streams:
        return whole
    begun = {**whole, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events = [{"type": "response.created", "response": begun}]
    events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "status": "in_progress", "content": []}})
    events.append({"type": "response.content_part.added", **at, "part": {**part, "text": ""}})
    events += [{"type": "response.output_text.delta", **at, "delta": piece} for piece in PIECES]
    events.append({"type": "response.output_text.done", **at, "text": TEXT})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": whole})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]


def refused(body):
    return {"error": {"message": f"{body['model']} is not a valid model ID", "code": 400}, "user_id": "user_2harbour"}


def embeddings(body):
    data = [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}]
    return {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1}}


APIS = {f"/api/v1/{name}": api for name, api in [
    ("chat/completions", chat), ("completions", completions), ("messages", messages),
    ("responses", responses), ("embeddings", embeddings),
]}


class Deflate:
    """As gzip with a file's name and time would be different each time."""

    def __init__(self):
        self.packing = zlib.compressobj(wbits=31)

    def pack(self, piece):
        return self.packing.compress(piece) + self.packing.flush(zlib.Z_SYNC_FLUSH)

    def end(self):
        return self.packing.flush()


class Brotli:
    def __init__(self):
        self.packing = brotli.Compressor()

    def pack(self, piece):
        return self.packing.process(piece) + self.packing.flush()

    def end(self):
        return self.packing.finish()


class Zstandard:
    def __init__(self):
        self.packing = zstandard.ZstdCompressor().compressobj()

    def pack(self, piece):
        return self.packing.compress(piece) + self.packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    def end(self):
        return self.packing.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH)


class Identity:
    def pack(self, piece):
        return piece

    def end(self):
        return b""


CODINGS = {"gzip": Deflate, "br": Brotli, "zstd": Zstandard}


class OpenRouter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return DATE

    def version_string(self):
        return "cloudflare"

    def do_GET(self):
        self.answer(200, {"data": [{"id": "openai/gpt-4o-mini", "name": "OpenAI: GPT-4o-mini"}]})

    def do_POST(self):
        got = self.rfile.read(int(self.headers.get("content-length") or 0))
        if (self.headers.get("transfer-encoding") or "").lower() == "chunked":
            got = self.chunks()
        body = json.loads(got)
        if body["model"].startswith("nobody/"):
            return self.answer(400, refused(body))
        return self.answer(200, APIS[self.path](body))

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, answer):
        streams = isinstance(answer, list)
        taken = [coding.split(";")[0].strip() for coding in (self.headers.get("accept-encoding") or "").split(",")]
        coding = next((coding for coding in taken if coding in CODINGS), None)
        packing = CODINGS.get(coding, Identity)()
        # OpenRouter keeps a connection alive with blank lines before a body.
        pieces = [piece.encode() for piece in answer] if streams else [b"\n         \n" * 2, json.dumps(answer, ensure_ascii=False).encode()]
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
        if coding:
            self.send_header("Content-Encoding", coding)
        if "/chat" in self.path and status == 200:
            self.send_header("X-Generation-Id", generation("chatstream" if streams else "chat"))
        packed = [packing.pack(piece) for piece in pieces] + [packing.end()]
        if not streams:
            self.send_header("Content-Length", str(sum(map(len, packed))))
            self.end_headers()
            self.wfile.write(b"".join(packed))
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in filter(None, packed):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


def samples():
    """The completions among the calls, as rainscope's samples."""
    for call in json.loads((pathlib.Path(__file__).parent / "calls.json").read_text()):
        body = call.get("body", {})
        if call["name"] in ("models", "embeddings"):
            continue
        answer = refused(body) if call["name"] == "error" else APIS[call["path"]](body)
        sample = {"request": body, "response": "".join(answer) if isinstance(answer, list) else answer}
        if session := call["headers"].get("X-Session-Id"):
            sample["headers"] = {"x-session-id": session}
        yield {**sample, "response_headers": {"date": DATE}}


if __name__ == "__main__":
    if sys.argv[1] == "samples":
        for sample in samples():
            print(json.dumps(sample, ensure_ascii=False))
        sys.exit()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 443), OpenRouter)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
