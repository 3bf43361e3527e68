//! `openssl s_server` on a port of its own, and what a workload sends with its certificate.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// It listens on 127.0.0.1, and is killed when it is dropped.
pub struct TlsServer {
    child: Child,
    /// Open as long as it writes.
    stdout: BufReader<ChildStdout>,
    /// `127.0.0.1:` and its port.
    pub address: String,
}

impl TlsServer {
    /// `openssl s_server` in `folder`, with these arguments after its address.
    pub fn start<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new("openssl");
        let streams = command
            .current_dir(folder)
            .args(["s_server", "-accept", "127.0.0.1:0"])
            .args(arguments)
            // Open: at the end of its input it would hang up.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = streams.spawn().expect("openssl");
        let stdout = child.stdout.take().expect("it is piped");
        let mut server = Self {
            child,
            stdout: BufReader::new(stdout),
            address: String::new(),
        };
        let mut line = String::new();
        loop {
            line.clear();
            let length = server.stdout.read_line(&mut line).expect("text");
            assert!(length > 0, "it does not listen: {}", server.log());
            if let Some(address) = line.trim().strip_prefix("ACCEPT ") {
                address.clone_into(&mut server.address);
                return server;
            }
        }
    }

    pub fn port(&self) -> &str {
        let (_, port) = self.address.rsplit_once(':').expect("a port");
        port
    }

    /// What it has said on stderr until it ended.
    pub fn log(&mut self) -> String {
        let mut log = String::new();
        let stderr = self.child.stderr.as_mut().expect("it is piped");
        stderr.read_to_string(&mut log).expect("text");
        log
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `chain` without the first of its certificates.
pub fn without_the_first(chain: &str) -> &str {
    let mut begins = chain.match_indices("-----BEGIN ");
    begins.nth(1).map_or("", |(second, _)| &chain[second..])
}
