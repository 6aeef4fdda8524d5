#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

void die(const char *what) {
  fprintf(stderr, "lumina-landlock: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
  _exit(125);
}

static void send_fd(int socket, int fd) {
  char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(socket, &message, 0) != 1) die("the gate cannot be handed over");
}

/* -1 when the child ended before it handed anything over. */
static int receive_fd(int socket) {
  char byte, control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS) return -1;
  int fd;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static _Noreturn void be_child(const struct options *options, int socket) {
  drop_privileges();
  if (setsid() < 0) die("no session");
  confine_files(options);
  int gate = install_gate();
  send_fd(socket, gate);
  close(gate);
  install_filter(options->filter_fd);
  become_program(options, socket);
}

static _Noreturn void be_gated_child(const struct options *options, int socket) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) die("new privileges are possible");
  int gate = install_gate();
  send_fd(socket, gate);
  close(gate);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execv(options->argv[0], options->argv);
  die("the confining program cannot be started");
}

/* The child's last words before the program takes its place; none when it did. */
static bool has_failed(int socket) {
  int error = 0;
  return recv(socket, &error, sizeof error, 0) == sizeof error;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--abi") == 0) return printf("%d\n", landlock_abi()) < 0;
  struct options options = {0};
  read_options(&options, argc, argv);
  errno = 0;
  if (!options.is_gate_only && landlock_abi() < MIN_LANDLOCK_ABI) die("this kernel's Landlock is missing or too old");

  pid_t parent = getppid();
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGCHLD);
  if (sigprocmask(SIG_BLOCK, &watched, NULL) || prctl(PR_SET_PDEATHSIG, SIGTERM) ||
      prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_DUMPABLE, 0))
    die("the supervisor cannot be set up");
  if (getppid() != parent) return 125;

  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) die("no socket pair");
  pid_t child = fork();
  if (child < 0) die("no process");
  if (child == 0) {
    close(pair[0]);
    if (options.is_gate_only) be_gated_child(&options, pair[1]);
    be_child(&options, pair[1]);
  }
  close(pair[1]);
  int gate = receive_fd(pair[0]);
  if (gate < 0) return 125;
  if (options.is_gate_only) {
    close(pair[0]);
    int code = supervise(&options, child, gate);
    return code < 0 ? 125 : code;
  }
  dprintf(options.status_fd, "{ \"child-pid\": %d }\n", child);
  if (has_failed(pair[0])) {
    close(gate);
    kill_descendants();
    return 125;
  }
  close(pair[0]);
  int code = supervise(&options, child, gate);
  if (code >= 0) dprintf(options.status_fd, "{ \"exit-code\": %d }\n", code);
  return code < 0 ? 125 : code;
}
