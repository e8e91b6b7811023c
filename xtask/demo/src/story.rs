//! Output of the demonstration: numbered steps, with commands, results and times.
//!
//! A check mark is printed only by [`Story::check`], after the comparison. Colours: on a terminal, and not with `NO_COLOR`.
//! No line is longer than [`COLUMNS`], except those to paste: a broken line could not be pasted.

use std::{
    env,
    fmt::Debug,
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use textwrap::{Options, WordSeparator, WordSplitter, core::Word};

use crate::failure::Failure;

/// The width of a terminal that nobody has resized.
const COLUMNS: usize = 80;

/// Steps so far.
#[derive(Debug)]
pub(crate) struct Story {
    coloured: bool,
    begun: Instant,
    current: Option<(String, Instant)>,
    done: Vec<(String, Duration)>,
}

impl Story {
    /// `coloured`: also where the output is no terminal.
    pub(crate) fn new(coloured: bool) -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let possible = io::stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
        let coloured = coloured || (wanted && possible);
        Self { coloured, begun: Instant::now(), current: None, done: Vec::new() }
    }

    /// Begins the next step, and ends the one before.
    pub(crate) fn step(&mut self, title: &str) {
        self.end_step();
        println!();
        let number = self.done.len() + 1;
        self.print(Paint::Bold, &format!("{number:>2}. "), "    ", title);
        self.current = Some((title.to_owned(), Instant::now()));
    }

    /// An explanation: one paragraph.
    pub(crate) fn explain(&self, text: &str) {
        self.print(Paint::Plain, "    ", "    ", text);
    }

    /// The command that runs next.
    pub(crate) fn command(&self, command: &str) {
        self.print(Paint::Command, "    $ ", "        ", command);
    }

    /// A request, with a part of it.
    pub(crate) fn request(&self, line: &str, part: &str) {
        self.print(Paint::Command, "    > ", "        ", line);
        self.print(Paint::Command, "      ", "        ", part);
    }

    /// Lines to paste into a shell, without a prefix.
    pub(crate) fn paste(&self, lines: &[String]) {
        println!();
        for line in lines {
            println!("{}", self.painted(Paint::Command, line));
        }
        println!();
    }

    /// A part of the output of a command or of a response.
    pub(crate) fn excerpt<Line: AsRef<str>>(&self, lines: impl IntoIterator<Item = Line>) {
        for line in lines {
            self.print(Paint::Faint, "      | ", "      |   ", line.as_ref());
        }
    }

    /// Compares, and prints the promise with a check mark if it holds.
    pub(crate) fn check<T: PartialEq + Debug>(
        &self,
        promise: &str,
        found: &T,
        expected: &T,
    ) -> Result<(), Failure> {
        if found == expected {
            self.print_mark(Paint::Good, "✓", promise);
            return Ok(());
        }
        self.print_mark(Paint::Bad, "✗", promise);
        Err(Failure::NotAsTold {
            promise: promise.to_owned(),
            expected: format!("{expected:?}"),
            found: format!("{found:?}"),
        })
    }

    /// Ends the last step, and prints the time of each.
    pub(crate) fn times(&mut self) {
        self.end_step();
        println!();
        println!("{}", self.painted(Paint::Bold, "Seconds"));
        for (number, (title, time)) in self.done.iter().enumerate() {
            let start = format!("{:>7.1}  {:>2}. ", time.as_secs_f64(), number + 1);
            self.print(Paint::Plain, &start, "             ", title);
        }
        println!("{:>7.1}  in all", self.begun.elapsed().as_secs_f64());
    }

    fn end_step(&mut self) {
        if let Some((title, begun)) = self.current.take() {
            self.done.push((title, begun.elapsed()));
        }
    }

    fn print(&self, paint: Paint, first: &str, others: &str, text: &str) {
        for line in wrapped(first, others, text) {
            println!("{}", self.painted(paint, &line));
        }
    }

    fn print_mark(&self, paint: Paint, mark: &str, promise: &str) {
        for line in wrapped(&format!("    {mark} "), "      ", promise) {
            println!("{}", line.replacen(mark, &self.painted(paint, mark), 1));
        }
    }

    fn painted(&self, paint: Paint, text: &str) -> String {
        match paint.code() {
            Some(code) if self.coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

/// The lines of a text, with what the first one and the others begin with.
fn wrapped(first: &str, others: &str, text: &str) -> Vec<String> {
    let options = Options::new(COLUMNS)
        .initial_indent(first)
        .subsequent_indent(others)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    // A text without words makes no line otherwise.
    if text.trim().is_empty() {
        return vec![first.trim_end().to_owned()];
    }
    textwrap::wrap(text, options).into_iter().map(std::borrow::Cow::into_owned).collect()
}

/// The words of a line, and the parts of URLs, paths, and JSON, which have no spaces to break at.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let ends = line.match_indices([' ', '/', ',', '&']).map(|(place, separator)| place + separator.len());
    let is_inside = |end: usize| line[end..].starts_with([' ', '/']) || line[..end].ends_with("//");
    let ends = ends.filter(move |end| !is_inside(*end)).chain([line.len()]);
    let mut start = 0;
    Box::new(ends.map(move |end| Word::from(&line[std::mem::replace(&mut start, end)..end])))
}

#[derive(Debug, Clone, Copy)]
enum Paint {
    Plain,
    Bold,
    Command,
    Faint,
    Good,
    Bad,
}

impl Paint {
    /// Number of the ANSI "select graphic rendition" sequence.
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Command => Some("36"),
            Self::Faint => Some("2"),
            Self::Good => Some("1;32"),
            Self::Bad => Some("1;31"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_prints_the_expected_and_the_found_value() {
        let story = Story::new(false);
        assert!(story.check("it is rejected", &401, &401).is_ok());
        let failure = story.check("it is rejected", &200, &401).unwrap_err();
        assert_eq!(failure.to_string(), "check failed: it is rejected\n  expected: 401\n  found:    200");
    }

    #[test]
    fn no_line_is_longer_than_a_terminal_and_nothing_is_lost() {
        let url = "POST https://api.ab1cd2-89e495e7.k8s.us-east-04a.coreweave.com/apis/authentication.k8s.io/v1/selfsubjectreviews";
        let json = "{\"id\":\"fe04056f-1194-4c5d-9ccc-cffdf0798597\",\"oidc\":{\"ca\":\"…\",\"clientId\":\"kubernetes\"},\"version\":\"v1\"}";
        let long = "x".repeat(300);
        let prose = "word ".repeat(60);
        for text in [url, json, &long, prose.trim_end(), "  indented = \"as HCL\"", "short", ""] {
            let lines = wrapped("    > ", "        ", text);
            assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:#?}");
            let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
            let printed: String = lines.iter().map(|line| without_spaces(line)).collect();
            assert_eq!(printed, format!(">{}", without_spaces(text)));
        }
        let request = wrapped("    > ", "        ", url);
        assert_eq!(
            request,
            [
                "    > POST https://api.ab1cd2-89e495e7.k8s.us-east-04a.coreweave.com/apis/",
                "        authentication.k8s.io/v1/selfsubjectreviews",
            ]
        );
        assert_eq!(wrapped("| ", "|   ", "  indented"), ["|   indented"]);
    }

    #[test]
    fn a_step_ends_where_the_next_one_begins() {
        let mut story = Story::new(false);
        story.step("one");
        story.step("two");
        story.times();
        let titles: Vec<_> = story.done.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["one", "two"]);
    }
}
