/* The subcommands of `cpprof`. Each is called once, with argv[0] its own name, and returns the exit
 * status: EXIT_DONE, EXIT_PARTLY or EXIT_UNUSABLE, but for cmd_run, which returns the program's. */
#ifndef CPPROF_COLLECTOR_COMMANDS_H
#define CPPROF_COLLECTOR_COMMANDS_H

int cmd_run(int argc, char **argv);
int cmd_ps(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_recover(int argc, char **argv);
int cmd_symbolize(int argc, char **argv);
int cmd_threads(int argc, char **argv);
int cmd_serve(int argc, char **argv);

/* Says that there is no such command; returns EXIT_UNUSABLE. */
int unknown_command(const char *name);

#endif
