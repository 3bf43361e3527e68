//! Roots with dates of their own, so that it is known which of them is the older.

use meshpki::mesh::profile;
use meshpki::pki::authority::CertificateAuthority;
use meshpki::pki::key::{KeySpec, PrivateKey};
use meshpki::pki::name::{Attribute, DistinguishedName};
use meshpki::pki::validity::Validity;
use time::{Date, Month};

use super::Workspace;

/// root-key.pem and root-cert.pem of a root that begins with the year `begin`, in `folder`.
pub fn root(workspace: &Workspace, folder: &str, name: &str, begin: i32) {
    let year = |year| {
        let first = Date::from_calendar_date(year, Month::January, 1).unwrap();
        first.midnight().assume_utc()
    };
    let attributes = [Attribute::Organization, Attribute::CommonName];
    let subject = attributes.into_iter().zip(["Istio", name]);
    let subject = DistinguishedName::new(subject).unwrap();
    let validity = Validity::new(year(begin), year(2100)).unwrap();
    let spec = profile::root_ca(subject, validity, None);
    let key = PrivateKey::generate(KeySpec::EcdsaP256).unwrap();
    let root = CertificateAuthority::self_signed(&spec, key).unwrap();
    let certificate = root.certificate().to_pem();
    workspace.write(format!("{folder}/root-cert.pem"), certificate);
    let key = root.key().to_pem().unwrap();
    workspace.write(format!("{folder}/root-key.pem"), key.as_bytes());
}

/// The root of `folder` becomes the one that signs.
pub fn sign_under(workspace: &Workspace, folder: &str) {
    for file in ["root-key.pem", "root-cert.pem"] {
        let from = workspace.join(folder).join(file);
        std::fs::copy(from, workspace.join(file)).unwrap();
    }
}

/// The commands `lines` of meshpki, of which each succeeds.
pub fn run(workspace: &Workspace, lines: &[&str]) {
    for line in lines {
        workspace.meshpki(line.split(' ')).succeeds();
    }
}

/// What is printed, with the instants, dates and fingerprints, which differ from run to run, as `_`.
pub fn plain(text: &str) -> String {
    let is_volatile = |word: &str| {
        let word = word.trim_end_matches([':', ',']);
        let is_date = word.len() >= 10 && word.as_bytes()[4] == b'-' && word.starts_with('2');
        is_date || word.split(':').count() == 32
    };
    let lines = text.lines().map(|line| {
        let words = line.split(' ');
        let words = words.map(|word| if is_volatile(word) { "_" } else { word });
        words.collect::<Vec<_>>().join(" ") + "\n"
    });
    lines.collect()
}
