$ curl https://openrouter.ai/api/v1/chat/completions -H "Authorization: Bearer $KEY" --json @- <<'BODY'
{
  "model": "openai/gpt-4o-mini",
  "user": "pier_4",
  "messages": [{"role": "user", "content": "It's $5 a day?"}]
}
BODY
