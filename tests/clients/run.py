"""Runs real clients through `rainscope listen`, and direct, and holds the two against each other.

    python3 run.py --packages FOLDER [--rainscope PATH] [CLIENT…]

FOLDER holds the packages of requirements.txt and package.json, see README.md. Every client makes its calls to a stand-in for
OpenRouter on loopback: once direct, once as `listen -- COMMAND` leads it there, once with streams that are packed, and once
with what `listen --show` says. For each it is checked that the stand-in got the same bytes, that the client read the same
answers, that the recording holds every call with the bytes that passed, that each call's event is the expected one, and that
the key is in no file.
"""

import argparse
import base64
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import stand_in

HERE = Path(__file__).resolve().parent
KEY = "sk-or-v1-never-kept-0123456789"


class Client:
    """A script, and what `--show` calls the client. Where that reads no variable, the line of `--show` takes the place of
    the text `pasted` in the script."""

    def __init__(self, name, script, show, pasted=None):
        self.name, self.script, self.show, self.pasted = name, script, show, pasted


CLIENTS = [
    Client("openai (Python)", "openai_python.py", "openai"),
    Client("openai (JavaScript)", "openai_js.mjs", "openai"),
    Client("anthropic (Python)", "anthropic_python.py", "anthropic"),
    Client("@anthropic-ai/sdk", "anthropic_js.mjs", "anthropic"),
    Client("@openrouter/sdk", "openrouter_sdk.mjs", "openrouter-sdk"),
    Client("openrouter (Python)", "openrouter_python.py", "openrouter-python",
           pasted='OpenRouter(api_key=os.environ["OPENROUTER_API_KEY"])'),
    Client("@openrouter/ai-sdk-provider", "ai_sdk.mjs", "ai-sdk",
           pasted="createOpenRouter({ apiKey: process.env.OPENROUTER_API_KEY })"),
    Client("litellm", "litellm_python.py", "litellm"),
    Client("langchain-openai", "langchain_python.py", "langchain"),
    Client("@langchain/openai", "langchain_js.mjs", "langchain"),
    Client("curl", "curl.sh", "curl"),
]


class Failure(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failure(what)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Run:
    """One run of one client, in a folder of its own."""

    def __init__(self, client, options, packs_streams=False):
        self.client, self.options = client, options
        self.folder = Path(tempfile.mkdtemp(prefix="rainscope-client-"))
        self.log = self.folder / "stand-in.ndjson"
        self.recording = self.folder / "calls.ndjson"
        self.server = stand_in.serve(self.log, packs_streams)
        self.origin = f"127.0.0.1:{self.server.server_port}"

    def rainscope(self, *arguments, **more):
        words = [self.options.rainscope, *arguments]
        return subprocess.run(words, env=self.environment(), capture_output=True, text=True, timeout=120, **more)

    def environment(self, **more):
        keep = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        own = {"HOME": str(self.folder), "RAINSCOPE_CONFIG_DIR": str(self.folder), "RAINSCOPE_STATE_DIR": str(self.folder)}
        return {**keep, **own, "OPENROUTER_API_KEY": KEY, **more}

    def show(self, address):
        shown = self.rainscope("listen", "--listen", address, "--show", self.client.show)
        expect(shown.returncode == 0, shown.stderr)
        return shown.stdout.strip()

    def variables(self, address):
        printed = self.rainscope("listen", "--listen", address, "--print-env")
        expect(printed.returncode == 0, printed.stderr)
        pairs = (line.removeprefix("export ").split("=", 1) for line in printed.stdout.split("\n") if line)
        return dict(pairs)

    def command(self, address=None):
        """The client's command. Where a line has to be pasted, that of `--show` for this address."""
        script = HERE / "calls" / self.client.script
        runners = {".py": str(self.options.packages / "py/bin/python"), ".mjs": "node", ".sh": "sh"}
        text = script.read_text()
        if self.client.pasted:
            expect(self.client.pasted in text, "the script does not hold what is replaced")
            text = text.replace(self.client.pasted, self.show(address))
        # Node looks for packages beside the script.
        place = self.options.packages if script.suffix == ".mjs" else self.folder
        copy = place / f"{self.folder.name}-{script.name}"
        copy.write_text(text)
        self.copy = copy
        return [runners[script.suffix], str(copy)]

    def run(self, words, **more):
        ran = subprocess.run(words, env=self.environment(**more), capture_output=True, text=True, timeout=300)
        expect(ran.returncode == 0, f"status {ran.returncode}: {ran.stdout[-600:]}{ran.stderr[-1500:]}")
        return ran.stdout

    def direct(self):
        return self.run(self.command(self.origin), **self.variables(self.origin))

    def listening(self, address):
        upstream = f"http://{self.origin}"
        return [
            self.options.rainscope, "listen", "--no-tui", "--listen", address, "--upstream", upstream,
            "--record", str(self.recording), "--events", str(self.folder / "events.ndjson"),
        ]

    def as_command(self):
        address = f"127.0.0.1:{free_port()}"
        return self.run(self.listening(address) + ["--"] + self.command(address))

    def as_shown(self):
        """With nothing but what `--show` prints, against a `listen` that runs beside it."""
        address = f"127.0.0.1:{free_port()}"
        running = subprocess.Popen(self.listening(address), env=self.environment(), stderr=subprocess.PIPE, text=True)
        try:
            running.stderr.readline()
            if self.client.pasted:
                return self.run(self.command(address))
            lines = self.show(address)
            if self.client.show == "curl":
                return self.run(["sh", "-c", lines])
            words = " ".join(f"'{word}'" for word in self.command(address))
            return self.run(["sh", "-c", f"{lines}\nexec {words}"])
        finally:
            running.terminate()
            running.communicate(timeout=30)

    def entries(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def clean(self):
        self.server.shutdown()
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in (self.log, self.copy):
                expect(KEY.encode() not in path.read_bytes(), f"the key is in {path.name}")
        self.copy.unlink()
        shutil.rmtree(self.folder)


def unpacked(entry, sent):
    """What was sent, as the client read it."""
    bytes_sent = base64.b64decode(sent)
    if bytes_sent[:2] == b"\x1f\x8b":
        return zlib.decompressobj(wbits=31).decompress(bytes_sent)
    accepted = entry["headers"].get("accept-encoding", "")
    if bytes_sent.lstrip()[:1] not in (b"{", b":", b"d", b"e") and "br" in accepted and stand_in.brotli:
        return stand_in.brotli.decompress(bytes_sent)
    return bytes_sent


def got(entry):
    body = base64.b64decode(entry["got"])
    return gzip.decompress(body) if entry["headers"].get("content-encoding") == "gzip" else body


def check_recording(run):
    """Every call is in the recording, with what passed, and its event is the expected one."""
    entries = [entry for entry in run.entries() if "generation" in entry]
    samples = [json.loads(line) for line in run.recording.read_text().splitlines()]
    expect(len(samples) == len(entries), f"{len(samples)} calls recorded of {len(entries)}")
    for entry, sample in zip(entries, samples):
        captured = sample["captured"]
        expect((captured["status"], captured["ending"]) == (200, "complete"), f"{captured}")
        expect(sample["request"] == json.loads(got(entry)), f"another request: {sample['request']}")
        plain = unpacked(entry, entry["sent"]).decode()
        response = sample["response"]
        same = response == plain if isinstance(response, str) else response == json.loads(plain)
        expect(same, f"another response: {str(response)[:200]}")
        expect(sample["measured"]["duration_ms"] >= sample["measured"]["first_byte_ms"], str(sample["measured"]))
    mapped = run.rainscope("map", str(run.recording))
    expect(mapped.returncode == 0, mapped.stderr)
    events = [json.loads(line) for line in mapped.stdout.splitlines()]
    expect(len(events) == len(entries), f"{len(events)} events of {len(entries)} calls")
    for entry, event in zip(entries, events):
        body = json.loads(got(entry))
        wants_tool = "tools" in body
        expect(event["ai_data"].get("output") == (None if wants_tool else stand_in.TEXT), f"output: {event['ai_data']}")
        expect(event["properties"].get("total_cost") == 0.00012, f"cost: {event['properties']}")
        expect(event["properties"].get("prompt_tokens") == 11, f"tokens: {event['properties']}")
        expect(event["properties"].get("trace_id") == entry["generation"], f"id: {event['properties']}")
        expect(event["properties"].get("duration_ms", -1) >= 0, "no duration")
        if run.client.show != "curl" or "user" in body:
            expect(event["user_id"] == "ada", f"user: {event['user_id']}")
            expect(event["ai_data"]["convo_id"] == "s-1", f"session: {event['ai_data']}")
            expect(event["properties"].get("feature") == "clients", f"trace: {event['properties']}")
    return len(entries)


def same_requests(direct, other):
    """The stand-in got the same bytes and headers of the requests, but for what names the connection."""
    of_connection = {"host", "connection", "keep-alive"}
    theirs, ours = direct.entries(), other.entries()
    expect(len(theirs) == len(ours), f"{len(ours)} requests rather than {len(theirs)}")
    for a, b in zip(theirs, ours):
        expect(a["path"] == b["path"], f"{a['path']} and {b['path']}")
        expect(a["got"] == b["got"], f"{a['path']}: other bytes in the request")
        headers = [{k: v for k, v in entry["headers"].items() if k not in of_connection} for entry in (a, b)]
        differing = {k for k in headers[0].keys() | headers[1].keys() if headers[0].get(k) != headers[1].get(k)}
        expect(not differing, f"other headers: {[(k, headers[0].get(k), headers[1].get(k)) for k in differing]}")
        expect(a["sent"] == b["sent"], f"{a['path']}: other bytes in the answer")


def check(client, options):
    direct = Run(client, options)
    expected = direct.direct()
    calls = len(direct.entries())
    expect(calls > 0, "the client made no call to the stand-in")

    command = Run(client, options)
    said = command.as_command()
    expect(said == expected, f"as a command it read other answers:\n{said}\nrather than\n{expected}")
    same_requests(direct, command)
    check_recording(command)

    packed = Run(client, options, packs_streams=True)
    said = packed.as_command()
    expect(said == expected, f"of packed streams it read other answers:\n{said}\nrather than\n{expected}")
    check_recording(packed)

    shown = Run(client, options)
    if client.show == "curl":
        shown.copy = shown.folder / "none"
        shown.copy.write_text("")
    said = shown.as_shown()
    if client.show != "curl":
        expect(said == expected, f"as shown it read other answers:\n{said}\nrather than\n{expected}")
        same_requests(direct, shown)
    check_recording(shown)
    for run in (direct, command, packed, shown):
        run.clean()
    return calls


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="where the packages are installed")
    parser.add_argument("--rainscope", default=str(HERE.parents[1] / "target/debug/rainscope"))
    parser.add_argument("clients", nargs="*", help="only these, by words of their names")
    options = parser.parse_args()
    options.packages = options.packages.resolve()
    failed = 0
    for client in CLIENTS:
        if options.clients and not any(word in client.name for word in options.clients):
            continue
        try:
            print(f"ok      {client.name}: {check(client, options)} calls, four ways", flush=True)
        except (Failure, subprocess.SubprocessError) as failure:
            failed += 1
            print(f"FAILED  {client.name}: {failure}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
