//! A cursor over typed words.

use std::slice;
use std::str::SplitWhitespace;

/// The words that are still to be read: of chat text, which is cut at white space, or of a
/// command line, which comes in words.
#[derive(Debug, Clone)]
pub(super) enum Words<'a> {
    Text(SplitWhitespace<'a>),
    List(slice::Iter<'a, String>),
}

/// A word, by its form.
pub(super) enum Word<'a> {
    Plain(&'a str),
    /// An option, `--format`, with what stands behind its `=`.
    Option(&'a str, Option<&'a str>),
}

impl<'a> Words<'a> {
    pub(super) fn of_text(text: &'a str) -> Self {
        Self::Text(text.split_whitespace())
    }

    pub(super) fn of_list(words: &'a [String]) -> Self {
        Self::List(words.iter())
    }

    /// Reads the next word by its form.
    pub(super) fn word(&mut self) -> Option<Word<'a>> {
        let word = self.next()?;
        Some(if !word.starts_with("--") {
            Word::Plain(word)
        } else if let Some((option, value)) = word.split_once('=') {
            Word::Option(option, Some(value))
        } else {
            Word::Option(word, None)
        })
    }

    /// Returns the rest as one text: a label may hold spaces.
    pub(super) fn text(self) -> String {
        self.collect::<Vec<_>>().join(" ")
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self {
            Self::Text(words) => words.next(),
            Self::List(words) => words.next().map(String::as_str),
        }
    }
}
