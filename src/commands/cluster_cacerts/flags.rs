//! What is asked of a cluster's CA on the command line.

use clap::Args;

use super::asked::Asked;
use crate::commands::Session;
use crate::config;
use crate::mesh::spiffe::TrustDomain;
use crate::pki::dns_name::DnsName;
use crate::pki::key::KeySpec;

#[derive(Args)]
pub struct CaFlags {
    /// The organization (O) in the CA's name [default: Istio]
    #[arg(long, value_name = "O", value_parser = config::parse_organization)]
    org: Option<String>,
    /// The common name (CN) in the CA's name [default: Intermediate CA]
    #[arg(long, value_name = "CN", value_parser = config::parse_common_name)]
    cn: Option<String>,
    /// rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]
    #[arg(long, value_name = "TYPE")]
    key_type: Option<KeySpec>,
    /// A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]
    #[arg(long, value_name = "NAME")]
    san_dns: Vec<DnsName>,
    /// Write the SPIFFE ID of this trust domain into it
    #[arg(long, value_name = "TD")]
    trust_domain: Option<TrustDomain>,
}

impl CaFlags {
    /// With what the settings say where no flag does.
    pub(crate) fn asked(&self, session: &Session) -> anyhow::Result<Asked> {
        let settings = session.config.cluster_cacerts()?;
        let trust_domain = session.config.trust_domain();
        Ok(Asked {
            organization: settings.ca.organization.or_flag("--org", self.org.clone()),
            common_name: settings.ca.common_name.or_flag("--cn", self.cn.clone()),
            days: settings.ca.days,
            key_type: settings.ca.key_type.or_flag("--key-type", self.key_type),
            san_dns: settings.san_dns.or_flag(
                "--san-dns",
                (!self.san_dns.is_empty()).then(|| self.san_dns.clone()),
            ),
            trust_domain: trust_domain
                .or_flag("--trust-domain", self.trust_domain.clone().map(Some)),
            chain_with_root: settings.chain_with_root,
            now: session.now,
        })
    }
}
