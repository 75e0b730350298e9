const nock = require('nock')

nock('https://openrouter.ai:443', {"encodedQueryParams":true})
  .post('/api/v1/chat/completions', {"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Is the ferry running?"}]})
  .reply(200, {"id":"gen-1780700001-FerryAbCdEfGhIjKlMn","model":"openai/gpt-4o-mini","choices":[{"message":{"role":"assistant","content":"Until ten."}}]}, [
  'Content-Type',
  'application/json'
]);
