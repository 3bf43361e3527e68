//! X.509 alone: no Istio, no disk, no terminal, no clock. The only floor that names rcgen, openssl,
//! x509-parser and pem: rcgen composes, x509-parser reads, OpenSSL holds the keys, signs and judges.

pub mod authority;
pub mod certificate;
pub mod chain;
pub mod compare;
pub mod crl;
mod der;
pub mod digest;
pub mod dns_name;
mod ffi;
pub mod find;
pub mod go;
pub mod key;
mod masked;
pub mod name;
pub mod name_constraints;
pub mod path;
pub mod pem;
pub mod request;
pub mod signatures;
pub mod summary;
pub mod text;
mod usual;
pub mod validity;
pub mod verify;

pub use ffi::{all_algorithms, start, start_to_read};

/// The name and version of the OpenSSL that is linked in: `OpenSSL 3.6.3 27 Jan 2026`.
pub fn openssl_version() -> &'static str {
    openssl::version::version()
}
