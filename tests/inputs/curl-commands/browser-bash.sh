curl 'https://openrouter.ai/api/v1/chat/completions' \
  -X 'POST' \
  -H 'accept: */*' \
  -H 'authorization: Bearer sk-or-v1-xxxx' \
  -b 'a=b; c=d' \
  -H 'user-agent: Mozilla/5.0' \
  --data-raw $'{"model":"openai/gpt-4o-mini","user":"pier_5","messages":[{"role":"user","content":"What\'s new\u0021\\nToday?"}]}' \
  --compressed ;
