//! rustls on both sides, without a network.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::{DefaultTimeProvider, TimeProvider};
use rustls::version::{TLS12, TLS13};
use rustls::{
    ClientConfig, ClientConnection, Connection, Error, RootCertStore, ServerConfig,
    ServerConnection, SupportedProtocolVersion,
};

use crate::common::Workspace;
use crate::judge::{Judge, provider};

/// One side of a handshake: the files of a workload, and by what it judges the other.
pub struct Party {
    chain: Vec<CertificateDer<'static>>,
    key: Vec<u8>,
    roots: RootCertStore,
    at: Option<u64>,
    trust_domain: Option<String>,
    folder: std::path::PathBuf,
}

impl Party {
    pub fn of(mesh: &Workspace, folder: &str) -> Self {
        let chain = mesh.read(format!("{folder}/cert-chain.pem"));
        let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<_, _>>();
        let party = Self {
            chain: chain.expect("certificates"),
            key: mesh.read(format!("{folder}/key.pem")),
            roots: RootCertStore::empty(),
            at: None,
            trust_domain: None,
            folder: mesh.path().to_owned(),
        };
        party.trusting(folder)
    }

    pub fn without_certificate(self) -> Self {
        Self {
            chain: Vec::new(),
            ..self
        }
    }

    /// It has the roots of the folder `trusts`, each of which rustls takes.
    pub fn trusting(self, trusts: &str) -> Self {
        let mut roots = RootCertStore::empty();
        let path = self.folder.join(trusts).join("root-cert.pem");
        for root in CertificateDer::pem_file_iter(path).expect("a file") {
            roots
                .add(root.expect("a certificate"))
                .expect("a trust anchor");
        }
        Self { roots, ..self }
    }

    /// It judges as of this second.
    pub fn at(self, at: i64) -> Self {
        let at = Some(u64::try_from(at).expect("after 1970"));
        Self { at, ..self }
    }

    /// It takes nobody of another trust domain.
    pub fn of_trust_domain(self, domain: &str) -> Self {
        let trust_domain = Some(domain.to_owned());
        Self {
            trust_domain,
            ..self
        }
    }

    fn time(&self) -> Arc<dyn TimeProvider> {
        match self.at {
            Some(at) => Arc::new(At(at)),
            None => Arc::new(DefaultTimeProvider),
        }
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(&self.key).expect("a private key")
    }

    fn judge(&self) -> Arc<Judge> {
        let roots = Arc::new(self.roots.clone());
        Arc::new(Judge::new(roots, self.trust_domain.clone()))
    }

    fn server(&self, version: &'static SupportedProtocolVersion) -> ServerConnection {
        let config = ServerConfig::builder_with_details(provider(), self.time())
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .with_client_cert_verifier(self.judge())
            .with_single_cert(self.chain.clone(), self.key());
        ServerConnection::new(Arc::new(config.expect("a key of the certificate")))
            .expect("a server")
    }

    fn client(&self, version: &'static SupportedProtocolVersion) -> ClientConnection {
        let config = ClientConfig::builder_with_details(provider(), self.time())
            .with_protocol_versions(&[version])
            .expect("ring has it")
            .dangerous()
            .with_custom_certificate_verifier(self.judge());
        let config = if self.chain.is_empty() {
            config.with_no_client_auth()
        } else {
            let config = config.with_client_auth_cert(self.chain.clone(), self.key());
            config.expect("a key of the certificate")
        };
        let name = ServerName::try_from("workload.invalid").expect("a name");
        ClientConnection::new(Arc::new(config), name).expect("a client")
    }
}

#[derive(Debug)]
struct At(u64);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            self.0,
        )))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Server,
    Client,
}

/// Who ended the handshake, and why.
#[derive(Debug)]
struct Refused {
    by: Side,
    reason: Error,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {} ({:?})", self.by, self.reason, self.reason)
    }
}

/// The handshake holds, and what is said then arrives, over TLS 1.2 and 1.3.
#[track_caller]
pub fn holds(server: &Party, client: &Party) {
    for version in [&TLS12, &TLS13] {
        let ended = converse(server.server(version), client.client(version));
        if let Err(refused) = ended {
            panic!("{:?}: {refused}", version.version);
        }
    }
}

/// The side `by` ends the handshake for this reason, over TLS 1.2 and 1.3.
#[track_caller]
pub fn fails(server: &Party, client: &Party, by: Side, reason: &str) {
    for version in [&TLS12, &TLS13] {
        match converse(server.server(version), client.client(version)) {
            Ok(()) => panic!("{:?}: it holds", version.version),
            Err(refused) => {
                let text = refused.to_string();
                assert!(
                    refused.by == by && text.contains(reason),
                    "{:?}: {text}",
                    version.version
                );
            }
        }
    }
}

fn converse(server: ServerConnection, client: ClientConnection) -> Result<(), Refused> {
    use std::io::{Read, Write};

    let (mut server, mut client) = (Connection::Server(server), Connection::Client(client));
    exchange(&mut server, &mut client)?;
    assert!(!server.is_handshaking() && !client.is_handshaking());
    for (from, to) in [(true, b"ping"), (false, b"pong")] {
        let writer = if from { &mut client } else { &mut server };
        writer.writer().write_all(to).expect("there is room");
        exchange(&mut server, &mut client)?;
        let reader = if from { &mut server } else { &mut client };
        let mut heard = [0; 4];
        reader
            .reader()
            .read_exact(&mut heard)
            .expect("it has arrived");
        assert_eq!(&heard, to);
    }
    Ok(())
}

/// Carries what each has to say to the other until neither has more.
fn exchange(server: &mut Connection, client: &mut Connection) -> Result<(), Refused> {
    loop {
        let to_server = carry(client, server).map_err(|reason| Refused {
            by: Side::Server,
            reason,
        })?;
        let to_client = carry(server, client).map_err(|reason| Refused {
            by: Side::Client,
            reason,
        })?;
        if to_server + to_client == 0 {
            return Ok(());
        }
    }
}

fn carry(from: &mut Connection, to: &mut Connection) -> Result<usize, Error> {
    let mut octets = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut octets).expect("a Vec takes all");
    }
    let mut rest = octets.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest).expect("there is room");
        to.process_new_packets()?;
    }
    Ok(octets.len())
}
