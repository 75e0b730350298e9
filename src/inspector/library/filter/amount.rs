//! What a filter asks of a cost, of tokens or of a duration: `cost>0.01`, `tokens>=1000`, `duration<2s`.

use crate::inspector::library::Summary;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Cost,
    Tokens,
    Duration,
}

/// How it is compared. The longer ones come first, since the others begin them.
const COMPARISONS: [(&str, Comparison); 5] = [
    (">=", |have, asked| have >= asked),
    ("<=", |have, asked| have <= asked),
    (">", |have, asked| have > asked),
    ("<", |have, asked| have < asked),
    ("=", |have, asked| have.total_cmp(&asked).is_eq()),
];

/// Whether what there is compares so with what is asked for.
type Comparison = fn(f64, f64) -> bool;

/// Names, and an example of each.
pub(super) const MEASURES: [(&str, Measure, &str); 3] = [
    ("cost", Measure::Cost, "cost>0.01, in US dollars"),
    ("tokens", Measure::Tokens, "tokens>=1000 or tokens>=1k"),
    (
        "duration",
        Measure::Duration,
        "duration>2s or duration>300ms",
    ),
];

/// A comparison with a number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    measure: Measure,
    comparison: Comparison,
    asked: f64,
}

impl Amount {
    /// Reads a word that begins with the name of a measure and a comparison, with or without a colon between them.
    /// None where it does not; what is wrong with it where the number is no number.
    pub(super) fn parse(word: &str) -> Option<Result<Amount, String>> {
        let (name, measure, example, rest) =
            MEASURES.into_iter().find_map(|(name, measure, example)| {
                let rest = word.strip_prefix(name)?;
                rest.starts_with([':', '>', '<', '='])
                    .then_some((name, measure, example, rest))
            })?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let found = COMPARISONS
            .into_iter()
            .find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)));
        let Some((comparison, number)) = found else {
            return Some(Err(format!("{name} is compared, as {example}")));
        };
        let asked = match measure {
            Measure::Cost => amount(number.trim_start_matches('$')),
            Measure::Tokens => match number.strip_suffix('k') {
                Some(thousands) => amount(thousands).map(|thousands| thousands * 1000.0),
                None => amount(number),
            },
            Measure::Duration => milliseconds(number),
        };
        Some(match asked {
            Some(asked) => Ok(Amount {
                measure,
                comparison,
                asked,
            }),
            None if number.is_empty() => Err(format!("the number is missing: as {example}")),
            None if measure == Measure::Duration && amount(number).is_some() => {
                Err(format!("{number} of what? As {example}"))
            }
            None => Err(format!("\"{number}\" is no amount: as {example}")),
        })
    }

    /// Whether a completion's amount compares so. One that is unknown compares with nothing.
    pub(super) fn fits(&self, summary: &Summary) -> bool {
        let facts = &summary.facts;
        let have = match self.measure {
            Measure::Cost => facts.cost,
            Measure::Tokens => facts.tokens,
            Measure::Duration => facts.duration,
        };
        have.is_some_and(|have| (self.comparison)(have, self.asked))
    }
}

/// A number that is not negative, as a person writes it.
fn amount(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number.is_sign_positive()).then_some(number)
}

/// A duration with its unit, in milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 4] = [("ms", 1.0), ("s", 1e3), ("min", 6e4), ("h", 3.6e6)];
    let unit = |(unit, millis): (&str, f64)| Some(amount(text.strip_suffix(unit)?)? * millis);
    UNITS.into_iter().find_map(unit)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::inspector::library::facts::Facts;

    #[test]
    fn amounts_are_compared() {
        let summary = Summary {
            facts: Facts {
                cost: Some(0.02),
                tokens: Some(1000.0),
                ..Facts::default()
            },
            ..Summary::default()
        };
        let slow = |millis| Summary {
            facts: Facts {
                duration: Some(millis),
                ..Facts::default()
            },
            ..Summary::default()
        };
        let check = |word: &str, summary: &Summary, expected: bool| {
            let amount = Amount::parse(word).unwrap().unwrap();
            assert_eq!(amount.fits(summary), expected, "{word}");
        };
        for (word, expected) in [
            ("cost>0.01", true),
            ("cost:>0.01", true),
            ("cost>$0.01", true),
            ("cost>0.02", false),
            ("cost>=0.02", true),
            ("cost=0.02", true),
            ("cost<1e-2", false),
            ("tokens>=1000", true),
            ("tokens>=1k", true),
            ("tokens:<1k", false),
            // What is unknown is neither.
            ("duration>0s", false),
            ("duration<1h", false),
        ] {
            check(word, &summary, expected);
        }
        check("duration>2s", &slow(2001.0), true);
        check("duration<=2s", &slow(2000.0), true);
        check("duration<300ms", &slow(300.0), false);
        check("duration<1.5min", &slow(89_999.0), true);
    }

    #[test]
    fn what_is_no_amount_is_told() {
        let check = |word: &str, expected: &str| {
            let why = Amount::parse(word).unwrap().unwrap_err();
            assert!(why.contains(expected), "{word}: {why}");
        };
        check("cost>", "the number is missing: as cost>0.01");
        check("cost:0.01", "cost is compared, as cost>0.01");
        check("cost>cheap", "\"cheap\" is no amount");
        check("cost>-1", "\"-1\" is no amount");
        check("cost>nan", "is no amount");
        check("cost>1e999", "is no amount");
        check("duration>2", "2 of what? As duration>2s");
        check("tokens>=", "tokens>=1000");
        assert!(Amount::parse("cost").is_none());
        assert!(Amount::parse("costly>1").is_none());
    }
}
