//! A promise, and what came of it.

use libtest_mimic::Failed;

/// Something that is promised, with the test that shows it.
pub struct Promise {
    /// Its subject: `hostile guest`, `canary`, `fault` or `load`.
    pub section: &'static str,
    /// A sentence.
    pub name: String,
    /// Whether only `--include-ignored` tries it: it takes longer than a whole `cargo test`
    /// should.
    pub is_long: bool,
    /// Shows it.
    pub run: Box<dyn FnOnce() -> Result<Count, Failed> + Send>,
}

/// The tries that a promise took.
pub struct Count {
    /// The number of times that it could have been broken.
    pub tried: usize,
    /// The result in a few words.
    pub note: String,
}

impl Promise {
    /// A promise of this section.
    pub fn new(
        section: &'static str,
        name: impl Into<String>,
        run: impl FnOnce() -> Result<Count, Failed> + Send + 'static,
    ) -> Self {
        Self { section, name: name.into(), is_long: false, run: Box::new(run) }
    }

    /// The same, left to `--include-ignored`.
    pub fn long(self) -> Self {
        Self { is_long: true, ..self }
    }
}

impl Count {
    /// So many tries, and what came of them.
    pub fn new(tried: usize, note: impl Into<String>) -> Self {
        Self { tried, note: note.into() }
    }
}
