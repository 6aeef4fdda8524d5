#define _GNU_SOURCE
#include "launcher.h"

#include <dirent.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#define ASK(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)

/* Another architecture's calls are none of the gate's business: the filter behind it kills for them. */
int install_gate(void) {
  struct sock_filter instructions[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ASK(SYS_clone),
      ASK(SYS_clone3),
#ifdef SYS_fork
      ASK(SYS_fork),
      ASK(SYS_vfork),
#endif
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {.len = sizeof instructions / sizeof *instructions, .filter = instructions};
  const unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  long gate = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  if (gate < 0 && errno == EINVAL) gate = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (gate < 0) die("there is no gate for new processes");
  return (int)gate;
}

struct process {
  pid_t pid, parent;
  unsigned long threads;
  bool is_ours;
};

static struct process *processes;
static size_t process_count, process_room;

static bool read_process(pid_t pid, struct process *process) {
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) return false;
  size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = 0;
  /* The name stands in parentheses and is the program's own choice. */
  char *after = strrchr(text, ')');
  process->pid = pid;
  process->is_ours = false;
  return after != NULL &&
         sscanf(after + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %lu", &process->parent,
                &process->threads) == 2;
}

/* Marks the descendants of this process among all. */
static void look_around(void) {
  process_count = 0;
  DIR *folder = opendir("/proc");
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    pid_t pid = (pid_t)atoi(entry->d_name);
    if (pid <= 0) continue;
    if (process_count == process_room) {
      process_room = process_room ? 2 * process_room : 256;
      processes = reallocarray(processes, process_room, sizeof *processes);
      if (processes == NULL) abort();
    }
    if (read_process(pid, &processes[process_count])) process_count++;
  }
  closedir(folder);
  pid_t self = getpid();
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (size_t i = 0; i < process_count; i++) {
      if (processes[i].is_ours) continue;
      bool is_ours = processes[i].parent == self;
      for (size_t j = 0; !is_ours && j < process_count; j++)
        is_ours = processes[j].is_ours && processes[j].pid == processes[i].parent;
      if (is_ours) processes[i].is_ours = has_grown = true;
    }
  }
}

unsigned long count_descendants(void) {
  unsigned long count = 0;
  look_around();
  for (size_t i = 0; i < process_count; i++)
    if (processes[i].is_ours) count += processes[i].threads;
  return count;
}

/* Whatever is left, until there is no child any more: orphans become children of this process. */
void kill_descendants(void) {
  for (;;) {
    look_around();
    for (size_t i = 0; i < process_count; i++)
      if (processes[i].is_ours) kill(processes[i].pid, SIGKILL);
    pid_t ended;
    while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) continue;
    if (ended < 0 && errno == ECHILD) return;
    usleep(1000);
  }
}

/* At least as many as there are: those that ended are only noticed by counting. */
static unsigned long at_most;

static void answer_gate(int gate, unsigned long allowed) {
  struct seccomp_notif question;
  memset(&question, 0, sizeof question);
  if (ioctl(gate, SECCOMP_IOCTL_NOTIF_RECV, &question)) return;
  if (at_most >= allowed) at_most = count_descendants();
  struct seccomp_notif_resp answer = {.id = question.id};
  if (at_most >= allowed) {
    answer.error = -EAGAIN;
  } else {
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    at_most++;
  }
  ioctl(gate, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* The program's exit code once it has ended, -1 before. */
static int reap(pid_t program) {
  int code = -1, status;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
    if (ended == program) code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code;
}

int supervise(const struct options *options, pid_t program, int gate) {
  sigset_t watched;
  sigemptyset(&watched);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGCHLD);
  int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  if (signals < 0) {
    close(gate);
    kill_descendants();
    die("no signals");
  }
  at_most = 1;
  int code = -1;
  for (bool is_over = false; !is_over;) {
    struct pollfd ready[] = {{.fd = signals, .events = POLLIN}, {.fd = gate, .events = POLLIN}};
    if (poll(ready, 2, -1) < 0 && errno != EINTR) break;
    if (ready[1].revents & POLLIN) answer_gate(gate, options->processes);
    if (ready[0].revents & POLLIN) {
      struct signalfd_siginfo info;
      if (read(signals, &info, sizeof info) != sizeof info) break;
      is_over = info.ssi_signo == SIGTERM || (code = reap(program)) >= 0;
    }
    /* The last process behind the gate is gone; its end is on its way as a signal. */
    if (ready[1].revents & POLLHUP) ready[1].fd = gate = -1;
  }
  if (gate >= 0) close(gate);
  kill_descendants();
  return code;
}
