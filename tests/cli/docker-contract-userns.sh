#!/bin/bash
# The contract suite where the container's users are not the host's.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/suite.sh
. tests/cli/containers.sh

echo dockremap:x:60000:60000::/:/bin/false >> /etc/passwd
echo dockremap:x:60000: >> /etc/group
echo dockremap:700000:65536 | tee /etc/subuid > /etc/subgid
dockerd_up main --userns-remap=dockremap
images
box named 1000 /home/app -u app
[ "${UID_OF[named]}" = 701000 ] || bad "no user namespace"
box asroot 0 /root
box numeric 4242 / -u 4242
everyday named docker://named
everyday asroot docker://asroot
everyday numeric docker://numeric
HOST_UID=700000 not_running
