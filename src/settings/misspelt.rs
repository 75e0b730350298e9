//! Variables that are named like this program's and are none of them: what was meant by one would be ignored without a word,
//! as privacy mode by `RAINSCOPE_PRIVACY_MODE`.

use super::environment::{Environment, SINK_KEY};
use super::file;
use super::nearest::nearest;
use super::origin::{Hidden, SettingOrigin, SettingsProblem};
use super::schema::SETTINGS;

const PREFIX: &str = "RAINSCOPE_";

/// Those that no setting has.
const OTHERS: [&str; 8] = [
    "RAINSCOPE_CONFIG",
    "RAINSCOPE_CONFIG_DIR",
    "RAINSCOPE_STATE_DIR",
    "RAINSCOPE_DELIVERIES_TOKEN",
    "RAINSCOPE_LOG",
    "RAINSCOPE_LOG_PAYLOADS",
    crate::openrouter::BASE_URL,
    SINK_KEY,
];

/// What is set under a name that is nearly one of this program's, or begins with one. Any other may be somebody else's, such
/// as `RAINSCOPE_SERVICE_HOST` of Kubernetes.
pub(super) fn misspelt(environment: &Environment) -> Vec<SettingsProblem> {
    let of_settings = SETTINGS.iter().filter_map(|setting| setting.variable);
    let known: Vec<&'static str> = of_settings.chain(OTHERS).collect();
    let unknown = environment
        .names()
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let said = unknown.filter_map(|name| {
        let own = |name: &'static str| name.strip_prefix(PREFIX);
        let rest = name.strip_prefix(PREFIX)?;
        // What Kubernetes and those who start the program call their own.
        let is_others = ["_SERVICE_", "_PORT", "_FILE"]
            .iter()
            .any(|part| name.contains(part));
        let begins = known.iter().copied().filter(|known| {
            let behind = name.strip_prefix(known);
            !is_others && behind.is_some_and(|behind| behind.starts_with('_'))
        });
        // Nearly any short word is near to another.
        const SHORTEST: usize = 6;
        let near = nearest(rest, known.iter().filter_map(|known| own(known)));
        let near = near.filter(|_| rest.len() >= SHORTEST);
        let near = known
            .iter()
            .copied()
            .find(|known| near.is_some() && own(known) == near);
        let meant = near.or(begins.max_by_key(|known| known.len()))?;
        let setting = SETTINGS
            .iter()
            .find(|setting| setting.variable == Some(meant));
        Some(SettingsProblem {
            origin: SettingOrigin::Environment(meant),
            says: format!(
                "{name} is set, which is no variable of this program; did you mean {meant}?"
            ),
            hides: setting.map_or(Hidden::Destination, |setting| {
                file::hidden_in(setting.table)
            }),
        })
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_mean_one_of_this_programs() {
        for (name, meant) in [
            ("RAINSCOPE_PRIVACY_MODE", Some("RAINSCOPE_PRIVACY")),
            ("RAINSCOPE_PRIVATE", Some("RAINSCOPE_PRIVACY")),
            ("RAINSCOPE_BASEURL", Some("RAINSCOPE_BASE_URL")),
            ("RAINSCOPE_CONFIG_DIRS", Some("RAINSCOPE_CONFIG_DIR")),
            ("RAINSCOPE_LOG_LEVEL", Some("RAINSCOPE_LOG")),
            ("RAINSCOPE_PRIVACY", None),
            ("RAINSCOPE_LOG_PAYLOADS", None),
            ("RAINSCOPE_BIN", None),
            ("RAINSCOPE_LOG_FILE", None),
            ("RAINSCOPE_SERVICE_HOST", None),
            ("RAINSCOPE_PORT", None),
            ("RAINSCOPE_PORT_5899_TCP_ADDR", None),
            ("RAINDROP_PRIVACY", None),
        ] {
            let problems = misspelt(&Environment::from([(name, "1")]));
            let found = problems.first().map(|problem| problem.origin.clone());
            assert_eq!(found, meant.map(SettingOrigin::Environment), "{name}");
        }
        assert!(misspelt(&Environment::from([("RAINSCOPE_PRIVATE", "")])).is_empty());
    }
}
