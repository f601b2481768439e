#!/bin/bash
# timeout: 400
# The whole contract suite over OpenSSH, for every login shell and for a home
# whose name is a trap.
. "$(dirname "$0")/lib.sh"
. tests/cli/suite.sh
need bash dash fish tcsh zsh mksh busybox

ln -s "$(command -v busybox)" "$T/sh"
for s in bash dash fish tcsh zsh mksh rbash; do
	account "$s" "$(command -v $s)"
done
account busy "$T/sh"
account odd /bin/bash "$T/home/odd é dir\$(touch pwn)'q"
account oddfish /usr/bin/fish "$T/home/-odd \$dir *;"
sshd_up

for a in bash dash fish tcsh zsh mksh rbash busy odd oddfish; do
	suite "$a" "$a@web1"
done
