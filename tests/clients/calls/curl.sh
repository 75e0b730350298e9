# curl: chat, whole, streamed and packed. It reads no variable of its own; this script takes the one that `listen` sets.
set -e
ask() {
  curl -sS "$OPENROUTER_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENROUTER_API_KEY" \
    -H 'Content-Type: application/json' "$@"
}
asked='"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Say hello"}],"user":"ada","trace":{"feature":"clients"},"session_id":"s-1"'
ask -d "{$asked}" | tr -d '\n'
echo
ask -N -d "{$asked,\"stream\":true}"
ask --compressed -d "{$asked}" | tr -d '\n'
echo
