
use builtin;
use str;

set edit:completion:arg-completer[meshpki] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'meshpki'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'meshpki'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -V 'Print the version; with -v, that of OpenSSL too'
            cand --version 'Print the version; with -v, that of OpenSSL too'
            cand -h 'Print help'
            cand --help 'Print help'
            cand root-ca 'Make the root CA of a mesh: root-key.pem and root-cert.pem'
            cand cluster-cacerts 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem'
            cand request 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none'
            cand sign 'Sign what clusters ask for, with the root''s key: requests.tar or requests by themselves'
            cand accept 'Put the certificates that came back from the root beside the keys that stayed'
            cand workload-certs 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem'
            cand secret 'Print the Secret that gives a cluster its CA'
            cand import 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret'
            cand bundle 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
            cand rekey-passphrase 'Change, set or remove the passphrase of root-key.pem'
            cand issued 'Show what the root has signed, as root-issued.jsonl records it'
            cand check 'Would istiod take this, and will the mesh then work?'
            cand inspect 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it'
            cand verify 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain'
            cand split 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...'
            cand diff 'Tell whether A and B hold the same certificates, and what differs'
            cand init 'Write meshpki.toml with every setting, its default and its meaning'
            cand completions 'Print the completions for a shell'
            cand man 'Print the manual, or write a page for each command into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'meshpki;root-ca'= {
            cand --org 'The organization (O) in its name [default: Istio]'
            cand --cn 'The common name (CN) in its name [default: Root CA]'
            cand --days 'The days until it expires [default: 3650]'
            cand --key-type 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]'
            cand --trust-domain 'Write the SPIFFE ID of this trust domain into it'
            cand --passout 'Encrypt it with the passphrase in SOURCE: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --openssl-conf 'Write root-ca.conf and root-cert.csr too, with which openssl makes the same root'
            cand --encrypt-key 'Encrypt root-key.pem with a passphrase'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;cluster-cacerts'= {
            cand --org 'The organization (O) in the CA''s name [default: Istio]'
            cand --cn 'The common name (CN) in the CA''s name [default: Intermediate CA]'
            cand --key-type 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]'
            cand --san-dns 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]'
            cand --trust-domain 'Write the SPIFFE ID of this trust domain into it'
            cand --days 'The days until it expires, no later than its root [default: 3650]'
            cand --passin 'Where root-key.pem''s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --chain-without-root 'Leave the root out of cert-chain.pem, for clients that refuse it twice'
            cand --renew 'Replace the certificates by new ones for the same keys; the old files are kept'
            cand --rekey 'Replace keys and certificates by new ones; the old files are kept'
            cand --roots-only 'Bring NAME/root-cert.pem up to root-cert.pem, and nothing else'
            cand --dry-run 'Say what would be written, and write nothing'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;request'= {
            cand --org 'The organization (O) in the CA''s name [default: Istio]'
            cand --cn 'The common name (CN) in the CA''s name [default: Intermediate CA]'
            cand --key-type 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]'
            cand --san-dns 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]'
            cand --trust-domain 'Write the SPIFFE ID of this trust domain into it'
            cand --bundle 'Pack the requests into FILE, to be carried to the root; - is stdout'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --rekey 'Ask for a new key, ca-key.next.pem, which waits for its certificate beside the present one'
            cand --overwrite 'Replace FILE if it says something else'
            cand --dry-run 'Say what would be written, and write nothing'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;sign'= {
            cand --out 'Where the certificates go [default: signed.tar]'
            cand --days 'The days until they expire, no later than the root and max-days of the policy [default: 3650]'
            cand --cluster 'The cluster whose request it is, where the request does not say; for one request'
            cand --rekey 'Let this cluster have another key than the recorded one; may be given more than once'
            cand --manifest-sha256 'Refuse the archive unless this is the SHA-256 of its manifest'
            cand --passin 'Where root-key.pem''s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --overwrite 'Replace what stands there'
            cand --renew 'Sign requests that were signed before anew'
            cand --yes 'Sign what the table says without a question'
            cand --dry-run 'Show the table, and sign nothing'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;accept'= {
            cand --root-sha256 'The SHA-256 of a root''s certificate, as people have compared it; may be given more than once'
            cand --manifest-sha256 'The SHA-256 of the archive''s manifest, as `meshpki sign` printed it'
            cand --ca-cert 'A file with the certificate of the CA of one cluster'
            cand --chain 'A file with CAs above it; may be given more than once'
            cand --root 'A file with the roots that are to be trusted; may be given more than once'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --older 'Take a certificate that is older than the one that stands for the same key'
            cand --dry-run 'Say what would be put in place, and leave all as it is'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;workload-certs'= {
            cand --cluster 'The cluster whose CA signs [default: the only one here]'
            cand --service-account 'The service account of the workload [default: default]'
            cand --trust-domain 'The trust domain of the workload [default: that of the CA, else cluster.local]'
            cand --days 'The days until it expires, shortened to the CA''s [default: 1]'
            cand --ttl 'The time until it expires (12h, 90m), in place of days'
            cand --key-type 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: p256]'
            cand --dns 'A DNS name besides the SPIFFE ID; may be given more than once'
            cand --org 'The organization (O) in its name, which is empty otherwise'
            cand --cn 'The common name (CN) in its name, which is empty otherwise'
            cand --csr 'Certify the key of this request, which stays where it is: no key.pem is written; - is stdin'
            cand --grace-ratio 'The last part of its lifetime, in which it is renewed, from 0 to 1 [default: 0.5]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --chain-with-root 'End cert-chain.pem with the root'
            cand --renew 'Replace what stands by a new key and certificate, as asked for; the old ones are removed'
            cand --dry-run 'Say what would be written, and write nothing'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;secret'= {
            cand -n 'The namespace of the Secret [default: istio-system]'
            cand --namespace 'The namespace of the Secret [default: istio-system]'
            cand --name 'The name of the Secret; istiod reads "cacerts" [default: cacerts]'
            cand -o 'The format'
            cand --output 'The format'
            cand --type 'The form; Istio reads both, and never both at once'
            cand --label 'A label of the Secret; may be given more than once'
            cand --annotation 'An annotation of the Secret; may be given more than once'
            cand --template 'Render this Jinja template with the same values: cluster, name, namespace, with_namespace, type, and the maps labels, annotations and files (name to PEM text); with the filters b64encode, quote and indent'
            cand --trust-domain 'The trust domain of the workloads, whose names a root''s name constraints have to permit'
            cand --out-dir 'Write DIR/NAME.yaml for each cluster, readable by you alone'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --with-namespace 'Put the Namespace object first'
            cand --overwrite 'Replace files in DIR that differ'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;import'= {
            cand --out-dir 'Write into DIR, which is made if it is not there [default: the working directory]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;bundle'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
            cand add 'Append the roots in CERT to root-cert.pem'
            cand remove 'Remove the roots in CERT from root-cert.pem'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'meshpki;bundle;add'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;bundle;remove'= {
            cand --passin 'Where root-key.pem''s passphrase is, if which root it signs with has to be known: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;bundle;help'= {
            cand add 'Append the roots in CERT to root-cert.pem'
            cand remove 'Remove the roots in CERT from root-cert.pem'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'meshpki;bundle;help;add'= {
        }
        &'meshpki;bundle;help;remove'= {
        }
        &'meshpki;bundle;help;help'= {
        }
        &'meshpki;rekey-passphrase'= {
            cand --passin 'Where the present passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]'
            cand --passout 'Where the new passphrase is; in the file of --passin, it is the second line'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --decrypt 'Write the key unencrypted'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;issued'= {
            cand -o 'As a table, or as data'
            cand --output 'As a table, or as data'
            cand --cluster 'Only what was signed for this cluster'
            cand --since 'Only what was signed after the record had this head; status 1 if it never had'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;check'= {
            cand -o 'For programs'
            cand --output 'For programs'
            cand --ignore 'Leave these rules aside; may be given more than once, or with commas'
            cand --only 'Look at these rules alone; may be given more than once, or with commas'
            cand --at 'Judge as of TIME: RFC 3339, or seconds since 1970'
            cand --expires-within 'What expires within TIME (30d, 12h) expires soon'
            cand --trust-domain 'The trust domain of the workloads [default: the settings'', or the CA''s own, or cluster.local]'
            cand --istiod-san 'The DNS name that proxies know istiod by [default: the CA''s own, or istiod.istio-system.svc]'
            cand --istio-version 'The version of Istio, where it matters [default: the newest]'
            cand --from 'Whether a running istiod would take INPUT over OLD, which it has'
            cand --multiroot 'For --from: ISTIO_MULTIROOT_MESH as istiod has it [default: off, as Istio''s]'
            cand --explain 'Tell of a rule at length'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --strict 'Count W too'
            cand --rules 'List all rules'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;inspect'= {
            cand -o 'All fields, for programs'
            cand --output 'All fields, for programs'
            cand --expires-within 'Only certificates that expire within TIME (30d, 12h); exit status 2 if there are any'
            cand --nameopt 'How names are printed, as openssl has it'
            cand --ext 'Extensions by openssl''s names: subjectAltName,keyUsage'
            cand --max-size 'The most octets that are read of a file (k, M, G)'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --short 'What matters, for people'
            cand --text 'The whole text, among other fields'
            cand --subject 'The subject'
            cand --issuer 'The issuer'
            cand --serial 'The serial number'
            cand --dates 'notBefore and notAfter'
            cand --fingerprint 'The fingerprint'
            cand --sha1 'The digest of --fingerprint [default: sha1, as openssl''s]'
            cand --sha256 'The digest of --fingerprint [default: sha1, as openssl''s]'
            cand --sha384 'The digest of --fingerprint [default: sha1, as openssl''s]'
            cand --sha512 'The digest of --fingerprint [default: sha1, as openssl''s]'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;verify'= {
            cand --CAfile 'Trust the certificates in FILE; CRLs in it are used too'
            cand --CApath 'Trust the certificates in DIR, by the names that `openssl rehash` gives them'
            cand --trusted 'Trust the certificates in FILE, and nothing else; repeatable'
            cand --untrusted 'Certificates that a path may lead through; repeatable'
            cand --CRLfile 'CRLs; without --crl_check, that of the certificate alone is looked at; repeatable'
            cand --max-size 'The most octets that are read of a file (k, M, G)'
            cand --at 'Verify as of TIME: RFC 3339, or seconds since 1970'
            cand --attime 'Verify as of TIME: RFC 3339, or seconds since 1970'
            cand --purpose 'A purpose that the certificate is to have: sslserver, sslclient, crlsign, any, ...'
            cand --verify_name 'A set of parameters by its name: ssl_server, ssl_client, ...'
            cand --verify_depth 'At most N intermediates'
            cand --auth_level 'The least strength of keys and digests, 0 to 5'
            cand --verify_hostname 'A host name that the certificate is to be good for'
            cand --verify_email 'An email address that the certificate is to be good for'
            cand --verify_ip 'An IP address that the certificate is to be good for'
            cand --policy 'A policy that is acceptable; repeatable'
            cand --spiffe-id 'The certificate is to be the X509-SVID of ID'
            cand --trust-domain 'The certificate is to be an X509-SVID of this trust domain, or of one of its aliases'
            cand --nameopt 'How names are printed, as `openssl verify -nameopt` has it [default: oneline]'
            cand -o 'Print the answers as data'
            cand --output 'Print the answers as data'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --each 'Verify every certificate of a file'
            cand --system-roots 'Trust what this system trusts'
            cand --no-CAfile 'Accepted: there is no default file'
            cand --no-CApath 'Accepted: there is no default folder'
            cand --no-CAstore 'Accepted: there is no default store'
            cand --no_check_time 'Leave periods of validity aside'
            cand --partial_chain 'End the path at any certificate that is trusted, self-signed or not'
            cand --x509_strict 'Insist on what RFC 5280 asks of a certificate'
            cand --check_ss_sig 'Check the signature of a self-signed anchor too'
            cand --ignore_critical 'Pass over critical extensions that are not known'
            cand --allow_proxy_certs 'Take proxy certificates'
            cand --trusted_first 'Look among the anchors first (the default)'
            cand --no_alt_chains 'Look for one path only'
            cand --crl_check 'Look whether the certificate is revoked'
            cand --crl_check_all 'Look whether any certificate of the path is revoked'
            cand --use_deltas 'Use delta CRLs'
            cand --extended_crl 'Use indirect CRLs, and such with other keys'
            cand --policy_check 'Process policies'
            cand --explicit_policy 'Require a policy of --policy'
            cand --inhibit_any 'Take anyPolicy for no policy'
            cand --inhibit_map 'Map no policies'
            cand --policy_print 'Show on stderr what came of the policies'
            cand --suiteB_128 'Suite B at 128 bits: P-256 and P-384'
            cand --suiteB_128_only 'Suite B at 128 bits: P-256 alone'
            cand --suiteB_192 'Suite B at 192 bits: P-384 alone'
            cand --show_chain 'After OK, show the path'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;split'= {
            cand --prefix 'How the names of the files begin; a number and .pem follow'
            cand --out-dir 'Write into DIR, which is made if it is not there'
            cand --max-size 'The most octets that are read of a file (k, M, G)'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;diff'= {
            cand -o 'The differences as data'
            cand --output 'The differences as data'
            cand --max-size 'The most octets that are read of a file or a folder (k, M, G)'
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'meshpki;init'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;completions'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;man'= {
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand -q 'Say nothing but what went wrong'
            cand --quiet 'Say nothing but what went wrong'
            cand -v 'Say more'
            cand --verbose 'Say more'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'meshpki;help'= {
            cand root-ca 'Make the root CA of a mesh: root-key.pem and root-cert.pem'
            cand cluster-cacerts 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem'
            cand request 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none'
            cand sign 'Sign what clusters ask for, with the root''s key: requests.tar or requests by themselves'
            cand accept 'Put the certificates that came back from the root beside the keys that stayed'
            cand workload-certs 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem'
            cand secret 'Print the Secret that gives a cluster its CA'
            cand import 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret'
            cand bundle 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
            cand rekey-passphrase 'Change, set or remove the passphrase of root-key.pem'
            cand issued 'Show what the root has signed, as root-issued.jsonl records it'
            cand check 'Would istiod take this, and will the mesh then work?'
            cand inspect 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it'
            cand verify 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain'
            cand split 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...'
            cand diff 'Tell whether A and B hold the same certificates, and what differs'
            cand init 'Write meshpki.toml with every setting, its default and its meaning'
            cand completions 'Print the completions for a shell'
            cand man 'Print the manual, or write a page for each command into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'meshpki;help;root-ca'= {
        }
        &'meshpki;help;cluster-cacerts'= {
        }
        &'meshpki;help;request'= {
        }
        &'meshpki;help;sign'= {
        }
        &'meshpki;help;accept'= {
        }
        &'meshpki;help;workload-certs'= {
        }
        &'meshpki;help;secret'= {
        }
        &'meshpki;help;import'= {
        }
        &'meshpki;help;bundle'= {
            cand add 'Append the roots in CERT to root-cert.pem'
            cand remove 'Remove the roots in CERT from root-cert.pem'
        }
        &'meshpki;help;bundle;add'= {
        }
        &'meshpki;help;bundle;remove'= {
        }
        &'meshpki;help;rekey-passphrase'= {
        }
        &'meshpki;help;issued'= {
        }
        &'meshpki;help;check'= {
        }
        &'meshpki;help;inspect'= {
        }
        &'meshpki;help;verify'= {
        }
        &'meshpki;help;split'= {
        }
        &'meshpki;help;diff'= {
        }
        &'meshpki;help;init'= {
        }
        &'meshpki;help;completions'= {
        }
        &'meshpki;help;man'= {
        }
        &'meshpki;help;help'= {
        }
    ]
    $completions[$command]
}
