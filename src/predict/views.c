#include "predict/views.h"
#include "base/text.h"
#include "image/window.h"

#include <assert.h>
#include <string.h>

enum { LARGEST_SCALE = 4096, LONGEST_SIDE = 16384 };

static const char *const kinds[] = {
    [RN_ONE_CROP] = "1-crop", [RN_TEN_CROPS] = "10-crop", [RN_DENSE] = "dense", NULL,
};

/* ---- What is asked for ----------------------------------------------------------------------- */

static rn_status read_kind(rn_views *views, const char *text)
{
    for (views->kind = RN_ONE_CROP; kinds[views->kind]; views->kind++)
        if (strcmp(kinds[views->kind], text) == 0)
            return RN_OK;
    const char *near = rn_suggest(text, kinds);
    rn_status status = rn_fail(RN_BAD_ARGUMENT, "unknown views '%s', wanted 1-crop, 10-crop or dense", text);
    return near ? rn_hint(status, "did you mean '%s'?", near) : status;
}

static rn_status read_scales(rn_views *views, const char *text)
{
    char number[16];
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        int64_t scale = 0;
        snprintf(number, sizeof number, "%.*s", (int)(length < sizeof number ? length : sizeof number), at);
        if (!rn_read_int(number, &scale) || scale < 1 || scale > LARGEST_SCALE)
            return rn_fail(RN_BAD_ARGUMENT, "scales '%s': wanted pixels of the shorter side, 1 to %d, such "
                           "as 224,256,384,480,640", text, LARGEST_SCALE);
        if (views->scales == RN_MAX_SCALES)
            return rn_fail(RN_BAD_ARGUMENT, "scales '%s': more than %d", text, RN_MAX_SCALES);
        views->scale[views->scales++] = (int)scale;
        at += length;
        if (!*at)
            return RN_OK;
    }
}

/* Views other than the rule's own need pictures that may be resized freely and are larger than a crop. */
static rn_status check_room(const rn_views *views, const rn_preprocess *rule, bool said)
{
    int w = rule->crop_width, h = rule->crop_height, side = w > h ? w : h;
    const char *kind = kinds[views->kind];
    if (rule->exact)
        return rn_fail(RN_BAD_ARGUMENT, "%s views: this model sees whole pictures squeezed to %dx%d pixels, "
                       "without crops", kind, w, h);
    if (!said && rule->resize <= side)
        return rn_hint(rn_fail(RN_BAD_ARGUMENT, "%s views: this model sees whole pictures of %dx%d pixels, "
                               "there is only one view", kind, w, h),
                       "leave --views out, or enlarge the pictures by --scales");
    for (int i = 0; i < views->scales && views->kind != RN_DENSE; i++)
        if (views->scale[i] < side)
            return rn_fail(RN_BAD_ARGUMENT, "%s views: crops of %dx%d pixels do not fit into pictures whose "
                           "shorter side is %d", kind, w, h, views->scale[i]);
    return RN_OK;
}

rn_status rn_views_read(rn_views *views, const char *kind, const char *scales, const rn_preprocess *rule)
{
    bool said = scales && *scales;
    *views = (rn_views){ .kind = RN_ONE_CROP };
    if (kind && *kind)
        RN_TRY(read_kind(views, kind));
    if (said)
        RN_TRY(read_scales(views, scales));
    else if (views->kind != RN_ONE_CROP)
        views->scale[views->scales++] = rule->resize;
    return views->scales ? check_room(views, rule, said) : RN_OK;
}

bool rn_views_want_whole(const rn_views *views)
{
    return views->kind != RN_ONE_CROP;
}

bool rn_views_are_many(const rn_views *views)
{
    return views->kind != RN_ONE_CROP || views->scales > 1;
}

rn_status rn_views_check(const rn_views *views, int width, int height)
{
    int64_t longer = width > height ? width : height, shorter = width < height ? width : height;
    for (int i = 0; i < views->scales && rn_views_want_whole(views); i++)
        if (views->scale[i] * longer / shorter > LONGEST_SIDE)
            return rn_fail(RN_BAD_FILE, "%dx%d pixels, resized to a shorter side of %d, are over %d long",
                           width, height, views->scale[i], LONGEST_SIDE);
    return RN_OK;
}

int rn_views_scales(const rn_views *views)
{
    return views->scales ? views->scales : 1;
}

rn_preprocess rn_views_rule(const rn_views *views, int scale, const rn_preprocess *rule, int width,
                            int height)
{
    if (rn_views_want_whole(views))
        return rn_preprocess_whole(rule, views->scale[scale], width, height);
    rn_preprocess resized = *rule;
    if (views->scales)
        resized.resize = views->scale[scale];
    return resized;
}

/* ---- Windows --------------------------------------------------------------------------------- */

/* Places are those on the mirrored picture where the window is mirrored, so that each set of five is that of
 * torchvision's FiveCrop. */
static int ten_crops(int cw, int ch, int width, int height, rn_view_window *window)
{
    const int right = width - cw, bottom = height - ch;
    const int place[][2] = { { 0, 0 }, { right, 0 }, { 0, bottom }, { right, bottom },
                             { rn_center(width, cw), rn_center(height, ch) } };
    enum { PLACES = sizeof place / sizeof *place };
    for (int i = 0; i < PLACES; i++) {
        window[i] = (rn_view_window){ place[i][0], place[i][1], cw, ch, false };
        window[PLACES + i] = (rn_view_window){ right - place[i][0], place[i][1], cw, ch, true };
    }
    return 2 * PLACES;
}

int rn_views_windows(const rn_views *views, const rn_preprocess *rule, int width, int height,
                     rn_view_window window[RN_MAX_WINDOWS])
{
    if (views->kind == RN_TEN_CROPS)
        return ten_crops(rule->crop_width, rule->crop_height, width, height, window);
    window[0] = window[1] = (rn_view_window){ 0, 0, width, height, false };
    window[1].mirrored = true;
    return views->kind == RN_DENSE ? 2 : 1;
}

void rn_view_cut(const rn_view_window *window, const float *whole, int width, int height, float *to)
{
    int w = window->width, h = window->height;
    assert(window->left >= 0 && window->left + w <= width && window->top >= 0 && window->top + h <= height);
    for (int row = 0; row < 3 * h; row++, to += w) {
        size_t line = (size_t)(row / h) * (size_t)height + (size_t)(window->top + row % h);
        const float *from = whole + line * (size_t)width + window->left;
        if (!window->mirrored)
            memcpy(to, from, (size_t)w * sizeof *to);
        for (int x = 0; window->mirrored && x < w; x++)
            to[x] = from[w - 1 - x];
    }
}
