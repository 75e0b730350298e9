#!/usr/bin/env bash
# Makes the recorders' files: record.sh OUT COMMAND…
#
# The command runs where https://openrouter.ai is server.py on loopback, and no other network is there: in
# namespaces of its own for network and mounts, with a certificate that is made for it.
set -eu
out=$(realpath "$1"); shift
here=$(cd "$(dirname "$0")" && pwd)
ca=$(mktemp -d)
trap 'rm -rf "$ca"' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=recorders" -keyout "$ca/ca.key" -out "$ca/ca.pem" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -subj "/CN=openrouter.ai" -keyout "$ca/server.key" -out "$ca/server.csr" 2>/dev/null
printf 'subjectAltName=DNS:openrouter.ai\nextendedKeyUsage=serverAuth\n' > "$ca/server.ext"
openssl x509 -req -in "$ca/server.csr" -CA "$ca/ca.pem" -CAkey "$ca/ca.key" -CAcreateserial -days 3650 -extfile "$ca/server.ext" -out "$ca/server.pem" 2>/dev/null
printf "127.0.0.1 localhost openrouter.ai %s\n" "$(hostname)" > "$ca/hosts"
export SSL_CERT_FILE="$ca/ca.pem" REQUESTS_CA_BUNDLE="$ca/ca.pem" NODE_EXTRA_CA_CERTS="$ca/ca.pem" CURL_CA_BUNDLE="$ca/ca.pem"
export CA="$ca" HERE="$here" OUT="$out"
unshare --mount --net bash -c '
  ip link set lo up
  mount --bind "$CA/hosts" /etc/hosts
  ${SERVER_PYTHON:-python3} "$HERE/server.py" "$CA/server.pem" "$CA/server.key" &
  server=$!
  until (exec 3<>/dev/tcp/127.0.0.1/443) 2>/dev/null; do kill -0 $server; done
  "$@"; code=$?
  kill $server
  exit $code' bash "$@"
