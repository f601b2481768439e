# shellcheck shell=bash
# engines.sh - real container engines and containers, for one test; after
# lib.sh. An engine lives in the test's own machine, below $T, on a socket
# of its own, and dies with it: its control groups are its own too.
#
#   dockerd_up NAME [OPTION...]    podman_up NAME    an engine; starts in 0.3 s
#   engine NAME                    the one that the functions below speak to
#   box NAME UID HOME [RUN OPTION...]   runs a container from the image
#   d ARG...                       docker, to that engine
#
# A running container is an account of suite.sh: its files are looked at and
# laid out through /proc/PID/root, which is what its processes see.

# The arrays are lib.sh's:
# shellcheck disable=SC2034,SC2004

[ -n "${CXP_CG:-}" ] || need dockerd podman crun conmon docker busybox curl
declare -A SOCK PID_OF
ENGINE=

# Own control groups: without them the engines' would stay behind. Only for
# version 1's hierarchies; with version 2 alone they do stay, empty.
own_cgroups() {
	local c type opts dir
	[ "$(stat -fc %T /sys/fs/cgroup)" = tmpfs ] || return 0
	if [ -z "${CXP_CG:-}" ]; then
		export CXP_CG=${T##*/}
		for dir in /sys/fs/cgroup/*/; do
			mkdir "$dir$CXP_CG"
			for c in cpuset.cpus cpuset.mems; do
				[ ! -e "$dir$c" ] ||
				    cat "$dir$c" > "$dir$CXP_CG/$c"
			done
			echo $$ > "$dir$CXP_CG/cgroup.procs"
		done
		trap - EXIT
		exec unshare --cgroup bash "$0"
	fi
	sed -n 's/.* - \(cgroup2\{0,1\}\) [^ ]* /\1 /p' \
	    /proc/self/mountinfo > "$T/cgroups"
	mount -t tmpfs -o mode=755 none /sys/fs/cgroup
	while read -r type opts; do
		c=${opts##*,}
		[ "$type" = cgroup ] || c=unified
		dir=/sys/fs/cgroup/${c#name=}
		mkdir -p "$dir"
		case $type.$c in
		cgroup2.*) mount -t cgroup2 none "$dir" ;;
		*name=*) mount -t cgroup -o "none,$c" none "$dir" ;;
		*) mount -t cgroup -o "$c" none "$dir" ;;
		esac || bad "cgroup $c"
	done < "$T/cgroups"
}
own_cgroups

mount -t tmpfs -o mode=755 none /run
mkdir -p /run/sshd "$T/eng"
export DOCKER_CONFIG=$T/dockercli	# of `d`, not of the program

# ---- engines ------------------------------------------------------------

# What hangs is an engine, not ours: one may wait for ever for a process that
# was frozen while it was being started.
d() {
	timeout -k 1 "${ENGINE_TIMEOUT:-120}" \
	    docker -H "unix://${SOCK[$ENGINE]}" "$@"
}

# ask PATH [CURL OPTION...]: the engine's own answer.
ask() {
	local path=$1
	shift
	curl -s --unix-socket "${SOCK[$ENGINE]}" "$@" "http://d$path"
}

engine() { ENGINE=$1; }

answers() { curl -m 5 -sfo "$T/ping" --unix-socket "${SOCK[$1]}" http://d/_ping; }

up_or_gone() { answers "$1" || gone "$ENGINE_PID"; }

# Its log is $T/eng/NAME.log, its process ENGINE_PID. On a busy machine dockerd
# gives up on the containerd that a killed one has left: then once more, with
# a new one. The containers' own processes are of neither.
dockerd_up() {
	local name=$1 e=$T/eng/$1
	shift
	SOCK[$name]=$e.s
	engine "$name"
	for _ in 1 2 3; do
		# Not inherited: the lock of a killed engine's file.
		dockerd --data-root "$e" --exec-root "/run/eng.$name" \
		    -p "$e.pid" -H "unix://$e.s" --bridge=none \
		    --iptables=false --ip6tables=false "$@" >> "$e.log" 2>&1 &
		ENGINE_PID=$!
		await 60 up_or_gone "$name" && answers "$name" && return
		kill -9 "$ENGINE_PID" 2> /dev/null
		kill -9 "$(cat "/run/eng.$name/containerd/containerd.pid")" \
		    2> /dev/null
		await 10 gone "$ENGINE_PID"
		rm -f "$e.pid"
	done
	tail -n 5 "$e.log"
	skip "dockerd does not start"
}

podman_up() {
	local name=$1 e=$T/eng/$1
	SOCK[$name]=$e.s
	podman --root "$e" --runroot "/run/eng.$name" --tmpdir "/run/tmp.$name" \
	    --storage-driver=vfs --cgroup-manager=cgroupfs \
	    --events-backend=file system service --time=0 "unix://$e.s" \
	    >> "$e.log" 2>&1 &
	ENGINE_PID=$!
	engine "$name"
	await 30 answers "$name" ||
	    { tail -n 5 "$e.log"; skip "podman does not start"; }
}

# ---- images: busybox and accounts; and one that has nothing to run ------

root_folder() {
	local r=$T/root a lib
	[ ! -d "$r" ] || return 0
	mkdir -p "$r"/{bin,etc,root,home,proc,dev,sys,srv,usr/bin} \
	    "$T/bare"/{etc,home,proc,dev,sys}
	mkdir -m 1777 "$r/tmp"
	chmod 700 "$r/root"
	cp "$(command -v busybox)" "$r/bin/busybox"
	for a in $(busybox --list); do
		[ "$a" = busybox ] || ln -s busybox "$r/bin/$a"
	done
	printf '%s\n' root:x:0:0::/root:/bin/sh app:x:1000:1000::/home/app:/bin/sh \
	    > "$r/etc/passwd"
	printf '%s\n' root:x:0: app:x:1000: > "$r/etc/group"
	cp "$r"/etc/{passwd,group} "$T/bare/etc"
	install -d -m 700 -o 1000 -g 1000 "$r/home/app" "$T/bare/home/app"
	cp "$r/bin/busybox" "$T/bare/sleep"	# argv[0] decides
	for lib in $(ldd "$r/bin/busybox" 2>/dev/null | grep -o '/[^ ]*'); do
		install -D "$lib" "$r$lib"
		install -D "$lib" "$T/bare$lib"
	done
}

# On the present engine: images "box" and "bare".
images() {
	root_folder
	tar -C "$T/root" -c . | d import - localhost/box > "$T/eng/import" 2>&1 &&
	    tar -C "$T/bare" -c . |
	    d import - localhost/bare > "$T/eng/import" 2>&1 ||
	    bad "import: $(cat "$T/eng/import")"
}

# ---- containers ---------------------------------------------------------

ULIMITS=(--ulimit nofile=1024:2048 --ulimit nproc=1024:2048)

# box NAME UID HOME [OPTION...]: UID is the account's, inside.
box() {
	local name=$1 uid=$2 home=$3
	shift 3
	d run -d --network=none "${ULIMITS[@]}" --name "$name" "$@" \
	    localhost/box sleep 100000 > "$T/eng/run" 2>&1 ||
	    bad "run $name: $(cat "$T/eng/run")"
	settled "$name" "$uid" "$home"
}

# After a (re)start: where its files are, whose they are.
settled() {
	local name=$1 uid=$2 home=$3 host=$2
	PID_OF[$name]=$(d inspect -f '{{.State.Pid}}' "$name")
	[ "${PID_OF[$name]}" -gt 1 ] || bad "$name does not run"
	while read -r inside outside count; do
		[ "$uid" -ge "$inside" ] && [ $((uid - inside)) -lt "$count" ] &&
		    host=$((outside + uid - inside))
	done < "/proc/${PID_OF[$name]}/uid_map"
	UID_OF[$name]=$host
	UID_IN[$name]=$uid
	IN_OF[$name]=/proc/${PID_OF[$name]}/root
	HOME_OF[$name]=${IN_OF[$name]}${home%/}
	sed -i "/^$name:/d" /etc/passwd
	echo "$name:x:$host:$host::/:/bin/sh" >> /etc/passwd
	grep -q "^$name:" /etc/group || echo "$name:x:$host:" >> /etc/group
}

# in_ns NAME COMMAND...: in its mounts, as the machine's root.
in_ns() {
	local pid=${PID_OF[$1]}
	shift
	nsenter -t "$pid" -m -p -- "$@"
}

# What suite.sh asks of a far side. Of its processes only ours count.
FAR_SCRIPT='CXP1 [$]n'
far_idle() { ! pgrep -f "$FAR_SCRIPT" > /dev/null; }
far_left() { pgrep -f "$FAR_SCRIPT" | head -5; }
far_mount() { in_ns "$A" /bin/busybox mount "${@#"$R"}"; }
# busybox' timeout leaves a watcher, which ends within a second.
far_umount() {
	await 3 in_ns "$A" /bin/busybox umount "${@#"$R"}" 2> /dev/null ||
	    bad "cannot umount $*"
}
# Only root may go through /proc/PID/root.
as() {
	local x
	"$@" || return
	for x; do
		case $x in
		"$H"/*) [ ! -e "$x" ] && [ ! -L "$x" ] ||
		    chown -h "$A:" "$x" ;;
		esac
	done
}

# frozen NAME: runs the rest of the line while it is paused. A paused
# process can't be killed, so a pause never outlives its command.
frozen() {
	local name=$1
	shift
	d pause "$name" > /dev/null || bad "pause"
	"$@"
	d unpause "$name" > /dev/null || bad "unpause"
}

# push and run, towards the present engine.
epush() { push -H "unix://${SOCK[$ENGINE]}" "$@"; }
erun() {
	local word=$1
	shift
	run "$word" -H "unix://${SOCK[$ENGINE]}" "$@"
}

# warned WORD...: the last result has a warning with it.
warned() { grep -q "\"warnings\":\\[.*$1" "$T/out" || bad "no warning: $1"; }
unwarned() {
	! grep -q "\"warnings\":\\[.*$1" "$T/out" || bad "warns: $1"
}
