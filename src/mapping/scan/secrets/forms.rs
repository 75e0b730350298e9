//! How the services whose keys are known write them: prefix, alphabet and length.

/// How a service writes its keys.
pub(super) struct Form {
    pub(super) prefix: &'static str,
    pub(super) kind: &'static str,
    pub(super) alphabet: Alphabet,
    /// The fewest and the most characters behind the prefix.
    pub(super) length: (usize, usize),
}

/// The characters of a key behind its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `0-9a-f`
    Hex,
    /// `A-Z0-9`
    Upper,
    /// Letters and digits.
    Letters,
    /// Letters, digits, `_`
    Word,
    /// Letters, digits, `_` and `-`
    Url,
}

const fn form(
    prefix: &'static str,
    kind: &'static str,
    alphabet: Alphabet,
    least: usize,
    most: usize,
) -> Form {
    Form {
        prefix,
        kind,
        alphabet,
        length: (least, most),
    }
}

/// The forms that are known; of two that fit, the earlier one counts. Sources: the services' own
/// documentation, and the patterns that GitHub's secret scanning and gitleaks publish.
pub(super) const FORMS: [Form; 41] = [
    form("sk-or-v1-", "an OpenRouter key", Alphabet::Hex, 64, 64),
    form("sk-ant-api03-", "an Anthropic key", Alphabet::Url, 80, 120),
    form(
        "sk-ant-admin01-",
        "an Anthropic key",
        Alphabet::Url,
        80,
        120,
    ),
    form(
        "sk-ant-oat01-",
        "an Anthropic token",
        Alphabet::Url,
        80,
        120,
    ),
    form(
        "sk-ant-ort01-",
        "an Anthropic token",
        Alphabet::Url,
        80,
        120,
    ),
    form("sk-proj-", "an OpenAI key", Alphabet::Url, 40, 180),
    form("sk-svcacct-", "an OpenAI key", Alphabet::Url, 40, 180),
    form("sk-admin-", "an OpenAI key", Alphabet::Url, 40, 180),
    form("sk-lf-", "a Langfuse key", Alphabet::Url, 36, 36),
    form("sk-", "an OpenAI key", Alphabet::Letters, 48, 48),
    form("sk-", "an API key", Alphabet::Hex, 32, 32),
    form("xai-", "an xAI key", Alphabet::Word, 80, 80),
    form("gsk_", "a Groq key", Alphabet::Letters, 52, 52),
    form("AIza", "a Google key", Alphabet::Url, 35, 35),
    form("GOCSPX-", "a Google client secret", Alphabet::Url, 28, 28),
    form("hf_", "a Hugging Face token", Alphabet::Letters, 34, 34),
    form(
        "api_org_",
        "a Hugging Face token",
        Alphabet::Letters,
        34,
        34,
    ),
    form("sk_live_", "a Stripe key", Alphabet::Letters, 24, 247),
    form("rk_live_", "a Stripe key", Alphabet::Letters, 24, 247),
    form("sk_test_", "a Stripe key", Alphabet::Letters, 24, 247),
    form("rk_test_", "a Stripe key", Alphabet::Letters, 24, 247),
    form("ghp_", "a GitHub token", Alphabet::Letters, 36, 36),
    form("gho_", "a GitHub token", Alphabet::Letters, 36, 36),
    form("ghu_", "a GitHub token", Alphabet::Letters, 36, 36),
    form("ghs_", "a GitHub token", Alphabet::Letters, 36, 36),
    form("ghr_", "a GitHub token", Alphabet::Letters, 36, 76),
    form("github_pat_", "a GitHub token", Alphabet::Word, 82, 82),
    form("glpat-", "a GitLab token", Alphabet::Url, 20, 64),
    form("npm_", "an npm token", Alphabet::Letters, 36, 36),
    form("r8_", "a Replicate token", Alphabet::Letters, 37, 37),
    form("pplx-", "a Perplexity key", Alphabet::Letters, 48, 56),
    form("csk-", "a Cerebras key", Alphabet::Letters, 48, 48),
    form("nvapi-", "an NVIDIA key", Alphabet::Url, 64, 70),
    form("tgp_v1_", "a Together key", Alphabet::Url, 43, 43),
    form("dop_v1_", "a DigitalOcean token", Alphabet::Hex, 64, 64),
    form("AKIA", "an AWS key id", Alphabet::Upper, 16, 16),
    form("ASIA", "an AWS key id", Alphabet::Upper, 16, 16),
    form("ABIA", "an AWS key id", Alphabet::Upper, 16, 16),
    form("ACCA", "an AWS key id", Alphabet::Upper, 16, 16),
    form("xapp-", "a Slack token", Alphabet::Url, 40, 160),
    form("xox", "a Slack token", Alphabet::Url, 30, 255),
];

/// The bytes that forms begin with.
pub(super) static BEGINNINGS: [bool; 256] = {
    let mut beginnings = [false; 256];
    let mut at = 0;
    while at < FORMS.len() {
        beginnings[FORMS[at].prefix.as_bytes()[0] as usize] = true;
        at += 1;
    }
    beginnings
};

impl Alphabet {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Alphabet::Hex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Alphabet::Upper => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            Alphabet::Letters => byte.is_ascii_alphanumeric(),
            Alphabet::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Alphabet::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        }
    }
}
