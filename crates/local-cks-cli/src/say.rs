//! Output of a program that others rely on: it goes on when nobody reads its lines any more, such as after `local-cks up | head -1`.

/// As `println!`, which would panic then.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
