//! A cluster's folder, as the commands meet it.

use std::path::Path;

use super::Session;
use crate::console::Refusal;
use crate::input::{InputDir, InputError};
use crate::mesh;
use crate::mesh::cacerts::{Cacerts, CacertsFiles};
use crate::mesh::kubernetes::{ClusterName, NameError};
use crate::mesh::rules::{Circumstances, Finding};
use crate::mesh::spiffe::TrustDomain;

/// A cluster by its name or by its folder, which completion writes with a slash at its end.
pub fn named(word: &str) -> Result<ClusterName, NameError> {
    let name = word.strip_suffix('/').filter(|name| !name.is_empty());
    name.unwrap_or(word).parse()
}

/// The files in the folder of `cluster`, all of the same moment.
pub fn read(cluster: &ClusterName) -> Result<CacertsFiles, InputError> {
    read_in(&InputDir::open(Path::new(cluster.as_str()))?)
}

/// As [`read`], in the folder itself.
pub fn read_in(folder: &InputDir) -> Result<CacertsFiles, InputError> {
    CacertsFiles::of(false, |name| folder.read(name))
}

/// The files of the cluster `name`, if every rule holds of them; else says what does not.
pub fn prove(
    name: &ClusterName,
    trust_domain: Option<&TrustDomain>,
    session: &Session,
) -> Option<Cacerts> {
    let circumstances = Circumstances::new(session.now, name.as_str(), trust_domain);
    let files = match read(name) {
        Ok(files) => files,
        Err(error) => {
            let error = if error.is_not_found() {
                let hint = format!("make it first: meshpki cluster-cacerts {name}");
                Refusal::new(format_args!("there is no folder {name}"), hint).into()
            } else {
                error.into()
            };
            session.console.error(&error);
            return None;
        }
    };
    if files.present().next().is_none() {
        let hint = format!("make it: meshpki cluster-cacerts {name}");
        let refusal = Refusal::new(
            format_args!("{name}: there is no cluster's file in the folder"),
            hint,
        );
        session.console.error(&refusal.into());
        return None;
    }
    if files.ca_key.is_none() && Path::new(name.as_str()).join(mesh::WORKLOAD_KEY).exists() {
        let message = format!(
            "{name}: {} is there: the folder is a workload's",
            mesh::WORKLOAD_KEY
        );
        let refusal = Refusal::new(message, "name the folder of a cluster");
        session.console.error(&refusal.into());
        return None;
    }
    let request = Path::new(name.as_str()).join(mesh::CA_CSR);
    if files.ca_cert.is_none() && request.exists() {
        let request = mesh::CA_CSR;
        let fact = format!("{name}: there is no certificate yet: its request, {request}, waits");
        let hint = format!("once the root has signed it: meshpki accept signed.tar {name}");
        session.console.error(&Refusal::new(fact, hint).into());
        return None;
    }
    Cacerts::prove(files, &circumstances)
        .map_err(|findings| explain(name, &findings, session))
        .ok()
}

/// Says what is wrong with the files of `cluster`, and what the way out is.
pub fn explain(cluster: &ClusterName, findings: &[Finding], session: &Session) {
    for Finding {
        rule,
        file,
        fact,
        hint,
        ..
    } in findings
    {
        let refusal = Refusal::new(format_args!("{cluster}/{file}: {fact}"), hint.as_str());
        session.console.error(&refusal.into());
        let (id, source) = (rule.id, rule.source);
        session.console.detail(format_args!("rule {id}: {source}"));
    }
}
