"""WireMock's recorder, which stands between a client and OpenRouter.

    python3 record_wiremock.py OUT WIREMOCK_JAR
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

CALLS = json.loads((pathlib.Path(__file__).parent / "calls.json").read_text())
PORT = 8901
HERE = f"http://127.0.0.1:{PORT}"


def ask(url, body=None, **headers):
    request = urllib.request.Request(url, data=body, headers=headers, method="GET" if body is None else "POST")
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        return error.read()


def main(out, jar):
    with tempfile.TemporaryDirectory() as root:
        server = subprocess.Popen(["java", "-jar", jar, "--port", str(PORT), "--root-dir", root, "--disable-banner"])
        try:
            while True:
                try:
                    ask(f"{HERE}/__admin/mappings")
                    break
                except urllib.error.URLError:
                    time.sleep(0.1)
            for name, coding in [("wiremock", "identity"), ("wiremock-gzip", "gzip")]:
                spec = {"targetBaseUrl": "https://openrouter.ai", "repeatsAsScenarios": False, "persist": False,
                        "captureHeaders": {"Host": {}, "X-Session-Id": {}}, "extractBodyCriteria": {"textSizeThreshold": "1 mb", "binarySizeThreshold": "1 mb"}}
                ask(f"{HERE}/__admin/recordings/start", json.dumps(spec).encode(), **{"Content-Type": "application/json"})
                for call in CALLS:
                    body = json.dumps(call["body"], ensure_ascii=False).encode() if "body" in call else None
                    ask(HERE + call["path"], body, **{"Accept-Encoding": coding, "Content-Type": "application/json", "Authorization": "Bearer none", **call["headers"]})
                recorded = ask(f"{HERE}/__admin/recordings/stop", b"")
                (out / f"{name}.json").write_bytes(recorded + b"\n")
                (out / f"{name}-requests.json").write_bytes(ask(f"{HERE}/__admin/requests") + b"\n")
                ask(f"{HERE}/__admin/requests/remove", b'{"method":"ANY"}')
        finally:
            server.terminate()
            server.wait()


main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2])
