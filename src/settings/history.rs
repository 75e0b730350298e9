//! The history at the place and with the retention of the settings.

use super::{SettingName, Settings};
use crate::delivery::history::{History, HistoryError, Retention};

/// How much is remembered.
pub fn retention(settings: &Settings) -> Retention {
    Retention {
        keep: settings.number(SettingName::HistoryKeep),
        keep_bodies: settings.number(SettingName::HistoryKeepBodies),
        days: settings.number(SettingName::HistoryKeepDays),
    }
}

/// Opens the history and forgets what is too old or too much; none where the settings switch it off. `now`
/// is in milliseconds since 1970.
///
/// # Errors
/// As for [`History::open`], or when the system names no folder for it.
pub fn open(settings: &Settings, now: i64) -> Result<Option<History>, HistoryError> {
    if !settings.flag(SettingName::HistoryEnabled) {
        return Ok(None);
    }
    let path = settings
        .paths
        .history
        .as_deref()
        .ok_or(HistoryError::NoFolder)?;
    let history = History::open(path)?;
    history.prune(&retention(settings), now)?;
    Ok(Some(history))
}
