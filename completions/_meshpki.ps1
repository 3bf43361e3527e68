
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'meshpki' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'meshpki'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'meshpki' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print the version; with -v, that of OpenSSL too')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print the version; with -v, that of OpenSSL too')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('root-ca', 'root-ca', [CompletionResultType]::ParameterValue, 'Make the root CA of a mesh: root-key.pem and root-cert.pem')
            [CompletionResult]::new('cluster-cacerts', 'cluster-cacerts', [CompletionResultType]::ParameterValue, 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem')
            [CompletionResult]::new('request', 'request', [CompletionResultType]::ParameterValue, 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign what clusters ask for, with the root''s key: requests.tar or requests by themselves')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Put the certificates that came back from the root beside the keys that stayed')
            [CompletionResult]::new('workload-certs', 'workload-certs', [CompletionResultType]::ParameterValue, 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Print the Secret that gives a cluster its CA')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Add a root to root-cert.pem, or remove one, to walk from one root to the next')
            [CompletionResult]::new('rekey-passphrase', 'rekey-passphrase', [CompletionResultType]::ParameterValue, 'Change, set or remove the passphrase of root-key.pem')
            [CompletionResult]::new('issued', 'issued', [CompletionResultType]::ParameterValue, 'Show what the root has signed, as root-issued.jsonl records it')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Would istiod take this, and will the mesh then work?')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell whether A and B hold the same certificates, and what differs')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write meshpki.toml with every setting, its default and its meaning')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write a page for each command into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshpki;root-ca' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organization (O) in its name [default: Istio]')
            [CompletionResult]::new('--cn', '--cn', [CompletionResultType]::ParameterName, 'The common name (CN) in its name [default: Root CA]')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'The days until it expires [default: 3650]')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'Write the SPIFFE ID of this trust domain into it')
            [CompletionResult]::new('--passout', '--passout', [CompletionResultType]::ParameterName, 'Encrypt it with the passphrase in SOURCE: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--openssl-conf', '--openssl-conf', [CompletionResultType]::ParameterName, 'Write root-ca.conf and root-cert.csr too, with which openssl makes the same root')
            [CompletionResult]::new('--encrypt-key', '--encrypt-key', [CompletionResultType]::ParameterName, 'Encrypt root-key.pem with a passphrase')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;cluster-cacerts' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organization (O) in the CA''s name [default: Istio]')
            [CompletionResult]::new('--cn', '--cn', [CompletionResultType]::ParameterName, 'The common name (CN) in the CA''s name [default: Intermediate CA]')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]')
            [CompletionResult]::new('--san-dns', '--san-dns', [CompletionResultType]::ParameterName, 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'Write the SPIFFE ID of this trust domain into it')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'The days until it expires, no later than its root [default: 3650]')
            [CompletionResult]::new('--passin', '--passin', [CompletionResultType]::ParameterName, 'Where root-key.pem''s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--chain-without-root', '--chain-without-root', [CompletionResultType]::ParameterName, 'Leave the root out of cert-chain.pem, for clients that refuse it twice')
            [CompletionResult]::new('--renew', '--renew', [CompletionResultType]::ParameterName, 'Replace the certificates by new ones for the same keys; the old files are kept')
            [CompletionResult]::new('--rekey', '--rekey', [CompletionResultType]::ParameterName, 'Replace keys and certificates by new ones; the old files are kept')
            [CompletionResult]::new('--roots-only', '--roots-only', [CompletionResultType]::ParameterName, 'Bring NAME/root-cert.pem up to root-cert.pem, and nothing else')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written, and write nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;request' {
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organization (O) in the CA''s name [default: Istio]')
            [CompletionResult]::new('--cn', '--cn', [CompletionResultType]::ParameterName, 'The common name (CN) in the CA''s name [default: Intermediate CA]')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: rsa-4096]')
            [CompletionResult]::new('--san-dns', '--san-dns', [CompletionResultType]::ParameterName, 'A DNS name of istiod; may be given more than once [default: istiod.istio-system.svc]')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'Write the SPIFFE ID of this trust domain into it')
            [CompletionResult]::new('--bundle', '--bundle', [CompletionResultType]::ParameterName, 'Pack the requests into FILE, to be carried to the root; - is stdout')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--rekey', '--rekey', [CompletionResultType]::ParameterName, 'Ask for a new key, ca-key.next.pem, which waits for its certificate beside the present one')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace FILE if it says something else')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written, and write nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;sign' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Where the certificates go [default: signed.tar]')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'The days until they expire, no later than the root and max-days of the policy [default: 3650]')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster whose request it is, where the request does not say; for one request')
            [CompletionResult]::new('--rekey', '--rekey', [CompletionResultType]::ParameterName, 'Let this cluster have another key than the recorded one; may be given more than once')
            [CompletionResult]::new('--manifest-sha256', '--manifest-sha256', [CompletionResultType]::ParameterName, 'Refuse the archive unless this is the SHA-256 of its manifest')
            [CompletionResult]::new('--passin', '--passin', [CompletionResultType]::ParameterName, 'Where root-key.pem''s passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace what stands there')
            [CompletionResult]::new('--renew', '--renew', [CompletionResultType]::ParameterName, 'Sign requests that were signed before anew')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Sign what the table says without a question')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show the table, and sign nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;accept' {
            [CompletionResult]::new('--root-sha256', '--root-sha256', [CompletionResultType]::ParameterName, 'The SHA-256 of a root''s certificate, as people have compared it; may be given more than once')
            [CompletionResult]::new('--manifest-sha256', '--manifest-sha256', [CompletionResultType]::ParameterName, 'The SHA-256 of the archive''s manifest, as `meshpki sign` printed it')
            [CompletionResult]::new('--ca-cert', '--ca-cert', [CompletionResultType]::ParameterName, 'A file with the certificate of the CA of one cluster')
            [CompletionResult]::new('--chain', '--chain', [CompletionResultType]::ParameterName, 'A file with CAs above it; may be given more than once')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'A file with the roots that are to be trusted; may be given more than once')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--older', '--older', [CompletionResultType]::ParameterName, 'Take a certificate that is older than the one that stands for the same key')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be put in place, and leave all as it is')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;workload-certs' {
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'The cluster whose CA signs [default: the only one here]')
            [CompletionResult]::new('--service-account', '--service-account', [CompletionResultType]::ParameterName, 'The service account of the workload [default: default]')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'The trust domain of the workload [default: that of the CA, else cluster.local]')
            [CompletionResult]::new('--days', '--days', [CompletionResultType]::ParameterName, 'The days until it expires, shortened to the CA''s [default: 1]')
            [CompletionResult]::new('--ttl', '--ttl', [CompletionResultType]::ParameterName, 'The time until it expires (12h, 90m), in place of days')
            [CompletionResult]::new('--key-type', '--key-type', [CompletionResultType]::ParameterName, 'rsa-2048, rsa-3072, rsa-4096, p256 or p384 [default: p256]')
            [CompletionResult]::new('--dns', '--dns', [CompletionResultType]::ParameterName, 'A DNS name besides the SPIFFE ID; may be given more than once')
            [CompletionResult]::new('--org', '--org', [CompletionResultType]::ParameterName, 'The organization (O) in its name, which is empty otherwise')
            [CompletionResult]::new('--cn', '--cn', [CompletionResultType]::ParameterName, 'The common name (CN) in its name, which is empty otherwise')
            [CompletionResult]::new('--csr', '--csr', [CompletionResultType]::ParameterName, 'Certify the key of this request, which stays where it is: no key.pem is written; - is stdin')
            [CompletionResult]::new('--grace-ratio', '--grace-ratio', [CompletionResultType]::ParameterName, 'The last part of its lifetime, in which it is renewed, from 0 to 1 [default: 0.5]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--chain-with-root', '--chain-with-root', [CompletionResultType]::ParameterName, 'End cert-chain.pem with the root')
            [CompletionResult]::new('--renew', '--renew', [CompletionResultType]::ParameterName, 'Replace what stands by a new key and certificate, as asked for; the old ones are removed')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Say what would be written, and write nothing')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;secret' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The namespace of the Secret [default: istio-system]')
            [CompletionResult]::new('--namespace', '--namespace', [CompletionResultType]::ParameterName, 'The namespace of the Secret [default: istio-system]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the Secret; istiod reads "cacerts" [default: cacerts]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The format')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The format')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'The form; Istio reads both, and never both at once')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'A label of the Secret; may be given more than once')
            [CompletionResult]::new('--annotation', '--annotation', [CompletionResultType]::ParameterName, 'An annotation of the Secret; may be given more than once')
            [CompletionResult]::new('--template', '--template', [CompletionResultType]::ParameterName, 'Render this Jinja template with the same values: cluster, name, namespace, with_namespace, type, and the maps labels, annotations and files (name to PEM text); with the filters b64encode, quote and indent')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'The trust domain of the workloads, whose names a root''s name constraints have to permit')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write DIR/NAME.yaml for each cluster, readable by you alone')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--with-namespace', '--with-namespace', [CompletionResultType]::ParameterName, 'Put the Namespace object first')
            [CompletionResult]::new('--overwrite', '--overwrite', [CompletionResultType]::ParameterName, 'Replace files in DIR that differ')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;import' {
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write into DIR, which is made if it is not there [default: the working directory]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;bundle' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Append the roots in CERT to root-cert.pem')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove the roots in CERT from root-cert.pem')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshpki;bundle;add' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;bundle;remove' {
            [CompletionResult]::new('--passin', '--passin', [CompletionResultType]::ParameterName, 'Where root-key.pem''s passphrase is, if which root it signs with has to be known: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;bundle;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Append the roots in CERT to root-cert.pem')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove the roots in CERT from root-cert.pem')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshpki;bundle;help;add' {
            break
        }
        'meshpki;bundle;help;remove' {
            break
        }
        'meshpki;bundle;help;help' {
            break
        }
        'meshpki;rekey-passphrase' {
            [CompletionResult]::new('--passin', '--passin', [CompletionResultType]::ParameterName, 'Where the present passphrase is: env:NAME, file:PATH, fd:N or stdin [default: it is asked for]')
            [CompletionResult]::new('--passout', '--passout', [CompletionResultType]::ParameterName, 'Where the new passphrase is; in the file of --passin, it is the second line')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--decrypt', '--decrypt', [CompletionResultType]::ParameterName, 'Write the key unencrypted')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;issued' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'As a table, or as data')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'As a table, or as data')
            [CompletionResult]::new('--cluster', '--cluster', [CompletionResultType]::ParameterName, 'Only what was signed for this cluster')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only what was signed after the record had this head; status 1 if it never had')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;check' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'For programs')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'For programs')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'Leave these rules aside; may be given more than once, or with commas')
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Look at these rules alone; may be given more than once, or with commas')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Judge as of TIME: RFC 3339, or seconds since 1970')
            [CompletionResult]::new('--expires-within', '--expires-within', [CompletionResultType]::ParameterName, 'What expires within TIME (30d, 12h) expires soon')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'The trust domain of the workloads [default: the settings'', or the CA''s own, or cluster.local]')
            [CompletionResult]::new('--istiod-san', '--istiod-san', [CompletionResultType]::ParameterName, 'The DNS name that proxies know istiod by [default: the CA''s own, or istiod.istio-system.svc]')
            [CompletionResult]::new('--istio-version', '--istio-version', [CompletionResultType]::ParameterName, 'The version of Istio, where it matters [default: the newest]')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Whether a running istiod would take INPUT over OLD, which it has')
            [CompletionResult]::new('--multiroot', '--multiroot', [CompletionResultType]::ParameterName, 'For --from: ISTIO_MULTIROOT_MESH as istiod has it [default: off, as Istio''s]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Tell of a rule at length')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count W too')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'List all rules')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;inspect' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'All fields, for programs')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'All fields, for programs')
            [CompletionResult]::new('--expires-within', '--expires-within', [CompletionResultType]::ParameterName, 'Only certificates that expire within TIME (30d, 12h); exit status 2 if there are any')
            [CompletionResult]::new('--nameopt', '--nameopt', [CompletionResultType]::ParameterName, 'How names are printed, as openssl has it')
            [CompletionResult]::new('--ext', '--ext', [CompletionResultType]::ParameterName, 'Extensions by openssl''s names: subjectAltName,keyUsage')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The most octets that are read of a file (k, M, G)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--short', '--short', [CompletionResultType]::ParameterName, 'What matters, for people')
            [CompletionResult]::new('--text', '--text', [CompletionResultType]::ParameterName, 'The whole text, among other fields')
            [CompletionResult]::new('--subject', '--subject', [CompletionResultType]::ParameterName, 'The subject')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, 'The issuer')
            [CompletionResult]::new('--serial', '--serial', [CompletionResultType]::ParameterName, 'The serial number')
            [CompletionResult]::new('--dates', '--dates', [CompletionResultType]::ParameterName, 'notBefore and notAfter')
            [CompletionResult]::new('--fingerprint', '--fingerprint', [CompletionResultType]::ParameterName, 'The fingerprint')
            [CompletionResult]::new('--sha1', '--sha1', [CompletionResultType]::ParameterName, 'The digest of --fingerprint [default: sha1, as openssl''s]')
            [CompletionResult]::new('--sha256', '--sha256', [CompletionResultType]::ParameterName, 'The digest of --fingerprint [default: sha1, as openssl''s]')
            [CompletionResult]::new('--sha384', '--sha384', [CompletionResultType]::ParameterName, 'The digest of --fingerprint [default: sha1, as openssl''s]')
            [CompletionResult]::new('--sha512', '--sha512', [CompletionResultType]::ParameterName, 'The digest of --fingerprint [default: sha1, as openssl''s]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;verify' {
            [CompletionResult]::new('--CAfile', '--CAfile', [CompletionResultType]::ParameterName, 'Trust the certificates in FILE; CRLs in it are used too')
            [CompletionResult]::new('--CApath', '--CApath', [CompletionResultType]::ParameterName, 'Trust the certificates in DIR, by the names that `openssl rehash` gives them')
            [CompletionResult]::new('--trusted', '--trusted', [CompletionResultType]::ParameterName, 'Trust the certificates in FILE, and nothing else; repeatable')
            [CompletionResult]::new('--untrusted', '--untrusted', [CompletionResultType]::ParameterName, 'Certificates that a path may lead through; repeatable')
            [CompletionResult]::new('--CRLfile', '--CRLfile', [CompletionResultType]::ParameterName, 'CRLs; without --crl_check, that of the certificate alone is looked at; repeatable')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The most octets that are read of a file (k, M, G)')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Verify as of TIME: RFC 3339, or seconds since 1970')
            [CompletionResult]::new('--attime', '--attime', [CompletionResultType]::ParameterName, 'Verify as of TIME: RFC 3339, or seconds since 1970')
            [CompletionResult]::new('--purpose', '--purpose', [CompletionResultType]::ParameterName, 'A purpose that the certificate is to have: sslserver, sslclient, crlsign, any, ...')
            [CompletionResult]::new('--verify_name', '--verify_name', [CompletionResultType]::ParameterName, 'A set of parameters by its name: ssl_server, ssl_client, ...')
            [CompletionResult]::new('--verify_depth', '--verify_depth', [CompletionResultType]::ParameterName, 'At most N intermediates')
            [CompletionResult]::new('--auth_level', '--auth_level', [CompletionResultType]::ParameterName, 'The least strength of keys and digests, 0 to 5')
            [CompletionResult]::new('--verify_hostname', '--verify_hostname', [CompletionResultType]::ParameterName, 'A host name that the certificate is to be good for')
            [CompletionResult]::new('--verify_email', '--verify_email', [CompletionResultType]::ParameterName, 'An email address that the certificate is to be good for')
            [CompletionResult]::new('--verify_ip', '--verify_ip', [CompletionResultType]::ParameterName, 'An IP address that the certificate is to be good for')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'A policy that is acceptable; repeatable')
            [CompletionResult]::new('--spiffe-id', '--spiffe-id', [CompletionResultType]::ParameterName, 'The certificate is to be the X509-SVID of ID')
            [CompletionResult]::new('--trust-domain', '--trust-domain', [CompletionResultType]::ParameterName, 'The certificate is to be an X509-SVID of this trust domain, or of one of its aliases')
            [CompletionResult]::new('--nameopt', '--nameopt', [CompletionResultType]::ParameterName, 'How names are printed, as `openssl verify -nameopt` has it [default: oneline]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Print the answers as data')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Print the answers as data')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('--each', '--each', [CompletionResultType]::ParameterName, 'Verify every certificate of a file')
            [CompletionResult]::new('--system-roots', '--system-roots', [CompletionResultType]::ParameterName, 'Trust what this system trusts')
            [CompletionResult]::new('--no-CAfile', '--no-CAfile', [CompletionResultType]::ParameterName, 'Accepted: there is no default file')
            [CompletionResult]::new('--no-CApath', '--no-CApath', [CompletionResultType]::ParameterName, 'Accepted: there is no default folder')
            [CompletionResult]::new('--no-CAstore', '--no-CAstore', [CompletionResultType]::ParameterName, 'Accepted: there is no default store')
            [CompletionResult]::new('--no_check_time', '--no_check_time', [CompletionResultType]::ParameterName, 'Leave periods of validity aside')
            [CompletionResult]::new('--partial_chain', '--partial_chain', [CompletionResultType]::ParameterName, 'End the path at any certificate that is trusted, self-signed or not')
            [CompletionResult]::new('--x509_strict', '--x509_strict', [CompletionResultType]::ParameterName, 'Insist on what RFC 5280 asks of a certificate')
            [CompletionResult]::new('--check_ss_sig', '--check_ss_sig', [CompletionResultType]::ParameterName, 'Check the signature of a self-signed anchor too')
            [CompletionResult]::new('--ignore_critical', '--ignore_critical', [CompletionResultType]::ParameterName, 'Pass over critical extensions that are not known')
            [CompletionResult]::new('--allow_proxy_certs', '--allow_proxy_certs', [CompletionResultType]::ParameterName, 'Take proxy certificates')
            [CompletionResult]::new('--trusted_first', '--trusted_first', [CompletionResultType]::ParameterName, 'Look among the anchors first (the default)')
            [CompletionResult]::new('--no_alt_chains', '--no_alt_chains', [CompletionResultType]::ParameterName, 'Look for one path only')
            [CompletionResult]::new('--crl_check', '--crl_check', [CompletionResultType]::ParameterName, 'Look whether the certificate is revoked')
            [CompletionResult]::new('--crl_check_all', '--crl_check_all', [CompletionResultType]::ParameterName, 'Look whether any certificate of the path is revoked')
            [CompletionResult]::new('--use_deltas', '--use_deltas', [CompletionResultType]::ParameterName, 'Use delta CRLs')
            [CompletionResult]::new('--extended_crl', '--extended_crl', [CompletionResultType]::ParameterName, 'Use indirect CRLs, and such with other keys')
            [CompletionResult]::new('--policy_check', '--policy_check', [CompletionResultType]::ParameterName, 'Process policies')
            [CompletionResult]::new('--explicit_policy', '--explicit_policy', [CompletionResultType]::ParameterName, 'Require a policy of --policy')
            [CompletionResult]::new('--inhibit_any', '--inhibit_any', [CompletionResultType]::ParameterName, 'Take anyPolicy for no policy')
            [CompletionResult]::new('--inhibit_map', '--inhibit_map', [CompletionResultType]::ParameterName, 'Map no policies')
            [CompletionResult]::new('--policy_print', '--policy_print', [CompletionResultType]::ParameterName, 'Show on stderr what came of the policies')
            [CompletionResult]::new('--suiteB_128', '--suiteB_128', [CompletionResultType]::ParameterName, 'Suite B at 128 bits: P-256 and P-384')
            [CompletionResult]::new('--suiteB_128_only', '--suiteB_128_only', [CompletionResultType]::ParameterName, 'Suite B at 128 bits: P-256 alone')
            [CompletionResult]::new('--suiteB_192', '--suiteB_192', [CompletionResultType]::ParameterName, 'Suite B at 192 bits: P-384 alone')
            [CompletionResult]::new('--show_chain', '--show_chain', [CompletionResultType]::ParameterName, 'After OK, show the path')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;split' {
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'How the names of the files begin; a number and .pem follow')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write into DIR, which is made if it is not there')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The most octets that are read of a file (k, M, G)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;diff' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'The differences as data')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'The differences as data')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'The most octets that are read of a file or a folder (k, M, G)')
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'meshpki;init' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;completions' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;man' {
            [CompletionResult]::new('-C', '-C ', [CompletionResultType]::ParameterName, 'Work as if started in DIR')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read the settings from FILE [default: meshpki.toml, if it is there]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours on stderr')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what went wrong')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'meshpki;help' {
            [CompletionResult]::new('root-ca', 'root-ca', [CompletionResultType]::ParameterValue, 'Make the root CA of a mesh: root-key.pem and root-cert.pem')
            [CompletionResult]::new('cluster-cacerts', 'cluster-cacerts', [CompletionResultType]::ParameterValue, 'Make the CA of each cluster: NAME/ca-key.pem, ca-cert.pem, cert-chain.pem and root-cert.pem')
            [CompletionResult]::new('request', 'request', [CompletionResultType]::ParameterValue, 'Ask a root that is elsewhere for the CA of each cluster: NAME/ca-csr.pem, and NAME/ca-key.pem if there is none')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Sign what clusters ask for, with the root''s key: requests.tar or requests by themselves')
            [CompletionResult]::new('accept', 'accept', [CompletionResultType]::ParameterValue, 'Put the certificates that came back from the root beside the keys that stayed')
            [CompletionResult]::new('workload-certs', 'workload-certs', [CompletionResultType]::ParameterValue, 'Make the certificates of workloads: NAMESPACE/cert-chain.pem, key.pem and root-cert.pem')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Print the Secret that gives a cluster its CA')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Write the files of a CA that is in a Secret: cacerts, or istio-ca-secret')
            [CompletionResult]::new('bundle', 'bundle', [CompletionResultType]::ParameterValue, 'Add a root to root-cert.pem, or remove one, to walk from one root to the next')
            [CompletionResult]::new('rekey-passphrase', 'rekey-passphrase', [CompletionResultType]::ParameterValue, 'Change, set or remove the passphrase of root-key.pem')
            [CompletionResult]::new('issued', 'issued', [CompletionResultType]::ParameterValue, 'Show what the root has signed, as root-issued.jsonl records it')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Would istiod take this, and will the mesh then work?')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Show certificates, requests and CRLs as openssl does: all of a file, wherever they are in it')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Look for a path from a certificate to a trust anchor, as `openssl verify` does, and explain')
            [CompletionResult]::new('split', 'split', [CompletionResultType]::ParameterValue, 'Write each certificate of a text into a file of its own: proxy-cert-1.pem, proxy-cert-2.pem ...')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Tell whether A and B hold the same certificates, and what differs')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write meshpki.toml with every setting, its default and its meaning')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual, or write a page for each command into a folder')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'meshpki;help;root-ca' {
            break
        }
        'meshpki;help;cluster-cacerts' {
            break
        }
        'meshpki;help;request' {
            break
        }
        'meshpki;help;sign' {
            break
        }
        'meshpki;help;accept' {
            break
        }
        'meshpki;help;workload-certs' {
            break
        }
        'meshpki;help;secret' {
            break
        }
        'meshpki;help;import' {
            break
        }
        'meshpki;help;bundle' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Append the roots in CERT to root-cert.pem')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove the roots in CERT from root-cert.pem')
            break
        }
        'meshpki;help;bundle;add' {
            break
        }
        'meshpki;help;bundle;remove' {
            break
        }
        'meshpki;help;rekey-passphrase' {
            break
        }
        'meshpki;help;issued' {
            break
        }
        'meshpki;help;check' {
            break
        }
        'meshpki;help;inspect' {
            break
        }
        'meshpki;help;verify' {
            break
        }
        'meshpki;help;split' {
            break
        }
        'meshpki;help;diff' {
            break
        }
        'meshpki;help;init' {
            break
        }
        'meshpki;help;completions' {
            break
        }
        'meshpki;help;man' {
            break
        }
        'meshpki;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
