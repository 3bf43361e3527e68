//! The URIs that Go reads in a subjectAltName (crypto/x509, parseSANExtension; net/url, Parse).

/// Whether Go makes nothing of `uri`: an escape that is none before its query, or a host with a
/// label that is empty, as after a dot at its end.
pub(super) fn is_refused(uri: &str) -> bool {
    let (before_query, _) = uri.split_once('?').unwrap_or((uri, ""));
    let has_authority = before_query.split_once("://");
    let authority = has_authority.map_or("", |(_, rest)| {
        rest.split(['/', '#']).next().unwrap_or(rest)
    });
    let (_, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let has_empty_label = !host.is_empty() && host.split('.').any(str::is_empty);
    has_empty_label
        || before_query
            .split('%')
            .skip(1)
            .any(|rest| !begins_with_hex(rest))
}

fn begins_with_hex(text: &str) -> bool {
    let digits = text.as_bytes().get(..2);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_no_empty_labels_and_escapes_two_digits() {
        for read in [
            "spiffe://cluster.local/ns/a/sa/b",
            "spiffe://td_1",
            "spiffe:///x..y",
            "https://user@host:8443/a..b?50%#x",
            "urn:a..b",
            "spiffe://td/a%2Fb",
            "",
        ] {
            assert!(!is_refused(read), "{read}");
        }
        for refused in [
            "spiffe://cluster.local./ns/a/sa/b",
            "spiffe://a..b",
            "spiffe://.a/b",
            "spiffe://td/%zz",
            "spiffe://td/a%2",
        ] {
            assert!(is_refused(refused), "{refused}");
        }
    }
}
