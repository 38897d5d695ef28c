/* A preprocessing rule as JSON: {"name": "imagenet", "resize": 256, "crop": [224, 224], ...}. */
#include "base/json.h"
#include "weights/bundle_facts.h"

#include <string.h>

/* The number with the fewest digits that is read back as the same float: 0.485, not 0.485000014305115. */
static double shortest(float number)
{
    char text[32];
    double read = number;
    for (int digits = 6; digits <= 9; digits++) {
        rn_text_print(text, sizeof text, "%.*g", digits, (double)number);
        if (rn_read_real(text, &read) && (float)read == number)
            break;
    }
    return read;
}

rn_status rn_preprocess_to_json(const rn_preprocess *rule, rn_text *text)
{
    const float *m = rule->mean, *s = rule->std;
    json_t *value = json_pack("{s:s, s:i, s:b, s:s, s:[i, i], s:b, s:f, s:[f, f, f], s:[f, f, f], s:b}",
                              "name", rule->name, "resize", rule->resize, "exact", rule->exact,
                              "filter", rn_filter_names[rule->filter], "crop", rule->crop_height,
                              rule->crop_width, "bgr", rule->bgr, "scale", shortest(rule->scale),
                              "mean", shortest(m[0]), shortest(m[1]), shortest(m[2]),
                              "std", shortest(s[0]), shortest(s[1]), shortest(s[2]),
                              "mean_image", rule->mean_image != NULL);
    rn_status status = rn_json_write(text, value, 0);
    json_decref(value);
    return status;
}

static rn_status not_understood(const char *path)
{
    return rn_fail(RN_BAD_FILE, "%s: its preprocessing is not understood", path);
}

static rn_status read_rule(rn_preprocess *rule, bool *mean_image, json_t *value, const char *path)
{
    json_error_t error;
    const char *name, *filter;
    int exact, bgr, image;
    double scale, mean[3], std[3];
    int failed = json_unpack_ex(value, &error, 0,
                                "{s:s, s:i, s:b, s:s, s:[i, i], s:b, s:F, s:[F, F, F], s:[F, F, F], s:b}",
                                "name", &name, "resize", &rule->resize, "exact", &exact, "filter", &filter,
                                "crop", &rule->crop_height, &rule->crop_width, "bgr", &bgr, "scale", &scale,
                                "mean", &mean[0], &mean[1], &mean[2], "std", &std[0], &std[1], &std[2],
                                "mean_image", &image);
    if (failed && json_error_code(&error) == json_error_out_of_memory)
        return rn_fail(RN_NO_MEMORY, "%s: out of memory for its preprocessing", path);
    if (failed || strlen(name) >= sizeof rule->name || !rn_filter_named(&rule->filter, filter))
        return not_understood(path);
    strcpy(rule->name, name);
    rule->exact = exact;
    rule->bgr = bgr;
    rule->scale = (float)scale;
    for (int c = 0; c < 3; c++) {
        rule->mean[c] = (float)mean[c];
        rule->std[c] = (float)std[c];
    }
    *mean_image = image;
    return rn_preprocess_is_sane(rule) ? RN_OK : not_understood(path);
}

rn_status rn_preprocess_from_json(rn_preprocess *rule, bool *mean_image, const char *text, const char *path)
{
    json_t *value;
    *rule = (rn_preprocess){ 0 };
    RN_TRY(rn_json_parse(&value, text, strlen(text), path));
    rn_status status = read_rule(rule, mean_image, value, path);
    json_decref(value);
    return status;
}
