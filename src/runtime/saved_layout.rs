//! The panes' layout as the inspector was last left, in a small file beside the history. The latest change wins:
//! the file, unless `[layout]` in the settings has changed since it was written.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::files::{Readers, read_text, replace};
use crate::inspector::ui::arrangement::Arrangement;
use crate::settings::{SettingName, Settings};
use crate::system;

const HEAD: &str =
    "# The inspector's panes as they were last left; rainscope writes this file itself.\n";

/// Most bytes read. Chosen: many times what is ever written.
const MOST: u64 = 4096;

/// Where the arrangement is remembered, and what it was in the beginning.
#[derive(Debug, Clone)]
pub struct SavedLayout {
    path: PathBuf,
    configured: ConfiguredWidths,
    /// What the inspector begins with.
    pub arrangement: Arrangement,
    /// Why the saved layout cannot be used.
    pub mistake: Option<String>,
}

/// What `[layout]` in the settings says, in hundredths of the width.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfiguredWidths {
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<u32>,
}

/// The file.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    /// See [`Arrangement::dividers`].
    dividers: [u16; 2],
    /// The zoomed pane, as earlier versions wrote it; ignored, since the inspector starts with all panes.
    #[serde(default, skip_serializing)]
    zoomed: Option<IgnoredAny>,
    /// What the settings said when this was written.
    #[serde(default)]
    settings: ConfiguredWidths,
}

/// The arrangement that `[layout]` in the settings asks for.
pub fn of_settings(settings: &Settings) -> Arrangement {
    ConfiguredWidths::of(settings).arrangement()
}

impl SavedLayout {
    /// Reads the saved layout; none where there is no folder for it.
    pub fn of(settings: &Settings) -> Option<SavedLayout> {
        let path = settings.paths.layout.clone()?;
        let configured = ConfiguredWidths::of(settings);
        let (file, mistake) = match read(&path) {
            Ok(file) => (file, None),
            Err(why) => {
                let file = path.display();
                let says = format!("{file}: the panes' layout is not as it was left: {why}");
                (None, Some(says))
            }
        };
        let last = file.filter(|file| file.settings == configured);
        Some(SavedLayout {
            path,
            configured,
            arrangement: last.map_or_else(|| configured.arrangement(), LayoutFile::arrangement),
            mistake,
        })
    }

    /// Saves the layout if it was changed.
    ///
    /// # Errors
    /// The file cannot be written; the error is a sentence.
    pub fn keep(&self, now: Arrangement) -> Result<(), String> {
        if now == self.arrangement {
            return Ok(());
        }
        let file = LayoutFile {
            dividers: now.dividers,
            zoomed: None,
            settings: self.configured,
        };
        let written = toml::to_string(&file)
            .map_err(io::Error::other)
            .and_then(|text| {
                replace(
                    &self.path,
                    (HEAD.to_owned() + &text).as_bytes(),
                    Readers::Usual,
                )
            });
        written.map_err(|error| {
            let (path, why) = (self.path.display(), system::reason_unwritten(&error));
            format!("the panes' layout is not remembered: {path}: {why}")
        })
    }
}

impl ConfiguredWidths {
    fn of(settings: &Settings) -> ConfiguredWidths {
        ConfiguredWidths {
            list: settings.some_number(SettingName::LayoutList),
            event: settings.some_number(SettingName::LayoutEvent),
        }
    }

    fn arrangement(self) -> Arrangement {
        Arrangement::with_widths(self.list, self.event)
    }
}

impl LayoutFile {
    fn arrangement(self) -> Arrangement {
        Arrangement {
            dividers: self.dividers,
        }
    }
}

/// What the file holds; none where there is no file. No message quotes it, since anything may be in it.
fn read(path: &Path) -> Result<Option<LayoutFile>, String> {
    let text = match read_text(path, MOST) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(system::reason(&error)),
    };
    let strange = || "it is not as rainscope writes it; moving a divider writes it anew".to_owned();
    let file: LayoutFile = toml::from_str(&text).map_err(|_| strange())?;
    match file.dividers.iter().all(|share| *share < 1000) {
        true => Ok(Some(file)),
        false => Err(strange()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    use crate::settings::{Environment, Overrides};

    type Case<'c> = (Option<&'c str>, &'c str, [u16; 2], bool);

    #[test]
    fn what_was_said_last_counts() -> io::Result<()> {
        const LEFT: &str = "dividers = [150, 700]\n";
        const DEEP: &str = "dividers = [";
        let huge = format!("{}{LEFT}", "# x\n".repeat(2000));
        let deep = DEEP.repeat(300);
        // The state file, `[layout]` in the settings, dividers in the beginning, and a mistake.
        let table: [Case<'_>; 15] = [
            (None, "", [0, 0], false),
            (None, "list = 25", [250, 0], false),
            (None, "list = 25\nevent = 30", [250, 700], false),
            (Some(LEFT), "", [150, 700], false),
            (
                Some("dividers = [150, 700]\nzoomed = 'event'"),
                "",
                [150, 700],
                false,
            ),
            // Widths were set in the settings since then.
            (Some(LEFT), "list = 25", [250, 0], false),
            // Moved after it was said in the settings.
            (
                Some("dividers = [150, 700]\nsettings.list = 25"),
                "list = 25",
                [150, 700],
                false,
            ),
            (
                Some("dividers = [150, 700]\nsettings.list = 30"),
                "list = 25",
                [250, 0],
                false,
            ),
            // Taken out of the settings again.
            (
                Some("dividers = [150, 700]\nsettings.list = 30"),
                "",
                [0, 0],
                false,
            ),
            (Some("dividers = [150, 1000]"), "", [0, 0], true),
            (Some("dividers = [-1, 1]"), "list = 25", [250, 0], true),
            (Some("dividers = [1, 1]\nmore = 1"), "", [0, 0], true),
            (Some("\u{1b}[31m\0"), "", [0, 0], true),
            (Some(&huge), "", [0, 0], true),
            (Some(&deep), "", [0, 0], true),
        ];
        let folder = std::env::temp_dir().join(format!("rainscope-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder)?;
        for (state, layout, dividers, is_mistaken) in table {
            let path = folder.join("layout.toml");
            let _ = fs::remove_file(&path);
            if let Some(state) = state {
                fs::write(&path, state)?;
            }
            fs::write(folder.join("config.toml"), format!("[layout]\n{layout}"))?;
            let here = folder.to_string_lossy().into_owned();
            let environment = Environment::from([
                ("RAINSCOPE_STATE_DIR", here.as_str()),
                ("RAINSCOPE_CONFIG_DIR", here.as_str()),
            ]);
            let (settings, problems) = Settings::load(&environment, &Overrides::default());
            assert!(problems.is_empty(), "{problems:?}");
            let found = SavedLayout::of(&settings).ok_or(ErrorKind::NotFound)?;
            let case = format!("{state:?} with {layout:?}");
            assert_eq!(found.arrangement, Arrangement { dividers }, "{case}");
            assert_eq!(found.mistake.is_some(), is_mistaken, "{case}");
            let says = found.mistake.clone().unwrap_or_default();
            assert!(!says.contains('\u{1b}'), "{says}");
            // What was not changed is not written.
            assert_eq!(found.keep(found.arrangement), Ok(()));
            assert_eq!(fs::read_to_string(&path).ok().as_deref(), state, "{case}");
            // What was, is there the next time.
            let moved = Arrangement {
                dividers: [222, 777],
            };
            assert_eq!(found.keep(moved), Ok(()));
            let next = SavedLayout::of(&settings).ok_or(ErrorKind::NotFound)?;
            assert_eq!((next.arrangement, next.mistake), (moved, None), "{case}");
        }
        fs::remove_dir_all(folder)
    }
}
