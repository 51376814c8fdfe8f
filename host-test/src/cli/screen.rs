//! A terminal that is redrawn in place and leaves nothing in the scrollback. However the program
//! ends, the last drawing stays on the terminal.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use textwrap::{Options, WordSplitter};

use crate::openclaw;

/// The alternate screen, without a cursor.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l";
const LEAVE: &str = "\u{1b}[?25h\u{1b}[?1049l";
/// Terminals that support these codes show the text between them all at once.
const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";
const HOME: &str = "\u{1b}[H";
const CLEAR_LINE: &str = "\u{1b}[2K";
const CLEAR_BELOW: &str = "\u{1b}[J";
const FAINT: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// The exit code of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// A terminal to draw on, its own again as soon as this is dropped.
pub(super) struct Screen {
    canvas: Arc<Mutex<Canvas>>,
    colour: bool,
}

/// The lines on the terminal.
#[derive(Default)]
struct Canvas {
    is_open: bool,
    text: String,
    /// The size of the terminal at the last drawing; none where it has to be
    /// drawn anew.
    size: Option<Size>,
}

/// The cells of a line, and the lines.
type Size = (usize, usize);

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open(colour: bool) -> Result<Self> {
        // On Windows a terminal has to be asked to take these codes.
        anstyle_query::windows::enable_ansi_colors();
        let canvas = Arc::new(Mutex::new(Canvas::default()));
        end_with_signals(&canvas)?;
        locked(&canvas).enter()?;
        Ok(Self { canvas, colour })
    }

    /// Draws a text, and a line below it.
    pub(super) fn draw(&self, text: &str, status: &str) -> Result<()> {
        let mut canvas = locked(&self.canvas);
        text.clone_into(&mut canvas.text);
        let size = size();
        canvas.size = Some(size);
        let (rows, status) = laid_out(text, status, size);
        let (faint, plain) = if self.colour { (FAINT, PLAIN) } else { ("", "") };
        let rows = rows.into_iter().map(|row| format!("{row}{plain}"));
        let status = status.iter().map(|row| format!("{faint}{row}{plain}"));
        // Cleared before it is written: a cursor behind the last cell would clear that.
        let lines = rows.chain(status).map(|row| format!("{CLEAR_LINE}{row}"));
        let lines: Vec<String> = lines.collect();
        let lines = lines.join("\r\n");
        write(&format!("{BEGIN}{HOME}{lines}{CLEAR_BELOW}{END}"))
    }

    /// Gives the terminal back, with this text on it.
    pub(super) fn leave(self, text: &str) {
        text.clone_into(&mut locked(&self.canvas).text);
    }

    /// Returns whether what is on the terminal is not what was drawn.
    pub(super) fn is_stale(&self) -> bool {
        locked(&self.canvas).size != Some(size())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        locked(&self.canvas).close();
    }
}

impl Canvas {
    fn enter(&mut self) -> Result<()> {
        self.is_open = true;
        self.size = None;
        write(ENTER)
    }

    /// Gives the terminal back, with what was on it last.
    fn close(&mut self) {
        if std::mem::take(&mut self.is_open) {
            // Where the terminal is gone, nobody misses it.
            let _ = write(&format!("{LEAVE}{}\n", self.text));
        }
    }
}

fn locked(canvas: &Mutex<Canvas>) -> MutexGuard<'_, Canvas> {
    canvas.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back before this program is ended or stopped.
fn end_with_signals(canvas: &Arc<Mutex<Canvas>>) -> Result<()> {
    let ended = Arc::clone(canvas);
    ctrlc::set_handler(move || {
        // Locked until the end, so that nothing is drawn behind it.
        let mut canvas = locked(&ended);
        canvas.close();
        openclaw::end_all();
        std::process::exit(INTERRUPTED);
    })
    .context("Ctrl-C could not be listened to")?;
    #[cfg(unix)]
    stop_with_signal(Arc::clone(canvas))?;
    Ok(())
}

/// Handles Ctrl-Z: restores the terminal for the shell, and redraws when the program resumes.
#[cfg(unix)]
fn stop_with_signal(canvas: Arc<Mutex<Canvas>>) -> Result<()> {
    use signal_hook::consts::SIGTSTP;
    let signals = signal_hook::iterator::Signals::new([SIGTSTP]);
    let mut signals = signals.context("Ctrl-Z could not be listened to")?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let mut canvas = locked(&canvas);
            let was_open = canvas.is_open;
            if was_open {
                let _ = write(LEAVE);
            }
            // Comes back when the program goes on.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            if was_open {
                let _ = canvas.enter();
            }
        }
    });
    Ok(())
}

fn write(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}

fn size() -> Size {
    let size = terminal_size::terminal_size();
    let (columns, rows) = size.map_or((80, 24), |(width, height)| (width.0, height.0));
    (columns.max(20).into(), rows.max(2).into())
}

/// The rows of a text and of the status below it, never more than fit: the end of a text
/// that is too high is left out and counted.
fn laid_out(text: &str, status: &str, (columns, rows): Size) -> (Vec<String>, Vec<String>) {
    let mut status = wrapped(status, columns, "");
    status.truncate(rows - 1);
    let room = rows - status.len();
    let mut lines = wrapped(text, columns, "   ");
    lines.push(String::new());
    if lines.len() > room {
        lines.retain(|line| !line.is_empty());
    }
    if lines.len() > room {
        let left_out = lines.len() - (room - 1);
        lines.truncate(room - 1);
        lines.push(format!("… +{left_out}"));
    }
    (lines, status)
}

fn wrapped(text: &str, columns: usize, indent: &str) -> Vec<String> {
    let options =
        Options::new(columns).subsequent_indent(indent).word_splitter(WordSplitter::NoHyphenation);
    let lines = text.lines();
    let rows = lines.flat_map(|line| textwrap::wrap(line, &options));
    rows.map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stands_above_its_status() {
        let (rows, status) = laid_out("a\n\nb", "s", (20, 5));
        assert_eq!(rows, ["a", "", "b", ""]);
        assert_eq!(status, ["s"]);
    }

    #[test]
    fn a_text_that_is_too_high_loses_empty_rows_first_and_then_its_end() {
        let (rows, _) = laid_out("a\n\nb", "s", (20, 4));
        assert_eq!(rows, ["a", "b"]);
        let (rows, status) = laid_out("a\n\nb\nc\nd", "s", (20, 4));
        assert_eq!(rows, ["a", "b", "… +2"]);
        assert_eq!(status, ["s"]);
        let (rows, status) = laid_out("a\nb", "one two three four five six", (20, 2));
        assert_eq!(rows, ["… +2"]);
        assert_eq!(status, ["one two three four"]);
    }

    #[test]
    fn a_long_line_is_wrapped_by_its_cells() {
        let (rows, _) =
            laid_out("✅ \u{1b}[32mwork\u{1b}[0m · 重置时间未报告，请稍后再试", "s", (20, 9));
        for row in &rows {
            assert!(textwrap::core::display_width(row) <= 20, "{rows:?}");
        }
        assert_eq!(rows[0], "✅ \u{1b}[32mwork\u{1b}[0m ·");
        assert!(rows[1].starts_with("   重置"));
    }
}
