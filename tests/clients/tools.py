"""Command-line tools through `rainscope listen`, as a person runs them: see README.md.

    python3 tools.py --packages FOLDER [TOOL]…
"""

import argparse
import base64
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KEY = "sk-or-v1-tools-never-kept-0123456789"
SAYS = "Guten Tag, świecie 👋"
ADDRESS = "127.0.0.1:18931"


def tools(packages):
    """Each tool's command, and the file of its own that the line of `--show` goes to, with what stands before it."""
    node = packages / "node_modules/.bin"
    hello = "Say hello"
    return {
        "claude-code": ([node / "claude", "-p", hello], None, ""),
        "aider": (
            [packages / "tools/bin/aider", "--model", "openrouter/openai/gpt-4o-mini", "--no-git", "--yes-always",
             "--no-check-update", "--no-show-model-warnings", "--no-show-release-notes", "--analytics-disable",
             "--message", hello],
            None, "",
        ),
        "codex": (
            [node / "codex", "exec", "--skip-git-repo-check", hello],
            ".codex/config.toml", 'model = "openai/gpt-4o-mini"\n',
        ),
        "opencode": ([node / "opencode", "run", "-m", "openrouter/openai/gpt-4o-mini", hello], "work/opencode.json", ""),
        "llm": (
            [packages / "tools/bin/llm", "-m", "via-rainscope", hello],
            ".config/io.datasette.llm/extra-openai-models.yaml", "",
        ),
    }


def run(program, name, command, own_file, before):
    """Runs a tool; gives what is wrong, and how many calls it made."""
    home = pathlib.Path(tempfile.mkdtemp(prefix=f"rainscope-{name}-"))
    work = home / "work"
    work.mkdir()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "OPENROUTER_API_KEY": KEY,
        "LLM_OPENROUTER_KEY": KEY, "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    if name == "claude-code":
        environment["ANTHROPIC_AUTH_TOKEN"] = KEY
    log, record, events = home / "stand-in.ndjson", home / "calls.ndjson", home / "events.ndjson"
    stand_in = subprocess.Popen([sys.executable, HERE / "stand_in.py", log], stdout=subprocess.PIPE, text=True)
    try:
        origin = stand_in.stdout.readline().strip()
        if own_file:
            shown = subprocess.check_output([program, "listen", "--listen", ADDRESS, "--show", name], env=environment, text=True)
            path = home / own_file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(before + shown)
        if name == "llm":
            subprocess.run([command[0], "keys", "set", "openrouter", "--value", KEY], env=environment, check=True)
        listen = [program, "listen", "--no-tui", "--listen", ADDRESS, "--upstream", origin, "--record", record, "--events", events, "--"]
        ran = subprocess.run(listen + command, env=environment, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180)
    finally:
        stand_in.kill()
    wrong = []
    if ran.returncode != 0 or SAYS not in ran.stdout:
        wrong.append(f"status {ran.returncode}: {ran.stdout[-300:]} {ran.stderr[-300:]}")
    exchanges = [json.loads(line) for line in log.read_text().splitlines()]
    exchanges = [exchange for exchange in exchanges if "generation" in exchange]
    calls = {}
    for line in record.read_text().splitlines():
        call = json.loads(line)
        calls[call.get("request") and json.dumps(call["request"], sort_keys=True)] = call
    if not exchanges or len(calls) != len(exchanges):
        wrong.append(f"{len(exchanges)} calls were answered, {len(calls)} different ones recorded")
    for exchange in exchanges:
        got = base64.b64decode(exchange["got"])
        plain = gzip.decompress(got) if exchange["headers"].get("content-encoding") == "gzip" else got
        if json.dumps(json.loads(plain), sort_keys=True) not in calls:
            wrong.append(f"a call to {exchange['path']} is not recorded as it was asked")
        if KEY not in exchange["headers"].get("authorization", ""):
            wrong.append("the key did not pass")
    if len(events.read_text().splitlines()) != len(exchanges):
        wrong.append("not every call made an event")
    if any(KEY in path.read_text() for path in (record, events)):
        wrong.append("the key was kept")
    if not wrong:
        shutil.rmtree(home, ignore_errors=True)
    return wrong, len(exchanges)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=pathlib.Path, required=True)
    parser.add_argument("--program", type=pathlib.Path, default=HERE.parents[1] / "target/debug/rainscope")
    parser.add_argument("tools", nargs="*")
    args = parser.parse_args()
    program, failed = args.program.resolve(), False
    for name, (command, own_file, before) in tools(args.packages.resolve()).items():
        if args.tools and name not in args.tools:
            continue
        wrong, count = run(program, name, [str(word) for word in command], own_file, before)
        print("FAILED" if wrong else "ok    ", name, f"{count} call{'s' * (count != 1)}", flush=True)
        for what in wrong:
            print("       ", what)
        failed = failed or bool(wrong)
    sys.exit(failed)


if __name__ == "__main__":
    main()
