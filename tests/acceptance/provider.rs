//! The provider itself: its process, its configuration, and its connections to the two APIs.

mod connections;
mod credentials;
mod debug_mode;
mod id_tokens;
mod installation;
mod logs;
mod networks;
mod routes;
mod secrets;
mod token_file;
mod validation;
