//! `meshpki verify`.

mod answer;
mod explain;
mod json;
mod judge;
mod neighbours;
mod options;
mod trust;

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use self::answer::{Answer, Printer};
use self::judge::Judge;
pub(super) use self::options::instant;
use super::{Outcome, Session};
use crate::input;
use crate::mesh::spiffe::TrustDomain;
use crate::mesh::svid::{Expected, SpiffeId};
use crate::pki;
use crate::pki::text::NameOptions;

/// Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain
///
/// The first certificate of a file is verified; the others in it are its intermediates. What is
/// trusted is named by --CAfile, --CApath, --trusted or --system-roots; without them it is the
/// root-cert.pem beside the file or one folder up. The options of `openssl verify` go by their own
/// names, with one dash or two.
#[derive(Args)]
#[command(
    args_override_self = true,
    before_help = "\
Examples:
  meshpki verify cluster1/ca-cert.pem                     against cluster1/root-cert.pem
  meshpki verify --CAfile root-cert.pem chain.pem         leaf first, then its intermediates
  meshpki verify --trust-domain cluster.local cert.pem    and it is an X509-SVID of this mesh
  kubectl get secret cacerts -n istio-system -o yaml | meshpki verify --CAfile root-cert.pem -"
)]
pub struct Verify {
    /// Files of certificates; - is stdin, as is no file
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Verify every certificate of a file
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    sources: options::Sources,
    #[command(flatten)]
    demands: options::Demands,
    /// The certificate is to be the X509-SVID of ID
    #[arg(long, value_name = "ID", help_heading = "SPIFFE")]
    spiffe_id: Option<SpiffeId>,
    /// The certificate is to be an X509-SVID of this trust domain, or of one of its aliases
    #[arg(
        long,
        value_name = "DOMAIN",
        value_delimiter = ',',
        help_heading = "SPIFFE"
    )]
    trust_domain: Vec<TrustDomain>,
    /// After OK, show the path
    #[arg(long = "show_chain", help_heading = "Output")]
    show_chain: bool,
    /// How names are printed, as `openssl verify -nameopt` has it [default: oneline]
    #[arg(long, value_name = "OPTION", help_heading = "Output")]
    nameopt: Option<NameOptions>,
    /// Print the answers as data
    #[arg(short, long, value_name = "FORMAT", help_heading = "Output")]
    output: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Json,
}

/// So many files are read and judged before their answers are printed.
const AT_ONCE: usize = 256;
/// So many are worth sharing out among the cores.
const SHARED_OUT: usize = 4;

impl Verify {
    pub(crate) fn run(self, session: &Session) -> anyhow::Result<Outcome> {
        let console = session.console;
        let files = match self.files.as_slice() {
            [] if input::stdin_is_terminal() => {
                return Err(session
                    .usage_error("verify", "name a FILE, or - for stdin")
                    .into());
            }
            [] => vec![PathBuf::from("-")],
            files => files.to_vec(),
        };
        let looks_at_crls = self.demands.crl_check || self.demands.crl_check_all;
        let crls_are_given = !self.sources.crl_file.is_empty();
        let parameters = self.demands.parameters(session.now, crls_are_given);
        parameters
            .to_openssl()
            .map_err(|error| session.usage_error("verify", &error))?;
        let expected = Expected {
            id: self.spiffe_id,
            trust_domains: self.trust_domain,
        };
        let explains = self.output.is_some() || !console.is_quiet();
        if files.len() >= SHARED_OUT {
            // While OpenSSL is at work on one thread, another must not give it more algorithms.
            pki::all_algorithms();
        }
        let judge = Judge::new(
            &self.sources,
            parameters,
            expected,
            self.each,
            explains,
            console,
        )?;
        if crls_are_given && !looks_at_crls {
            console.note(
                "--CRLfile without --crl_check: it is looked whether the certificate itself is revoked; --crl_check_all looks along the whole path",
            );
        }

        let mut printer = match self.output {
            Some(Format::Json) => Printer::json(console),
            None => Printer::text(console, self.show_chain, self.nameopt.unwrap_or_default()),
        };
        for some in files.chunks(AT_ONCE) {
            session.interrupt.check()?;
            let answers: Vec<Vec<Answer>> = if some.len() < SHARED_OUT {
                some.iter().map(|file| judge.answers(file)).collect()
            } else {
                some.par_iter().map(|file| judge.answers(file)).collect()
            };
            for answer in answers.into_iter().flatten() {
                printer.print(&answer)?;
            }
            printer.flush()?;
        }
        printer.finish()
    }
}
