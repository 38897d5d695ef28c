#include "cli/readable.h"

const char *grouped(number_text *to, int64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    char *out = to->text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && digits[i - 1] != '-')
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
    return to->text;
}

const char *bytes_text(number_text *to, int64_t bytes)
{
    static const char *const unit[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    double size = (double)bytes;
    int step = 0;
    while (size >= 1023.95 && step < 6) {
        size /= 1024;
        step++;
    }
    snprintf(to->text, sizeof to->text, "%.*f %s", step == 0 || size >= 99.95 ? 0 : 1, size, unit[step]);
    return to->text;
}

const char *duration(number_text *to, double seconds)
{
    long long s = seconds > 0 && seconds < 1e12 ? (long long)(seconds + 0.5) : 0;
    snprintf(to->text, sizeof to->text, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return to->text;
}
