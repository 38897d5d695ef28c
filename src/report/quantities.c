/* Numbers as people write them. */
#include "report/sections.h"

#include <math.h>

static void write_none(rn_text *html)
{
    rn_text_add(html, "–");
}

void rn_write_whole(rn_text *html, double number)
{
    if (!isfinite(number) || fabs(number) > 9e15) {
        write_none(html);
        return;
    }
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    for (int i = 0; i < length; i++) {
        bool comma = (length - i) % 3 == 1 && i < length - 1 && digits[i] != '-';
        rn_text_add(html, comma ? "%c," : "%c", digits[i]);
    }
}

void rn_write_rounded(rn_text *html, double number)
{
    static const struct { double size; const char *unit; } scale[] = {
        { 1e12, "T" }, { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" },
    };
    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
        if (number >= scale[i].size) {
            double scaled = number / scale[i].size;
            int decimals = scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
            rn_text_add(html, "%.*f %s", decimals, scaled, scale[i].unit);
            return;
        }
    rn_write_whole(html, number);
}

void rn_write_duration(rn_text *html, double seconds)
{
    if (!(seconds >= 0 && seconds < 1e12)) {
        write_none(html);
        return;
    }
    long long whole = llround(seconds), hours = whole / 3600, minutes = whole / 60 % 60;
    if (hours > 0)
        rn_text_add(html, "%lld h %lld min", hours, minutes);
    else if (minutes > 0)
        rn_text_add(html, "%lld min %lld s", minutes, whole % 60);
    else
        rn_text_add(html, "%.1f s", seconds);
}

void rn_write_error(rn_text *html, double error)
{
    if (isfinite(error) && error >= 0)
        rn_text_add(html, "%.2f %%", error);
    else
        write_none(html);
}
