/* What every page shares: one HTML file that needs nothing else, light or dark, and fit for print. */
#ifndef RN_REPORT_PAGE_H
#define RN_REPORT_PAGE_H

#include "base/text.h"

/* The head, with its style, and the title as a heading. */
void rn_page_begin(rn_text *html, const char *title);

/* The end; writes the file. */
rn_status rn_page_end(rn_text *html, const char *file);

#endif
