//! Output of the demonstration: numbered steps, with commands, results and times.
//!
//! A check mark is printed only by [`Story::check`], after the comparison. Colours: on a terminal, and not with `NO_COLOR`.

use std::{
    env,
    fmt::Debug,
    io::{self, IsTerminal as _},
    time::{Duration, Instant},
};

use crate::failure::Failure;

/// Steps so far.
#[derive(Debug)]
pub(crate) struct Story {
    coloured: bool,
    begun: Instant,
    current: Option<(String, Instant)>,
    done: Vec<(String, Duration)>,
}

impl Story {
    pub(crate) fn new() -> Self {
        let wanted = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let possible = io::stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self { coloured: wanted && possible, begun: Instant::now(), current: None, done: Vec::new() }
    }

    /// Begins the next step, and ends the one before.
    pub(crate) fn step(&mut self, title: &str) {
        self.end_step();
        println!();
        let number = self.done.len() + 1;
        println!("{}", self.painted(Paint::Bold, &format!("{number:>2}. {title}")));
        self.current = Some((title.to_owned(), Instant::now()));
    }

    /// An explanation.
    #[expect(clippy::unused_self, reason = "a method like all others")]
    pub(crate) fn explain(&self, text: &str) {
        for line in text.lines() {
            println!("    {line}");
        }
    }

    /// The command that runs next.
    pub(crate) fn command(&self, command: &str) {
        println!("    {}", self.painted(Paint::Command, &format!("$ {command}")));
    }

    /// A request, with a part of it.
    pub(crate) fn request(&self, line: &str, part: &str) {
        println!("    {}", self.painted(Paint::Command, &format!("> {line}")));
        println!("      {}", self.painted(Paint::Command, part));
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
            println!("      {}", self.painted(Paint::Faint, &format!("| {}", line.as_ref())));
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
            println!("    {} {promise}", self.painted(Paint::Good, "✓"));
            return Ok(());
        }
        println!("    {} {promise}", self.painted(Paint::Bad, "✗"));
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
            println!("{:>7.1}  {:>2}. {title}", time.as_secs_f64(), number + 1);
        }
        println!("{:>7.1}  in all", self.begun.elapsed().as_secs_f64());
    }

    fn end_step(&mut self) {
        if let Some((title, begun)) = self.current.take() {
            self.done.push((title, begun.elapsed()));
        }
    }

    fn painted(&self, paint: Paint, text: &str) -> String {
        if self.coloured { format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code()) } else { text.to_owned() }
    }
}

#[derive(Debug, Clone, Copy)]
enum Paint {
    Bold,
    Command,
    Faint,
    Good,
    Bad,
}

impl Paint {
    /// Number of the ANSI "select graphic rendition" sequence.
    const fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Command => "36",
            Self::Faint => "2",
            Self::Good => "1;32",
            Self::Bad => "1;31",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_prints_the_expected_and_the_found_value() {
        let story = Story::new();
        assert!(story.check("it is rejected", &401, &401).is_ok());
        let failure = story.check("it is rejected", &200, &401).unwrap_err();
        assert_eq!(failure.to_string(), "check failed: it is rejected\n  expected: 401\n  found:    200");
    }

    #[test]
    fn a_step_ends_where_the_next_one_begins() {
        let mut story = Story::new();
        story.step("one");
        story.step("two");
        story.times();
        let titles: Vec<_> = story.done.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["one", "two"]);
    }
}
