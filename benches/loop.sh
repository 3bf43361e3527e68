#!/bin/sh
# CAs of P-256 for the clusters named, by openssl in a loop, below root-key.pem and root-cert.pem.
set -eu
for name in "$@"; do
    mkdir "$name"
    cat > "$name/intermediate.conf" <<CONF
[req]
prompt = no
distinguished_name = name
[extensions]
subjectKeyIdentifier = hash
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, keyCertSign
subjectAltName = DNS:istiod.istio-system.svc
[name]
O = Istio
CN = Intermediate CA
L = $name
CONF
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$name/ca-key.pem"
    openssl req -sha256 -new -config "$name/intermediate.conf" -key "$name/ca-key.pem" -out "$name/cluster-ca.csr"
    openssl x509 -req -sha256 -days 3650 -CA root-cert.pem -CAkey root-key.pem -CAcreateserial \
        -extensions extensions -extfile "$name/intermediate.conf" -in "$name/cluster-ca.csr" -out "$name/ca-cert.pem"
    cat "$name/ca-cert.pem" root-cert.pem > "$name/cert-chain.pem"
    cp root-cert.pem "$name/root-cert.pem"
done
