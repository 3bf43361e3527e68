# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_meshpki_global_optspecs
    string join \n C= config= q/quiet v/verbose color= V/version h/help
end

function __fish_meshpki_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_meshpki_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_meshpki_using_subcommand
    set -l cmd (__fish_meshpki_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c meshpki -n "__fish_meshpki_needs_command" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_needs_command" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_needs_command" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_needs_command" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_needs_command" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_needs_command" -s V -l version -d 'Print the version; with -v, that of OpenSSL too'
complete -c meshpki -n "__fish_meshpki_needs_command" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "root-ca" -d 'Make the root CA of a mesh: root-key.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "cluster-cacerts" -d 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "request" -d 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "sign" -d 'Sign what clusters ask for, with the root\'s key: requests.tar or requests by themselves'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "accept" -d 'Put the certificates that came back from the root beside the keys that stayed'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "workload-certs" -d 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "secret" -d 'Print the Secret that gives a cluster its CA'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "import" -d 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "bundle" -d 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "rekey-passphrase" -d 'Change, set or remove the passphrase of root-key.pem'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "issued" -d 'Show what the root has signed, as root-issued.jsonl records it'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "check" -d 'Would istiod take this, and will the mesh then work?'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "inspect" -d 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "verify" -d 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "split" -d 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "diff" -d 'Tell whether A and B hold the same certificates, and what differs'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "init" -d 'Write meshpki.toml with every setting, its default and its meaning'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "man" -d 'Print the manual, or write a page for each command into a folder'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l org -d 'The organization (O) in its name [default: Istio]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l cn -d 'The common name (CN) in its name [default: Root CA]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l days -d 'The days until it expires [default: 3650]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l trust-domain -d 'Write the SPIFFE ID of this trust domain into it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l passout -d 'Encrypt it with the passphrase in SOURCE: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l openssl-conf -d 'Write root-ca.conf and root-cert.csr too, with which openssl makes the same root'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l encrypt-key -d 'Encrypt root-key.pem with a passphrase'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l org -d 'The organization (O) in the CA\'s name [default: Istio]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l cn -d 'The common name (CN) in the CA\'s name [default: Intermediate CA]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l san-dns -d 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l trust-domain -d 'Write the SPIFFE ID of this trust domain into it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l days -d 'The days until it expires, no later than its root [default: 3650]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l passin -d 'Where root-key.pem\'s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l chain-without-root -d 'Leave the root out of cert-chain.pem, for clients that refuse it twice'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l renew -d 'Replace the certificates by new ones for the same keys; the old files are kept'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l rekey -d 'Replace keys and certificates by new ones; the old files are kept'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l roots-only -d 'Bring NAME/root-cert.pem up to root-cert.pem, and nothing else'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l dry-run -d 'Say what would be written, and write nothing'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l org -d 'The organization (O) in the CA\'s name [default: Istio]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l cn -d 'The common name (CN) in the CA\'s name [default: Intermediate CA]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l san-dns -d 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l trust-domain -d 'Write the SPIFFE ID of this trust domain into it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l bundle -d 'Pack the requests into FILE, to be carried to the root; - is stdout' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l rekey -d 'Ask for a new key, ca-key.next.pem, which waits for its certificate beside the present one'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l overwrite -d 'Replace FILE if it says something else'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -l dry-run -d 'Say what would be written, and write nothing'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l out -d 'Where the certificates go [default: signed.tar]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l days -d 'The days until they expire, no later than the root and max-days of the policy [default: 3650]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l cluster -d 'The cluster whose request it is, where the request does not say; for one request' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l rekey -d 'Let this cluster have another key than the recorded one; may be given more than once' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l manifest-sha256 -d 'Refuse the archive unless this is the SHA-256 of its manifest' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l passin -d 'Where root-key.pem\'s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l overwrite -d 'Replace what stands there'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l renew -d 'Sign requests that were signed before anew'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l yes -d 'Sign what the table says without a question'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -l dry-run -d 'Show the table, and sign nothing'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l root-sha256 -d 'The SHA-256 of a root\'s certificate, as people have compared it; may be given more than once' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l manifest-sha256 -d 'The SHA-256 of the archive\'s manifest, as `meshpki sign` printed it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l ca-cert -d 'A file with the certificate of the CA of one cluster' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l chain -d 'A file with CAs above it; may be given more than once' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l root -d 'A file with the roots that are to be trusted; may be given more than once' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l older -d 'Take a certificate that is older than the one that stands for the same key'
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -l dry-run -d 'Say what would be put in place, and leave all as it is'
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l cluster -d 'The cluster whose CA signs [default: the only one here]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l service-account -d 'The service account of the workload [default: default]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l trust-domain -d 'The trust domain of the workload [default: that of the CA, else cluster.local]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l days -d 'The days until it expires, shortened to the CA\'s [default: 1]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l ttl -d 'The time until it expires (12h, 90m), in place of days' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: p256]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l dns -d 'A DNS name besides the SPIFFE ID; may be given more than once' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l org -d 'The organization (O) in its name, which is empty otherwise' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l cn -d 'The common name (CN) in its name, which is empty otherwise' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l csr -d 'Certify the key of this request, which stays where it is: no key.pem is written; - is stdin' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l grace-ratio -d 'The last part of its lifetime, in which it is renewed, from 0 to 1 [default: 0.5]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l chain-with-root -d 'End cert-chain.pem with the root'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l renew -d 'Replace what stands by a new key and certificate, as asked for; the old ones are removed'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -l dry-run -d 'Say what would be written, and write nothing'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand workload-certs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s n -l namespace -d 'The namespace of the Secret [default: istio-system]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l name -d 'The name of the Secret; istiod reads "cacerts" [default: cacerts]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s o -l output -d 'The format' -r -f -a "yaml\t''
json\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l type -d 'The form; Istio reads both, and never both at once' -r -f -a "opaque\t'ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem and, from Istio 1.27, ca-crl.pem'
tls\t'tls.crt, tls.key and ca.crt, from Istio 1.15'"
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l label -d 'A label of the Secret; may be given more than once' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l annotation -d 'An annotation of the Secret; may be given more than once' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l template -d 'Render this Jinja template with the same values: cluster, name, namespace, with_namespace, type, and the maps labels, annotations and files (name to PEM text); with the filters b64encode, quote and indent' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l trust-domain -d 'The trust domain of the workloads, whose names a root\'s name constraints have to permit' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l out-dir -d 'Write DIR/NAME.yaml for each cluster, readable by you alone' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l with-namespace -d 'Put the Namespace object first'
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l overwrite -d 'Replace files in DIR that differ'
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -l out-dir -d 'Write into DIR, which is made if it is not there [default: the working directory]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -f -a "add" -d 'Append the roots in CERT to root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -f -a "remove" -d 'Remove the roots in CERT from root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and not __fish_seen_subcommand_from add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -l passin -d 'Where root-key.pem\'s passphrase is, if which root it signs with has to be known: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from help" -f -a "add" -d 'Append the roots in CERT to root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove the roots in CERT from root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand bundle; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -l passin -d 'Where the present passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -l passout -d 'Where the new passphrase is; in the file of --passin, it is the second line' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -l decrypt -d 'Write the key unencrypted'
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand rekey-passphrase" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -s o -l output -d 'As a table, or as data' -r -f -a "text\t''
json\t''
yaml\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -l cluster -d 'Only what was signed for this cluster' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -l since -d 'Only what was signed after the record had this head; status 1 if it never had' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand issued" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -s o -l output -d 'For programs' -r -f -a "json\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l ignore -d 'Leave these rules aside; may be given more than once, or with commas' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l only -d 'Look at these rules alone; may be given more than once, or with commas' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l at -d 'Judge as of TIME: RFC 3339, or seconds since 1970' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l expires-within -d 'What expires within TIME (30d, 12h) expires soon' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l trust-domain -d 'The trust domain of the workloads [default: the settings\', or the CA\'s own, or cluster.local]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l istiod-san -d 'The DNS name that proxies know istiod by [default: the CA\'s own, or istiod.istio-system.svc]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l istio-version -d 'The version of Istio, where it matters [default: the newest]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l from -d 'Whether a running istiod would take INPUT over OLD, which it has' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l multiroot -d 'For --from: ISTIO_MULTIROOT_MESH as istiod has it [default: off, as Istio\'s]' -r -f -a "on\t''
off\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l explain -d 'Tell of a rule at length' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l strict -d 'Count W too'
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -l rules -d 'List all rules'
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -s o -l output -d 'All fields, for programs' -r -f -a "json\t''
yaml\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l expires-within -d 'Only certificates that expire within TIME (30d, 12h); exit status 2 if there are any' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l nameopt -d 'How names are printed, as openssl has it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l ext -d 'Extensions by openssl\'s names: subjectAltName,keyUsage' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l max-size -d 'The most octets that are read of a file (k, M, G)' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l short -d 'What matters, for people'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l text -d 'The whole text, among other fields'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l subject -d 'The subject'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l issuer -d 'The issuer'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l serial -d 'The serial number'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l dates -d 'notBefore and notAfter'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l fingerprint -d 'The fingerprint'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l sha1 -d 'The digest of --fingerprint [default: sha1, as openssl\'s]'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l sha256 -d 'The digest of --fingerprint [default: sha1, as openssl\'s]'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l sha384 -d 'The digest of --fingerprint [default: sha1, as openssl\'s]'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -l sha512 -d 'The digest of --fingerprint [default: sha1, as openssl\'s]'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l CAfile -d 'Trust the certificates in FILE; CRLs in it are used too' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l CApath -d 'Trust the certificates in DIR, by the names that `openssl rehash` gives them' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l trusted -d 'Trust the certificates in FILE, and nothing else; repeatable' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l untrusted -d 'Certificates that a path may lead through; repeatable' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l CRLfile -d 'CRLs; without --crl_check, that of the certificate alone is looked at; repeatable' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l max-size -d 'The most octets that are read of a file (k, M, G)' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l at -l attime -d 'Verify as of TIME: RFC 3339, or seconds since 1970' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l purpose -d 'A purpose that the certificate is to have: sslserver, sslclient, crlsign, any, ...' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l verify_name -d 'A set of parameters by its name: ssl_server, ssl_client, ...' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l verify_depth -d 'At most N intermediates' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l auth_level -d 'The least strength of keys and digests, 0 to 5' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l verify_hostname -d 'A host name that the certificate is to be good for' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l verify_email -d 'An email address that the certificate is to be good for' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l verify_ip -d 'An IP address that the certificate is to be good for' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l policy -d 'A policy that is acceptable; repeatable' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l spiffe-id -d 'The certificate is to be the X509-SVID of ID' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l trust-domain -d 'The certificate is to be an X509-SVID of this trust domain, or of one of its aliases' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l nameopt -d 'How names are printed, as `openssl verify -nameopt` has it [default: oneline]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -s o -l output -d 'Print the answers as data' -r -f -a "json\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l each -d 'Verify every certificate of a file'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l system-roots -d 'Trust what this system trusts'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l no-CAfile -d 'Accepted: there is no default file'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l no-CApath -d 'Accepted: there is no default folder'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l no-CAstore -d 'Accepted: there is no default store'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l no_check_time -d 'Leave periods of validity aside'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l partial_chain -d 'End the path at any certificate that is trusted, self-signed or not'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l x509_strict -d 'Insist on what RFC 5280 asks of a certificate'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l check_ss_sig -d 'Check the signature of a self-signed anchor too'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l ignore_critical -d 'Pass over critical extensions that are not known'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l allow_proxy_certs -d 'Take proxy certificates'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l trusted_first -d 'Look among the anchors first (the default)'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l no_alt_chains -d 'Look for one path only'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l crl_check -d 'Look whether the certificate is revoked'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l crl_check_all -d 'Look whether any certificate of the path is revoked'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l use_deltas -d 'Use delta CRLs'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l extended_crl -d 'Use indirect CRLs, and such with other keys'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l policy_check -d 'Process policies'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l explicit_policy -d 'Require a policy of --policy'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l inhibit_any -d 'Take anyPolicy for no policy'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l inhibit_map -d 'Map no policies'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l policy_print -d 'Show on stderr what came of the policies'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l suiteB_128 -d 'Suite B at 128 bits: P-256 and P-384'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l suiteB_128_only -d 'Suite B at 128 bits: P-256 alone'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l suiteB_192 -d 'Suite B at 192 bits: P-384 alone'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -l show_chain -d 'After OK, show the path'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -l prefix -d 'How the names of the files begin; a number and .pem follow' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -l out-dir -d 'Write into DIR, which is made if it is not there' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -l max-size -d 'The most octets that are read of a file (k, M, G)' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand split" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -s o -l output -d 'The differences as data' -r -f -a "json\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -l max-size -d 'The most octets that are read of a file or a folder (k, M, G)' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand init" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand completions" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand man" -s h -l help -d 'Print help'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "root-ca" -d 'Make the root CA of a mesh: root-key.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "cluster-cacerts" -d 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "request" -d 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "sign" -d 'Sign what clusters ask for, with the root\'s key: requests.tar or requests by themselves'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "accept" -d 'Put the certificates that came back from the root beside the keys that stayed'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "workload-certs" -d 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "secret" -d 'Print the Secret that gives a cluster its CA'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "import" -d 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "bundle" -d 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "rekey-passphrase" -d 'Change, set or remove the passphrase of root-key.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "issued" -d 'Show what the root has signed, as root-issued.jsonl records it'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "check" -d 'Would istiod take this, and will the mesh then work?'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "inspect" -d 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "verify" -d 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "split" -d 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "diff" -d 'Tell whether A and B hold the same certificates, and what differs'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "init" -d 'Write meshpki.toml with every setting, its default and its meaning'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "man" -d 'Print the manual, or write a page for each command into a folder'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts request sign accept workload-certs secret import bundle rekey-passphrase issued check inspect verify split diff init completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and __fish_seen_subcommand_from bundle" -f -a "add" -d 'Append the roots in CERT to root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and __fish_seen_subcommand_from bundle" -f -a "remove" -d 'Remove the roots in CERT from root-cert.pem'
