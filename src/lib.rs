//! The certificate work of an Istio mesh: root CAs, cluster CAs, and the `cacerts` Secret.
//!
//! This is the inside of the `meshpki` binary, as a library so that tests and benchmarks reach it.
//! It promises no stable interface.
//!
//! # The floors
//!
//! A `use` points down only, and `tests/floors.rs` checks it:
//!
//! ```text
//! main
//! └── cli                      flags, clock, configuration, exit status
//!     └── commands             one file a subcommand
//!         ├── config           meshpki.toml, the environment, the defaults
//!         │   └── mesh ...
//!         ├── mesh             Istio, SPIFFE, Kubernetes: what is to hold
//!         │   └── pki          X.509 alone; the only floor that names OpenSSL
//!         └── output, input, progress, console, terminal, interrupt, process
//!                                  the world outside
//! escape                       beneath all of them
//! ```
//!
//! `pki` and `mesh` see no disk, no terminal and no clock: time is an argument.

pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod escape;
pub mod input;
pub mod interrupt;
pub mod mesh;
pub mod output;
pub mod pki;
pub mod process;
pub mod progress;
pub mod terminal;
