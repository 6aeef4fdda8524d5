import type { Clause, Rule } from './bpf-program';
import type { Syscall } from './syscall-numbers';

/**
 * Which system calls a confined program may make. Invariants:
 *
 * P1 What is not named here fails as if the kernel did not know it: a call that a later kernel brings is not allowed by that.
 * P2 Nothing allowed acts on another process by its number, except signals where something else confines them.
 * P3 Nothing allowed makes memory that neither the watch over the process tree nor a resource limit counts: no memfd, no System V
 *    segments, no larger pipes, no space reserved on disk without writing.
 * P4 No file can be given the rights of its owner or group (setuid, setgid): what runs as root leaves nothing behind that
 *    makes others root.
 * P5 Without namespaces, no call changes or watches a file by its path that Landlock does not look at: modes, owners, times,
 *    inotify; and there is no socket but a connected pair.
 */
export interface CallProfile {
  /** What else holds the program: namespaces of its own, or Landlock alone. */
  readonly confinedBy: 'namespaces' | 'landlock';
  /** `pretended`: chmod answers that it is done and does nothing. */
  readonly chmod: 'allowed' | 'pretended';
  /** `refused` where nothing else keeps signals among the confined. */
  readonly signals: 'allowed' | 'refused';
}

const EPERM = 1;
const EINVAL = 22;
const ENOTTY = 25;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;

const always = (verdict: Clause['verdict']): Clause => ({ when: [], verdict });
const refuse = always({ errno: EPERM });
const pretend = always({ errno: 0 });
const allow = always('allow');

const simple: readonly Syscall[] = [
  // files that are open, and memory
  ...(['read', 'write', 'close', 'fstat', 'poll', 'lseek', 'mmap', 'mprotect', 'munmap', 'brk'] as const),
  ...(['pread64', 'pwrite64', 'readv', 'writev', 'preadv', 'pwritev', 'preadv2', 'pwritev2'] as const),
  ...(['select', 'pselect6', 'ppoll', 'dup', 'dup2', 'dup3', 'pipe', 'pipe2', 'sendfile', 'splice'] as const),
  ...(['tee', 'copy_file_range', 'readahead', 'fadvise64', 'sync_file_range', 'fsync', 'fdatasync'] as const),
  ...(['flock', 'ftruncate', 'getdents', 'getdents64', 'fstatfs', 'fchdir', 'close_range'] as const),
  ...(['mremap', 'msync', 'mincore', 'madvise', 'membarrier', 'rseq', 'pkey_mprotect'] as const),
  ...(['pkey_alloc', 'pkey_free', 'eventfd', 'eventfd2', 'signalfd', 'signalfd4', 'timerfd_create'] as const),
  ...(['timerfd_settime', 'timerfd_gettime', 'epoll_create', 'epoll_create1', 'epoll_ctl'] as const),
  ...(['epoll_wait', 'epoll_pwait', 'epoll_pwait2', 'inotify_init', 'inotify_init1'] as const),
  ...(['inotify_rm_watch'] as const),
  // files by path
  ...(['stat', 'lstat', 'newfstatat', 'statx', 'access', 'faccessat', 'faccessat2', 'statfs'] as const),
  ...(['truncate', 'getcwd', 'chdir', 'rename', 'renameat', 'renameat2', 'rmdir', 'link', 'linkat'] as const),
  ...(['unlink', 'unlinkat', 'symlink', 'symlinkat', 'readlink', 'readlinkat', 'umask'] as const),
  // itself and its children
  ...(['fork', 'vfork', 'execve', 'exit', 'exit_group', 'wait4', 'waitid', 'getpid', 'getppid'] as const),
  ...(['gettid', 'getpgrp', 'getpgid', 'setpgid', 'getsid', 'getuid', 'geteuid'] as const),
  ...(['getgid', 'getegid', 'getgroups', 'getresuid', 'getresgid', 'uname', 'sysinfo', 'times'] as const),
  ...(['getrusage', 'getrlimit', 'setrlimit', 'getpriority', 'sched_yield', 'sched_getparam'] as const),
  ...(['sched_getscheduler', 'sched_get_priority_max', 'sched_get_priority_min'] as const),
  ...(['sched_getaffinity', 'getcpu', 'arch_prctl', 'set_tid_address', 'set_robust_list'] as const),
  ...(['futex', 'futex_waitv', 'restart_syscall', 'getrandom'] as const),
  // signals that it receives, and time
  ...(['rt_sigaction', 'rt_sigprocmask', 'rt_sigreturn', 'rt_sigpending', 'rt_sigtimedwait'] as const),
  ...(['rt_sigsuspend', 'sigaltstack', 'pause', 'alarm', 'getitimer', 'setitimer', 'nanosleep'] as const),
  ...(['clock_nanosleep', 'clock_gettime', 'clock_getres', 'gettimeofday', 'time'] as const),
  ...(['timer_create', 'timer_settime', 'timer_gettime', 'timer_getoverrun', 'timer_delete'] as const),
  // sockets that it has; which it may open is said below
  ...(['sendto', 'recvfrom', 'sendmsg', 'recvmsg', 'sendmmsg', 'recvmmsg', 'shutdown'] as const),
  ...(['getsockname', 'getpeername', 'getsockopt', 'setsockopt'] as const),
];

const equals = (argument: number, value: number): Clause => ({
  when: [{ argument, value }],
  verdict: 'allow',
});
const onlyFor = (argument: number, values: readonly number[], errno: number): readonly Clause[] => [
  ...values.map((value) => equals(argument, value)),
  always({ errno }),
];

const newNamespaces =
  0x0002_0000 | 0x0200_0000 | 0x0400_0000 | 0x0800_0000 | 0x1000_0000 | 0x2000_0000 | 0x4000_0000;

/** In two steps where the call has flags: both must ask for making a file. */
const createOrTemporary = 0x0040_0040;

/** S_ISUID and S_ISGID, each by itself: a mask of both could only be compared with both. */
const privileged = [0o4000, 0o2000];

const refusedModes = (mode: number): readonly Clause[] =>
  privileged.map((bit) => ({
    when: [{ argument: mode, mask: bit, value: bit }],
    verdict: { errno: EPERM },
  }));

/** The mode counts only where a file is made; otherwise the argument is whatever the register held. */
const refusedOpenings = (flags: number, mode: number): readonly Clause[] =>
  privileged.map((bit) => ({
    when: [
      { argument: flags, mask: createOrTemporary, value: 0, isNot: true },
      { argument: mode, mask: bit, value: bit },
    ],
    verdict: { errno: EPERM },
  }));

const fileTypes = { fifo: 0o010000, regular: 0o100000, socket: 0o140000, none: 0, mask: 0o170000 };
const nodes = (mode: number): readonly Clause[] => [
  ...refusedModes(mode),
  ...[fileTypes.fifo, fileTypes.regular, fileTypes.socket, fileTypes.none].map((value): Clause => ({
    when: [{ argument: mode, mask: fileTypes.mask, value }],
    verdict: 'allow',
  })),
  refuse,
];

/** TCGETS, TIOCGPGRP, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX. */
const harmlessControls = [0x5401, 0x540f, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451];

/** Death signal, dumpable, name, bounding set (read), timer slack, subreaper, no_new_privs, huge pages, names of mappings. */
const harmlessProcessControls = [1, 2, 3, 4, 15, 16, 23, 29, 30, 36, 37, 38, 39, 41, 42, 0x53_564d_41];

/** F_SETSIG, F_SETOWN, F_SETOWN_EX send signals to others; F_SETPIPE_SZ makes memory that nobody counts. */
const refusedFileControls = [10, 8, 15, 1031];

const sockets = { unix: 1, ip: 2, ip6: 10 };
const pairKinds = { mask: 0xf, stream: 1, packets: 5 };

const everywhere: readonly Rule[] = [
  { calls: simple, clauses: [allow] },
  { calls: ['open'], clauses: [...refusedOpenings(1, 2), allow] },
  { calls: ['openat'], clauses: [...refusedOpenings(2, 3), allow] },
  { calls: ['creat', 'mkdir'], clauses: [...refusedModes(1), allow] },
  { calls: ['mkdirat'], clauses: [...refusedModes(2), allow] },
  { calls: ['mknod'], clauses: nodes(1) },
  { calls: ['mknodat'], clauses: nodes(2) },
  {
    calls: ['clone'],
    clauses: [
      { when: [{ argument: 0, mask: newNamespaces, value: 0, isNot: true }], verdict: { errno: EPERM } },
      allow,
    ],
  },
  { calls: ['ioctl'], clauses: onlyFor(1, harmlessControls, ENOTTY) },
  { calls: ['prctl'], clauses: onlyFor(0, harmlessProcessControls, EINVAL) },
  { calls: ['personality'], clauses: onlyFor(0, [0, 0xffff_ffff], EPERM) },
  {
    calls: ['fcntl'],
    clauses: [
      ...refusedFileControls.map((value): Clause => ({
        when: [{ argument: 1, value }],
        verdict: { errno: EPERM },
      })),
      allow,
    ],
  },
  { calls: ['prlimit64', 'sched_setaffinity', 'get_robust_list'], clauses: onlyFor(0, [0], EPERM) },
  {
    calls: ['setpriority'],
    clauses: [
      {
        when: [
          { argument: 0, value: 0 },
          { argument: 1, value: 0 },
        ],
        verdict: 'allow',
      },
      refuse,
    ],
  },
  {
    calls: ['setxattr', 'lsetxattr', 'fsetxattr', 'getxattr', 'lgetxattr', 'fgetxattr', 'fallocate'],
    clauses: [always({ errno: EOPNOTSUPP })],
  },
  {
    calls: ['listxattr', 'llistxattr', 'flistxattr', 'removexattr', 'lremovexattr', 'fremovexattr'],
    clauses: [always({ errno: EOPNOTSUPP })],
  },
  // A session of its own would count as another user's work to the scheduler, and its low priority would not hold.
  { calls: ['setsid'], clauses: [pretend] },
  // EPERM says more than ENOSYS to whoever reads a program's complaint.
  { calls: ['ptrace', 'mount', 'umount2', 'unshare', 'setns', 'pivot_root', 'chroot'], clauses: [refuse] },
  { calls: ['setuid', 'setgid', 'setgroups', 'setresuid', 'setresgid', 'bpf'], clauses: [refuse] },
];

const modeCalls = (profile: CallProfile): readonly Rule[] =>
  profile.chmod === 'pretended'
    ? [{ calls: ['chmod', 'fchmod', 'fchmodat', 'fchmodat2'], clauses: [pretend] }]
    : [
        { calls: ['chmod', 'fchmod'], clauses: [...refusedModes(1), allow] },
        { calls: ['fchmodat', 'fchmodat2'], clauses: [...refusedModes(2), allow] },
      ];

const pathCalls = [
  'chown',
  'lchown',
  'fchown',
  'fchownat',
  'utime',
  'utimes',
  'futimesat',
  'utimensat',
] as const;

const pairs = (kinds: readonly number[]): readonly Clause[] => [
  ...kinds.map((value): Clause => ({
    when: [
      { argument: 0, value: sockets.unix },
      { argument: 1, mask: pairKinds.mask, value },
    ],
    verdict: 'allow',
  })),
  always({ errno: EAFNOSUPPORT }),
];

const confinement: Readonly<Record<CallProfile['confinedBy'], readonly Rule[]>> = {
  namespaces: [
    { calls: [...pathCalls, 'inotify_add_watch'], clauses: [allow] },
    { calls: ['socket'], clauses: onlyFor(0, Object.values(sockets), EAFNOSUPPORT) },
    { calls: ['socketpair'], clauses: onlyFor(0, [sockets.unix], EAFNOSUPPORT) },
    { calls: ['connect', 'bind', 'listen', 'accept', 'accept4'], clauses: [allow] },
  ],
  landlock: [
    { calls: pathCalls, clauses: [pretend] },
    { calls: ['socket'], clauses: [always({ errno: EAFNOSUPPORT })] },
    // A pair of datagrams could be turned to any other address.
    { calls: ['socketpair'], clauses: pairs([pairKinds.stream, pairKinds.packets]) },
    { calls: ['connect', 'bind', 'listen', 'accept', 'accept4', 'inotify_add_watch'], clauses: [refuse] },
  ],
};

const signalCalls = ['kill', 'tkill', 'tgkill'] as const;

/** The rules for a profile; each call is named once. */
export const callRules = (profile: CallProfile): readonly Rule[] => [
  ...everywhere,
  ...modeCalls(profile),
  ...confinement[profile.confinedBy],
  { calls: signalCalls, clauses: [profile.signals === 'allowed' ? allow : refuse] },
];
