//! What libraries and gateways call the providers that they ask.

/// Names by which libraries and gateways call providers whose own API they ask, up to the first dot.
const VENDORS: [&str; 35] = [
    "openai",
    "azure",
    "azure_openai",
    "azure-openai",
    "anthropic",
    "google",
    "google_genai",
    "google_vertexai",
    "google-ai-studio",
    "google-vertex-ai",
    "vertex_ai",
    "gemini",
    "bedrock",
    "amazon_bedrock",
    "amazon-bedrock",
    "aws-bedrock",
    "groq",
    "mistral",
    "cohere",
    "deepseek",
    "xai",
    "ollama",
    "bedrock_converse",
    "cerebras",
    "deepinfra",
    "fireworks",
    "huggingface",
    "lmstudio",
    "mistralai",
    "nvidia",
    "perplexity",
    "sambanova",
    "together",
    "togetherai",
    "vertex",
];

/// The provider that a library names as the one that it asked: `openai`, `openai.chat`, `anthropic.messages`. OpenRouter names
/// its providers with a capital.
pub(super) fn vendor(name: &str) -> Option<&'static str> {
    let name = name.split('.').next().unwrap_or_default();
    VENDORS.into_iter().find(|vendor| *vendor == name)
}

/// Whether a provider's name may be that of a kind of client, which asks any server that has its API: OpenRouter has both.
pub(super) fn is_kind_of_client(name: &str) -> bool {
    matches!(vendor(name), Some("openai" | "anthropic"))
}
