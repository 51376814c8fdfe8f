//! The user's preferences, from a file of their own: the same keys and values as the
//! plugin's configuration in a gateway.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::contract::commands::Locale;
use crate::files::{open_regular, read_whole};
use crate::printable::printable;
use crate::zone;

/// The most bytes that the file may have.
const MOST: u64 = 64 << 10;

/// The most names of a list, and characters of a name.
const MOST_NAMES: usize = 200;

/// Keys that only a gateway follows: a file that is shared with one may have them.
const OF_GATEWAYS: [&str; 3] = ["alertsEveryMinutes", "alertsLowPercent", "quietHours"];

/// The contents of the file; what it leaves out is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Profiles that are advised first of those that are ready.
    pub burn_first: Vec<String>,
    /// Profiles that are advised only where no other is ready.
    pub preserve: Vec<String>,
    /// The language of answers, where it is not left to the environment.
    pub language: Option<Locale>,
    /// The time zone of answers.
    pub timezone: Option<TimeZone>,
}

/// The reason for which a file is not followed.
#[derive(Debug)]
pub struct SettingsError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Unreadable(io::Error),
    TooLarge,
    NotJson(serde_json::Error),
    NotAnObject,
    UnknownKey(String),
    NotAllowed { key: &'static str, allowed: String },
}

/// Returns the path of the user's own file; none for a user without a home.
pub fn path_of_user() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("codex-profiler/settings.json"))
}

/// Reads a file, which may be missing: then nothing is set.
///
/// # Errors
///
/// As [`read`] does.
pub fn read_where_there_is_one(path: &Path) -> Result<Settings, SettingsError> {
    match read(path) {
        Err(SettingsError { problem: Problem::Unreadable(error), .. })
            if error.kind() == io::ErrorKind::NotFound =>
        {
            Ok(Settings::default())
        }
        read => read,
    }
}

/// Reads a file.
///
/// # Errors
///
/// Returns an error if it cannot be read, or holds anything but what is allowed.
pub fn read(path: &Path) -> Result<Settings, SettingsError> {
    let settings = text(path).and_then(|text| parse(&text));
    settings.map_err(|problem| SettingsError { path: path.to_owned(), problem })
}

fn text(path: &Path) -> Result<Vec<u8>, Problem> {
    let read = open_regular(path).and_then(|file| read_whole(file, MOST));
    read.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => Problem::TooLarge,
        _ => Problem::Unreadable(error),
    })
}

fn parse(text: &[u8]) -> Result<Settings, Problem> {
    let value: Value = serde_json::from_slice(text).map_err(Problem::NotJson)?;
    let Value::Object(mut fields) = value else {
        return Err(Problem::NotAnObject);
    };
    let languages = "\"auto\", \"en\" or \"zh\"";
    let zones = "a time zone name such as \"Europe/Berlin\"";
    let timezone = |value: &Value| zone::parse(value.as_str()?).ok();
    let settings = Settings {
        burn_first: names(&mut fields, "burnFirst")?,
        preserve: names(&mut fields, "preserve")?,
        language: taken(&mut fields, "language", languages, language)?.flatten(),
        timezone: taken(&mut fields, "timezone", zones, timezone)?,
    };
    let is_unknown = |key: &String| !OF_GATEWAYS.contains(&key.as_str());
    match fields.into_iter().map(|(key, _)| key).find(is_unknown) {
        Some(key) => Err(Problem::UnknownKey(key)),
        None => Ok(settings),
    }
}

/// `auto` is a language that is left to the environment.
fn language(value: &Value) -> Option<Option<Locale>> {
    match value.as_str()? {
        "auto" => Some(None),
        "en" => Some(Some(Locale::En)),
        "zh" => Some(Some(Locale::Zh)),
        _ => None,
    }
}

fn names(fields: &mut Map<String, Value>, key: &'static str) -> Result<Vec<String>, Problem> {
    let name = |value: &Value| {
        let name = value.as_str()?;
        let is_one = (1..=MOST_NAMES).contains(&name.chars().count());
        is_one.then(|| name.to_owned())
    };
    let list = |value: &Value| {
        let list = value.as_array().filter(|list| list.len() <= MOST_NAMES)?;
        list.iter().map(name).collect::<Option<Vec<String>>>()
    };
    let allowed = format!(
        "a list of up to {MOST_NAMES} labels or full ids such as [\"work\"], each with 1 to {MOST_NAMES} characters"
    );
    Ok(taken(fields, key, &allowed, list)?.unwrap_or_default())
}

/// Takes a key out of the fields, where it is there.
fn taken<T>(
    fields: &mut Map<String, Value>,
    key: &'static str,
    allowed: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(value) = fields.remove(key) else {
        return Ok(None);
    };
    match read(&value) {
        Some(read) => Ok(Some(read)),
        None => Err(Problem::NotAllowed { key, allowed: allowed.to_owned() }),
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = printable(&self.path.to_string_lossy());
        write!(f, "settings file {path}: ")?;
        match &self.problem {
            Problem::Unreadable(error) => write!(f, "could not be read: {error}"),
            Problem::TooLarge => write!(f, "is larger than {} KiB", MOST >> 10),
            // Its text tells where, and nothing of the file.
            Problem::NotJson(error) => write!(f, "is not JSON: {error}"),
            Problem::NotAnObject => {
                f.write_str("is not a JSON object such as {\"language\": \"en\"}")
            }
            Problem::UnknownKey(key) => {
                // It may be a name in the wrong place.
                let is_plain = key.len() <= 40 && key.bytes().all(|b| b.is_ascii_alphanumeric());
                let key = if is_plain { format!(" {key}") } else { String::new() };
                write!(
                    f,
                    "unknown setting{key}; known settings: burnFirst, preserve, language and timezone"
                )
            }
            Problem::NotAllowed { key, allowed } => write!(f, "{key} must be {allowed}"),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use std::fs;

    use super::*;

    /// Returns the complaint about a file with this in it.
    fn refused(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, text).unwrap();
        let said = read(&path).unwrap_err().to_string();
        let (named, said) = said.split_once("settings.json: ").unwrap();
        assert!(named.starts_with("settings file "));
        said.to_owned()
    }

    #[test]
    fn every_key_of_the_plugins_configuration_is_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = fs::read(folder.join("../plugin/openclaw.plugin.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let keys = manifest["configSchema"]["properties"].as_object().unwrap();
        let mut keys: Vec<&str> = keys.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let followed = ["burnFirst", "language", "preserve", "timezone"];
        let mut known = [followed.as_slice(), &OF_GATEWAYS].concat();
        known.sort_unstable();
        assert_eq!(keys, known);
        let text = br#"{"burnFirst": ["work"], "preserve": ["lab", "spare"],
            "language": "zh", "timezone": "Europe/Berlin", "quietHours": "22:00-08:00"}"#;
        let expected = Settings {
            burn_first: vec!["work".to_owned()],
            preserve: vec!["lab".to_owned(), "spare".to_owned()],
            language: Some(Locale::Zh),
            timezone: Some(TimeZone::get("Europe/Berlin").unwrap()),
        };
        assert_eq!(parse(text).unwrap(), expected);
        assert_eq!(parse(b"{}").unwrap(), Settings::default());
        assert_eq!(parse(br#"{"language": "auto"}"#).unwrap().language, None);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_allowed() {
        let list = "must be a list of up to 200 labels or full ids such as [\"work\"], \
                    each with 1 to 200 characters";
        let languages = "language must be \"auto\", \"en\" or \"zh\"";
        let many = format!(r#"{{"preserve": [{}"x"]}}"#, "\"x\",".repeat(200));
        let long = format!(r#"{{"burnFirst": ["{}"]}}"#, "x".repeat(201));
        for (text, said) in [
            ("[]", "is not a JSON object such as {\"language\": \"en\"}"),
            ("", "is not JSON: EOF while parsing a value at line 1 column 0"),
            (r#"{"language": en}"#, "is not JSON: expected value at line 1 column 14"),
            (r#"{"language": "de"}"#, languages),
            (r#"{"language": null}"#, languages),
            (
                r#"{"timezone": "Mars"}"#,
                "timezone must be a time zone name such as \"Europe/Berlin\"",
            ),
            (r#"{"burnFirst": "work"}"#, &format!("burnFirst {list}")),
            (r#"{"preserve": [""]}"#, &format!("preserve {list}")),
            (&many, &format!("preserve {list}")),
            (&long, &format!("burnFirst {list}")),
            (
                r#"{"language": "en", "colour": 1}"#,
                "unknown setting colour; known settings: burnFirst, preserve, language and timezone",
            ),
            (
                r#"{"someone@example.invalid": 1}"#,
                "unknown setting; known settings: burnFirst, preserve, language and timezone",
            ),
        ] {
            assert_eq!(refused(text), said);
        }
    }

    #[test]
    fn only_a_file_of_its_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        assert!(read(&path).is_err());
        let nothing = Settings::default();
        assert_eq!(read_where_there_is_one(&path).unwrap(), nothing);
        let of_a_folder = read_where_there_is_one(folder.path()).unwrap_err();
        // Windows does not open a folder at all.
        if cfg!(unix) {
            assert!(of_a_folder.to_string().ends_with(": it is not a file"));
        }
        let most = usize::try_from(MOST).unwrap();
        let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
        fs::write(&path, padded(most)).unwrap();
        assert_eq!(read(&path).unwrap(), nothing);
        assert_eq!(refused(&padded(most + 1)), "is larger than 64 KiB");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_put_in_its_place_while_it_is_read_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status();
        assert!(made.unwrap().success());
        fs::write(at("file"), "{}").unwrap();
        let path = at("settings.json");
        let started = std::time::Instant::now();
        let (ended, has_ended) = std::sync::mpsc::channel();
        let reader = path.clone();
        std::thread::spawn(move || {
            let (mut files, mut others) = (0, 0);
            while files < 1_000 || others < 1_000 {
                let found = if read(&reader).is_ok() { &mut files } else { &mut others };
                *found += 1;
            }
            ended.send(())
        });
        while has_ended.try_recv().is_err() {
            for name in ["file", "pipe"] {
                fs::hard_link(at(name), at("new")).unwrap();
                fs::rename(at("new"), &path).unwrap();
            }
            // Whoever waits for a pipe waits for its writer.
            assert!(started.elapsed().as_secs() < 60, "it waits for the pipe");
        }
    }
}
