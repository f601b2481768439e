#!/bin/bash
# Floods from an engine cost neither memory nor processor time.
. "$(dirname "$0")/lib.sh"

BAD=$B/tests/fake/badengine
cred "$HOME/.codex/auth.json"
mkdir "$T/far"

for what in inspect=endless inspect=headers inspect=manychunks \
    inspect=oneheader stream=endless stream=stderrs stream=zero \
    stream=silent start=silent; do
	say "$what"
	read -r _ pid < <(HOME=$T/far "$BAD" "$T/s" $what)
	/usr/bin/env python3 - "$CP" "$T/s" > "$T/use" <<-'END'
	import os, resource, subprocess, sys
	p = subprocess.run([sys.argv[1], "push", "-q", "--timeout", "2", "-H",
	    "unix://" + sys.argv[2], "docker://bad"], capture_output=True)
	u = resource.getrusage(resource.RUSAGE_CHILDREN)
	print(p.returncode, u.ru_maxrss, int(1000 * (u.ru_utime + u.ru_stime)))
	END
	read -r rc kb ms_cpu < "$T/use"
	case $rc in 5|7|9) ;; *) bad "exit $rc" ;; esac
	[[ $B == *san* ]] || [ "$kb" -lt 40000 ] || bad "$kb kB"
	[[ $B == *san* ]] || [ "$ms_cpu" -lt 1500 ] || bad "$ms_cpu ms of CPU"
	kill "$pid"
	pkill -P 1 -x badengine
	await 5 gone "$pid" || bad "stays"
done
