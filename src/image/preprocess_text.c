/*
 * Rules spelled out: a known one, and what is different in it.
 *
 *     imagenet,crop=288,crop_pct=0.95,filter=bicubic,mean=0.5,std=0.5
 *
 * The text becomes the rule's name, so that a name always says what the rule is.
 */
#include "base/text.h"
#include "image/preprocess.h"

#include <math.h>
#include <string.h>

const char *const rn_filter_names[] = {
    [RN_BILINEAR] = "bilinear", [RN_BICUBIC] = "bicubic", [RN_LANCZOS] = "lanczos", NULL,
};

bool rn_filter_named(rn_filter *filter, const char *name)
{
    for (int i = 0; rn_filter_names[i]; i++)
        if (strcmp(rn_filter_names[i], name) == 0) {
            *filter = (rn_filter)i;
            return true;
        }
    return false;
}

bool rn_preprocess_is_sane(const rn_preprocess *rule)
{
    enum { LARGEST = 16384 };       /* pixels of a side */
    bool sane = rule->resize >= 0 && rule->resize <= LARGEST && isfinite(rule->scale)
             && rule->crop_height > 0 && rule->crop_height <= LARGEST
             && rule->crop_width > 0 && rule->crop_width <= LARGEST;
    for (int c = 0; c < 3; c++)
        sane = sane && isfinite(rule->mean[c]) && isfinite(rule->std[c]) && rule->std[c] > 0;
    return sane;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool set_pixels(int *to, const char *text)
{
    int64_t pixels;
    if (!rn_read_int(text, &pixels) || pixels < 0 || pixels > INT32_MAX)
        return false;
    *to = (int)pixels;
    return true;
}

static bool set_resize(rn_preprocess *rule, const char *text)
{
    return set_pixels(&rule->resize, text);
}

static bool set_crop(rn_preprocess *rule, const char *text)
{
    bool good = set_pixels(&rule->crop_height, text);
    rule->crop_width = rule->crop_height;
    return good;
}

static bool set_crop_pct(rn_preprocess *rule, const char *text)
{
    double part;
    if (!rn_read_real(text, &part) || part < 0.01 || part > 1)
        return false;
    rule->resize = (int)floor(rule->crop_height / part);
    return true;
}

static bool set_filter(rn_preprocess *rule, const char *text)
{
    return rn_filter_named(&rule->filter, text);
}

static bool set_switch(bool *to, const char *text)
{
    *to = strcmp(text, "yes") == 0;
    return *to || strcmp(text, "no") == 0;
}

static bool set_exact(rn_preprocess *rule, const char *text)
{
    return set_switch(&rule->exact, text);
}

static bool set_bgr(rn_preprocess *rule, const char *text)
{
    return set_switch(&rule->bgr, text);
}

/* 0.5, or a number for each channel: 0.485:0.456:0.406 */
static bool set_channels(float to[3], const char *text)
{
    char part[32];
    double number;
    int count = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ":");
        snprintf(part, sizeof part, "%.*s", (int)length, at);
        if (count == 3 || length >= sizeof part || !rn_read_real(part, &number))
            return false;
        to[count++] = (float)number;
        at += length;
        if (!*at)
            break;
    }
    if (count == 1)
        to[1] = to[2] = to[0];
    return count != 2;
}

static bool set_mean(rn_preprocess *rule, const char *text)
{
    rule->per_pixel = strcmp(text, "pixel") == 0;
    return rule->per_pixel || set_channels(rule->mean, text);
}

static bool set_std(rn_preprocess *rule, const char *text)
{
    return set_channels(rule->std, text);
}

static bool set_scale(rn_preprocess *rule, const char *text)
{
    double scale = 1 / 255.0;
    bool good = strcmp(text, "1/255") == 0 || rn_read_real(text, &scale);
    rule->scale = (float)scale;
    return good && scale > 0;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static const struct {
    const char *key, *wanted;
    bool (*set)(rn_preprocess *, const char *);
} keys[] = {
    { "resize", "pixels of the shorter side, 0 for none", set_resize },
    { "crop", "pixels of a side", set_crop },
    { "crop_pct", "the crop's part of the shorter side, as timm says it, after crop", set_crop_pct },
    { "filter", "bilinear, bicubic or lanczos", set_filter },
    { "exact", "yes or no", set_exact },
    { "bgr", "yes or no", set_bgr },
    { "scale", "1/255 or a number above 0", set_scale },
    { "mean", "one number, three with : between them, or pixel", set_mean },
    { "std", "one number, or three with : between them", set_std },
};

enum { KEYS = sizeof keys / sizeof *keys };

static rn_status unknown_key(const char *key)
{
    const char *words[KEYS + 1] = { NULL };
    for (int i = 0; i < KEYS; i++)
        words[i] = keys[i].key;
    const char *near = rn_suggest(key, words);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown part of a preprocessing '%s'", key);
    if (near)
        return rn_hint(status, "did you mean '%s'?", near);
    return rn_hint(status, "resize, crop, crop_pct, filter, exact, bgr, scale, mean and std are known");
}

static rn_status change(rn_preprocess *rule, char *part)
{
    char *value = strchr(part, '=');
    if (!value)
        return rn_fail(RN_BAD_ARGUMENT, "preprocessing: '%s' is not of the form key=value", part);
    *value++ = '\0';
    for (int i = 0; i < KEYS; i++)
        if (strcmp(keys[i].key, part) == 0) {
            if (keys[i].set(rule, value))
                return RN_OK;
            return rn_fail(RN_BAD_ARGUMENT, "preprocessing: %s is '%s', wanted %s", part, value,
                           keys[i].wanted);
        }
    return unknown_key(part);
}

static rn_status check(const rn_preprocess *rule)
{
    int side = rule->crop_height;
    if (!rn_preprocess_is_sane(rule))
        return rn_fail(RN_BAD_ARGUMENT, "preprocessing '%s': a side or number is out of range", rule->name);
    if (!rule->exact && rule->resize && rule->resize < side)
        return rn_fail(RN_BAD_ARGUMENT, "preprocessing '%s': the shorter side of %d pixels is less than the "
                       "crop of %d", rule->name, rule->resize, side);
    return RN_OK;
}

rn_status rn_preprocess_read(rn_preprocess *rule, const char *text)
{
    char parts[sizeof rule->name], *rest;
    if (strlen(text) >= sizeof parts)
        return rn_fail(RN_BAD_ARGUMENT, "preprocessing '%.40s...': %zu letters, at most %zu are read", text,
                       strlen(text), sizeof parts - 1);
    strcpy(parts, text);
    const char *name = strtok_r(parts, ",", &rest);
    RN_TRY(rn_preprocess_named(rule, name ? name : ""));
    for (char *part; (part = strtok_r(NULL, ",", &rest));)
        RN_TRY(change(rule, part));
    strcpy(rule->name, text);
    return check(rule);
}
