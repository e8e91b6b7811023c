//! Ports for programs that cannot be told "any free one and say which".
//!
//! Rule: below the range from which the kernel takes ports for outgoing connections (32768 upwards), so that those do not
//! get in between choosing and listening; who loses the race all the same tries again with another port.

use std::net::{Ipv4Addr, TcpListener};

/// A loopback port that nobody listens on at this moment.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(15_000..32_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Whether a program's output says that its port was taken.
pub(crate) fn lost_the_race(output: &str) -> bool {
    output.contains("address already in use")
}
