
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
            cand secret 'Print the Secret that gives a cluster its CA'
            cand bundle 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
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
            cand -C 'Work as if started in DIR'
            cand --config 'Read the settings from FILE [default: meshpki.toml, if it is there]'
            cand --color 'Colours on stderr'
            cand --openssl-conf 'Write root-ca.conf and root-cert.csr too, with which openssl makes the same root'
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
            cand --days 'The days until it expires, no later than its root [default: 3650]'
            cand --key-type 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]'
            cand --san-dns 'A DNS name of istiod [default: istiod.istio-system.svc]'
            cand --trust-domain 'Write the SPIFFE ID of this trust domain into it'
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
        &'meshpki;secret'= {
            cand -n 'The namespace of the Secret [default: istio-system]'
            cand --namespace 'The namespace of the Secret [default: istio-system]'
            cand --name 'The name of the Secret; istiod reads "cacerts" [default: cacerts]'
            cand -o 'The format'
            cand --output 'The format'
            cand --type 'The form; Istio reads both, and never both at once'
            cand --label 'A label of the Secret'
            cand --annotation 'An annotation of the Secret'
            cand --template 'Render this Jinja template with the same values: cluster, name, namespace, with_namespace, type, labels, annotations, files; and the filters b64encode, quote, indent'
            cand --trust-domain 'The trust domain of the workloads'
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
            cand secret 'Print the Secret that gives a cluster its CA'
            cand bundle 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
            cand init 'Write meshpki.toml with every setting, its default and its meaning'
            cand completions 'Print the completions for a shell'
            cand man 'Print the manual, or write a page for each command into a folder'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'meshpki;help;root-ca'= {
        }
        &'meshpki;help;cluster-cacerts'= {
        }
        &'meshpki;help;secret'= {
        }
        &'meshpki;help;bundle'= {
            cand add 'Append the roots in CERT to root-cert.pem'
            cand remove 'Remove the roots in CERT from root-cert.pem'
        }
        &'meshpki;help;bundle;add'= {
        }
        &'meshpki;help;bundle;remove'= {
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
