//! `meshpki check`.

mod input;

use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use time::OffsetDateTime;

use self::input::Input;
use super::verify;
use super::{Outcome, Session};
use crate::mesh::cacerts::Cacerts;
use crate::mesh::istio_version::IstioVersion;
use crate::mesh::rules::Circumstances;
use crate::mesh::spiffe::TrustDomain;

/// Would istiod take this, and will the mesh then work?
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki check cluster1 cluster2
  meshpki secret cluster1 | meshpki check -
  kubectl -n istio-system get secret cacerts -o json | meshpki check -")]
pub struct Check {
    /// A cluster's folder, or a Secret in YAML or JSON; - is stdin
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Judge as of TIME: RFC 3339, or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = verify::instant, allow_negative_numbers = true)]
    at: Option<i64>,
    /// The trust domain of the workloads
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
    /// The version of Istio [default: the newest]
    #[arg(long, value_name = "1.X")]
    istio_version: Option<IstioVersion>,
}

impl Check {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let version = self.istio_version.unwrap_or(IstioVersion::NEWEST);
        let at = match self.at {
            Some(seconds) => OffsetDateTime::from_unix_timestamp(seconds)?,
            None => session.now,
        };
        let trust_domain = self.trust_domain.or(session.config.trust_domain().value);
        let read: Vec<_> = self
            .inputs
            .par_iter()
            .map(|path| input::read(path, version))
            .collect();
        let mut outcome = Outcome::Done;
        let mut inputs: Vec<Input> = Vec::new();
        for read in read {
            match read {
                Ok(read) => inputs.extend(read),
                Err(error) => {
                    session.console.error(&error);
                    outcome = Outcome::Trouble;
                }
            }
        }
        for input in inputs {
            let circumstances = Circumstances {
                at,
                cluster: &input.cluster,
                trust_domain: trust_domain.as_ref(),
            };
            let name = input.name;
            if let Err(findings) = Cacerts::prove(input.files, &circumstances) {
                for finding in findings {
                    let (file, fact) = (finding.file, finding.fact);
                    session.console.print(&format!("{name}/{file}: {fact}\n"))?;
                }
                if outcome == Outcome::Done {
                    outcome = Outcome::No;
                }
            }
        }
        Ok(outcome)
    }
}
