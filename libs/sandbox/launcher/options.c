#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
  const char *name;
  int resource;
} resources[] = {
    {"core", RLIMIT_CORE},         {"cpu", RLIMIT_CPU},       {"data", RLIMIT_DATA},     {"fsize", RLIMIT_FSIZE},
    {"memlock", RLIMIT_MEMLOCK},   {"nofile", RLIMIT_NOFILE}, {"stack", RLIMIT_STACK},
    {"msgqueue", RLIMIT_MSGQUEUE},
};

static unsigned long number(const char *text, char end, char **rest) {
  errno = 0;
  unsigned long value = strtoul(text, rest, 10);
  if (errno || *rest == text || **rest != end) {
    errno = 0;
    die("a number is wrong");
  }
  return value;
}

/* name=soft:hard */
static struct limit limit_of(char *text) {
  char *equals = strchr(text, '='), *rest;
  if (equals == NULL) die("a limit is wrong");
  *equals = 0;
  for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
    if (strcmp(text, resources[i].name)) continue;
    struct limit limit = {.resource = resources[i].resource};
    limit.soft = number(equals + 1, ':', &rest);
    limit.hard = number(rest + 1, 0, &rest);
    return limit;
  }
  die("there is no such limit");
}

static void add_grant(struct options *options, const char *path, enum access access) {
  if (options->grant_count == MAX_PATHS) die("too many paths");
  options->grants[options->grant_count++] = (struct grant){path, access};
}

void read_options(struct options *options, int argc, char **argv) {
  char *rest;
  errno = 0;
  options->filter_fd = options->status_fd = -1;
  for (int i = 1; i < argc; i += 2) {
    char *name = argv[i], *value = argv[i + 1];
    if (strcmp(name, "--") == 0) {
      options->argv = argv + i + 1;
      break;
    }
    if (value == NULL) die("an option has no value");
    if (strcmp(name, "--read") == 0) add_grant(options, value, ACCESS_READ);
    else if (strcmp(name, "--write") == 0) add_grant(options, value, ACCESS_WRITE);
    else if (strcmp(name, "--device") == 0) add_grant(options, value, ACCESS_DEVICE);
    else if (strcmp(name, "--folder") == 0) options->folder = value;
    else if (strcmp(name, "--filter-fd") == 0) options->filter_fd = (int)number(value, 0, &rest);
    else if (strcmp(name, "--status-fd") == 0) options->status_fd = (int)number(value, 0, &rest);
    else if (strcmp(name, "--gate-only") == 0) {
      options->is_gate_only = true;
      options->processes = number(value, 0, &rest);
    } else if (strcmp(name, "--processes") == 0) options->processes = number(value, 0, &rest);
    else if (strcmp(name, "--limit") == 0) {
      if (options->limit_count == MAX_LIMITS) die("too many limits");
      options->limits[options->limit_count++] = limit_of(value);
    } else die("an option is unknown");
  }
  if (options->argv == NULL || options->argv[0] == NULL || options->processes == 0) die("an option is missing");
  if (options->is_gate_only) return;
  if (options->folder == NULL || options->filter_fd < 0 || options->status_fd < 0) die("an option is missing");
}
