#!/bin/bash
# The whole contract suite where SFTP is all there is. What can't be done
# that way (a bind mount written in place) says so and leaves the old file.
. "$(dirname "$0")/lib.sh"
. tests/cli/suite.sh

account a /bin/bash
account no /usr/sbin/nologin
sshd_up default "ForceCommand internal-sftp"
INPLACE=no
suite a a@web1
suite no no@web1
