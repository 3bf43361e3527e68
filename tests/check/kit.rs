//! Cluster folders and Secrets that break one rule, or just do not, and what is to be said of them.

use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::common::pki::{AT, CA, Pki};
use crate::common::{Run, Workspace};

pub const ALWAYS: [&str; 2] = ["20200101000000Z", "20500101000000Z"];
/// Before [`AT`].
pub const PAST: [&str; 2] = ["20200101000000Z", "20210101000000Z"];
pub const FUTURE: [&str; 2] = ["20400101000000Z", "20500101000000Z"];
/// Without key identifiers.
pub const BARE: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n";

/// A set of files that is judged, and what is to be found.
pub struct Case {
    pub name: &'static str,
    /// Where it is said that this is what becomes of it.
    pub source: &'static str,
    /// A rule that it just does not break.
    pub near: &'static str,
    /// The findings, each as `E no-path`, in order.
    pub expected: &'static str,
    pub build: fn(&Kit) -> Set,
}

pub const fn case(
    name: &'static str,
    source: &'static str,
    near: &'static str,
    expected: &'static str,
    build: fn(&Kit) -> Set,
) -> Case {
    Case {
        name,
        source,
        near,
        expected,
        build,
    }
}

/// What is judged: the files of a folder or the keys of a Secret, and the flags.
pub struct Set {
    files: Vec<(String, Vec<u8>)>,
    flags: Vec<String>,
    key_mode: u32,
    /// The name of the Secret, if it is one.
    secret: Option<&'static str>,
}

impl Set {
    pub fn empty() -> Self {
        Self {
            files: Vec::new(),
            flags: Vec::new(),
            key_mode: 0o600,
            secret: None,
        }
    }

    pub fn with(mut self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.files.retain(|(known, _)| known != name);
        let contents = contents.as_ref().to_vec();
        self.files.push((name.to_owned(), contents));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        let count = self.files.len();
        self.files.retain(|(known, _)| known != name);
        assert_eq!(self.files.len(), count - 1, "{name}");
        self
    }

    /// The octets of all files.
    pub fn size(&self) -> usize {
        self.files.iter().map(|(_, contents)| contents.len()).sum()
    }

    pub fn changed(self, name: &str, change: impl FnOnce(String) -> String) -> Self {
        let (_, text) = self
            .files
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is there");
        let text = String::from_utf8(text.clone()).expect("text");
        self.with(name, change(text))
    }

    pub fn asked(mut self, flags: &str) -> Self {
        self.flags.extend(flags.split(' ').map(str::to_owned));
        self
    }

    pub fn with_key_mode(mut self, mode: u32) -> Self {
        self.key_mode = mode;
        self
    }

    pub fn in_secret(mut self, name: &'static str) -> Self {
        self.secret = Some(name);
        self
    }

    /// The value of the flag `name`, if it was asked for.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let mut flags = self.flags.iter().skip_while(|flag| *flag != name);
        flags.nth(1).map(String::as_str)
    }

    /// Writes it as NAME, and says what `meshpki check` is to be asked.
    pub fn write(&self, workspace: &Workspace, name: &str) -> Vec<String> {
        if let Some(secret) = self.secret {
            let data = self.files.iter().map(|(name, contents)| {
                let encoded = BASE64_STANDARD.encode(contents);
                (name.clone(), serde_json::Value::from(encoded))
            });
            let data: serde_json::Map<_, _> = data.collect();
            let object = serde_json::json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": secret, "namespace": "istio-system"},
                "data": data,
            });
            workspace.write(name, object.to_string());
        } else {
            std::fs::create_dir_all(workspace.join(name)).expect("a folder");
            for (file, contents) in &self.files {
                workspace.write(format!("{name}/{file}"), contents);
            }
            for key in ["ca-key.pem", "tls.key"] {
                let path = workspace.join(name).join(key);
                if path.exists() {
                    let mode = std::fs::Permissions::from_mode(self.key_mode);
                    std::fs::set_permissions(path, mode).expect("a file of ours");
                }
            }
        }
        let words = ["check", "-o", "json", name].map(String::from);
        let mut words: Vec<_> = words.into_iter().chain(self.flags.clone()).collect();
        if !self.flags.iter().any(|flag| flag == "--at") {
            words.extend(["--at", AT].map(String::from));
        }
        words
    }
}

/// CAs by the names of their files: root; policy, inter and other below it; cluster below policy.
pub struct Kit(pub Pki);

impl Kit {
    pub fn new() -> Self {
        let kit = Self(Pki::new());
        kit.ca("root", "root", CA);
        kit.ca("policy", "root", CA);
        kit.ca("inter", "root", CA);
        kit.ca("cluster", "policy", CA);
        kit
    }

    /// NAME.pem and NAME.key.
    pub fn ca(&self, name: &str, issuer: &str, extensions: &str) {
        self.called(name, name, issuer, extensions);
    }

    /// As [`Kit::ca`], with the common name `common_name`.
    pub fn called(&self, name: &str, common_name: &str, issuer: &str, extensions: &str) {
        let subject = format!("/O=Istio/CN={common_name}");
        self.0.issue(name, &subject, issuer, extensions);
    }

    /// NAME.pem, a further certificate of the name and key of `of`.
    pub fn twin(&self, name: &str, of: &str, issuer: &str, extensions: &str, dates: [&str; 2]) {
        let subject = format!("/O=Istio/CN={of}");
        // openssl ca wants the key of a self-signed certificate by its own name.
        let key = self.0.0.read(format!("{of}.key"));
        self.0.0.write(format!("{name}.key"), key);
        let issuer = if issuer == of { name } else { issuer };
        self.0
            .issue_between(name, name, &subject, issuer, extensions, dates);
    }

    /// NAME.key by the command `openssl ARGUMENTS`, and NAME.pem.
    pub fn with_key(&self, name: &str, arguments: &str, issuer: &str, extensions: &str) {
        let key = self.0.0.run("openssl", arguments.split(' '));
        self.0.0.write(format!("{name}.key"), key);
        let subject = format!("/O=Istio/CN={name}");
        self.0
            .issue_between(name, name, &subject, issuer, extensions, ALWAYS);
    }

    /// NAME.pem, signed anew by `issuer` with the hash `digest`.
    pub fn signed_with(&self, digest: &str, name: &str, issuer: &str) {
        let [begins, ends] = ALWAYS;
        let signer = if name == issuer {
            format!("-selfsign -keyfile {name}.key")
        } else {
            format!("-cert {issuer}.pem -keyfile {issuer}.key")
        };
        self.openssl(&format!(
            "ca -batch -config ca.cnf -in {name}.csr -out {name}.pem -notext -md {digest} \
             -startdate {begins} -enddate {ends} -extfile {name}.ext {signer}"
        ));
    }

    /// NAME.pem with a serial number below zero; its signature is then wrong.
    pub fn with_negative_serial(&self, name: &str) {
        /// Version 3, and the tag of the serial number.
        const BEFORE: &[u8] = &[0xA0, 3, 2, 1, 2, 2];

        let text = self.pem(&[name]);
        let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
        let mut der = BASE64_STANDARD.decode(body).expect("base64");
        let at = der
            .windows(BEFORE.len())
            .position(|octets| octets == BEFORE);
        let first = at.expect("a certificate") + BEFORE.len() + 1;
        der[first] |= 0x80;
        let encoded = BASE64_STANDARD.encode(der);
        let begin = "-----BEGIN CERTIFICATE-----";
        let end = "-----END CERTIFICATE-----";
        self.0.0.write(
            format!("{name}.pem"),
            format!("{begin}\n{encoded}\n{end}\n"),
        );
    }

    pub fn pem(&self, names: &[&str]) -> String {
        let texts = names
            .iter()
            .map(|name| self.0.0.read_text(format!("{name}.pem")));
        texts.collect()
    }

    pub fn key(&self, name: &str) -> String {
        self.0.0.read_text(format!("{name}.key"))
    }

    pub fn openssl(&self, arguments: &str) -> String {
        self.0.0.run("openssl", arguments.split(' '))
    }

    /// The files of a cluster that signs with the first of `chain`.
    pub fn set(&self, chain: &[&str], roots: &[&str]) -> Set {
        Set::empty()
            .with("ca-cert.pem", self.pem(&chain[..1]))
            .with("ca-key.pem", self.key(chain[0]))
            .with("cert-chain.pem", self.pem(chain))
            .with("root-cert.pem", self.pem(roots))
    }

    /// inter below root.
    pub fn plain(&self) -> Set {
        self.set(&["inter"], &["root"])
    }

    pub fn tls(&self) -> Set {
        Set::empty()
            .with("tls.crt", self.pem(&["inter"]))
            .with("tls.key", self.key("inter"))
            .with("ca.crt", self.pem(&["root"]))
    }

    /// inter below another root.pem, of the same name and key, that says `extensions`.
    pub fn below_root(&self, extensions: &str) -> Set {
        self.twin("special", "root", "root", extensions, ALWAYS);
        self.set(&["inter"], &["special"])
    }

    /// A CA below root that says `extensions`.
    pub fn signing(&self, extensions: &str) -> Set {
        self.ca("special", "root", extensions);
        self.set(&["special"], &["root"])
    }

    /// cluster below another policy.pem, of the same name and key, that says `extensions`.
    pub fn below_policy(&self, extensions: &str) -> Set {
        self.twin("special", "policy", "root", extensions, ALWAYS);
        self.set(&["cluster", "special"], &["root"])
    }

    /// The CRLs of `lists`: whose, of whom, from when until when.
    pub fn crls(&self, lists: &[(&str, &[&str], [&str; 2])]) -> String {
        let texts = lists.iter().map(|(issuer, revoked, dates)| {
            self.0.crl("list.crl", issuer, revoked, *dates);
            self.0.0.read_text("list.crl")
        });
        texts.collect()
    }

    /// workload.pem, a workload's certificate under the CA in `folder`.
    pub fn issue_workload(&self, folder: &str, trust_domain: &str, istiod: &str) {
        let workspace = &self.0.0;
        if !workspace.join("workload.csr").exists() {
            self.openssl("ecparam -name prime256v1 -genkey -noout -out workload.key");
            let request = "req -new -config ca.cnf -key workload.key -subj /O=x -out workload.csr";
            self.openssl(request);
        }
        workspace.write(
            "workload.ext",
            format!(
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                 extendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=none\n\
                 subjectAltName=critical,URI:spiffe://{trust_domain}/ns/a/sa/b,DNS:{istiod}\n"
            ),
        );
        let [begins, ends] = ALWAYS;
        self.openssl(&format!(
            "ca -batch -config ca.cnf -in workload.csr -out workload.pem -notext -startdate {begins} \
             -enddate {ends} -extfile workload.ext -cert {folder}/ca-cert.pem -keyfile {folder}/ca-key.pem"
        ));
    }

    /// Whether `openssl verify` takes workload.pem, as a server's and as a client's, with the
    /// intermediates that istiod sends.
    pub fn openssl_accepts_the_workload(&self, folder: &str) -> bool {
        let workspace = &self.0.0;
        let chain = format!("{folder}/cert-chain.pem");
        ["sslserver", "sslclient"].iter().all(|purpose| {
            let verify = format!(
                "verify -partial_chain -attime {AT} -purpose {purpose} -CAfile {folder}/root-cert.pem"
            );
            let mut command = std::process::Command::new("openssl");
            command.current_dir(workspace.path()).args(verify.split(' '));
            if !workspace.read(&chain).is_empty() {
                command.args(["-untrusted", &chain]);
            }
            Run::of(command.arg("workload.pem")).status == Some(0)
        })
    }
}
