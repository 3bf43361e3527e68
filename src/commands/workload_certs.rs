//! `meshpki workload-certs`.

mod asked;
mod differences;
mod issue;
mod request;
mod signer;
mod standing;

use std::path::{Path, PathBuf};

use clap::Args;

use super::each::{self, Task};
use super::inspect::duration::Lifetime;
use super::{Outcome, Session, cluster};
use crate::config::{self, Setting, Source};
use crate::console::Refusal;
use crate::mesh;
use crate::mesh::kubernetes::{ClusterName, Namespace, ServiceAccount};
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;
use asked::Asked;
use differences::Verdict;
use issue::Job;
use request::Request;
use signer::Signer;

/// Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem
///
/// These are the files that the Istio agent reads, on a VM for instance.
///
/// A certificate that fits is left as it is until half of its lifetime is left, or its CA or roots
/// have changed: then it is renewed, with a new key. One that differs from what is asked is left as
/// it is too, and what differs is named.
#[derive(Args)]
#[command(before_help = "\
Examples:
  meshpki workload-certs foo                 spiffe://cluster.local/ns/foo/sa/default
  meshpki workload-certs --cluster cluster1 --service-account web --ttl 12h foo
  meshpki workload-certs --csr vm.csr foo    the key stays where it was made")]
pub struct WorkloadCerts {
    /// The namespaces, as the names of their folders
    #[arg(value_name = "NAMESPACE", required = true)]
    namespaces: Vec<Namespace>,
    /// The cluster whose CA signs [default: the only one here]
    #[arg(long, value_name = "NAME", value_parser = cluster::named)]
    cluster: Option<ClusterName>,
    /// The service account of the workload [default: default]
    #[arg(long, value_name = "NAME")]
    service_account: Option<ServiceAccount>,
    /// The trust domain of the workload [default: that of the CA, else cluster.local]
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
    /// The days until it expires, shortened to the CA's [default: 1]
    #[arg(long, value_parser = config::parse_days)]
    days: Option<u32>,
    /// The time until it expires (12h, 90m), in place of days
    #[arg(long, value_name = "TIME", value_parser = parse_ttl, conflicts_with = "days")]
    ttl: Option<Lifetime>,
    /// rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: p256]
    #[arg(long, value_name = "TYPE")]
    key_type: Option<KeySpec>,
    /// A DNS name besides the SPIFFE ID; may be given more than once
    #[arg(long, value_name = "NAME")]
    dns: Vec<DnsName>,
    /// The organization (O) in its name, which is empty otherwise
    #[arg(long, value_name = "O", value_parser = config::parse_organization)]
    org: Option<String>,
    /// The common name (CN) in its name, which is empty otherwise
    #[arg(long, value_name = "CN", value_parser = config::parse_common_name)]
    cn: Option<String>,
    /// Certify the key of this request, which stays where it is: no key.pem is written; - is stdin
    #[arg(long, value_name = "FILE", conflicts_with = "key_type")]
    csr: Option<PathBuf>,
    /// End cert-chain.pem with the root
    #[arg(long)]
    chain_with_root: bool,
    /// The last part of its lifetime, in which it is renewed, from 0 to 1 [default: 0.5]
    #[arg(long, value_name = "RATIO", value_parser = config::parse_grace_ratio)]
    grace_ratio: Option<f64>,
    /// Replace what stands by a new key and certificate, as asked for; the old ones are removed
    #[arg(long)]
    renew: bool,
    /// Say what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

fn parse_ttl(text: &str) -> Result<Lifetime, String> {
    match text.parse::<Lifetime>() {
        Ok(ttl) if ttl.length().is_zero() => Err("no certificate lasts no time".to_owned()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

impl WorkloadCerts {
    pub(crate) fn run(mut self, session: &Session) -> anyhow::Result<Outcome> {
        let mut seen = std::collections::HashSet::new();
        self.namespaces.retain(|name| seen.insert(name.clone()));
        if self.csr.is_some() && self.namespaces.len() > 1 {
            let message = "a request is one workload's: --csr takes one NAMESPACE";
            return Err(session.usage_error("workload-certs", message).into());
        }
        let asked = self.asked(session)?;
        let request = self.csr.as_deref();
        let request = request
            .map(|path| Request::read(path, session))
            .transpose()?;
        let output = match self.dry_run {
            true => None,
            false => Some(session.lock(Path::new("."))?),
        };
        let Some(signer) = Signer::find(&asked, session)? else {
            return Ok(Outcome::Trouble);
        };
        let task = |name| self.task(name, &asked, request.as_ref(), &signer, session);
        let names = self.namespaces.iter();
        let tasks = names.map(|name| (name.to_string(), task(name))).collect();
        // The record is of what the root signs, and these are signed by a cluster's CA.
        each::run(tasks, signer, output.as_ref(), |_| Ok(()), session)
    }

    fn asked(&self, session: &Session) -> anyhow::Result<Asked> {
        let settings = session.config.workload_certs()?;
        let days = settings.days.or_flag("--days", self.days);
        let lifetime = Setting {
            value: Lifetime::days(days.value),
            source: days.source,
        };
        let mut dns_names = Vec::new();
        for name in &self.dns {
            if !dns_names.contains(name) {
                dns_names.push(name.clone());
            }
        }
        let with_root = self.chain_with_root.then_some(true);
        Ok(Asked {
            cluster: settings
                .cluster
                .or_flag("--cluster", self.cluster.clone().map(Some)),
            service_account: settings
                .service_account
                .or_flag("--service-account", self.service_account.clone()),
            trust_domain: session
                .config
                .trust_domain()
                .or_flag("--trust-domain", self.trust_domain.clone().map(Some)),
            lifetime: lifetime.or_flag("--ttl", self.ttl),
            key_type: settings.key_type.or_flag("--key-type", self.key_type),
            dns_names: settings
                .dns
                .or_flag("--dns", (!dns_names.is_empty()).then_some(dns_names)),
            organization: settings
                .organization
                .or_flag("--org", self.org.clone().map(Some)),
            common_name: settings
                .common_name
                .or_flag("--cn", self.cn.clone().map(Some)),
            chain_with_root: settings
                .chain_with_root
                .or_flag("--chain-with-root", with_root),
            csr: self.csr.clone().map(|path| Setting {
                value: path,
                source: Source::Flag("--csr"),
            }),
            grace_ratio: settings
                .grace_ratio
                .or_flag("--grace-ratio", self.grace_ratio)
                .value,
            now: session.now,
        })
    }

    fn task(
        &self,
        name: &Namespace,
        asked: &Asked,
        request: Option<&Request>,
        signer: &Signer,
        session: &Session,
    ) -> Task<Job> {
        let refused = |error: anyhow::Error| Task::Refused(vec![error]);
        let job = |standing, reason| match Job::new(name, standing, reason, asked, request, signer)
        {
            Ok(job) => Task::Issue(Box::new(job)),
            Err(errors) => Task::Refused(errors),
        };
        let standing = match standing::look(name) {
            Ok(Some(standing)) => standing,
            Ok(None) if self.renew => return refused(nothing_to_replace(name, asked)),
            Ok(None) => return job(None, None),
            Err(error) => return refused(error),
        };
        session.warn_if_exposed(&Path::new(name.as_str()).join(mesh::WORKLOAD_KEY));
        if request.is_some() && standing.has_key() {
            return refused(key_in_the_way(name));
        }
        let verdict = match self.renew {
            true => Verdict::Renew(None),
            false => standing.verdict(name, asked, request, signer),
        };
        match verdict {
            Verdict::UpToDate(line) => {
                for other in standing.others() {
                    session.console.warning(format_args!(
                        "{name}/{other} stands in the way of the renewal: move it out of the folder"
                    ));
                }
                Task::UpToDate(line)
            }
            Verdict::Differs(differences) => Task::Refused(differences.to_errors()),
            Verdict::Renew(reason) => match standing.others().first() {
                Some(other) => refused(foreign(name, other)),
                None => job(Some(&standing), reason),
            },
        }
    }
}

fn nothing_to_replace(name: &Namespace, asked: &Asked) -> anyhow::Error {
    let flags = asked.flags();
    let hint = format!("make it first: meshpki workload-certs{flags} {name}");
    Refusal::new("there is nothing to replace", hint).into()
}

fn key_in_the_way(name: &Namespace) -> anyhow::Error {
    let fact = format!("{name}/key.pem is there, and with --csr no key is kept in the folder");
    let hint =
        format!("move it to where the key of the request is, or away: mv {name}/key.pem DIR");
    Refusal::new(fact, hint).into()
}

/// The old folder is not kept, and nothing that somebody has put into it is removed with it.
fn foreign(name: &Namespace, other: &str) -> anyhow::Error {
    Refusal::new(
        format_args!("{name}/{other} is there, and would be removed with the folder"),
        "move it out of the folder",
    )
    .into()
}
