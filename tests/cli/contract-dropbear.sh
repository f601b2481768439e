#!/bin/bash
# The whole contract suite over dropbear.
. "$(dirname "$0")/lib.sh"
. tests/cli/suite.sh
need dropbear dropbearkey

account a /bin/bash
account odd /bin/dash "$T/home/odd dir\$(touch pwn)'q"
dropbear_up 2222
suite a -p 2222 a@web1
suite odd odd@web1:2222
