"""vcrpy (requests, httpx, aiohttp; YAML and JSON), Betamax and requests' own logging.

    python3 record_python.py OUT
"""

import asyncio
import json
import pathlib
import sys

import aiohttp
import betamax
import betamax_serializers.pretty_json
import httpx
import requests
import vcr

HOST = "https://openrouter.ai"
HERE = pathlib.Path(__file__).parent
CALLS = json.loads((HERE / "calls.json").read_text())
KEY = {"Authorization": "Bearer none"}


def parts(call, coding):
    headers = {**KEY, "Accept-Encoding": coding, **call["headers"]}
    body = None
    if "body" in call:
        headers["Content-Type"] = "application/json"
        body = json.dumps(call["body"], ensure_ascii=False).encode()
    return call["method"], HOST + call["path"], headers, body


def by_requests(session, coding):
    for call in CALLS:
        method, url, headers, body = parts(call, coding)
        session.request(method, url, headers=headers, data=body).content


def by_httpx(coding):
    with httpx.Client() as client:
        for call in CALLS:
            method, url, headers, body = parts(call, coding)
            client.request(method, url, headers=headers, content=body).read()


async def by_aiohttp(coding):
    async with aiohttp.ClientSession(trust_env=True) as session:
        for call in CALLS:
            method, url, headers, body = parts(call, coding)
            async with session.request(method, url, headers=headers, data=body, ssl=context()) as response:
                await response.read()


def context():
    import ssl

    return ssl.create_default_context()


def main(out):
    def cassette(name, **options):
        recorder = vcr.VCR(record_mode="all", **options)
        return recorder.use_cassette(str(out / name))

    hidden = {"filter_headers": ["authorization", "user-agent"]}
    with cassette("vcrpy-requests.yaml", **hidden):
        by_requests(requests.Session(), "identity")
    with cassette("vcrpy-requests-gzip.yaml", **hidden):
        by_requests(requests.Session(), "gzip")
    with cassette("vcrpy-requests-zstd.yaml"):
        by_requests(requests.Session(), "zstd")
    with cassette("vcrpy-requests-decoded.yaml", decode_compressed_response=True, **hidden):
        by_requests(requests.Session(), "gzip")
    with cassette("vcrpy-requests-decoded.json", serializer="json", decode_compressed_response=True, **hidden):
        by_requests(requests.Session(), "gzip")
    with cassette("vcrpy-requests.json", serializer="json", **hidden):
        by_requests(requests.Session(), "identity")
    with cassette("vcrpy-httpx.yaml", **hidden):
        by_httpx("br")
    with cassette("vcrpy-httpx-gzip.yaml", decode_compressed_response=True):
        by_httpx("gzip")
    with cassette("vcrpy-httpx.json", serializer="json", **hidden):
        by_httpx("identity")
    with cassette("vcrpy-aiohttp.yaml", **hidden):
        asyncio.run(by_aiohttp("br"))
    with cassette("vcrpy-aiohttp-gzip.yaml"):
        asyncio.run(by_aiohttp("gzip"))
    with cassette("vcrpy-aiohttp.json", serializer="json", **hidden):
        asyncio.run(by_aiohttp("identity"))

    betamax.Betamax.register_serializer(betamax_serializers.pretty_json.PrettyJSONSerializer)
    for name, coding, options in [
        ("betamax", "identity", {}),
        ("betamax-gzip", "gzip", {}),
        ("betamax-pretty", "gzip", {"serialize_with": "prettyjson"}),
        ("betamax-bytes", "br", {"preserve_exact_body_bytes": True}),
    ]:
        session = requests.Session()
        recorder = betamax.Betamax(session, cassette_library_dir=str(out))
        with recorder.use_cassette(name, record="all", match_requests_on=["method", "uri", "body"], **options):
            by_requests(session, coding)


main(pathlib.Path(sys.argv[1]).resolve())
