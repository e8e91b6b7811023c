//! Ports for programs that cannot choose a free one and report it.
//!
//! Rule: below the range from which the kernel takes ports for outgoing connections (32768 upwards), so that none of
//! those takes a port before the program listens; after a conflict the caller repeats with another port.

use std::net::{Ipv4Addr, TcpListener};

/// A loopback port on which no process listens at this moment.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = fastrand::u16(15_000..32_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Whether a program's output reports that its port is in use.
pub(crate) fn lost_the_race(output: &str) -> bool {
    output.contains("address already in use")
}
