//! The options of `openssl verify` as its users write them: with one dash or two, with `_` or `-`
//! in their names. They are turned into this program's before its command line is parsed, so that
//! `-CAfile` is never `-C Afile`. So are those of `openssl x509` that `inspect` has.

use std::cell::LazyCell;
use std::ffi::OsString;

use clap::{ArgAction, Args as _, Command};

use super::inspect::{Inspect, is_option_of_x509};
use super::verify::Verify;

/// Those that take a value.
const WITH_VALUE: [&str; 15] = [
    "CAfile",
    "CApath",
    "trusted",
    "untrusted",
    "CRLfile",
    "purpose",
    "attime",
    "verify_depth",
    "verify_hostname",
    "verify_email",
    "verify_ip",
    "verify_name",
    "auth_level",
    "policy",
    "nameopt",
];

/// Those that do not.
const SWITCHES: [&str; 25] = [
    "crl_check",
    "crl_check_all",
    "partial_chain",
    "check_ss_sig",
    "x509_strict",
    "policy_check",
    "explicit_policy",
    "inhibit_any",
    "inhibit_map",
    "ignore_critical",
    "no_check_time",
    "allow_proxy_certs",
    "trusted_first",
    "no_alt_chains",
    "suiteB_128",
    "suiteB_192",
    "suiteB_128_only",
    "show_chain",
    "verbose",
    "use_deltas",
    "extended_crl",
    "policy_print",
    "no-CAfile",
    "no-CApath",
    "no-CAstore",
];

/// `arguments`, with the options of `openssl verify` in the form that [`Verify`] has them, if that
/// is the subcommand of `program`, and so those of `openssl x509` and [`Inspect`].
pub fn normalized(arguments: &[OsString], program: &Command) -> Vec<OsString> {
    let Some(position) = subcommand(arguments, program) else {
        return arguments.to_vec();
    };
    if arguments[position] == "inspect" {
        return with_two_dashes(arguments, position, program);
    }
    if arguments[position] != "verify" {
        return arguments.to_vec();
    }
    let verify = LazyCell::new(|| Verify::augment_args(Command::new("verify")));
    let (before, after) = arguments.split_at(position + 1);
    let mut normalized = before.to_vec();
    let mut words = after.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            normalized.push(word.clone());
            normalized.extend(words.by_ref().cloned());
        } else if let Some(option) = openssl_option(word) {
            let mut option_word = OsString::from("--");
            option_word.push(option.name);
            if let Some(value) = option.value {
                option_word.push("=");
                option_word.push(value);
            } else if WITH_VALUE.contains(&option.name)
                && let Some(value) = words.next()
            {
                option_word.push("=");
                option_word.push(value);
            }
            let overridden = overridden(&option_word);
            let mut at = 0;
            normalized.retain(|word| {
                at += 1;
                at <= position + 1 || !overridden.is_some_and(|option| is_option(word, option))
            });
            normalized.push(option_word);
        } else {
            normalized.push(word.clone());
            let is_option = word.as_encoded_bytes().starts_with(b"-");
            if is_option && (takes_next_word(word, program) || takes_next_word(word, &verify)) {
                normalized.extend(words.next().cloned());
            }
        }
    }
    normalized
}

/// `arguments` of [`Inspect`], which stands at `position`, with two dashes where `openssl x509` has
/// one.
fn with_two_dashes(arguments: &[OsString], position: usize, program: &Command) -> Vec<OsString> {
    let long = |word: &OsString| {
        let word = word.to_str()?.strip_prefix('-')?;
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        is_option_of_x509(name).then(|| OsString::from(format!("--{word}")))
    };
    let mut normalized = arguments.to_vec();
    // Mostly there are none, and the options of the command need not be put together.
    if !arguments[position..]
        .iter()
        .any(|word| long(word).is_some())
    {
        return normalized;
    }
    let inspect = Inspect::augment_args(Command::new("inspect"));
    let mut words = normalized.iter_mut().skip(position + 1);
    while let Some(word) = words.next().filter(|word| *word != "--") {
        if let Some(long) = long(word) {
            *word = long;
        }
        if takes_next_word(word, program) || takes_next_word(word, &inspect) {
            words.next();
        }
    }
    normalized
}

/// Which option before it `word` puts out of force: a set of parameters has a purpose or a depth of
/// its own (OpenSSL crypto/x509/x509_vpm.c, `default_table`).
fn overridden(word: &OsString) -> Option<&'static str> {
    let name = word.to_str()?.strip_prefix("--verify_name=")?;
    Some(match name {
        "default" => "--verify_depth=",
        _ => "--purpose=",
    })
}

fn is_option(word: &OsString, option: &str) -> bool {
    word.as_encoded_bytes().starts_with(option.as_bytes())
}

/// Where the subcommand stands among `arguments`, with the global options of `program` before it.
pub fn subcommand(arguments: &[OsString], program: &Command) -> Option<usize> {
    let mut position = 1;
    while let Some(word) = arguments.get(position) {
        if !word.as_encoded_bytes().starts_with(b"-") {
            return Some(position);
        }
        position += if takes_next_word(word, program) { 2 } else { 1 };
    }
    None
}

struct Written<'a> {
    name: &'static str,
    value: Option<&'a str>,
}

/// The option that `word` is: one dash or two, exactly its name, and perhaps `=` and a value.
fn openssl_option(word: &OsString) -> Option<Written<'_>> {
    let word = word.to_str()?.strip_prefix('-')?;
    let word = word.strip_prefix('-').unwrap_or(word);
    let (written, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let alike = |name: &&&str| {
        name.len() == written.len()
            && name.bytes().zip(written.bytes()).all(|(one, other)| {
                one == other || (b"-_".contains(&one) && b"-_".contains(&other))
            })
    };
    let name = WITH_VALUE.iter().chain(&SWITCHES).find(alike)?;
    Some(Written { name, value })
}

/// Whether `word` is an option of `command` whose value is the next word.
fn takes_next_word(word: &OsString, command: &Command) -> bool {
    let Some(word) = word.to_str().filter(|word| word.starts_with('-')) else {
        return false;
    };
    command.get_arguments().any(|argument| {
        let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
        let is_long = argument
            .get_long_and_visible_aliases()
            .is_some_and(|names| names.iter().any(|name| word == format!("--{name}")));
        let is_short = argument
            .get_short()
            .is_some_and(|letter| word == format!("-{letter}"));
        takes_value && (is_long || is_short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ArgAction, Command, Subcommand};
    use proptest::prelude::*;

    /// The program, with those of its global options that stand before a command here.
    fn program() -> Command {
        let global = [
            Arg::new("directory").short('C').global(true),
            Arg::new("color").long("color").global(true),
            Arg::new("verbose")
                .long("verbose")
                .action(ArgAction::SetTrue)
                .global(true),
        ];
        let mut program =
            crate::commands::Command::augment_subcommands(Command::new("meshpki").args(global));
        program.build();
        program
    }

    fn written(words: &str) -> String {
        let words: Vec<_> = words.split(' ').map(OsString::from).collect();
        let normalized = normalized(&words, &program());
        let words: Vec<_> = normalized
            .iter()
            .map(|word| word.to_str().unwrap())
            .collect();
        words.join(" ")
    }

    #[test]
    fn one_dash_or_two_underscore_or_hyphen() {
        assert_eq!(
            written("meshpki verify -CAfile a --crl-check_all -no_CAfile --verify-depth=3 f.pem"),
            "meshpki verify --CAfile=a --crl_check_all --no-CAfile --verify_depth=3 f.pem"
        );
        assert_eq!(
            written("meshpki verify -CAfile=a -verify-depth=3 f.pem"),
            "meshpki verify --CAfile=a --verify_depth=3 f.pem"
        );
    }

    #[test]
    fn the_later_of_a_purpose_and_a_set_of_parameters_counts() {
        assert_eq!(
            written("meshpki verify -purpose any -verify_depth 1 -verify_name ssl_server f.pem"),
            "meshpki verify --verify_depth=1 --verify_name=ssl_server f.pem"
        );
        assert_eq!(
            written("meshpki verify -purpose any -verify_depth 1 -verify_name default f.pem"),
            "meshpki verify --purpose=any --verify_name=default f.pem"
        );
        let line = "meshpki verify --verify_name=ssl_server --purpose=any --verify_depth=1 f.pem";
        assert_eq!(written(line), line);
    }

    #[test]
    fn a_value_is_never_an_option() {
        assert_eq!(
            written("meshpki -C -CAfile verify -C -CAfile -attime -1 -o -policy -- -CAfile"),
            "meshpki -C -CAfile verify -C -CAfile --attime=-1 -o -policy -- -CAfile"
        );
    }

    #[test]
    fn a_name_that_is_not_exactly_one_of_them_is_left() {
        for line in [
            "meshpki verify -CAfil a -CAfil=a -Cdir -cafile a",
            "meshpki root-ca -CAfile a",
            "meshpki --color verify root-ca -CAfile a",
        ] {
            assert_eq!(written(line), line);
        }
    }

    #[test]
    fn the_options_of_x509_have_one_dash_or_two() {
        for (line, wanted) in [
            (
                "meshpki inspect -subject -ext=keyUsage --dates -sha256 f.pem -text",
                "meshpki inspect --subject --ext=keyUsage --dates --sha256 f.pem --text",
            ),
            (
                "meshpki inspect -C -text -nameopt -utf8 -ext -text -o -serial -- -issuer",
                "meshpki inspect -C -text --nameopt -utf8 --ext -text -o -serial -- -issuer",
            ),
            (
                "meshpki -C -text diff -subject f.pem",
                "meshpki -C -text diff -subject f.pem",
            ),
        ] {
            assert_eq!(written(line), wanted);
        }
    }

    #[test]
    fn every_name_is_an_option_of_the_program() {
        let program = program();
        let verify = program.find_subcommand("verify").unwrap();
        for name in WITH_VALUE.iter().chain(&SWITCHES) {
            let takes_value = verify.get_arguments().find_map(|argument| {
                let names = argument.get_long_and_visible_aliases()?;
                names
                    .contains(name)
                    .then(|| argument.get_action().takes_values())
            });
            assert_eq!(takes_value, Some(WITH_VALUE.contains(name)), "{name}");
        }
    }

    /// One of the names, spelt in some way: `dashes` and `hyphens` choose.
    fn spelt(name: &str, is_long: bool, hyphens: u32) -> String {
        let respelt = name
            .chars()
            .enumerate()
            .map(|(at, character)| match character {
                '_' | '-' if hyphens >> at & 1 == 1 => '-',
                '_' | '-' => '_',
                character => character,
            });
        let dashes = if is_long { "--" } else { "-" };
        dashes.to_owned() + &respelt.collect::<String>()
    }

    fn normal(words: &[&str]) -> Vec<String> {
        let words: Vec<_> = ["meshpki", "verify"]
            .iter()
            .chain(words)
            .map(OsString::from)
            .collect();
        let normalized = normalized(&words, &program());
        normalized[2..]
            .iter()
            .map(|word| word.to_str().unwrap().to_owned())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_spelling_of_an_option_is_that_option(
            which in 0..WITH_VALUE.len() + SWITCHES.len(),
            is_long in any::<bool>(),
            hyphens in any::<u32>(),
            value in "(?s)[-=_A-Za-z/. \u{e4}]{0,8}",
        ) {
            let all: Vec<_> = WITH_VALUE.iter().chain(&SWITCHES).collect();
            let name = all[which];
            let option = spelt(name, is_long, hyphens);
            if SWITCHES.contains(name) {
                prop_assert_eq!(normal(&[&option, "f.pem"]), [format!("--{name}"), "f.pem".to_owned()]);
            } else {
                let wanted = [format!("--{name}={value}"), "f.pem".to_owned()];
                prop_assert_eq!(normal(&[&option, &value, "f.pem"]), &wanted[..]);
                prop_assert_eq!(normal(&[&format!("{option}={value}"), "f.pem"]), &wanted[..]);
            }
            // Behind -- everything is a file.
            prop_assert_eq!(normal(&["--", &option, &value]), ["--", &option, &value]);
        }

        /// `-CAfile x` is never `-C Afile`: the command line that is parsed says so.
        #[test]
        fn what_is_parsed_is_the_option(is_long in any::<bool>(), value in "(?s)[-=A-Za-z/. ]{1,8}") {
            let words = normal(&[&spelt("CAfile", is_long, 0), &value, "f.pem"]);
            let words = ["meshpki", "verify"].map(str::to_owned).into_iter().chain(words);
            let matches = program().try_get_matches_from(words).unwrap();
            let (_, verify) = matches.subcommand().unwrap();
            let path = |id: &str| verify.get_one::<std::path::PathBuf>(id).cloned();
            prop_assert_eq!(path("ca_file"), Some(value.into()));
            prop_assert_eq!(verify.get_one::<String>("directory"), None);
            prop_assert_eq!(path("files"), Some("f.pem".into()));
        }
    }
}
