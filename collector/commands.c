/* The table of subcommands, and `cpprof help`, which reads it; those of the reader are its own
 * table. */
#include "collector/commands.h"

#include <stdio.h>
#include <string.h>

#include "collector/help.h"
#include "collector/message.h"
#include "reader/usage.h"

static int cmd_help(int argc, char **argv);

const struct command commands[] = {
    {"run", cmd_run, "[-d DIR] [-s NAME=VALUE]... [--] PROGRAM [ARGUMENT]...",
     "run a program under the agent, and say at its end which profiles were written",
     "  -d, --dir DIR         profiles go to DIR, made if missing (CPROF_DIR)\n"
     "  -s, --set NAME=VALUE  a setting, with or without CPROF_; see `cpprof help env`\n"
     "\n"
     "SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are handed on to the program; USR2\n"
     "makes it dump, unless CPROF_SIGNAL says otherwise. The exit status is the program's; 127\n"
     "where it is not found, 126 where it cannot be executed, 2 where nothing can be preloaded "
     "into\n"
     "it: a static or foreign executable, or one that gains privileges (set-user-ID, file\n"
     "capabilities).\n"},
    {"ps", cmd_ps, "", "list the processes that are being profiled",
     "UPTIME is that of the process; ARENA the memory that its records take. A process that is\n"
     "dead has left profiles for `cpprof recover`.\n"},
    {"dump", cmd_dump, "[-d DIR] [--no-symbolize] PID...",
     "write the profiles of running processes, also of stopped ones",
     "  -d, --dir DIR    where to, default CPROF_DIR or the current directory\n"
     "  --no-symbolize   addresses only\n"
     "\n"
     "Prints the names of the files. The process itself does nothing, but for the threads "
     "profile,\n"
     "which it has to tell, and which is left out where it cannot.\n"},
    {"recover", cmd_recover, "[-d DIR] [--no-symbolize]",
     "write the profiles of processes that died, and remove what they left",
     "  -d, --dir DIR    where to, default CPROF_DIR or the current directory\n"
     "  --no-symbolize   addresses only\n"
     "\n"
     "Prints the names of the files. Exit status 1: an arena could not be read, and was left.\n"},
    {"symbolize", cmd_symbolize, "[-o FILE] [--debug-path PATH] [--exe PATH] FILE...",
     "put functions, files and lines into profiles that have addresses only",
     "  -o, --output FILE    write there, not over the input\n"
     "  --debug-path PATH    where separate debug files are, as for elfutils\n"
     "  --exe PATH           where the executable is now\n"},
    {"threads", cmd_threads, "PID | --native PID | [--exe PATH] CORE",
     "print every thread of a process, or of a core file, with its stack",
     "PID: a process that runs under the agent, which tells what each thread waits for, since "
     "when,\n"
     "and who holds the lock. It has to run: a stopped one cannot answer.\n"
     "  --native PID   any process, by stopping it for some milliseconds as a debugger does\n"
     "CORE: a core file, named by anything but digits; ./123 is one\n"
     "  --exe PATH     where the executable is now\n"
     "\n"
     "Threads that wait for each other's locks are named in a last line, `deadlock: ...`. Exit\n"
     "status 1: it could not be read, or only in part.\n"},
    {"serve", cmd_serve,
     "[--listen ADDRESS] [--pid PID] [-d DIR] [--token-file FILE]\n"
     "                    [--tls-cert FILE --tls-key FILE] [--insecure]",
     "serve the profiles of running processes over HTTP, as Go's net/http/pprof",
     "  --listen ADDRESS   host:port, :port or unix:PATH; default localhost:6060\n"
     "  --pid PID          this process only, at /debug/pprof/\n"
     "  -d, --dir DIR      where profiles of processes that die go (CPROF_DIR)\n"
     "  --token-file FILE  who asks has to know what is in FILE: Authorization: Bearer TOKEN\n"
     "  --tls-cert FILE    certificate, and\n"
     "  --tls-key FILE     key, in PEM, for HTTPS\n"
     "  --insecure         listen beyond this machine without token and TLS\n"
     "\n"
     "Every process has its endpoints at /targets/PID/debug/pprof/; / lists them, /targets and\n"
     "/targets/http_sd do so for programs. Read one: cpprof\n"
     "http://localhost:6060/targets/PID/debug/pprof/heap\n"},
    {"help", cmd_help, "[COMMAND | env]", "tell more about a command, or list the settings", ""},
};
const size_t n_commands = sizeof commands / sizeof commands[0];

int unknown_command(const char *name) {
    message("unknown command %s", name);
    message("see `cpprof help`");
    return EXIT_UNUSABLE;
}

static int cmd_help(int argc, char **argv) {
    message_command("help");
    if (argc > 2)
        return usage_error("one command at a time");
    if (argc < 2) {
        help_overview(stdout);
    } else if (strcmp(argv[1], "env") == 0) {
        help_env(stdout);
    } else {
        const struct command *c = command_find(argv[1]);
        if (c)
            help_command(stdout, c);
        else if (!usage_print_word(stdout, argv[1]))
            return unknown_command(argv[1]);
    }
    return EXIT_DONE;
}
