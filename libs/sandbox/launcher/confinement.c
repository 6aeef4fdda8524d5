#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's ABI, written out: the headers of a distribution are older than the kernel that it may run on. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define VERSION_FLAG 1u
#define PATH_BENEATH 1

#define EXECUTE (1ull << 0)
#define WRITE_FILE (1ull << 1)
#define READ_FILE (1ull << 2)
#define READ_DIR (1ull << 3)
#define MAKE_CHAR (1ull << 6)
#define MAKE_BLOCK (1ull << 11)
#define TRUNCATE (1ull << 14)
#define IOCTL_DEVICE (1ull << 15)
#define FILES_ABI3 ((1ull << 15) - 1)
#define TCP ((1ull << 0) | (1ull << 1))
#define SCOPES ((1ull << 0) | (1ull << 1))

struct ruleset {
  uint64_t files, network, scopes;
};

struct path_rule {
  uint64_t allowed;
  int32_t parent;
} __attribute__((packed));

int landlock_abi(void) {
  long abi = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
  return abi < 0 ? 0 : (int)abi;
}

static uint64_t rights_of(enum access access, bool is_folder) {
  if (access == ACCESS_DEVICE) return READ_FILE | WRITE_FILE;
  if (access == ACCESS_READ) return EXECUTE | READ_FILE | (is_folder ? READ_DIR : 0);
  return is_folder ? FILES_ABI3 & ~(MAKE_CHAR | MAKE_BLOCK) : EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE;
}

static void add_path(int ruleset, const struct grant *grant) {
  int fd = open(grant->path, O_PATH | O_CLOEXEC);
  /* Not every system has every file of the list; what must be there is found missing when it is used. */
  if (fd < 0 && errno == ENOENT) return;
  struct stat status;
  if (fd < 0 || fstat(fd, &status)) die(grant->path);
  struct path_rule rule = {.allowed = rights_of(grant->access, S_ISDIR(status.st_mode)), .parent = fd};
  if (syscall(ADD_RULE, ruleset, PATH_BENEATH, &rule, 0)) die(grant->path);
  close(fd);
}

void confine_files(const struct options *options) {
  int abi = landlock_abi();
  struct ruleset wanted = {
      .files = FILES_ABI3 | (abi >= 5 ? IOCTL_DEVICE : 0),
      .network = abi >= 4 ? TCP : 0,
      .scopes = abi >= 6 ? SCOPES : 0,
  };
  size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  int ruleset = (int)syscall(CREATE_RULESET, &wanted, size, 0);
  if (ruleset < 0) die("no Landlock ruleset");
  for (size_t i = 0; i < options->grant_count; i++) add_path(ruleset, &options->grants[i]);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(RESTRICT_SELF, ruleset, 0)) die("Landlock does not hold");
  close(ruleset);
}

/* Root keeps its number and nothing else: no capability now, and none by executing a program. */
void drop_privileges(void) {
  if (geteuid() == 0) {
    const int bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                     SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
    if (prctl(PR_SET_SECUREBITS, bits)) die("root keeps its privileges");
    for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
      if (prctl(PR_CAPBSET_DROP, cap)) die("a capability stays");
  }
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[2] = {0};
  if (syscall(SYS_capset, &header, none)) die("capabilities stay");
}

/* The filter is compiled by the caller, one for all tiers; it comes through a descriptor. */
void install_filter(int fd) {
  static struct sock_filter instructions[4096];
  size_t size = 0;
  for (ssize_t got; (got = read(fd, (char *)instructions + size, sizeof instructions - size)) != 0; size += (size_t)got)
    if (got < 0) die("the filter cannot be read");
  if (size == 0 || size % sizeof *instructions || size == sizeof instructions) die("the filter is no filter");
  struct sock_fprog program = {.len = (unsigned short)(size / sizeof *instructions), .filter = instructions};
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program)) die("the filter does not hold");
}

/* Says that the program has not begun; its end alone would look like the program's own. */
static _Noreturn void give_up(int report, const char *what) {
  int error = errno;
  fprintf(stderr, "lumina-landlock: %s: %s\n", what, strerror(error));
  if (send(report, &error, sizeof error, 0) < 0) _exit(126);
  _exit(127);
}

/* Linux weighs whole sessions against each other before it looks at a process's own niceness. */
void yield_to_others(void) {
  int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && write(fd, "19", 2) < 0) errno = 0; /* limited to a few a second; then the other way must do */
  if (fd >= 0) close(fd);
  setpriority(PRIO_PROCESS, 0, 19);
}

void become_program(const struct options *options, int report) {
  for (size_t i = 0; i < options->limit_count; i++) {
    const struct limit *limit = &options->limits[i];
    struct rlimit wanted = {limit->soft, limit->hard};
    if (setrlimit((__rlimit_resource_t)limit->resource, &wanted)) give_up(report, "a limit cannot be set");
  }
  if (chdir(options->folder)) give_up(report, "the folder cannot be entered");
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  /* Nothing that the supervisor's parent had open goes on into the program. */
  if (syscall(SYS_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */)) give_up(report, "descriptors stay open");
  execv(options->argv[0], options->argv);
  give_up(report, "the program cannot be started");
}
