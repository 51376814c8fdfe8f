//! The settings in place of what the command line leaves open.

use super::args::{Locale, Preferences, Verb};
use crate::contract::commands;
use crate::settings::{self, SettingsError};

impl Verb {
    /// Fills in what the command line leaves open, where the settings have it.
    pub(super) fn follow_settings(&mut self) -> Result<(), SettingsError> {
        let Some(common) = self.common() else {
            return Ok(());
        };
        let settings = match (&common.settings, common.is_live()) {
            (Some(path), _) => settings::read(path)?,
            (None, true) => match settings::path_of_user() {
                Some(path) => settings::read_where_there_is_one(&path)?,
                None => return Ok(()),
            },
            // A demo and what was recorded look the same to everybody.
            (None, false) => return Ok(()),
        };
        let language = settings.language.map(|language| match language {
            commands::Locale::En => Locale::En,
            commands::Locale::Zh => Locale::Zh,
        });
        common.locale = common.locale.or(language);
        common.zone = common.zone.take().or(settings.timezone);
        match self {
            Self::Usage(args) => {
                let preferences = &mut args.preferences;
                let lists = [
                    (&mut preferences.burn_first, settings.burn_first),
                    (&mut preferences.preserve, settings.preserve),
                ];
                for (list, set) in lists {
                    if list.is_empty() {
                        *list = set;
                    }
                }
            }
            Self::Chat(args) => {
                args.preferences =
                    Preferences { burn_first: settings.burn_first, preserve: settings.preserve };
            }
            Self::Auth(_) | Self::Component { .. } | Self::Completions { .. } => {}
        }
        Ok(())
    }
}
