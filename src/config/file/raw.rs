//! The file as it is written: TOML's types, not ours.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawLayer {
    #[serde(deserialize_with = "section")]
    pub mesh: RawMesh,
    #[serde(deserialize_with = "section")]
    pub root_ca: RawRoot,
    #[serde(deserialize_with = "section")]
    pub cluster_cacerts: RawCluster,
    #[serde(deserialize_with = "section")]
    pub sign: RawSign,
    #[serde(deserialize_with = "section")]
    pub secret: RawSecret,
    #[serde(deserialize_with = "section")]
    pub workload_certs: RawWorkload,
}

/// A section and nothing else: serde would take an array for a struct, value by value.
fn section<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Section<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Section<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a section")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Section(PhantomData))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawMesh {
    pub trust_domain: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawRoot {
    pub organization: Option<Spanned<String>>,
    pub common_name: Option<Spanned<String>>,
    pub days: Option<Spanned<i64>>,
    pub key_type: Option<Spanned<String>>,
    pub encrypt_key: Option<Spanned<bool>>,
}

/// What the sections of all kinds of CA have.
pub struct RawCa {
    pub organization: Option<Spanned<String>>,
    pub common_name: Option<Spanned<String>>,
    pub days: Option<Spanned<i64>>,
    pub key_type: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawCluster {
    pub organization: Option<Spanned<String>>,
    pub common_name: Option<Spanned<String>>,
    pub days: Option<Spanned<i64>>,
    pub key_type: Option<Spanned<String>>,
    pub san_dns: Option<Spanned<Vec<String>>>,
    pub chain_with_root: Option<Spanned<bool>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawSign {
    pub clusters: Option<Spanned<Vec<String>>>,
    pub organizations: Option<Spanned<Vec<String>>>,
    pub common_names: Option<Spanned<Vec<String>>>,
    pub san_dns: Option<Spanned<Vec<String>>>,
    pub trust_domains: Option<Spanned<Vec<String>>>,
    pub key_types: Option<Spanned<Vec<String>>>,
    pub max_days: Option<Spanned<i64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawSecret {
    pub namespace: Option<Spanned<String>>,
    pub name: Option<Spanned<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RawWorkload {
    pub cluster: Option<Spanned<String>>,
    pub service_account: Option<Spanned<String>>,
    pub organization: Option<Spanned<String>>,
    pub common_name: Option<Spanned<String>>,
    pub days: Option<Spanned<i64>>,
    pub key_type: Option<Spanned<String>>,
    pub dns: Option<Spanned<Vec<String>>>,
    pub chain_with_root: Option<Spanned<bool>>,
    pub grace_ratio: Option<Spanned<f64>>,
}
