#define _GNU_SOURCE
#include "cli/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile int asked;

/* A closed descriptor is opened the wrong way round: using it still fails, as it should. */
void stop_prepare(void)
{
    static const int way[] = { O_WRONLY, O_RDONLY, O_RDONLY };
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", way[i]) < 0)
            _exit(4);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static void ask(int number)
{
    if (asked)
        _exit(128 + number);
    asked = number;
}

const volatile int *stop_listen(void)
{
    struct sigaction action = { .sa_handler = ask, .sa_flags = SA_RESTART };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &asked;
}

int stop_signal(void)
{
    return asked;
}
