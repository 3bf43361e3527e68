//! The binary: everything it does is in [`meshpki::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    meshpki::cli::main()
}
