"""Objects of an S3-compatible server to the sink: all there once, also after SIGKILL and --resume.

Runs against moto's server on loopback; see README.md.
"""

import argparse
import collections
import json
import logging
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import boto3
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}


def completion(number):
    return {
        "completed_at": "2026-11-26T12:00:00Z",
        "request": {"model": "a/b", "messages": [{"role": "user", "content": f"Question {number}"}]},
        "response": {
            "id": f"gen-{number:06}",
            "model": "a/b",
            "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": f"Answer {number}"}}],
        },
    }


def listening(process):
    """The base URL that the sink names on standard error."""
    for line in process.stderr:
        if "http://" in line:
            return "http://" + line.split("http://")[1].split()[0].rstrip(",;")
    raise SystemExit("the sink does not start")


def stored(path):
    ids = collections.Counter()
    for line in path.read_text().splitlines():
        ids[json.loads(line)["event"]["event_id"]] += 1
    return ids


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program", help="rainscope's binary")
    options.add_argument("--objects", type=int, default=20_000)
    options.add_argument("--port", type=int, default=5944)
    options.add_argument("--keep", type=pathlib.Path, help="leave the store of the direct way here")
    options = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rainscope-s3-"))
    endpoint = f"http://127.0.0.1:{options.port}"
    running = []
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer("127.0.0.1", options.port, verbose=False)
    moto.start()
    try:
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        client.create_bucket(Bucket="logs")
        # Over the wire, putting them would take longer than all the rest.
        held = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        for number in range(options.objects):
            key = f"2026-11-26/{number // 1000:03}/{number:06}.json"
            held.put_object("logs", key, json.dumps(completion(number)).encode())
        environment = os.environ | KEYS | {
            "AWS_ENDPOINT_URL_S3": endpoint,
            "RAINSCOPE_CONFIG_DIR": str(folder / "config"),
        }

        def sending(name, *more):
            store = folder / f"{name}.ndjson"
            sink = subprocess.Popen(
                [options.program, "sink", "--listen", "127.0.0.1:0", "--store", store],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
            )
            running.append(sink)
            command = [options.program, "send", "s3://logs/{date}/", "--date", "2026-11-26"]
            command += ["--base-url", listening(sink), "--resume", *more]
            variables = environment | {"RAINSCOPE_STATE_DIR": str(folder / name)}
            return store, lambda: subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True)

        def checked(name, store):
            ids = stored(store)
            twice = sum(count > 1 for count in ids.values())
            print(f"{name}: {len(ids)} events, {twice} of them more than once")
            assert len(ids) == options.objects, "events are missing"
            return ids

        store, send = sending("direct")
        begun = time.time()
        said = send().communicate()[0]
        print(f"direct: {time.time() - begun:.1f} s: {said.strip()}")
        ids = checked("direct", store)
        assert max(ids.values()) == 1
        if options.keep:
            options.keep.write_text("\n".join(sorted(ids)) + "\n")

        store, send = sending("killed")

        def arrived():
            return store.read_bytes().count(b"\n") if store.exists() else 0

        for part in (0.1, 0.4, 0.7):
            process = send()
            while process.poll() is None and arrived() < options.objects * part:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            print(f"killed with {process.wait()} at {arrived()} events")
        print(f"resumed: {send().communicate()[0].strip()}")
        again = checked("killed and resumed", store)
        assert again.keys() == ids.keys()
    finally:
        for process in running:
            process.terminate()
        moto.stop()


if __name__ == "__main__":
    main()
