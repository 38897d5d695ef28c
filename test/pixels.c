/*
 * For test/pil_parity.py: pictures as this program sees them.  Each line of standard input is WIDTH
 * HEIGHT FILTER PATH (width 0: as it is; filter 0 bilinear, 1 bicubic, 2 lanczos).  Each answer is three
 * 32-bit integers, exit code, width and height, and then the pixels, or nothing when the picture was
 * refused.
 */
#include "image/image.h"

#include <string.h>

static rn_status read_picture(rn_image *image, const char *path, int width, int height, rn_filter filter)
{
    rn_image whole;
    RN_TRY(rn_image_read(&whole, path, NULL));
    if (width == 0) {
        *image = whole;
        return RN_OK;
    }
    rn_status status = rn_image_resize(image, &whole, width, height, filter);
    rn_image_free(&whole);
    return status;
}

int main(void)
{
    char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        rn_image image = { 0 };
        int width, height, filter, at;
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%d %d %d %n", &width, &height, &filter, &at) != 3)
            return RN_BAD_ARGUMENT;
        rn_status status = read_picture(&image, line + at, width, height, (rn_filter)filter);
        int32_t answer[3] = { (int32_t)status, image.width, image.height };
        fwrite(answer, sizeof answer, 1, stdout);
        if (image.pixels)
            fwrite(image.pixels, 3 * (size_t)image.width, (size_t)image.height, stdout);
        fflush(stdout);
        rn_image_free(&image);
    }
    return RN_OK;
}
