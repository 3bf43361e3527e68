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
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "secret" -d 'Print the Secret that gives a cluster its CA'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "bundle" -d 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "init" -d 'Write meshpki.toml with every setting, its default and its meaning'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "man" -d 'Print the manual, or write a page for each command into a folder'
complete -c meshpki -n "__fish_meshpki_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l org -d 'The organization (O) in its name [default: Istio]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l cn -d 'The common name (CN) in its name [default: Root CA]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l days -d 'The days until it expires [default: 3650]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l trust-domain -d 'Write the SPIFFE ID of this trust domain into it' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s C -d 'Work as if started in DIR' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l config -d 'Read the settings from FILE [default: meshpki.toml, if it is there]' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l color -d 'Colours on stderr' -r -f -a "auto\t''
always\t''
never\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -l openssl-conf -d 'Write root-ca.conf and root-cert.csr too, with which openssl makes the same root'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s q -l quiet -d 'Say nothing but what went wrong'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s v -l verbose -d 'Say more'
complete -c meshpki -n "__fish_meshpki_using_subcommand root-ca" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l org -d 'The organization (O) in the CA\'s name [default: Istio]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l cn -d 'The common name (CN) in the CA\'s name [default: Intermediate CA]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l days -d 'The days until it expires, no later than its root [default: 3650]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l key-type -d 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l san-dns -d 'A DNS name of istiod [default: istiod.istio-system.svc]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand cluster-cacerts" -l trust-domain -d 'Write the SPIFFE ID of this trust domain into it' -r
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
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s n -l namespace -d 'The namespace of the Secret [default: istio-system]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l name -d 'The name of the Secret; istiod reads "cacerts" [default: cacerts]' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -s o -l output -d 'The format' -r -f -a "yaml\t''
json\t''"
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l type -d 'The form; Istio reads both, and never both at once' -r -f -a "opaque\t'ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem and, from Istio 1.27, ca-crl.pem'
tls\t'tls.crt, tls.key and ca.crt, from Istio 1.15'"
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l label -d 'A label of the Secret' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l annotation -d 'An annotation of the Secret' -r
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l template -d 'Render this Jinja template with the same values: cluster, name, namespace, with_namespace, type, labels, annotations, files; and the filters b64encode, quote, indent' -r -F
complete -c meshpki -n "__fish_meshpki_using_subcommand secret" -l trust-domain -d 'The trust domain of the workloads' -r
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
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "root-ca" -d 'Make the root CA of a mesh: root-key.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "cluster-cacerts" -d 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "secret" -d 'Print the Secret that gives a cluster its CA'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "bundle" -d 'Add a root to root-cert.pem, or remove one, to walk from one root to the next'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "init" -d 'Write meshpki.toml with every setting, its default and its meaning'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "man" -d 'Print the manual, or write a page for each command into a folder'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and not __fish_seen_subcommand_from root-ca cluster-cacerts secret bundle init completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and __fish_seen_subcommand_from bundle" -f -a "add" -d 'Append the roots in CERT to root-cert.pem'
complete -c meshpki -n "__fish_meshpki_using_subcommand help; and __fish_seen_subcommand_from bundle" -f -a "remove" -d 'Remove the roots in CERT from root-cert.pem'
