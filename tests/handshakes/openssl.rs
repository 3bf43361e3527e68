//! `openssl s_server` with a workload's files, and those that call on it.

use std::process::Command;

use crate::common::tls::{self, TlsServer};
use crate::common::{Run, Workspace};

/// `openssl s_server -www` for one connection.
pub struct Server<'a> {
    mesh: &'a Workspace,
    listener: TlsServer,
    name: String,
}

/// Who calls, and how.
pub struct Peer {
    folder: String,
    trusts: String,
    has_certificate: bool,
    /// The version of TLS for `openssl s_client`; none for curl.
    version: Option<String>,
    /// It shows what it is sent.
    shows: bool,
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
            shows: false,
        }
    }

    pub fn without_certificate(self) -> Self {
        Self {
            has_certificate: false,
            ..self
        }
    }

    /// It prints the certificates that it is sent.
    pub fn showing(self) -> Self {
        Self {
            shows: true,
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
        let (port, name) = (server.listener.port(), &server.name);
        let prints = if self.shows { "-showcerts" } else { "-quiet" };
        let (program, line) = match &self.version {
            Some(version) => (
                "openssl",
                format!(
                    "s_client -connect 127.0.0.1:{port} -CAfile {roots} -verify_return_error {prints} -ign_eof {version}"
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
            (true, _) => command
                .args(["-cert", &chain, "-key", &key])
                .args(rest_of_chain(server.mesh, folder)),
        };
        Run::fed(&mut command, b"GET / HTTP/1.0\r\n\r\n")
    }
}

impl<'a> Server<'a> {
    /// With the files of the folder `name`; `more` goes after the other options.
    pub fn of(mesh: &'a Workspace, name: &str, more: &[&str]) -> Self {
        let line = format!(
            "-naccept 1 -www -cert {name}/cert-chain.pem -key {name}/key.pem -CAfile {name}/root-cert.pem -Verify 1 -verify_return_error"
        );
        let rest = rest_of_chain(mesh, name);
        let rest = rest.iter().map(String::as_str);
        let arguments = line.split(' ').chain(rest).chain(more.iter().copied());
        Self {
            mesh,
            listener: TlsServer::start(mesh.path(), arguments),
            name: format!("{name}.example.com"),
        }
    }

    /// The handshake holds.
    #[track_caller]
    pub fn answers(mut self, peer: &Peer) -> Page {
        let run = peer.calls(&self);
        let is_page = run.status == Some(0) && run.stdout.contains("Verify return code: 0 (ok)");
        assert!(is_page, "{run:#?}{}", self.listener.log());
        Page(run.stdout)
    }

    /// The server sends the client away, for this reason.
    #[track_caller]
    pub fn refuses(mut self, peer: &Peer, reason: &str) {
        let run = peer.calls(&self);
        let log = self.listener.log();
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

/// The options with which `openssl` sends what stands behind the first certificate of a workload's
/// chain. The file is beside the workload's folder.
fn rest_of_chain(mesh: &Workspace, folder: &str) -> Vec<String> {
    let chain = mesh.read_text(format!("{folder}/cert-chain.pem"));
    let rest = tls::without_the_first(&chain);
    if rest.is_empty() {
        return Vec::new();
    }
    let file = format!("{folder}.above.pem");
    mesh.write(&file, rest);
    vec!["-cert_chain".to_owned(), file]
}

/// What `openssl s_server -www` prints of the connection.
pub struct Page(String);

impl Page {
    #[track_caller]
    pub fn tells(&self, text: &str) {
        assert!(self.0.contains(text), "{}", self.0);
    }

    /// The client was sent these certificates, in this order, and no others.
    #[track_caller]
    pub fn came_with(&self, chain: &str) {
        const END: &str = "-----END CERTIFICATE-----\n";

        // The client's own is on the page itself.
        let (shown, _) = self.0.split_once("<HTML>").expect("a page");
        let blocks = shown
            .split_inclusive(END)
            .filter(|block| block.ends_with(END));
        let sent: String = blocks
            .filter_map(|block| Some(&block[block.find("-----BEGIN")?..]))
            .collect();
        assert_eq!(sent, chain);
    }
}
