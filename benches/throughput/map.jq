# The mapping as a filter, for the comparison with jaq: `jaq -c -f benches/throughput/map.jq FILE`.
# It leaves out what a filter cannot do (the UUID of the event's id) and all provenance and findings.

def joined(kinds):
  if type == "string" then .
  elif type == "array" then
    [.[] | if type == "string" then . elif (.type // "text") as $t | kinds | index($t) then .text else empty end]
    | if length == 0 then null else join("\n") end
  else null end;

def assembled:
  [split("\n\n")[] | select(startswith("data: ")) | ltrimstr("data: ") | select(. != "[DONE]") | fromjson]
  | (map(.choices[0].delta.content // "") | join("")) as $text
  | (last | .choices[0] |= (.message = {content: $text}));

def answered:
  if has("choices") then
    { output: (.choices[0].message.content // null | joined(["text", "output_text"])),
      finish: (.choices[0].native_finish_reason // .choices[0].finish_reason),
      prompt: .usage.prompt_tokens, completion: .usage.completion_tokens }
  elif has("output") then
    { output: ([.output[] | select(.type == "message") | .content | joined(["output_text"])] | join("\n")),
      finish: (.incomplete_details.reason? // .status),
      prompt: .usage.input_tokens, completion: .usage.output_tokens }
  else
    { output: (.content | joined(["text"])), finish: .stop_reason,
      prompt: (.usage | (.input_tokens + .cache_creation_input_tokens + .cache_read_input_tokens)),
      completion: .usage.output_tokens }
  end;

.request as $q
| (.response | if type == "string" then assembled else . end) as $r
| ($r | answered) as $a
| ($q.messages // $q.input) as $messages
| ([$messages[] | select(.role == "user")] | last | .content | joined(["text", "input_text"])) as $input
| ($q.model // $r.model | split(":")[0]) as $model
| { event: "llm_generation",
    event_id: $r.id,
    user_id: ($q.user // "anonymous"),
    timestamp: .completed_at,
    ai_data: ({ input: $input, output: $a.output, model: $model, convo_id: $q.session_id }
      | with_entries(select(.value != null and .value != ""))),
    properties: ({ model: $model, provider: $r.provider, finish_reason: $a.finish,
        prompt_tokens: $a.prompt, completion_tokens: $a.completion,
        total_tokens: ($r.usage.total_tokens // ($a.prompt + $a.completion)),
        total_cost: $r.usage.cost, duration_ms: .duration_ms, source: "openrouter",
        trace_id: ($q.trace.trace_id // $r.id),
        trace_name: ($q.trace.trace_name // "OpenRouter Request") }
      | with_entries(select(.value != null)))
      + ($q.trace // {} | del(.trace_id, .trace_name, .model, .provider, .source)) }
