//! What stands around the files, in a folder or in a Secret.

use super::super::cacerts::Naming;
use super::super::{CA_CRL, CA_CSR, CA_KEY, CA_KEY_NEXT, ON_THE_WAY};
use super::{
    BOTH_FORMS, CRL_UNREAD, Finding, IGNORED_FILE, ISTIO_GENERATED, KEY_EXPOSED, Rule, SECRET_NAME,
    STRAY_KEY, finding,
};

/// What is there besides the contents of the files.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub naming: Naming,
    /// The names of all that is there.
    pub names: Vec<String>,
    /// The permissions of the private key, if it is a file.
    pub key_mode: Option<u32>,
    /// Those of a key that waits for its certificate.
    pub next_key_mode: Option<u32>,
    /// The name of the Secret, if it is one.
    pub secret: Option<String>,
}

impl Surroundings {
    /// Whether there is a request for a certificate.
    pub fn has_request(&self) -> bool {
        self.secret.is_none() && self.names.iter().any(|name| name == CA_CSR)
    }
}

/// A key that istiod puts into a Secret that it has made (istio security/pkg/pki/ca/ca.go).
const GENERATED: &str = "istio-generated";

/// Every rule about them that is broken.
pub fn surroundings(there: &Surroundings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |rule: &'static Rule, file, fact: String, hint: &str| {
        findings.push(finding(rule, file, fact, hint.to_owned()));
    };
    let has = |name: &&&str| there.names.iter().any(|there| there == *name);
    let keys = [
        (there.naming.name_of(CA_KEY), there.key_mode),
        (CA_KEY_NEXT, there.next_key_mode),
    ];
    for (file, mode) in keys {
        if let Some(mode) = mode.filter(|mode| mode & 0o077 != 0) {
            let fact = format!("its mode is {mode:04o}: others than its owner can get at it");
            let hint = "chmod 600, and a new key if others have been there";
            find(&KEY_EXPOSED, file, fact, hint);
        }
    }
    if there.naming == Naming::Tls {
        let unread = Naming::Pem.names().iter().filter(has).copied();
        let unread: Vec<_> = unread.filter(|name| *name != CA_CRL).collect();
        if let [first, ..] = unread.as_slice() {
            let fact = format!("istiod reads tls.crt, and not {}", unread.join(", "));
            find(&BOTH_FORMS, first, fact, "remove the files of one form");
        }
        if has(&&CA_CRL) {
            let fact = "istiod reads no CRL beside tls.crt".to_owned();
            find(
                &CRL_UNREAD,
                CA_CRL,
                fact,
                "take the form with ca-cert.pem, which has room for CRLs",
            );
        }
    }
    if has(&&GENERATED) {
        let fact = "it is there".to_owned();
        find(
            &ISTIO_GENERATED,
            GENERATED,
            fact,
            "remove it, if the CA is your own",
        );
    }
    let on_the_way: &[&str] = match there.secret {
        None => &ON_THE_WAY,
        Some(_) => &[],
    };
    let forms = [
        Naming::Pem.names(),
        Naming::Tls.names(),
        &[GENERATED],
        on_the_way,
    ];
    let known = |name: &str| forms.iter().any(|names| names.contains(&name));
    let (keys, others): (Vec<_>, Vec<_>) = there
        .names
        .iter()
        .map(String::as_str)
        .filter(|name| !known(name))
        .partition(|name| is_of_a_key(name));
    if !keys.is_empty() {
        let fact = format!("{} is there, and istiod does not read it", listed(&keys));
        find(
            &STRAY_KEY,
            "",
            fact,
            "keep it where nothing but you can read it",
        );
    }
    if !others.is_empty() {
        let fact = format!("istiod does not read {}", listed(&others));
        find(&IGNORED_FILE, "", fact, "");
    }
    if let Some(name) = there.secret.as_deref().filter(|name| *name != "cacerts") {
        let fact = format!("it is called {name}");
        find(
            &SECRET_NAME,
            "",
            fact,
            "call it cacerts: meshpki secret does",
        );
    }
    findings
}

fn is_of_a_key(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key.pem", "key.next.pem", ".key"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The first of `names`, and how many more there are.
fn listed(names: &[&str]) -> String {
    const MOST: usize = 5;

    match names.get(MOST..) {
        Some(more) if !more.is_empty() => {
            format!("{} and {} more", names[..MOST].join(", "), more.len())
        }
        _ => names.join(", "),
    }
}
