//! Values of many completions: their sum, middle and extremes, and how they spread.

/// How values are spread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Distribution {
    values: Vec<f64>,
    is_sorted: bool,
}

impl Distribution {
    pub(super) fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.values.push(value);
            self.is_sorted = false;
        }
    }

    pub(super) fn sort(&mut self) {
        if !self.is_sorted {
            self.values.sort_by(f64::total_cmp);
            self.is_sorted = true;
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All together.
    pub fn sum(&self) -> f64 {
        self.values.iter().sum()
    }

    /// The value below which this share of them lies.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.values.len().saturating_sub(1);
        // Between two values it lies between them, as the median of an even number does.
        let place = last as f64 * share;
        let value = |place: f64| self.values.get(place as usize).copied().unwrap_or(0.0);
        let (below, above) = (value(place.floor()), value(place.ceil()));
        below + (above - below) * place.fract()
    }

    /// How many values lie in each of so many steps from the least to the greatest. The steps are
    /// equal factors where all values are positive, since cost and time span orders of magnitude.
    pub fn histogram(&self, steps: usize) -> Vec<usize> {
        let mut counts = vec![0; steps.max(1)];
        let (least, most) = (self.at(0.0), self.at(1.0));
        let scale = |value: f64| if least > 0.0 { value.ln() } else { value };
        let width = scale(most) - scale(least);
        for value in &self.values {
            let share = match width > 0.0 {
                true => (scale(*value) - scale(least)) / width,
                false => 0.0,
            };
            let step = (share * counts.len() as f64) as usize;
            let last = counts.len() - 1;
            counts[step.min(last)] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of an even number the median lies between the two in the middle.
    #[test]
    fn the_median_of_two_is_neither() {
        let mut two = Distribution::default();
        two.add(Some(1.0));
        two.add(Some(0.5));
        two.sort();
        assert!((two.at(0.5) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn spreads_are_told_in_steps() {
        let check = |values: &[f64], steps, expected: &[usize]| {
            let mut spread = Distribution::default();
            values.iter().for_each(|value| spread.add(Some(*value)));
            spread.sort();
            assert_eq!(spread.histogram(steps), expected, "{values:?}");
        };
        check(&[], 3, &[0, 0, 0]);
        check(&[5.0, 5.0], 3, &[2, 0, 0]);
        check(&[1000.0, 1.0, 10.0, 100.0], 3, &[1, 1, 2]);
        check(&[0.0, 1.0, 2.0, 3.0], 2, &[2, 2]);
    }
}
