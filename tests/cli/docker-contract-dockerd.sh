#!/bin/bash
# The contract suite, in the containers of a real dockerd.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/suite.sh
. tests/cli/containers.sh

dockerd_up main
images
all_kinds
bound_file
led_astray
dry_run_makes_nothing
not_running
not_running_rules
three
brought
leased
granted
box full 1000 /home/app -u app
suite full -H "unix://${SOCK[main]}" docker://full
