//! Single fields, by the names that openssl's options have, in the order in which they are given.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches};

use crate::pki::summary;
use crate::pki::text::{Digest, NameOptions, Printable};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Text,
    Subject,
    Issuer,
    Serial,
    Dates,
    Fingerprint,
    /// Extensions by OpenSSL's short names.
    Ext(String),
}

/// The fields that are asked for, in order.
#[derive(Debug, Clone)]
pub struct Fields {
    fields: Vec<Field>,
    digest: Digest,
}

const FLAGS: [(&str, &str, Field); 6] = [
    ("text", "The whole text, among other fields", Field::Text),
    ("subject", "The subject", Field::Subject),
    ("issuer", "The issuer", Field::Issuer),
    ("serial", "The serial number", Field::Serial),
    ("dates", "notBefore and notAfter", Field::Dates),
    ("fingerprint", "The fingerprint", Field::Fingerprint),
];

const DIGESTS: [(&str, Digest); 4] = [
    ("sha1", Digest::Sha1),
    ("sha256", Digest::Sha256),
    ("sha384", Digest::Sha384),
    ("sha512", Digest::Sha512),
];

/// Whether `openssl x509` has an option of this name that `inspect` has too.
pub fn is_option_of_x509(name: &str) -> bool {
    FLAGS.iter().any(|(flag, ..)| *flag == name)
        || DIGESTS.iter().any(|(digest, _)| *digest == name)
        || ["ext", "nameopt"].contains(&name)
}

impl Fields {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// What openssl says on stderr of a certificate that lacks what is asked for.
    pub fn lack(&self, certificate: &Printable<'_>) -> Option<&'static str> {
        let list = self.extensions()?;
        let lacks = certificate.extensions(list).is_none();
        lacks.then_some("No extensions in certificate")
    }

    /// The list of `--ext`.
    fn extensions(&self) -> Option<&str> {
        self.fields.iter().find_map(|field| match field {
            Field::Ext(list) => Some(list.as_str()),
            _ => None,
        })
    }

    /// Of a certificate, as `openssl x509 -noout` prints them.
    pub fn of(&self, certificate: &Printable<'_>, der: &[u8], names: NameOptions) -> String {
        let mut printed = String::new();
        for field in &self.fields {
            printed += &self.field(field, certificate, der, names);
        }
        printed
    }

    fn field(
        &self,
        field: &Field,
        certificate: &Printable<'_>,
        der: &[u8],
        names: NameOptions,
    ) -> String {
        let name_of = |index: usize| {
            let both = summary::subject_and_issuer(der, names);
            both.map_or_else(String::new, |both| both[index].clone())
        };
        match field {
            Field::Text => match self.extensions() {
                Some(list) => certificate.text_of_extensions(names, list),
                None => certificate.text(names),
            },
            Field::Subject => format!("subject={}\n", name_of(0)),
            Field::Issuer => format!("issuer={}\n", name_of(1)),
            Field::Serial => certificate.serial(),
            Field::Dates => certificate.dates(),
            Field::Fingerprint => certificate.fingerprint(self.digest),
            Field::Ext(list) => match certificate.extensions(list) {
                None => String::new(),
                Some(printed) if printed.is_empty() => {
                    format!("No extensions matched with {}\n", crate::escape::text(list))
                }
                Some(printed) => printed,
            },
        }
    }
}

impl Args for Fields {
    fn augment_args(command: Command) -> Command {
        const HEADING: &str = "Single fields, as openssl x509 prints them";

        let flag = |name: &'static str, help: &'static str| {
            Arg::new(name)
                .long(name)
                .help(help)
                .action(ArgAction::SetTrue)
                .help_heading(HEADING)
        };
        let mut command = command;
        for (name, help, _) in FLAGS {
            command = command.arg(flag(name, help));
        }
        let ext = Arg::new("ext")
            .long("ext")
            .value_name("LIST")
            .help("Extensions by openssl's names: subjectAltName,keyUsage")
            .action(ArgAction::Append)
            .help_heading(HEADING);
        command = command.arg(ext);
        for (name, _) in DIGESTS {
            let digest = flag(
                name,
                "The digest of --fingerprint [default: sha1, as openssl's]",
            );
            command = command.arg(digest.requires("fingerprint").hide(name == "sha384"));
        }
        let names = FLAGS.iter().map(|(name, ..)| *name).chain(["ext"]);
        let digests = DIGESTS.iter().map(|(name, _)| *name);
        command
            .group(ArgGroup::new("fields").args(names).multiple(true))
            .group(ArgGroup::new("digest").args(digests))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Fields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut fields = Vec::new();
        for (name, _, field) in FLAGS {
            if matches.get_flag(name) {
                fields.extend(matches.index_of(name).map(|index| (index, field)));
            }
        }
        // As with openssl, the last list counts.
        let list = matches.get_many::<String>("ext").and_then(Iterator::last);
        let index = matches.indices_of("ext").and_then(Iterator::last);
        fields.extend(index.zip(list.map(|list| Field::Ext(list.clone()))));
        fields.sort_by_key(|(index, _)| *index);
        let digest = DIGESTS.iter().find(|(name, _)| matches.get_flag(name));
        Ok(Self {
            fields: fields.into_iter().map(|(_, field)| field).collect(),
            digest: digest.map_or(Digest::Unasked, |(_, digest)| *digest),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
