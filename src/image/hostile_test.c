/* Pictures made to break decoders: each is decoded or clearly refused, in little time and space. */
#include "base/file.h"
#include "image/golden.h"

#include <sys/resource.h>
#include <time.h>

enum { MAX_SECONDS = 2, MAX_KIB = 1 << 20 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool try_one(const char *path)
{
    rn_image image;
    double start = seconds();
    rn_status status = rn_image_read(&image, path, &(rn_image_options){ .exif_rotate = true });
    CHECK(status == RN_OK || status == RN_BAD_FILE || status == RN_NO_MEMORY, "%s: %d", path, status);
    CHECK(status == RN_OK || strncmp(rn_error_text(), path, strlen(path)) == 0, "%s", rn_error_text());
    CHECK(seconds() - start < MAX_SECONDS, "%s: %.1f s", path, seconds() - start);
    rn_image_free(&image);
    return status == RN_OK;
}

/* PngSuite calls its broken pictures x... */
static void try_folder(const char *folder, bool suite)
{
    char path[1024], whole[1024];
    rn_listing listing;
    int good = 0;
    CHECK_OK(rn_path_join(path, sizeof path, check_data(), folder));
    CHECK_OK(rn_listing_open(&listing, path));
    for (int i = 0; i < listing.count; i++) {
        CHECK_OK(rn_path_join(whole, sizeof whole, path, listing.name[i]));
        bool decoded = try_one(whole);
        good += decoded;
        if (suite && rn_image_name(whole))
            CHECK(decoded == (listing.name[i][0] != 'x'), "%s: decoded %d", listing.name[i], decoded);
    }
    printf("%s: %d of %d pictures decoded\n", folder, good, listing.count);
    rn_listing_close(&listing);
}

int main(void)
{
    struct rusage usage;
    if (!check_data())
        return check_skip("RESNET_TEST_DATA is not set");
    try_folder("hostile/jpeg", false);
    try_folder("hostile/png", false);
    try_folder("hostile/pngsuite", true);
    try_folder("hostile/broken_files", false);
    getrusage(RUSAGE_SELF, &usage);
    CHECK(usage.ru_maxrss < MAX_KIB, "%ld KiB at the peak", usage.ru_maxrss);
    return check_result();
}
