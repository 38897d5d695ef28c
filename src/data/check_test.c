/* What a look at a data set finds, on a folder with one of everything, and on clean sets. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "data/findings.h"
#include "data/fixture.h"

static const char *const expected[] = {
    "more.zip: an archive that was not unpacked",
    "test: a folder beside train; not used",
    "train/lost.png: outside the class folders, as 1 picture(s) in all; not used",
    "train/cat/notes.txt: no picture by its name, as 2 file(s) in all; not used",
    "train/cat/kittens: a folder inside a class; not used",
    "train/empty: no pictures",
    "train/bird: no such class in val",
    "train/empty: no such class in val",
    "val/zebra: no such class in train",
    "train/cat/2.jpg: is a PNG file by its content, not by its name",
    "train/cat/copy.png: the same picture as train/bird/1.png, with another label",
    "train/cat/text.png: not a picture",
    "val/cat/9.png: the same picture as train/cat/1.png, so training sees a test picture",
};

enum { EXPECTED = sizeof expected / sizeof expected[0] };

static void make_mess(void)
{
    put_text(at("mess/more.zip"), "PK");
    put_picture(at("mess/test/cat/1.png"), 7);
    put_picture(at("mess/train/lost.png"), 8);
    put_picture(at("mess/train/cat/1.png"), 1);
    put_picture(at("mess/train/cat/2.jpg"), 2);
    put_picture(at("mess/train/cat/copy.png"), 3);
    put_text(at("mess/train/cat/text.png"), "no picture");
    put_text(at("mess/train/cat/notes.txt"), "no picture");
    put_text(at("mess/train/cat/other.txt"), "no picture");
    put_picture(at("mess/train/cat/kittens/1.png"), 9);
    put_picture(at("mess/train/bird/1.png"), 3);
    CHECK_OK(rn_folder_make(at("mess/train/empty")));
    put_picture(at("mess/val/cat/9.png"), 1);
    put_picture(at("mess/val/zebra/1.png"), 4);
}

static bool found(const rn_data_report *report, const char *text)
{
    for (int i = 0; i < report->findings; i++)
        if (strstr(report->finding[i], text))
            return true;
    return false;
}

static void test_mess(int threads)
{
    rn_data_report *r;
    CHECK_OK(rn_data_check(at("mess"), threads, &r));
    if (!r)
        return;
    for (int i = 0; i < EXPECTED; i++)
        CHECK(found(r, expected[i]), "not found: %s", expected[i]);
    CHECK(r->findings == EXPECTED, "%d findings", r->findings);
    for (int i = 0; i < r->findings && r->findings != EXPECTED; i++)
        printf("    %s\n", r->finding[i]);
    CHECK(r->images == 6 && r->bad == 1 && r->odd == 1 && r->duplicates == 2,
          "%lld images %lld bad %lld odd %lld", (long long)r->images, (long long)r->bad, (long long)r->odd,
          (long long)r->duplicates);
    CHECK(r->classes == 3 && r->class_count[0] == 1 && r->class_count[1] == 4 && r->class_count[2] == 0
              && strcmp(r->class_name[1], "cat") == 0,
          "%d classes", r->classes);
    rn_data_report_free(r);
}

static void test_clean(const char *data, int64_t images)
{
    rn_data_report *r;
    CHECK_OK(rn_data_check(data, 2, &r));
    if (!r)
        return;
    CHECK(r->images == images && r->bad == 0 && r->odd == 0, "%s: %lld images, %lld bad, %lld odd", data,
          (long long)r->images, (long long)r->bad, (long long)r->odd);
    printf("%s: %lld duplicates\n", data, (long long)r->duplicates);
    rn_data_report_free(r);
}

static void test_refusals(void)
{
    rn_data_report *r;
    CHECK(rn_data_check(at("nowhere"), 1, &r) == RN_IO && !r, "%s", rn_error_text());
    put_zeros(at("ten/data_batch_1.bin"), 100);
    char spec[RN_PATH_SIZE];
    snprintf(spec, sizeof spec, "cifar10:%s", at("ten"));
    CHECK(rn_data_check(spec, 1, &r) == RN_BAD_FILE && said("100 bytes, expected 30 730 000"), "%s",
          rn_error_text());
    put_picture(at("tests/val/a/1.png"), 1);
    CHECK_OK(rn_data_check(at("tests"), 1, &r));
    CHECK(r && r->images == 1 && found(r, "training part: ") && found(r, "has val/ but no train/"),
          "findings");
    rn_data_report_free(r);
}

static void test_oddities(void)
{
    static const uint8_t cmyk[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc0,
                                    0,    20,   8,    0,    9, 0, 9, 4, 1,    2 };
    static const uint8_t grey16[26] = { 0x89, 'P', 'N', 'G', [24] = 16, 0 };
    static const uint8_t rgb16[26] = { 0x89, 'P', 'N', 'G', [24] = 16, 2 };
    static const struct {
        rn_image image;
        const uint8_t *bytes;
        size_t size;
        const char *name, *finding;
    } cases[] = {
        { { 32, 32, NULL }, NULL, 0, "record", NULL },
        { { 7, 32, NULL }, NULL, 0, "record", "very small" },
        { { 10, 80, NULL }, NULL, 0, "record", "very long" },
        { { 10, 79, NULL }, NULL, 0, "record", NULL },
        { { 32, 32, NULL }, cmyk, sizeof cmyk, "a.JPEG", "CMYK" },
        { { 32, 32, NULL }, cmyk, 15, "a.jpg", NULL },
        { { 32, 32, NULL }, cmyk, sizeof cmyk, "a.png", "is a JPEG file" },
        { { 32, 32, NULL }, grey16, sizeof grey16, "a.png", "16-bit grey" },
        { { 32, 32, NULL }, rgb16, sizeof rgb16, "a.png", NULL },
        { { 32, 32, NULL }, (const uint8_t *)"RIFF....WEBPVP8 ", 16, "a.jpg", "is a WebP file" },
        { { 32, 32, NULL }, (const uint8_t *)"RIFF....WEBPVP8 ", 16, "a.WebP", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *odd = rn_oddity(&cases[i].image, cases[i].bytes, cases[i].size, cases[i].name);
        CHECK(cases[i].finding ? odd && strstr(odd, cases[i].finding) : !odd, "case %zu: %s", i,
              odd ? odd : "nothing");
    }
}

static void test_memory(void)
{
    rn_status status = RN_NO_MEMORY;
    long k = 0;
    while (status != RN_OK && k < 10000) {
        rn_data_report *r;
        k++;
        rn_memory_fail_at(k, k % 2);
        status = rn_data_check(at("mess"), 2, &r);
        CHECK(status == RN_OK || (status == RN_NO_MEMORY && !r), "allocation %ld: status %d, %s", k, status,
              rn_error_text());
        if (status == RN_OK)
            rn_data_report_free(r);
    }
    rn_memory_fail_at(0, false);
    CHECK(k > 50 && status == RN_OK, "%ld allocations", k);
}

int main(void)
{
    char real[RN_PATH_SIZE];
    check_folder_open();
    make_mess();
    test_mess(1);
    test_mess(4);
    test_clean("builtin", 5000);
    test_refusals();
    test_oddities();
    test_memory();
    if (check_data()) {
        snprintf(real, sizeof real, "cifar10:%s/cifar-10", check_data());
        test_clean(real, 60000);
    }
    check_folder_close();
    return check_result();
}
