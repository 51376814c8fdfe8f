//! The folders and files in which an agent's sign-ins are looked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::json;
use super::sign_ins::{Failure, Finding, SignIns, StoreError};
use super::stored::Stored;

/// The place to look for sign-ins.
#[derive(Debug, Clone)]
pub struct Place {
    /// The user's home folder.
    pub home: PathBuf,
    /// `OPENCLAW_STATE_DIR`. Without it: `~/.openclaw`, or `~/.clawdbot` where
    /// only that exists.
    pub state_dir: Option<PathBuf>,
    /// One file, JSON or SQLite by its content, instead of all others.
    pub auth_path: Option<PathBuf>,
    /// The agent's name. Like the gateway, this folds it to lower case.
    pub agent: String,
}

impl Place {
    pub(super) fn sign_ins(
        &self,
        stored: Stored,
        findings: BTreeSet<Finding>,
        now: i64,
    ) -> SignIns {
        let source = self.shorten(&stored.path);
        stored.sign_ins(source, findings, now)
    }

    pub(super) fn error(&self, failure: Failure, path: &Path) -> StoreError {
        StoreError { failure, source: self.shorten(path) }
    }

    /// The path as a person would write it, on one line.
    fn shorten(&self, path: &Path) -> String {
        let text = match path.strip_prefix(&self.home) {
            Ok(rest) if !self.home.as_os_str().is_empty() => Path::new("~").join(rest),
            _ => path.to_path_buf(),
        };
        text.display().to_string().replace(|c: char| c.is_control(), "?")
    }
}

pub(super) fn state_dir(place: &Place) -> PathBuf {
    match &place.state_dir {
        Some(dir) if !dir.as_os_str().is_empty() => match dir.strip_prefix("~") {
            Ok(rest) => place.home.join(rest),
            Err(_) => dir.clone(),
        },
        _ => {
            let dir = place.home.join(".openclaw");
            let older = place.home.join(".clawdbot");
            if !dir.exists() && older.exists() { older } else { dir }
        }
    }
}

/// The folders that matter to one agent.
pub(super) struct Folders {
    pub(super) shared_database: PathBuf,
    pub(super) credentials: PathBuf,
    pub(super) main: PathBuf,
    pub(super) own: PathBuf,
}

impl Folders {
    pub(super) fn new(state_dir: &Path, agent: &str) -> Self {
        let folder = |agent: &str| state_dir.join("agents").join(agent).join("agent");
        Self {
            shared_database: state_dir.join("state").join("openclaw.sqlite"),
            credentials: state_dir.join("credentials"),
            main: folder("main"),
            own: folder(agent),
        }
    }

    pub(super) fn is_main(&self) -> bool {
        self.own == self.main
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Path> {
        [&self.own, &self.main, &self.credentials].into_iter().map(PathBuf::as_path)
    }

    pub(super) fn file_there(&self) -> Option<PathBuf> {
        [&self.own, &self.main]
            .map(|folder| json::path(folder))
            .into_iter()
            .find(|path| path.exists())
    }
}
