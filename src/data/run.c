/* The child gets /dev/null where it may not read or print; PATH is searched by the system. */
#define _GNU_SOURCE
#include "data/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int spawn(pid_t *process, const char *const *command, bool talks)
{
    posix_spawn_file_actions_t files;
    int problem = posix_spawn_file_actions_init(&files);
    if (problem)
        return problem;
    for (int file = STDIN_FILENO; file <= (talks ? STDOUT_FILENO : STDERR_FILENO) && !problem; file++)
        problem = posix_spawn_file_actions_addopen(&files, file, "/dev/null",
                                                   file == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
    if (!problem)
        problem = posix_spawnp(process, command[0], &files, NULL, (char *const *)(uintptr_t)command, environ);
    posix_spawn_file_actions_destroy(&files);
    return problem;
}

rn_status rn_run(const char *const *command, bool talks, int *code)
{
    pid_t process;
    int outcome, problem = spawn(&process, command, talks);
    if (problem == ENOENT)
        return rn_hint(rn_fail(RN_FAILED, "the program '%s' is not installed", command[0]),
                       "on Debian: apt install %s", command[0]);
    if (problem)
        return rn_fail(RN_FAILED, "cannot run '%s': %s", command[0], strerror(problem));
    while (waitpid(process, &outcome, 0) < 0)
        if (errno != EINTR)
            return rn_fail_errno(command[0]);
    if (WIFSIGNALED(outcome))
        return rn_fail(RN_INTERRUPTED, "'%s' was stopped: %s", command[0], strsignal(WTERMSIG(outcome)));
    *code = WEXITSTATUS(outcome);
    return RN_OK;
}
