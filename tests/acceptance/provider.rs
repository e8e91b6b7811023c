//! The provider itself: its process, its configuration, and its connections to the two APIs.

mod connections;
mod credentials;
mod debug_mode;
mod installation;
mod logs;
mod networks;
mod routes;
mod secrets;
mod validation;
