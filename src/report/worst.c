/* The worst pictures, each inside the page as PNG in base64. */
#include "report/sections.h"

static void write_base64(rn_text *html, const uint8_t *bytes, size_t size)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t three = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0)
                         | (left > 2 ? bytes[i + 2] : 0);
        char four[4] = { digit[three >> 18], digit[three >> 12 & 63], '=', '=' };
        if (left > 1)
            four[2] = digit[three >> 6 & 63];
        if (left > 2)
            four[3] = digit[three & 63];
        rn_text_add_bytes(html, four, sizeof four);
    }
}

/* "data:image/png;base64,..." */
static rn_status write_picture(rn_text *html, const rn_image *image)
{
    rn_text png = { 0 };
    rn_status status = rn_image_encode_png(image, &png);
    if (status == RN_OK) {
        rn_text_add(html, "data:image/png;base64,");
        write_base64(html, (const uint8_t *)png.bytes, png.length);
    }
    rn_text_free(&png);
    return status;
}

static void write_caption(rn_text *html, const rn_judgement *j, const rn_worst *worst)
{
    rn_text_add(html, "<figcaption><b>");
    rn_text_add_escaped(html, j->class_name[worst->label]);
    rn_text_add(html, "</b><br>taken for ");
    rn_text_add_escaped(html, j->class_name[worst->guess]);
    rn_text_add(html, "<br><span class='faint'>%.1f %%, loss %.1f</span></figcaption></figure>\n",
                100 * worst->probability, worst->loss);
}

rn_status rn_write_worst(rn_text *html, const rn_judgement *j)
{
    rn_text_add(html, "<h3>The worst pictures</h3>\n<div class='worst'>\n");
    for (int i = 0; i < j->worsts; i++) {
        const rn_worst *worst = &j->worst[i];
        rn_text_add(html, "<figure><img alt='' width='%d' height='%d'%s src='", worst->image.width,
                    worst->image.height, worst->image.height < 100 ? " class='small'" : "");
        RN_TRY(write_picture(html, &worst->image));
        rn_text_add(html, "'>");
        write_caption(html, j, worst);
    }
    rn_text_add(html, "</div>\n");
    return RN_OK;
}
