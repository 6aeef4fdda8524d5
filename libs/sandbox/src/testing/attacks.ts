/**
 * Attempts to get out of a sandbox, as Perl expressions that are true when the attempt succeeded. `%F` holds what there is to attack
 * (attack-field.ts); `call(name, …)` makes a system call; `reached(…)` tells that a call was not refused outright.
 *
 * `control`: whether the same attempt succeeds without a sandbox, by root. `false` where trying that would harm the machine, or where
 * even root cannot do it everywhere; then the class is covered by its other attempts.
 */
export interface Attack {
  readonly kind: string;
  readonly name: string;
  readonly perl: string;
  readonly control: boolean;
}

const attacks = (
  kind: string,
  entries: Readonly<Record<string, string>>,
  control = true,
): readonly Attack[] => Object.entries(entries).map(([name, perl]) => ({ kind, name, perl, control }));

const files = attacks('files', {
  'read a file by its absolute path': 'slurp($F{canary}) =~ /CANARY/',
  'read it through a link in the workspace': 'symlink($F{canary}, "way-out"); slurp("way-out") =~ /CANARY/',
  'read it through a chain of links':
    'symlink($F{outside}, "a"); symlink("a", "b"); slurp("b/canary") =~ /CANARY/',
  'read it by climbing': 'slurp("../outside/canary") =~ /CANARY/',
  'read it after changing folder': 'chdir($F{outside}) && slurp("canary") =~ /CANARY/',
  'read it through a hard link': 'link($F{canary}, "hard") && slurp("hard") =~ /CANARY/',
  'read it by executing it': '$t = `cat $F{canary}`; $t =~ /CANARY/',
  'read a key of root': 'opendir($d, "/root")',
  'read what is sealed': '(slurp("sealed/key") . slurp($F{sealed})) =~ /SEALED/',
  'list what is sealed': 'opendir($d, "sealed") && grep { $_ eq "key" } readdir $d',
  'move what is sealed out of its seal': 'rename("sealed", "moved") && slurp("moved/key") =~ /SEALED/',
  'list a folder outside': 'opendir($d, $F{outside}) && grep { $_ eq "canary" } readdir $d',
  'list the root of the host': 'opendir($d, "/usr/..") && grep { $_ eq "boot" || $_ eq "home" } readdir $d',
  'write to it': 'open($f, ">>", $F{canary}) && (print $f "x") && close($f)',
  'truncate it': 'truncate($F{canary}, 0)',
  'remove it': 'unlink($F{canary})',
  'rename it into the workspace': 'rename($F{canary}, "mine")',
  'rename over it': 'open($f, ">", "mine"); close $f; rename("mine", $F{canary})',
  'make a file outside': 'open($f, ">", "$F{outside}/made") && close($f)',
  'make a folder outside': 'mkdir("$F{outside}/folder")',
  'make a link outside': 'symlink("x", "$F{outside}/link")',
  'make a pipe outside':
    'call("mknod", "$F{outside}/pipe", 010644, 0) == 0 || call("mknodat", -100, "$F{outside}/pipe", 010644, 0) == 0',
  'make a file in /tmp that others see': 'open($f, ">", "/tmp/$F{nonce}") && close($f) && 0',
  'follow a link while writing':
    'symlink("$F{outside}/new", "way-out"); open($f, ">", "way-out") && close($f)',
});

const filesByPath = attacks('modes, owners and times', {
  "change a file's mode": 'chmod(0777, $F{canary}) && (stat($F{canary}))[2] & 0002 || 0',
  "change a file's times": 'utime(1, 1, $F{canary}) && (stat($F{canary}))[9] == 1',
  "change a file's owner": 'chown(12345, 12345, $F{canary}) && (stat($F{canary}))[4] == 12345',
  "change a file's attributes": 'call("setxattr", $F{canary}, "user.x", "v", 1, 0) == 0',
  'watch a folder': '$i = call("inotify_init1", 0); call("inotify_add_watch", $i, $F{outside}, 0x100) >= 0',
});

const setuid = attacks('setuid files', {
  'by chmod': 'touch("s"); chmod(04755, "s"); 0',
  'by chmod, for the group': 'touch("s"); chmod(02755, "s"); 0',
  'by fchmod': 'open($f, ">", "s"); call("fchmod", fileno($f), 04755); 0',
  'by fchmodat': 'touch("s"); call("fchmodat", -100, "s", 04755); 0',
  'by fchmodat2': 'touch("s"); call("fchmodat2", -100, "s", 06755, 0); 0',
  'by openat': 'call("openat", -100, "s", 0101, 04755); 0',
  'by creat': 'call("creat", "s", 04755); 0',
  'by mknod': 'call("mknod", "s", 0104755, 0); call("mknodat", -100, "s", 0104755, 0); 0',
  'by a temporary file':
    '$d = call("openat", -100, ".", 0x410002, 04755); call("linkat", $d, "", -100, "s", 0x1000); 0',
  'by openat2': 'call("openat2", -100, "s", pack("QQQ", 0101, 04755, 0), 24); 0',
});

const processes = attacks('processes', {
  "read a neighbour's environment": 'slurp("/proc/$F{neighbour}/environ") =~ /SECRET/',
  "read a neighbour's memory": 'open($f, "<", "/proc/$F{neighbour}/mem")',
  "read a neighbour's arguments": 'slurp("/proc/$F{neighbour}/cmdline") =~ /NEIGHBOUR/',
  "walk in through a neighbour's root": 'slurp("/proc/$F{neighbour}/root$F{canary}") =~ /CANARY/',
  "walk in through a neighbour's folder": 'slurp("/proc/$F{neighbour}/cwd/canary") =~ /CANARY/',
  "read init's arguments": 'slurp("/proc/1/cmdline") ne ""',
  'list processes': 'opendir($d, "/proc") && grep { /^\\d+$/ } readdir $d',
  'set a parameter of the kernel': 'open($f, "+<", "/proc/sys/kernel/core_pattern")',
  'press a magic key': 'open($f, ">", "/proc/sysrq-trigger")',
});

const signals = attacks('signals', {
  'end a neighbour': 'kill("TERM", $F{neighbour})',
  'end a neighbour by its thread': 'call("tgkill", 0 + $F{neighbour}, 0 + $F{neighbour}, 15) == 0',
  "end a neighbour's group": 'kill("-TERM", $F{neighbour})',
  'queue a signal':
    'call("rt_sigqueueinfo", 0 + $F{neighbour}, 15, pack("lll", 15, 0, -1) . "\\0" x 116) == 0',
  'signal through a descriptor':
    '$p = call("pidfd_open", 0 + $F{neighbour}, 0); $p >= 0 && call("pidfd_send_signal", $p, 15, 0, 0) == 0',
  'signal by input and output':
    'pipe($r, $w); fcntl($r, 8, 0 + $F{neighbour}) && fcntl($r, 10, 15) && fcntl($r, 4, 020000) && syswrite($w, "x") && 0',
  'slow a neighbour down': 'call("setpriority", 0, 0 + $F{neighbour}, 19) == 0',
  'take processors away': 'call("sched_setaffinity", 0 + $F{neighbour}, 8, pack("Q", 1)) == 0',
  "lower a neighbour's limits": 'call("prlimit64", 0 + $F{neighbour}, 7, pack("QQ", 3, 3), 0) == 0',
});

const debugging = attacks('debugging', {
  'attach to a neighbour':
    'call("ptrace", 16, 0 + $F{neighbour}, 0, 0) == 0 && (waitpid(0 + $F{neighbour}, 0x40000000), call("ptrace", 17, 0 + $F{neighbour}, 0, 0), 1)',
  'seize a neighbour': 'call("ptrace", 0x4206, 0 + $F{neighbour}, 0, 0) == 0',
  'be traced': 'call("ptrace", 0, 0, 0, 0) == 0',
  "read a neighbour's memory by a call":
    'reached(call("process_vm_readv", 0 + $F{neighbour}, 0, 0, 0, 0, 0))',
  "take a neighbour's descriptor":
    '$p = call("pidfd_open", 0 + $F{neighbour}, 0); call("pidfd_getfd", $p, 0, 0) >= 0',
  'compare with a neighbour': 'reached(call("kcmp", 0 + $F{neighbour}, 0 + $F{neighbour}, 2, 0, 0))',
});

const mounts = attacks('mounts', {
  'mount a tmpfs':
    'mkdir "m"; call("mount", "none", "m", "tmpfs", 0, "") == 0 && (call("umount2", "m", 2), 1)',
  'bind a folder':
    'mkdir "m"; call("mount", $F{outside}, "m", "", 4096, 0) == 0 && (call("umount2", "m", 2), 1)',
  'mount by the new calls': '$f = call("fsopen", "tmpfs", 0); reached($f)',
  'open a tree': 'reached(call("open_tree", -100, ".", 0))',
  'change attributes of a mount': 'reached(call("mount_setattr", -1, "", 0, 0, 0))',
  unmount: 'reached(call("umount2", "nowhere", 0))',
  'change the root': 'reached(call("chroot", "nowhere"))',
  pivot: 'reached(call("pivot_root", "nowhere", "nowhere"))',
  'open a file by its handle': 'reached(call("open_by_handle_at", -100, 0, 0))',
  'name a file by its handle':
    'reached(call("name_to_handle_at", -100, ".", pack("ll", 0, 0), pack("l", 0), 0))',
});

const namespaces = attacks('namespaces', {
  'make a user namespace': 'call("unshare", 0x10000000) == 0',
  'make a mount namespace': 'call("unshare", 0x20000) == 0',
  'make a network namespace': 'call("unshare", 0x40000000) == 0',
  'make a process namespace': 'call("unshare", 0x20000000) == 0',
  'enter a namespace': 'reached(call("setns", -1, 0))',
  'clone into a user namespace': '$p = forked(0x10000000 | 17)',
  'clone into a mount namespace': '$p = forked(0x20000 | 17)',
  'clone into a network namespace': '$p = forked(0x40000000 | 17)',
  'clone by the new call': 'reached(call("clone3", 0, 0))',
});

const sockets = attacks('sockets', {
  'connect to the loopback':
    'socket($s, 2, 1, 0) && connect($s, pack_sockaddr_in($F{tcp}, inet_aton("127.0.0.1")))',
  'connect to the loopback, IPv6':
    'socket($s, 10, 1, 0) && connect($s, pack("SnNa16N", 10, $F{tcp}, 0, "\\0" x 10 . "\\xff\\xff\\x7f\\0\\0\\1", 0))',
  'send a datagram':
    'socket($s, 2, 2, 0) && send($s, "x", 0, pack_sockaddr_in($F{udp}, inet_aton("127.0.0.1"))) && 0',
  'connect to an abstract socket': 'socket($s, 1, 1, 0) && connect($s, pack("Sa*", 1, "\\0$F{abstract}"))',
  'connect to a socket by its path': 'socket($s, 1, 1, 0) && connect($s, pack("Sa*x", 1, $F{socket}))',
  'connect to a socket through a link':
    'symlink($F{socket}, "l"); socket($s, 1, 1, 0) && connect($s, pack("Sa*x", 1, "l"))',
  'open a netlink socket': 'reached(call("socket", 16, 3, 0))',
  'open a packet socket': 'reached(call("socket", 17, 3, 0))',
  'open a socket to the hypervisor': 'reached(call("socket", 40, 1, 0))',
  'open a socket to the crypto layer': 'reached(call("socket", 38, 5, 0))',
});

const socketsApart = attacks(
  'sockets',
  {
    'turn a pair of datagrams elsewhere':
      'socketpair($a, $b, 1, 2, 0) && connect($a, pack("Sa*", 1, "\\0$F{abstract}"))',
    'open a raw socket': 'call("socket", 2, 3, 1) >= 0',
    'open an XDP socket': 'call("socket", 44, 3, 0) >= 0',
    'connect to a metadata service':
      'socket($s, 2, 1, 0) && (fcntl($s, 4, 04000), connect($s, pack_sockaddr_in(80, inet_aton("169.254.169.254"))) || $! == 115)',
  },
  false,
);

const devices = attacks('devices', {
  'change the mode of a shared device': 'chmod(0640, "/dev/null"); 0',
  'change it by descriptor': 'open($f, "+<", "/dev/null"); call("fchmod", fileno($f), 0640); 0',
  'change its owner': 'chown(12345, 12345, "/dev/null"); 0',
  'write to the log of the kernel': 'open($f, "+<", "/dev/kmsg")',
  'open a terminal multiplexer': 'open($f, "+<", "/dev/ptmx")',
  'see shared memory of others': 'opendir($d, "/dev/shm") && grep { $_ eq $F{nonce} } readdir $d',
}).map((attack) => ({ ...attack, control: !attack.name.startsWith('change') }));

const devicesApart = attacks(
  'devices',
  {
    'make a device of a disk':
      'call("mknod", "disk", 060644, 0x800) == 0 || call("mknodat", -100, "disk", 060644, 0x800) == 0',
    'make a device of memory':
      'call("mknod", "mem", 020644, 0x101) == 0 || call("mknodat", -100, "mem", 020644, 0x101) == 0',
    'open a disk': 'open($f, "<", "/dev/vda") || open($f, "<", "/dev/sda") || open($f, "<", "/dev/nvme0n1")',
    'open memory': 'open($f, "<", "/dev/mem") || open($f, "<", "/dev/port")',
    'type into the terminal':
      '$c = "x"; ioctl(STDIN, 0x5412, $c) || (open($t, "+<", "/dev/tty") && ioctl($t, 0x5412, $c))',
  },
  false,
);

const kernel = attacks('the kernel', {
  io_uring: 'reached(call("io_uring_setup", 1, 0))',
  userfaultfd: 'reached(call("userfaultfd", 0xffff))',
  bpf: 'reached(call("bpf", 9999, 0, 0))',
  'perf events': 'reached(call("perf_event_open", 0, 0, -1, -1, 0))',
  'read a keyring': 'reached(call("keyctl", 6, -3, 0, 0, 0))',
  'add a key': 'reached(call("add_key", "user", "lumina", "x", 1, -1))',
  'memory in a file without a name': 'reached(call("memfd_create", "x", 0))',
  'System V memory': 'reached(call("shmget", 4711, 4096, 0))',
  'System V messages': 'reached(call("msgget", 4711, 0))',
  'POSIX messages': 'reached(call("mq_open", "nothing", 0, 0, 0))',
  'load a module': 'reached(call("init_module", 0, 0, 0))',
  'load a module from a file': 'reached(call("finit_module", -1, 0, 0))',
  swap: 'reached(call("swapon", "nowhere", 0))',
  accounting: 'reached(call("acct", "nowhere"))',
  quotas: 'reached(call("quotactl", -1, 0, 0, 0))',
  'read the log of the kernel': 'reached(call("syslog", 10, 0, 0))',
  fanotify: 'reached(call("fanotify_init", 0xffff, 0))',
  'a filter of its own': 'reached(call("seccomp", 99, 0, 0))',
  'another personality': 'call("personality", 0x0400000) >= 0',
  'ownership of memory': 'reached(call("move_pages", 0, 0, 0, 0, 0, 0))',
  'a real-time schedule': 'call("sched_setscheduler", 0, 1, pack("l", 1)) == 0',
  'larger pipes': 'pipe($r, $w); call("fcntl", fileno($r), 1031, 1048576) > 0',
  'space without writing': 'open($f, ">", "big"); call("fallocate", fileno($f), 0, 0, 1048576) == 0',
});

const kernelApart = attacks(
  'the kernel',
  {
    'restart the machine': 'reached(call("reboot", 1, 2, 3, 0))',
    'load a kernel': 'reached(call("kexec_load", 0, 0, 0, 99))',
    'set the clock': 'reached(call("clock_settime", 99, 0))',
    'rename the machine': 'call("sethostname", "owned", 5) == 0',
    ports: 'reached(call("iopl", 4))',
    'calls with 32-bit pointers': 'syscall(0x40000000 + 39) > 0',
    'become another user': 'call("setuid", 12345) == 0 || call("setresuid", 0, 12345, 0) == 0',
    'become another group': 'call("setgroups", 0, 0) == 0 || call("setgid", 0) == 0',
  },
  false,
);

const leaks = attacks('what it is given', {
  'find variables': 'grep { !/^(PATH|HOME|TMPDIR|LANG|PWD)$/ } keys %ENV',
  'find the secret in the environment': 'grep { /SECRET/ } values %ENV',
});

const leaksApart = attacks(
  'what it is given',
  {
    'find descriptors': 'grep { open($f, "<&=", $_) } 3 .. 255',
    'a capability':
      '@d; push @d, pack("LLL", 0, 0, 0) x 2; $data = $d[0]; call("capget", pack("Ll", 0x20080522, 0), $data) == 0 && $data =~ /[^\\0]/',
    'more rights by a setuid program': '$t = `su -c id 2>&1`; $t =~ /uid=0/ && $t !~ /1000/',
  },
  false,
);

/** What not every kernel has, so that not even root gets there everywhere. */
const notEverywhere = /^(press a magic key|open a socket to the (crypto layer|hypervisor)|load a module)/;

const everyAttack: readonly Attack[] = [
  ...[...files, ...filesByPath, ...setuid, ...processes, ...signals, ...debugging],
  ...[...mounts, ...namespaces, ...sockets, ...socketsApart, ...devices, ...devicesApart],
  ...[...kernel, ...kernelApart, ...leaks, ...leaksApart],
];

export const allAttacks: readonly Attack[] = everyAttack.map((attack) => ({
  ...attack,
  control: attack.control && !notEverywhere.test(attack.name),
}));
