//! A cluster's folder, as the commands meet it.

use std::path::Path;

use super::Session;
use crate::console::Refusal;
use crate::input::{InputDir, InputError};
use crate::mesh;
use crate::mesh::cacerts::CacertsFiles;
use crate::mesh::kubernetes::ClusterName;
use crate::mesh::rules::Finding;

/// The files in the folder of `cluster`, all of the same moment.
pub fn read(cluster: &ClusterName) -> Result<CacertsFiles, InputError> {
    let folder = InputDir::open(Path::new(cluster.as_str()))?;
    let public = |name| Ok::<_, InputError>(folder.read(name)?.map(|text| text.to_vec()));
    Ok(CacertsFiles {
        ca_cert: public(mesh::CA_CERT)?,
        ca_key: folder.read(mesh::CA_KEY)?,
        cert_chain: public(mesh::CERT_CHAIN)?,
        root_cert: public(mesh::ROOT_CERT)?,
        ca_crl: public(mesh::CA_CRL)?,
    })
}

/// Says what is wrong with the files of `cluster`, and what the way out is.
pub fn explain(cluster: &ClusterName, findings: &[Finding], session: &Session) {
    for Finding {
        rule,
        file,
        fact,
        hint,
    } in findings
    {
        let refusal = Refusal::new(format_args!("{cluster}/{file}: {fact}"), hint.as_str());
        session.console.error(&refusal.into());
        let (id, source) = (rule.id, rule.source);
        session.console.detail(format_args!("rule {id}: {source}"));
    }
}
