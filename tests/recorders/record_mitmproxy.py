"""mitmproxy's HAR dump, and the lines and bodies that mitmdump prints, of requests that pass through it.

    python3 record_mitmproxy.py OUT MITMDUMP CA
"""

import json
import pathlib
import socket
import subprocess
import sys
import tempfile

CALLS = json.loads((pathlib.Path(__file__).parent / "calls.json").read_text())


def curl(coding, trusted, call, *options):
    command = ["curl", "-sS", *options, "--cacert", trusted, "-X", call["method"], "https://openrouter.ai" + call["path"]]
    headers = {"Authorization": "Bearer none", "Accept-Encoding": coding, **call["headers"]}
    if "body" in call:
        headers["Content-Type"] = "application/json"
        command += ["--data-binary", json.dumps(call["body"], ensure_ascii=False)]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    return subprocess.run(command, check=True, capture_output=True)


def main(out, mitmdump, ca):
    for name, coding, streams in [("mitmproxy", "identity", False), ("mitmproxy-gzip", "gzip", False), ("mitmproxy-br", "br", False)]:
        with tempfile.TemporaryDirectory() as folder:
            options = ["--set", f"confdir={folder}", "--set", f"hardump={out}/{name}.har", "--set", f"ssl_verify_upstream_trusted_ca={ca}"]
            with open(out / f"{name}.txt", "w") as printed:
                server = subprocess.Popen([mitmdump, "-p", "8902", "--flow-detail", "3", *options], stdout=printed)
                while True:
                    try:
                        socket.create_connection(("127.0.0.1", 8902)).close()
                        break
                    except ConnectionRefusedError:
                        pass
                for call in CALLS:
                    curl(coding, f"{folder}/mitmproxy-ca-cert.pem", call, "--proxy", "http://127.0.0.1:8902")
                server.terminate()
                server.wait()
    for name, *options in [("curl-i", "-i"), ("curl-i-gzip", "-i", "--compressed"), ("curl-v", "-v")]:
        for call in CALLS:
            done = curl("gzip" if "gzip" in name else "identity", ca, call, *options)
            (out / f"{name}-{call['name']}.txt").write_bytes(done.stderr + done.stdout)


main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3])
