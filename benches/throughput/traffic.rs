//! Records like those of real traffic, the same ones every time: conversations of several turns, texts
//! in Chinese and Japanese, tools, long documents, streams, and all three APIs.

use std::fmt::Write;

pub const WORDS: &[&str] = &[
    "the",
    "river",
    "carries",
    "small",
    "boats",
    "past",
    "our",
    "window",
    "every",
    "morning",
    "and",
    "nobody",
    "asks",
    "where",
    "they",
    "go",
    "please",
    "summarise",
    "report",
    "compare",
    "these",
    "three",
    "offers",
    "in",
    "a",
    "table",
    "with",
    "prices",
    "explain",
    "why",
    "bread",
    "rises",
    "when",
    "it",
    "is",
    "warm",
    "write",
    "function",
    "that",
    "sorts",
    "names",
    "by",
    "length",
    "café",
    "naïve",
    "don't",
    "“quoted”",
    "£40",
    "😀",
    "it's",
    "42",
    "3.5%",
];
const HAN: &[&str] = &[
    "今天",
    "的",
    "天气",
    "很好",
    "我们",
    "去",
    "河边",
    "散步",
    "请",
    "帮我",
    "写",
    "一封",
    "信",
    "给",
    "老师",
    "価格",
    "を",
    "比べて",
    "ください",
    "電車",
    "は",
    "何時",
    "に",
    "出ますか",
    "，",
    "。",
];

/// Numbers that look random and are not (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most - least + 1)
    }

    /// A text of about so many words, as it stands between a JSON string's quotes.
    fn text(&mut self, words: usize, han: bool) -> String {
        let mut out = String::new();
        for index in 0..words {
            if index > 0 {
                out.push_str(match self.below(24) {
                    0 => ".\\n",
                    1 => ", ",
                    2 => " \\\"so\\\" ",
                    _ if han => "",
                    _ => " ",
                });
            }
            let list = if han { HAN } else { WORDS };
            out.push_str(list[self.below(list.len())]);
        }
        out
    }
}

/// So many records, one a line.
pub fn lines(records: usize) -> String {
    let mut dice = Dice(7);
    let mut out = String::new();
    for index in 0..records {
        record(&mut dice, index, &mut out);
        out.push('\n');
    }
    out
}

fn record(dice: &mut Dice, index: usize, out: &mut String) {
    let kind = dice.below(100);
    let id = format!("gen-{}-{:016x}", 1_780_000_000 + index, dice.roll());
    let created = 1_780_000_000 + index;
    let (request, response) = match kind {
        0..45 => chat(dice, &id, created, false, 120),
        45..60 => chat(dice, &id, created, true, 90),
        60..75 => tools(dice, &id, created),
        75..82 => chat(dice, &id, created, false, 2500),
        82..92 => stream(dice, &id, created),
        92..96 => responses(dice, &id, created),
        _ => messages(dice, &id),
    };
    let _ = write!(
        out,
        r#"{{"name":"request {index}","request":{{{request}{}}},"response":{response},"duration_ms":{},"completed_at":"2026-06-05T12:{:02}:{:02}.{:03}Z"}}"#,
        metadata(dice),
        dice.between(300, 40_000),
        dice.below(60),
        dice.below(60),
        dice.below(1000),
    );
}

/// User, session and trace, as most callers send them.
fn metadata(dice: &mut Dice) -> String {
    let mut out = String::new();
    if dice.below(10) > 0 {
        let _ = write!(out, r#","user":"user_{}""#, dice.below(5000));
    }
    if dice.below(10) > 2 {
        let _ = write!(
            out,
            r#","session_id":"session-{:08x}""#,
            dice.below(1 << 30)
        );
    }
    if dice.below(10) > 3 {
        let _ = write!(
            out,
            r#","trace":{{"trace_name":"Nightly digest","environment":"production","build":{},"feature":{{"name":"search","beta":true}}}}"#,
            dice.below(9000)
        );
    }
    out
}

fn usage(dice: &mut Dice) -> String {
    let (prompt, completion) = (dice.between(20, 9000), dice.between(1, 2000));
    format!(
        r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{},"cost":{}.{:02}e-05,"is_byok":false,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"cost_details":{{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.0000087,"upstream_inference_completions_cost":0.0000144}},"completion_tokens_details":{{"reasoning_tokens":0,"image_tokens":0}}}}"#,
        prompt + completion,
        dice.between(1, 90),
        dice.below(100)
    )
}

fn conversation(dice: &mut Dice, han: bool, words: usize) -> String {
    let turns = dice.between(1, 7);
    let mut out = format!(
        r#"{{"role":"system","content":"{}"}}"#,
        dice.text(words / 2, false)
    );
    for _ in 1..turns {
        let (asked, said) = (dice.between(8, words), dice.between(20, words));
        let _ = write!(
            out,
            r#",{{"role":"user","content":"{}"}},{{"role":"assistant","content":"{}"}}"#,
            dice.text(asked, han),
            dice.text(said, han)
        );
    }
    let last = dice.between(8, words);
    let _ = write!(
        out,
        r#",{{"role":"user","content":"{}"}}"#,
        dice.text(last, han)
    );
    out
}

fn chat(dice: &mut Dice, id: &str, created: usize, han: bool, words: usize) -> (String, String) {
    let request = format!(
        r#""model":"openai/gpt-4o-mini","messages":[{}],"temperature":0.7,"max_tokens":1024"#,
        conversation(dice, han, words)
    );
    let length = dice.between(20, words * 2);
    let response = format!(
        r#"{{"id":"{id}","provider":"OpenAI","model":"openai/gpt-4o-mini","object":"chat.completion","created":{created},"choices":[{{"logprobs":null,"finish_reason":"stop","native_finish_reason":"stop","index":0,"message":{{"role":"assistant","content":"{}","refusal":null,"reasoning":null}}}}],"usage":{}}}"#,
        dice.text(length, han),
        usage(dice)
    );
    (request, response)
}

fn tools(dice: &mut Dice, id: &str, created: usize) -> (String, String) {
    let mut tools = String::new();
    for index in 0..dice.between(2, 8) {
        let _ = write!(
            tools,
            r#"{}{{"type":"function","function":{{"name":"tool_{index}","description":"{}","parameters":{{"type":"object","properties":{{"place":{{"type":"string","description":"{}"}},"days":{{"type":"integer","minimum":1,"maximum":14}},"unit":{{"type":"string","enum":["celsius","fahrenheit"]}}}},"required":["place"],"additionalProperties":false}}}}}}"#,
            if index > 0 { "," } else { "" },
            dice.text(24, false),
            dice.text(8, false)
        );
    }
    let request = format!(
        r#""model":"anthropic/claude-sonnet-4.6","messages":[{},{{"role":"assistant","content":null,"tool_calls":[{{"id":"call_1","type":"function","function":{{"name":"tool_1","arguments":"{{\"place\":\"{}\",\"days\":3}}"}}}}]}},{{"role":"tool","tool_call_id":"call_1","content":"{{\"rows\":[{}]}}"}}],"tools":[{tools}],"tool_choice":"auto""#,
        conversation(dice, false, 60),
        dice.text(2, false).replace(['"', '\\'], ""),
        "1,2,3,4.25,-1,0,".repeat(dice.between(4, 90)) + "0"
    );
    let response = format!(
        r#"{{"id":"{id}","provider":"Anthropic","model":"anthropic/claude-4.6-sonnet-20260217","object":"chat.completion","created":{created},"choices":[{{"logprobs":null,"finish_reason":"tool_calls","native_finish_reason":"tool_use","index":0,"message":{{"role":"assistant","content":"{}","refusal":null,"reasoning":null,"tool_calls":[{{"type":"function","index":0,"id":"call_2","function":{{"name":"tool_0","arguments":"{{\"place\":\"Lisbon\"}}"}}}}]}}}}],"usage":{}}}"#,
        dice.text(12, false),
        usage(dice)
    );
    (request, response)
}

/// A response that was streamed stands in the record as its transcript.
fn stream(dice: &mut Dice, id: &str, created: usize) -> (String, String) {
    let request = format!(
        r#""model":"google/gemini-3.5-flash-lite","messages":[{}],"stream":true"#,
        conversation(dice, false, 80)
    );
    let head = format!(
        r#"\"id\":\"{id}\",\"provider\":\"Google\",\"model\":\"google/gemini-3.5-flash-lite\",\"object\":\"chat.completion.chunk\",\"created\":{created}"#
    );
    let mut out = String::from(r#"": OPENROUTER PROCESSING\n\n"#);
    for _ in 0..dice.between(20, 120) {
        let words = dice.between(1, 6);
        let text = dice.text(words, false).replace(['"', '\\'], "");
        let _ = write!(
            out,
            r#"data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{\"role\":\"assistant\",\"content\":\" {text}\"}},\"finish_reason\":null,\"native_finish_reason\":null,\"logprobs\":null}}]}}\n\n"#
        );
    }
    let _ = write!(
        out,
        r#"data: {{{head},\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"\"}},\"finish_reason\":\"stop\",\"native_finish_reason\":\"STOP\",\"logprobs\":null}}],\"usage\":{}}}\n\ndata: [DONE]\n\n""#,
        usage(dice).replace('"', "\\\"")
    );
    (request, out)
}

fn responses(dice: &mut Dice, id: &str, created: usize) -> (String, String) {
    let request = format!(
        r#""model":"openai/gpt-5-mini","input":[{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{}"}}]}}],"instructions":"{}""#,
        dice.text(60, false),
        dice.text(40, false)
    );
    let response = format!(
        r#"{{"object":"response","id":"{id}","created_at":{created},"model":"openai/gpt-5-mini","status":"completed","output":[{{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"{}"}},{{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{{"type":"output_text","text":"{}","annotations":[],"logprobs":[]}}]}}],"output_text":"","error":null,"incomplete_details":null,"usage":{{"input_tokens":120,"output_tokens":310,"total_tokens":430,"cost":0.00021,"input_tokens_details":{{"cached_tokens":0}},"output_tokens_details":{{"reasoning_tokens":128}}}}}}"#,
        "Z0FBQUFB".repeat(dice.between(20, 160)),
        dice.text(150, false)
    );
    (request, response)
}

fn messages(dice: &mut Dice, id: &str) -> (String, String) {
    let request = format!(
        r#""model":"anthropic/claude-haiku-4.5","max_tokens":900,"system":"{}","messages":[{{"role":"user","content":[{{"type":"text","text":"{}"}}]}}]"#,
        dice.text(50, false),
        dice.text(90, false)
    );
    let response = format!(
        r#"{{"id":"{id}","type":"message","role":"assistant","model":"anthropic/claude-4.5-haiku-20251001","provider":"Anthropic","content":[{{"type":"text","text":"{}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":210,"cache_creation_input_tokens":0,"cache_read_input_tokens":1800,"output_tokens":160,"cost":0.00132}}}}"#,
        dice.text(120, false)
    );
    (request, response)
}
