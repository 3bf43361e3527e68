//! What is said of an import.

use std::path::{Path, PathBuf};

use super::Placement;
use crate::commands::{Session, report};
use crate::console::Console;
use crate::escape;
use crate::mesh::import::{Fault, Files, Imported, LeftOut};
use crate::mesh::objects::ObjectName;
use crate::mesh::rules::Circumstances;
use crate::pki::validity::date;

/// Objects that have no CA in them. A Namespace is where `meshpki secret --with-namespace` puts it.
pub fn passed_over(objects: &[ObjectName], console: Console) {
    let objects: Vec<_> = objects
        .iter()
        .filter(|object| object.kind != "Namespace")
        .collect();
    if !objects.is_empty() {
        console.note(format_args!("passed over: {}", report::first_of(&objects)));
    }
}

/// What is left out of the Secret `name`, and what is wrong with the rest: warnings.
pub fn faults(name: &ObjectName, imported: &Imported, folder: &Path, session: &Session) {
    let console = session.console;
    for left_out in &imported.left_out {
        match left_out {
            LeftOut::ByPrecedence(keys) => {
                let keys = keys.join(", ");
                console.warning(format_args!(
                    "{name}: left out: {keys}: istiod reads tls.crt, tls.key and ca.crt where it finds tls.crt"
                ));
            }
            LeftOut::OtherRoots(key) => console.warning(format_args!(
                "{name}: left out: {key}: the CA is not among the roots in it"
            )),
            LeftOut::Unknown(keys) => {
                let keys = keys.join(", ");
                console.note(format_args!(
                    "{name}: left out: {keys}: istiod reads no such file"
                ));
            }
        }
    }
    let cluster = cluster_name(folder);
    let circumstances = Circumstances::new(session.now, &cluster, None);
    for fault in imported.faults(&circumstances) {
        match fault {
            Fault::Rule(finding) => {
                let file = escape::path(&shown(&folder.join(finding.file)));
                console.warning(format_args!("{file}: {}", finding.fact));
                console.hint(&finding.hint);
                let rule = finding.rule;
                console.detail(format_args!("rule {}: {}", rule.id, rule.source));
            }
            Fault::Root(error) => {
                console.warning(format_args!(
                    "no CA of a cluster can be made with it: {error}"
                ));
                console.hint(error.hint());
            }
        }
    }
}

/// The name by which the commands in hints go: that of the folder.
fn cluster_name(folder: &Path) -> String {
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let canonical = || name(&folder.canonicalize().ok()?);
    let name = name(folder).or_else(canonical);
    name.unwrap_or_else(|| "NAME".to_owned())
}

/// `path` without the working directory before it.
pub fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

/// The lines that tell of files that are in place.
pub fn placed(
    name: &ObjectName,
    imported: &Imported,
    folder: &Path,
    placement: Placement,
) -> String {
    let place = match shown(folder) {
        folder if folder.as_os_str().is_empty() => String::new(),
        folder => format!("{}: ", escape::path(&folder)),
    };
    let certificate = &imported.certificate;
    if placement == Placement::UpToDate {
        let expires = date(certificate.not_after());
        return format!("{place}{name}: up to date, expires {expires}\n");
    }
    let role = match imported.files {
        Files::Root { .. } if imported.is_made_by_istiod => "root CA that istiod has made",
        Files::Root { .. } => "root CA",
        Files::Cluster(_) if certificate.is_self_issued() => "CA of a cluster, and its own root",
        Files::Cluster(_) => "CA of a cluster",
    };
    let files = imported.files.present().into_iter().map(|(file, _)| file);
    let files: Vec<_> = files.collect();
    let lines = report::certificate(certificate, &files);
    let issuer = match imported.files {
        Files::Cluster(_) => format!("  {:<12} {}\n", "issuer", certificate.issuer()),
        Files::Root { .. } => String::new(),
    };
    format!("{place}{name}: {role}\n{lines}{issuer}")
}
