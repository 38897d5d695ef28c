/* The matrix and the classes as files: well-formed, and the numbers in their places. */
#include "base/check_files.h"
#include "base/file.h"
#include "base/memory.h"
#include "image/check_markup.h"

enum { MOST = 300 };

static const char *names[MOST];
static int64_t counts[MOST * MOST];

static rn_evaluation evaluation(int classes)
{
    static const char *const odd[] = { "cat, \"big\"", "<dog>", "", "été" };
    for (int i = 0; i < classes * classes; i++)
        counts[i] = i % (classes + 1) == 0 ? 7 : i % 3;
    for (int c = 0; c < classes; c++)
        names[c] = odd[c % 4];
    for (int c = 0; c < classes; c++)
        counts[(classes - 1) * classes + c] = 0;        /* the last class has no pictures */
    return (rn_evaluation){ .classes = classes, .class_name = names, .confusion = counts };
}

static char *read_text(const char *name)
{
    rn_map map;
    char *text;
    CHECK_OK(rn_map_open(&map, check_path(name)));
    CHECK_OK(rn_copy_text_part(&text, (const char *)map.bytes, map.size));
    rn_map_close(&map);
    return text;
}

static void check_drawing(int classes)
{
    rn_evaluation e = evaluation(classes);
    CHECK_OK(rn_evaluation_write_confusion(&e, check_path("matrix.svg")));
    char *svg = read_text("matrix.svg");
    CHECK(markup_is_good(svg), "the picture of %d classes is not well-formed", classes);
    rn_free(svg);
}

static void check_table(const char *name, rn_status (*write)(const rn_evaluation *, const char *),
                        const char *wanted)
{
    rn_evaluation e = evaluation(4);
    CHECK_OK(write(&e, check_path(name)));
    char *csv = read_text(name);
    CHECK(strcmp(csv, wanted) == 0, "%s:\n%s", name, csv);
    rn_free(csv);
}

int main(void)
{
    check_folder_open();
    check_drawing(1);
    check_drawing(4);
    check_drawing(30);
    check_drawing(MOST);
    check_table("matrix.csv", rn_evaluation_write_confusion,
                "true class,\"cat, \"\"big\"\"\",<dog>,,été\n\"cat, \"\"big\"\"\",7,1,2,0\n<dog>,1,7,0,1\n"
                ",2,0,7,2\nété,0,0,0,0\n");
    check_table("classes.csv", rn_evaluation_write_classes,
                "class,name,images,wrong,error,taken_for,times\n0,\"cat, \"\"big\"\"\",10,3,30.00,,2\n"
                "1,<dog>,9,2,22.22,\"cat, \"\"big\"\"\",1\n2,,11,4,36.36,\"cat, \"\"big\"\"\",2\n"
                "3,été,0,0,,,0\n");
    rn_evaluation e = evaluation(4);
    CHECK(rn_evaluation_write_confusion(&e, check_path("matrix.png")) == RN_BAD_ARGUMENT, "a .png");
    check_folder_close();
    return check_result();
}
