nock('https://openrouter.ai', {"encodedQueryParams":true})
  .post('/api/v1/chat/completions', {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Hi?"}], "user": "u_42", "session_id": "s_7", "trace": {"feature": "search"}})
  .reply(200, {"id": "gen-1780600023-HsCxAbCdEfGhIjKlMnOx", "provider": "OpenAI", "model": "openai/gpt-4o-mini", "object": "chat.completion", "created": 1780662723, "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}, "finish_reason": "stop", "native_finish_reason": "completed"}], "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13, "cost": 0.00012}}, [
  'content-type',
  'application/json'
]);
