curl -sS https://openrouter.ai/api/v1/chat/completions \
  -H "Authorization: Bearer $OPENROUTER_API_KEY" \
  -H "X-Session-Id: tide-table-9" \
  -H "Content-Type: application/json" \
  -d "{\"model\": \"mistralai/mistral-small-3.2\", \"user\": \"pier_3\", \"messages\": [{\"role\": \"user\", \"content\": \"When is high tide?\"}], \"trace\": {\"feature\": \"tides\"}}" \
  -o tide.json
