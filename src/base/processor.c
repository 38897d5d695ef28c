#define _GNU_SOURCE
#include "base/processor.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int rn_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

void rn_processor_name(char name[RN_PROCESSOR_SIZE])
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(name, RN_PROCESSOR_SIZE, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *value = strncmp(line, "model name", 10) == 0 ? strchr(line, ':') : NULL;
        const char *word = value ? value + 1 + strspn(value + 1, " \t") : "";
        const int length = (int)strcspn(word, "|\n");
        if (length == 0)
            continue;
        snprintf(name, RN_PROCESSOR_SIZE, "%.*s", length, word);
        break;
    }
    if (file)
        fclose(file);
}
