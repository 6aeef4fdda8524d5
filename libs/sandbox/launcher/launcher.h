/*
 * lumina-landlock: runs one program under Landlock, seccomp and resource limits, and leaves nothing of it behind.
 *
 * L1  When any part of the confinement cannot be set up, the program is not started. Nothing is tried in a weaker way.
 * L2  The supervisor stays outside the confinement and reads nothing that the program writes.
 * L3  Every descendant of the program stays a descendant of the supervisor (subreaper), however it forks.
 * L4  No process or thread begins without the supervisor's leave; once it is ending, none begins at all.
 * L5  The supervisor ends when its parent does, and nothing of the program outlives the supervisor's end by its own doing.
 */
#ifndef LUMINA_LAUNCHER_H
#define LUMINA_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define MAX_PATHS 128
#define MAX_LIMITS 16
#define MIN_LANDLOCK_ABI 3

enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_DEVICE };

struct grant {
  const char *path;
  enum access access;
};

struct limit {
  int resource;
  unsigned long soft, hard;
};

struct options {
  struct grant grants[MAX_PATHS];
  size_t grant_count;
  struct limit limits[MAX_LIMITS];
  size_t limit_count;
  const char *folder;
  int filter_fd, status_fd;
  unsigned long processes;
  /* Only counts processes; something else confines the program, and reports on it. */
  bool is_gate_only;
  char **argv;
};

/* Each of these ends the process with status 125 and a line on the standard error when something is wrong. */
_Noreturn void die(const char *what);
void read_options(struct options *options, int argc, char **argv);

/* 0 when the kernel has no Landlock, or has it switched off. */
int landlock_abi(void);
void confine_files(const struct options *options);
void drop_privileges(void);

/* Answers the descriptor on which the supervisor is asked for each new process. */
int install_gate(void);
void install_filter(int fd);

/* Never returns: executes the program, or reports why not on `report`. */
_Noreturn void become_program(const struct options *options, int report);

/* Watches until the program has ended or the supervisor is told to, then ends all that is left. */
int supervise(const struct options *options, pid_t program, int gate);

/* Threads of all descendants of this process. */
unsigned long count_descendants(void);
void kill_descendants(void);

#endif
