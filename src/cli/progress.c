#include "cli/progress.h"
#include "cli/messages.h"
#include "cli/readable.h"
#include "cli/stop.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_BAR = 8, MOST_BAR = 20, LINE = 240 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Columns of the terminal, asked for anew each time because it may have been resized. */
static int columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
        return 80;
    return size.ws_col;
}

/* Which epoch is under way, of how many, and what part of it is done; a training may end within an epoch. */
static void place(const rn_train_event *event, int *epoch, int *epochs, double *part)
{
    double begun = floor(event->epoch + 1e-9);
    *epochs = (int)ceil(event->epochs - 1e-9);
    if (begun >= *epochs)
        begun = *epochs > 0 ? *epochs - 1 : 0;
    double length = fmin(1, event->epochs - begun);
    *epoch = (int)begun + 1;
    *part = length > 0 ? fmax(0, fmin(1, (event->epoch - begun) / length)) : 1;
}

static void measures(const rn_train_event *event, char *text, size_t size)
{
    number_text left;
    snprintf(text, size, "%.0f img/s  loss %.3f  error %.1f%%  lr %.3g  left %s", event->images_per_second,
             event->loss, event->error, event->lr, duration(&left, event->seconds_left));
}

/* The bar takes what room the numbers leave; a line that is too long still is cut. */
static void show_bar(const rn_train_event *event)
{
    char line[LINE], rest[LINE / 2], bar[MOST_BAR + 1];
    int epoch, epochs, room = columns() - 1;
    double part;
    place(event, &epoch, &epochs, &part);
    measures(event, rest, sizeof rest);
    int bare = snprintf(line, sizeof line, "epoch %d/%d []  61%%  %s", epoch, epochs, rest);
    int length = room - bare < LEAST_BAR ? LEAST_BAR : room - bare > MOST_BAR ? MOST_BAR : room - bare;
    int full = (int)(part * length);
    memset(bar, '#', (size_t)full);
    memset(bar + full, ' ', (size_t)(length - full));
    bar[length] = '\0';
    snprintf(line, sizeof line, "epoch %d/%d [%s] %3.0f%%  %s", epoch, epochs, bar, 100 * part, rest);
    if (room < LINE)
        line[room] = '\0';
    redraw(line);
}

static void show_line(const rn_train_event *event)
{
    char rest[LINE];
    int epoch, epochs;
    double part;
    place(event, &epoch, &epochs, &part);
    measures(event, rest, sizeof rest);
    say("epoch %d/%d  iteration %lld/%lld  %s", epoch, epochs, (long long)event->iteration,
        (long long)event->iterations, rest);
}

static void step(progress *p, const rn_train_event *event)
{
    double time = now(), pause = messages_on_terminal() ? 0.1 : 10;
    if (time - p->latest < pause)
        return;
    p->latest = time;
    if (messages_on_terminal())
        show_bar(event);
    else
        show_line(event);
}

static void preparing(progress *p, const rn_train_event *event)
{
    double time = now();
    if (messages_on_terminal())
        redraw(event->text);
    else if (time - p->latest >= 10)
        say("%s", event->text);
    else
        return;
    p->latest = time;
}

static void tested(const rn_train_event *event)
{
    char epoch[32];
    snprintf(epoch, sizeof epoch, "after epoch %.1f", event->epoch);
    say("%s: test error %.2f%%, test loss %.4g; training error %.2f%%, loss %.4g",
        event->text ? event->text : epoch, event->test_error, event->test_loss, event->error, event->loss);
}

static void acknowledge_stop(progress *p)
{
    if (p->stopping || !stop_signal())
        return;
    p->stopping = true;
    say("stopping and saving; once more stops at once");
}

void progress_event(void *context, const rn_train_event *event)
{
    progress *p = context;
    acknowledge_stop(p);
    switch (event->moment) {
    case RN_TRAIN_PREPARING:
        preparing(p, event);
        break;
    case RN_TRAIN_STEP:
        step(p, event);
        break;
    case RN_TRAIN_TESTED:
        tested(event);
        break;
    case RN_TRAIN_SAVED:
        if (!messages_on_terminal())
            say("saved at iteration %lld", (long long)event->iteration);
        break;
    case RN_TRAIN_STARTED:
    case RN_TRAIN_ENDED:
        messages_keep_in(p->log);
        p->finished = event->iteration >= event->iterations;
        redraw("");
        if (event->text)
            say("%s", event->text);
        break;
    }
}
