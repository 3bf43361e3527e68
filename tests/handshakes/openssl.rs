//! `openssl s_server` on a port of its own, and those that call on it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::common::{Run, Workspace};

/// `openssl s_server -www` for one connection. It is killed when it is dropped.
pub struct Server<'a> {
    mesh: &'a Workspace,
    child: Child,
    /// Open as long as it writes.
    stdout: BufReader<ChildStdout>,
    port: String,
    name: String,
}

/// Who calls, and how.
pub struct Peer {
    folder: String,
    trusts: String,
    has_certificate: bool,
    /// The version of TLS for `openssl s_client`; none for curl.
    version: Option<String>,
}

impl Peer {
    pub fn openssl(folder: &str, version: &str) -> Self {
        Self {
            version: Some(version.to_owned()),
            ..Self::curl(folder)
        }
    }

    pub fn curl(folder: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            trusts: folder.to_owned(),
            has_certificate: true,
            version: None,
        }
    }

    pub fn without_certificate(self) -> Self {
        Self {
            has_certificate: false,
            ..self
        }
    }

    /// It has the roots of the folder `trusts`.
    pub fn trusting(self, trusts: &str) -> Self {
        let trusts = trusts.to_owned();
        Self { trusts, ..self }
    }

    fn calls(&self, server: &Server<'_>) -> Run {
        let Self { folder, trusts, .. } = self;
        let roots = format!("{trusts}/root-cert.pem");
        let (chain, key) = (
            format!("{folder}/cert-chain.pem"),
            format!("{folder}/key.pem"),
        );
        let (port, name) = (&server.port, &server.name);
        let (program, line) = match &self.version {
            Some(version) => (
                "openssl",
                format!(
                    "s_client -connect 127.0.0.1:{port} -CAfile {roots} -verify_return_error -quiet -ign_eof {version}"
                ),
            ),
            None => (
                "curl",
                format!(
                    "-q -sS --noproxy * --resolve {name}:{port}:127.0.0.1 --cacert {roots} https://{name}:{port}/"
                ),
            ),
        };
        let mut command = Command::new(program);
        command
            .current_dir(server.mesh.path())
            .args(line.split(' '));
        match (self.has_certificate, program) {
            (false, _) => &mut command,
            (true, "curl") => command.args(["--cert", &chain, "--key", &key]),
            (true, _) => command.args(["-cert", &chain, "-cert_chain", &chain, "-key", &key]),
        };
        Run::fed(&mut command, b"GET / HTTP/1.0\r\n\r\n")
    }
}

impl<'a> Server<'a> {
    /// With the files of the folder `name`; `more` goes after the other options.
    pub fn of(mesh: &'a Workspace, name: &str, more: &[&str]) -> Self {
        let line = format!(
            "s_server -accept 127.0.0.1:0 -naccept 1 -www -cert {name}/cert-chain.pem -cert_chain {name}/cert-chain.pem -key {name}/key.pem -CAfile {name}/root-cert.pem -Verify 1 -verify_return_error"
        );
        let mut command = Command::new("openssl");
        let streams = command
            .current_dir(mesh.path())
            .args(line.split(' ').chain(more.iter().copied()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = streams.spawn().expect("openssl");
        let stdout = child.stdout.take().expect("it is piped");
        let mut server = Self {
            mesh,
            child,
            stdout: BufReader::new(stdout),
            port: String::new(),
            name: format!("{name}.example.com"),
        };
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            let length = server.stdout.read_line(&mut line).expect("text");
            assert!(length > 0, "it does not listen: {}", server.log());
        }
        let (_, port) = line.trim().rsplit_once(':').expect("a port");
        port.clone_into(&mut server.port);
        server
    }

    /// What it has said until it ended.
    fn log(&mut self) -> String {
        let mut log = String::new();
        let stderr = self.child.stderr.as_mut().expect("it is piped");
        stderr.read_to_string(&mut log).expect("text");
        log
    }

    /// The handshake holds.
    #[track_caller]
    pub fn answers(mut self, peer: &Peer) -> Page {
        let run = peer.calls(&self);
        let is_page = run.status == Some(0) && run.stdout.contains("Verify return code: 0 (ok)");
        assert!(is_page, "{run:#?}{}", self.log());
        Page(run.stdout)
    }

    /// The server sends the client away, for this reason.
    #[track_caller]
    pub fn refuses(mut self, peer: &Peer, reason: &str) {
        let run = peer.calls(&self);
        let log = self.log();
        assert_ne!(run.status, Some(0), "{run:#?}{log}");
        assert!(log.contains(reason), "{log}{run:#?}");
        assert_eq!(run.stdout, "");
    }

    /// The client does not trust the server, for this reason.
    #[track_caller]
    pub fn loses(self, peer: &Peer, reason: &str) {
        let run = peer.calls(&self);
        assert_ne!(run.status, Some(0), "{run:#?}");
        assert!(run.stderr.contains(reason), "{run:#?}");
        assert_eq!(run.stdout, "");
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What `openssl s_server -www` prints of the connection.
pub struct Page(String);

impl Page {
    #[track_caller]
    pub fn tells(&self, text: &str) {
        assert!(self.0.contains(text), "{}", self.0);
    }
}
