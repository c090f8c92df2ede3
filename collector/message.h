/* What `cpprof` says to people: lines `cpprof COMMAND: ...` on stderr. Results go to stdout,
 * elsewhere. Any thread; not async-signal-safe. */
#ifndef CPPROF_COLLECTOR_MESSAGE_H
#define CPPROF_COLLECTOR_MESSAGE_H

/* Exit statuses of every subcommand that runs no program. */
enum { EXIT_DONE = 0, EXIT_PARTLY = 1, EXIT_FAILED = 1, EXIT_UNUSABLE = 2 };

/* Names the subcommand that is running, first thing in it; until then lines begin `cpprof: `. Keeps
 * the pointer. Before there are threads. */
void message_command(const char *command);

/* Writes one line; `format` as for printf, without newline. Keeps errno. */
void message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a mistake in a command line, with a hint at the help of the subcommand, which has
 * been named; returns EXIT_UNUSABLE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
