/* The parts of the page.  Each adds HTML to `html`, whose failures are told once at the end (base/text.h). */
#ifndef RN_REPORT_SECTIONS_H
#define RN_REPORT_SECTIONS_H

#include "report/judge.h"

/* Sentences that compare residual networks with plain ones, and deep ones with shallow ones; a table. */
void rn_write_comparison(rn_text *html, const rn_past_run *run, int runs);

/* Who is taken for whom: a coloured table, and the commonest mistakes as a list. */
void rn_write_confusion(rn_text *html, const rn_judgement *judgement);

/* The worst pictures with true label, guess and probability. */
rn_status rn_write_worst(rn_text *html, const rn_judgement *judgement);

/* The network in the manner of Table 1: equal blocks share a row. */
void rn_write_layers(rn_text *html, const rn_description *description);

/* Numbers as people write them: "269,722", "40.6 M", "3 min 12 s", "8.75 %"; "–" for none. */
void rn_write_whole(rn_text *html, double number);
void rn_write_rounded(rn_text *html, double number);
void rn_write_duration(rn_text *html, double seconds);
void rn_write_error(rn_text *html, double error);

#endif
