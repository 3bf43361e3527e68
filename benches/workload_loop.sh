#!/bin/sh
# Workloads' certificates of P-256 for the namespaces named, by openssl in a loop, below the CA in
# cluster1/. The commands are those of the target NAMESPACE-certs of Istio's
# tools/certs/Makefile.selfsigned.mk, less the CA that it makes for each namespace.
set -eu
for name in "$@"; do
    mkdir "$name"
    cat > "$name/workload.conf" <<CONF
[req]
prompt = no
distinguished_name = name
[extensions]
subjectKeyIdentifier = hash
basicConstraints = critical, CA:false
keyUsage = digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = URI:spiffe://cluster.local/ns/$name/sa/default
[name]
O = Istio
CN = Workload
L = $name
CONF
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name/key.pem"
    openssl req -sha256 -new -config "$name/workload.conf" -key "$name/key.pem" -out "$name/workload.csr"
    openssl x509 -req -sha256 -days 1 -CA cluster1/ca-cert.pem -CAkey cluster1/ca-key.pem -CAcreateserial \
        -extensions extensions -extfile "$name/workload.conf" -in "$name/workload.csr" -out "$name/workload-cert.pem"
    cat "$name/workload-cert.pem" cluster1/ca-cert.pem root-cert.pem > "$name/workload-cert-chain.pem"
    cp root-cert.pem "$name/root-cert.pem"
done
