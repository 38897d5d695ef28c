#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static rn_log_listener *listener;
static void *listener_context;

void rn_log_listen(rn_log_listener *to, void *context)
{
    pthread_mutex_lock(&lock);
    listener = to;
    listener_context = context;
    pthread_mutex_unlock(&lock);
}

static void say(rn_log_level level, const char *format, va_list args)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, args);
    rn_hide_controls(text);
    pthread_mutex_lock(&lock);
    if (listener)
        listener(listener_context, level, text);
    pthread_mutex_unlock(&lock);
}

#define DEFINE_LEVEL(function, level)           \
    void function(const char *format, ...)      \
    {                                           \
        va_list args;                           \
        va_start(args, format);                 \
        say(level, format, args);               \
        va_end(args);                           \
    }

DEFINE_LEVEL(rn_warn, RN_LOG_WARNING)
DEFINE_LEVEL(rn_note, RN_LOG_NOTE)
DEFINE_LEVEL(rn_detail, RN_LOG_DETAIL)
