//! How each client is pointed at the proxy: by an environment variable where it reads one, else by a line in
//! code or in its own configuration.
//!
//! Sources: the clients' own documentation and source. `tests/clients/README.md` lists which were run against a
//! stand-in for OpenRouter, and in which version.

use std::fmt::Write;
use std::str::FromStr;

use http::uri::Authority;

use crate::proxy::is_openrouter;
use crate::share::curl::quoted;

/// Where the OpenAI-compatible API is below the origin.
const V1: &str = "/api/v1";
/// Where Anthropic's SDKs append `/v1/messages`.
const API: &str = "/api";

/// Variables that clients read, with the path that each expects.
const VARIABLES: [(&str, &str); 5] = [
    ("OPENAI_BASE_URL", V1),
    ("OPENAI_API_BASE", V1),
    ("OPENROUTER_BASE_URL", V1),
    ("OPENROUTER_API_BASE", V1),
    ("ANTHROPIC_BASE_URL", API),
];

/// A client, and what to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownClient {
    /// The name after `--show`.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// The lines to use; `{origin}` stands for the proxy's origin.
    lines: &'static str,
}

/// The clients known by name.
pub const CLIENTS: [KnownClient; 17] = [
    KnownClient {
        name: "openai",
        about: "OpenAI's SDKs for Python and JavaScript",
        lines: "export OPENAI_BASE_URL={origin}/api/v1\n# Where the code gives a base URL, that one wins: base_url=\"{origin}/api/v1\" (JavaScript: baseURL)",
    },
    KnownClient {
        name: "anthropic",
        about: "Anthropic's SDKs for Python and JavaScript",
        lines: "export ANTHROPIC_BASE_URL={origin}/api",
    },
    KnownClient {
        name: "claude-code",
        about: "Claude Code",
        lines: "export ANTHROPIC_BASE_URL={origin}/api\nexport ANTHROPIC_AUTH_TOKEN=\"$OPENROUTER_API_KEY\"",
    },
    KnownClient {
        name: "langchain",
        about: "LangChain's ChatOpenAI and ChatOpenRouter",
        lines: "export OPENAI_BASE_URL={origin}/api/v1\nexport OPENAI_API_BASE={origin}/api/v1\nexport OPENROUTER_API_BASE={origin}/api/v1",
    },
    KnownClient {
        name: "litellm",
        about: "LiteLLM",
        lines: "export OPENROUTER_API_BASE={origin}/api/v1",
    },
    KnownClient {
        name: "aider",
        about: "aider",
        lines: "export OPENROUTER_API_BASE={origin}/api/v1",
    },
    KnownClient {
        name: "openrouter-sdk",
        about: "@openrouter/sdk (TypeScript)",
        lines: "export OPENROUTER_BASE_URL={origin}/api/v1",
    },
    KnownClient {
        name: "openrouter-python",
        about: "openrouter (Python)",
        lines: "OpenRouter(api_key=os.environ[\"OPENROUTER_API_KEY\"], server_url=\"{origin}/api/v1\")",
    },
    KnownClient {
        name: "ai-sdk",
        about: "@openrouter/ai-sdk-provider (Vercel's AI SDK)",
        lines: "createOpenRouter({ apiKey: process.env.OPENROUTER_API_KEY, baseURL: \"{origin}/api/v1\" })",
    },
    KnownClient {
        name: "pydantic-ai",
        about: "Pydantic AI",
        lines: "OpenRouterProvider(openai_client=AsyncOpenAI(base_url=\"{origin}/api/v1\", api_key=os.environ[\"OPENROUTER_API_KEY\"]))",
    },
    KnownClient {
        name: "ruby-llm",
        about: "RubyLLM",
        lines: "RubyLLM.configure { |config| config.openrouter_api_base = \"{origin}/api/v1\" }",
    },
    KnownClient {
        name: "llm",
        about: "llm (the command line tool) with its OpenAI-compatible models, in extra-openai-models.yaml",
        lines: "- model_id: via-rainscope\n  model_name: openai/gpt-4o-mini\n  api_base: \"{origin}/api/v1\"\n  api_key_name: openrouter",
    },
    KnownClient {
        name: "codex",
        about: "Codex, in ~/.codex/config.toml",
        lines: "model_provider = \"openrouter\"\n\n[model_providers.openrouter]\nname = \"OpenRouter\"\nbase_url = \"{origin}/api/v1\"\nenv_key = \"OPENROUTER_API_KEY\"",
    },
    KnownClient {
        name: "opencode",
        about: "opencode, in opencode.json",
        lines: "{ \"provider\": { \"openrouter\": { \"options\": { \"baseURL\": \"{origin}/api/v1\" } } } }",
    },
    KnownClient {
        name: "curl",
        about: "curl",
        lines: "curl {origin}/api/v1/chat/completions -H \"Authorization: Bearer $OPENROUTER_API_KEY\" -H 'Content-Type: application/json' -d '{\"model\":\"openai/gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hi\"}]}'",
    },
    KnownClient {
        name: "javascript",
        about: "anything in JavaScript that takes a base URL",
        lines: "baseURL: \"{origin}/api/v1\"",
    },
    KnownClient {
        name: "python",
        about: "anything in Python that takes a base URL",
        lines: "base_url=\"{origin}/api/v1\"",
    },
];

impl KnownClient {
    /// The client with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<KnownClient> {
        CLIENTS.into_iter().find(|client| client.name == name)
    }

    /// What to set, type or paste.
    #[must_use]
    pub fn lines(&self, origin: &str) -> String {
        self.lines.replace("{origin}", origin)
    }
}

/// The variables by which clients are told what no proxy of the environment's is asked for. A client that asks one for this
/// machine's addresses would give it key and prompts in clear text.
pub const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// The variables by which clients are told of such a proxy.
pub const PROXIES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The variables to set for a command, and their values, where the environment has these.
pub fn variables(
    origin: &str,
    of_environment: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = (&'static str, String)> {
    let own = |name: &str| of_environment(name).filter(|it| !it.trim().is_empty());
    // A client reads the one or the other first: each keeps its hosts, and one that is not set has those of the other.
    let unproxied = NO_PROXY.map(|name| {
        let known = own(name).or_else(|| NO_PROXY.iter().find_map(|other| own(other)));
        let all = match known {
            // It is for all there is only if it stands alone.
            Some(known) if known.trim() == "*" => known,
            Some(known) => format!("{known},{}", here(origin)),
            None => here(origin),
        };
        (name, all)
    });
    // Node's global-agent has names of its own.
    const OF_AGENT: [&str; 2] = ["GLOBAL_AGENT_HTTP_PROXY", "GLOBAL_AGENT_NO_PROXY"];
    let of_agent = own(OF_AGENT[0]).map(|_| match own(OF_AGENT[1]) {
        Some(known) => (OF_AGENT[1], format!("{known},{}", here(origin))),
        None => (OF_AGENT[1], here(origin)),
    });
    let base_urls = VARIABLES.map(|(name, path)| (name, format!("{origin}{path}")));
    base_urls.into_iter().chain(unproxied).chain(of_agent)
}

/// A variable of the environment's that leads clients to another server than OpenRouter, the upstream or this proxy: in its
/// place they would send that server's key and their prompts on to OpenRouter.
pub fn replaced(
    origin: &str,
    upstream: &str,
    of_environment: impl Fn(&str) -> Option<String>,
) -> Option<&'static str> {
    let server = |url: &str| {
        let url = url.trim().to_ascii_lowercase();
        let url = url.replace("://localhost:", "://127.0.0.1:");
        let server = url.split_once("://").map_or(&*url, |(_, rest)| rest);
        server.split(['/', '?', '#']).next().map(str::to_owned)
    };
    let is_known = |value: &str| {
        let known = server(value).unwrap_or_default();
        let authority = Authority::from_str(&known);
        let is_openrouter = authority.is_ok_and(|authority| is_openrouter(&authority));
        is_openrouter || [origin, upstream].map(server).contains(&Some(known))
    };
    let mut names = VARIABLES.into_iter().map(|(name, _)| name);
    names.find(|name| {
        let value = of_environment(name).unwrap_or_default();
        !value.trim().is_empty() && !is_known(&value)
    })
}

/// The names of this machine, as `NO_PROXY` has them, and the address that is listened at. One that is not listened at may be
/// more than a client can read: httpx 0.24.0 fails at `::1`.
fn here(origin: &str) -> String {
    const USUAL: &str = "127.0.0.1,localhost";
    let host = origin.trim_start_matches("http://");
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    match USUAL.split(',').any(|usual| usual == host) {
        true => USUAL.to_owned(),
        false => format!("{USUAL},{host}"),
    }
}

/// The same as lines that a shell with this environment evaluates.
pub fn exports(origin: &str, of_environment: impl Fn(&str) -> Option<String>) -> String {
    let is_plain = |value: &String| !value.contains(char::is_control);
    let of_environment = |name: &str| of_environment(name).filter(is_plain);
    let mut out = String::new();
    for (name, value) in variables(origin, of_environment) {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/.,_-".contains(c);
        let word = match value.chars().all(is_plain) {
            true => value,
            false => quoted(&value),
        };
        let _ = writeln!(out, "export {name}={word}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_client_is_told_the_origin_and_has_a_name_of_its_own() {
        let origin = "http://127.0.0.1:4111";
        let mut names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        for client in CLIENTS {
            let lines = client.lines(origin);
            assert!(lines.contains(&format!("{origin}/api")), "{lines}");
            assert!(!lines.contains("{origin}"), "{lines}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CLIENTS.len());
    }

    #[test]
    fn variables_are_exported_for_a_shell() {
        let environment = |name: &str| (name == "NO_PROXY").then(|| "it's.test".to_owned());
        let exports = exports("http://127.0.0.1:4111", environment);
        for line in [
            "export OPENAI_BASE_URL=http://127.0.0.1:4111/api/v1\n",
            "export ANTHROPIC_BASE_URL=http://127.0.0.1:4111/api\n",
            r"export NO_PROXY='it'\''s.test,127.0.0.1,localhost'",
            r"export no_proxy='it'\''s.test,127.0.0.1,localhost'",
        ] {
            assert!(exports.contains(line), "{exports}");
        }
        assert!(exports.lines().all(|line| line.starts_with("export ")));
    }

    #[test]
    fn who_has_led_clients_elsewhere_is_told() {
        let check = |value: &str, expected: Option<&str>| {
            let environment = |name: &str| (name == "OPENAI_BASE_URL").then(|| value.to_owned());
            let found = replaced("http://127.0.0.1:4111", "https://proxy.x.test", environment);
            assert_eq!(found, expected, "{value}");
        };
        for value in [
            "",
            "https://openrouter.ai/api/v1",
            "https://eu.openrouter.ai/api/v1",
            " https://OpenRouter.ai:443/api/v1",
            "http://127.0.0.1:4111/api/v1",
            "http://localhost:4111/api/v1",
            "https://proxy.x.test/v1",
        ] {
            check(value, None);
        }
        for value in [
            "https://api.openai.com/v1",
            "http://127.0.0.1:11434/v1",
            "https://openrouter.ai.x.test/",
            "https://openrouter.ai@x.test/",
        ] {
            check(value, Some("OPENAI_BASE_URL"));
        }
    }

    #[test]
    fn no_proxy_of_the_environment_is_asked_for_this_machine() {
        // What `NO_PROXY` and `no_proxy` are, and what they become.
        let check = |origin: &str, own: [Option<&str>; 2], expected: [&str; 2]| {
            let environment = |name: &str| {
                let own = own[usize::from(name == NO_PROXY[1])];
                own.filter(|_| NO_PROXY.contains(&name)).map(str::to_owned)
            };
            let all: Vec<_> = variables(origin, environment).collect();
            for (name, expected) in NO_PROXY.into_iter().zip(expected) {
                assert!(all.contains(&(name, expected.to_owned())), "{all:?}");
            }
        };
        let (local, here) = ("http://127.0.0.1:4111", "127.0.0.1,localhost");
        check(local, [None, None], [here; 2]);
        let v6 = &*format!("{here},::1");
        check("http://[::1]:4111", [Some(""), None], [v6; 2]);
        let other = &*format!("{here},127.0.0.2");
        check("http://127.0.0.2:4111", [None, None], [other; 2]);
        let a = &*format!("a.test,{here}");
        let b = &*format!("b.test,{here}");
        check(local, [Some("a.test"), Some("b.test")], [a, b]);
        check(local, [None, Some("b.test")], [b, b]);
        check(local, [Some("*"), Some("b.test")], ["*", b]);
        let agent = |name: &str| (name == "GLOBAL_AGENT_HTTP_PROXY").then(|| "p".to_owned());
        let has_agents = |(name, _)| name == "GLOBAL_AGENT_NO_PROXY";
        assert!(variables(local, agent).any(has_agents));
        assert!(!variables(local, |_| None).any(has_agents));
        let all = |name: &str| (name == "no_proxy").then(|| "*".to_owned());
        assert!(exports(local, all).contains("export NO_PROXY='*'\n"));
    }
}
