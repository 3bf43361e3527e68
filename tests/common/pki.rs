//! Certificates and CRLs of many kinds, made by the `openssl` program.

use super::{Run, Workspace};

/// As of when certificates are verified: 2030-01-01.
pub const AT: &str = "1893456000";

pub const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

pub const LEAF: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

const CA_CONF: &str = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\npreserve=yes\nunique_subject=no\ncrlnumber=crlnumber\n[p]\norganizationName=optional\ncommonName=optional\n[req]\ndistinguished_name=n\nstring_mask=utf8only\n[n]\n";

/// A folder in which `openssl ca` makes certificates, valid from 2020 to 2050.
pub struct Pki(pub Workspace);

impl Pki {
    pub fn new() -> Self {
        let workspace = Workspace::new();
        workspace.write("ca.cnf", CA_CONF);
        workspace.write("index.txt", "");
        workspace.write("crlnumber", "01\n");
        Self(workspace)
    }

    /// One with root.pem, inter.pem below it, and leaf.pem below that.
    pub fn with_chain() -> Self {
        let pki = Self::new();
        pki.issue("root", "/O=Istio/CN=Root CA", "root", CA);
        pki.issue("inter", "/O=Istio/CN=Intermediate CA", "root", CA);
        pki.issue("leaf", "/O=Istio/CN=leaf", "inter", LEAF);
        pki.join("chain.pem", &["leaf.pem", "inter.pem"]);
        pki
    }

    /// NAME.pem and NAME.key, issued by `issuer`; by itself, if that is `name`.
    pub fn issue(&self, name: &str, subject: &str, issuer: &str, extensions: &str) {
        self.key(name);
        let dates = ["20200101000000Z", "20500101000000Z"];
        self.issue_between(name, name, subject, issuer, extensions, dates);
    }

    pub fn key(&self, name: &str) {
        let key = format!("{name}.key");
        let arguments = [
            "ecparam",
            "-name",
            "prime256v1",
            "-genkey",
            "-noout",
            "-out",
        ];
        self.0
            .run("openssl", arguments.iter().chain(&[key.as_str()]));
    }

    /// NAME.pem, over the key KEY.key.
    pub fn issue_between(
        &self,
        name: &str,
        key: &str,
        subject: &str,
        issuer: &str,
        extensions: &str,
        [begins, ends]: [&str; 2],
    ) {
        let file = |extension: &str| format!("{name}.{extension}");
        self.0.write(file("ext"), extensions);
        let (csr, ext, pem) = (file("csr"), file("ext"), file("pem"));
        let (subject_key, issuer_key) = (format!("{key}.key"), format!("{issuer}.key"));
        let request = format!(
            "req -new -config ca.cnf -utf8 -key {subject_key} -out {csr} -multivalue-rdn -subj"
        );
        let words = request.split(' ').filter(|word| *word != "-multivalue-rdn");
        self.0.run("openssl", words.chain([subject]));
        let sign = format!(
            "ca -batch -config ca.cnf -in {csr} -out {pem} -notext -startdate {begins} -enddate {ends} -extfile {ext} -keyfile"
        );
        let mut words: Vec<_> = sign.split(' ').collect();
        let issuer_pem = format!("{issuer}.pem");
        if issuer == name {
            words.extend([subject_key.as_str(), "-selfsign"]);
        } else {
            words.extend([issuer_key.as_str(), "-cert", &issuer_pem]);
        }
        self.0.run("openssl", words);
    }

    /// FILE, a CRL of `issuer` on which are `revoked`.
    pub fn crl(&self, file: &str, issuer: &str, revoked: &[&str], [from, until]: [&str; 2]) {
        let lines = revoked.iter().map(|name| {
            let serial = self.x509(name, "-serial");
            let serial = serial.trim().trim_start_matches("serial=").to_owned();
            format!("R\t500101000000Z\t210101000000Z\t{serial}\tunknown\t/CN=x\n")
        });
        self.0.write("index.txt", lines.collect::<String>());
        let (pem, key) = (format!("{issuer}.pem"), format!("{issuer}.key"));
        let sign = format!(
            "ca -gencrl -config ca.cnf -cert {pem} -keyfile {key} -out {file} -crl_lastupdate {from} -crl_nextupdate {until}"
        );
        self.0.run("openssl", sign.split(' '));
    }

    /// FILE, of the contents of `parts`.
    pub fn join(&self, file: &str, parts: &[&str]) {
        let parts: Vec<_> = parts.iter().map(|part| self.0.read_text(part)).collect();
        self.0.write(file, parts.concat());
    }

    /// What `openssl x509` says of NAME.pem.
    pub fn x509(&self, name: &str, what: &str) -> String {
        let file = format!("{name}.pem");
        let arguments = ["x509", "-in", &file, "-noout", "-sha256"];
        self.0
            .run("openssl", arguments.into_iter().chain(what.split(' ')))
    }

    pub fn key_identifier(&self, name: &str) -> String {
        let text = self.x509(name, "-ext subjectKeyIdentifier");
        text.lines().last().unwrap().trim().to_owned()
    }

    pub fn fingerprint(&self, name: &str) -> String {
        let text = self.x509(name, "-fingerprint");
        text.trim().split_once('=').unwrap().1.to_owned()
    }

    pub fn verify(&self, line: &str) -> Run {
        self.0
            .meshpki(["verify"].into_iter().chain(line.split(' ')))
    }
}

/// Certificates of many kinds, all in one folder.
pub fn zoo() -> Pki {
    let pki = Pki::with_chain();
    populate(&pki);
    let until = ["20200101000000Z", "20500101000000Z"];
    pki.crl("inter.crl", "inter", &[], until);
    pki.crl("root.crl", "root", &["inter"], until);
    pki.crl("revoked.crl", "inter", &["leaf"], until);
    let over = ["20200101000000Z", "20210101000000Z"];
    pki.crl("old.crl", "inter", &[], over);
    let to_come = ["20400101000000Z", "20500101000000Z"];
    pki.crl("late.crl", "inter", &[], to_come);
    pki.join("both.pem", &["root.pem", "twin.pem"]);
    pki.join("rootcrl.pem", &["root.pem", "root.crl", "inter.crl"]);
    let intermediates = "inter.pem narrow.pem below.pem noca.pem lax.pem named.pem policed.pem";
    let intermediates: Vec<_> = intermediates.split(' ').collect();
    pki.join("intermediates.pem", &intermediates);
    pki.0
        .write("forged.pem", forged(&pki.0.read_text("leaf.pem")));
    for line in [
        "x509 -in root.pem -addreject serverAuth -trustout -out reject.pem",
        "x509 -in leaf.pem -outform DER -out leaf.der",
    ] {
        pki.0.run("openssl", line.split(' '));
    }
    std::fs::create_dir(pki.0.join("roots")).unwrap();
    let hash = pki.x509("root", "-subject_hash");
    let hashed = format!("roots/{}.0", hash.trim());
    pki.0.write(hashed, pki.0.read("root.pem"));
    pki
}

fn populate(pki: &Pki) {
    const BARE: &str = "basicConstraints=CA:FALSE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=none\nauthorityKeyIdentifier=none\n";
    const POLICIES: &str = "certificatePolicies=1.2.3.4,@p\n[p]\npolicyIdentifier=1.2.3.5\nCPS.1=http://a/\nuserNotice.1=@n\n[n]\nexplicitText=text\norganization=Org\nnoticeNumbers=1,2\n";
    const NAMES: &str = "subjectAltName=DNS:a.example.com,email:a@example.com,IP:10.0.0.1\nextendedKeyUsage=clientAuth\n";

    let ca = |more: &str| format!("{CA}{more}");
    let leaf = |more: &str| format!("{LEAF}{more}");
    let narrow = CA.replace("CA:TRUE", "CA:TRUE,pathlen:0");
    let lax = CA.replace("critical,CA", "CA");
    let named = ca("nameConstraints=critical,permitted;DNS:.example.com\n");
    let elsewhere = leaf("subjectAltName=DNS:a.example.org\n");
    let policed = leaf("certificatePolicies=1.2.3.4,1.2.3.5\n");
    let odd = leaf("1.2.3.4.5=critical,ASN1:UTF8String:x\n");
    let strange = "/O=\u{e4} \"x\", y/CN=\u{1b}[31m\u{202e}red";
    for (name, subject, issuer, extensions) in [
        ("twin", "/O=Istio/CN=Root CA", "twin", CA),
        ("narrow", "/CN=Narrow", "root", &narrow),
        ("below", "/CN=Below", "narrow", CA),
        ("leafbelow", "/CN=leaf below", "below", LEAF),
        ("noca", "/CN=No CA", "root", LEAF),
        ("leafnoca", "/CN=leaf of no CA", "noca", LEAF),
        ("lax", "/CN=Lax", "root", &lax),
        ("leaflax", "/CN=leaf of lax", "lax", BARE),
        ("named", "/CN=Named", "root", &named),
        ("leafnamed", "/CN=leaf elsewhere", "named", &elsewhere),
        ("policed", "/CN=Policed", "root", &ca(POLICIES)),
        ("leafpoliced", "/CN=leaf policed", "policed", &policed),
        ("client", "/CN=client", "inter", &leaf(NAMES)),
        ("odd", "/CN=odd", "root", &odd),
        ("alone", "/O=Istio/CN=alone", "alone", LEAF),
        ("strange", strange, "root", LEAF),
    ] {
        pki.issue(name, subject, issuer, extensions);
    }
    let short = ["20200101000000Z", "20250101000000Z"];
    let late = ["20400101000000Z", "20500101000000Z"];
    let intermediate = "/O=Istio/CN=Intermediate CA";
    pki.issue_between("old", "inter", intermediate, "root", CA, short);
    pki.issue_between("leafold", "leaf", "/O=Istio/CN=leaf", "inter", LEAF, short);
    pki.issue_between("leaflate", "leaf", "/O=Istio/CN=leaf", "inter", LEAF, late);
}

/// The certificate `pem` with another octet near the end of its signature.
fn forged(pem: &str) -> String {
    let mut digits = pem.find("\n-----END").unwrap();
    // Eight digits from the end, line feeds aside, are far from the fill characters.
    for _ in 0..8 {
        digits -= 1;
        while pem.as_bytes()[digits] == b'\n' {
            digits -= 1;
        }
    }
    let other = if pem.as_bytes()[digits] == b'A' {
        "B"
    } else {
        "A"
    };
    format!("{}{other}{}", &pem[..digits], &pem[digits + 1..])
}
