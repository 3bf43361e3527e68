#![doc = "crate docs"]
pub mod escape;
pub mod pki;
pub mod mesh;
pub mod config;
