/*
 * Who does what in Winograd's convolution, and where its numbers lie.
 *
 * The tiles of all images, strip by strip, are cut into runs and the channel blocks into parts; a task is a
 * run times a part.  It takes a group of strips at a time, few enough for their points to stay in the cache.
 * In training a run is a slice, some whole shards, which depends on shapes alone, so that sums over its tiles
 * are the same for any number of threads; parts and the runs of inference may follow the number of threads.
 */
#ifndef RN_BACKEND_CPU_WINOGRAD_TASKS_H
#define RN_BACKEND_CPU_WINOGRAD_TASKS_H

#include "backend/cpu/strip.h"

/* Tiles of merged shards at most; channel blocks that are multiplied, that are summed at once; a bank of
 * filters that fits into the cache. */
enum { SLICE_TILES = 64, SPAN = 4, SUM_BLOCKS = 4, CACHED_BYTES = 1 << 20 };

/* Tiles along a side of the picture; the first of them are SIDE long, the others SHORT_SIDE. */
typedef struct { int64_t tiles, wide; } axis;

static axis axis_of(int64_t length)
{
    const int64_t tiles = ceil_div(length, SIDE);
    return (axis){ tiles, larger(0, tiles - (tiles * SIDE - length)) };
}

static int64_t axis_points(axis a) { return a.tiles * REACH - (a.tiles - a.wide); }

/* Everything that follows from shapes. */
typedef struct {
    int64_t images, channels;       /* of the input */
    int64_t in_blocks, out_blocks;
    axis columns, rows;
    int64_t pieces;                 /* strips in a row of tiles */
    int64_t strips;                 /* of an image */
    int64_t slices, slice_shards;
    int64_t bank, taps;             /* floats of all filters as points, as taps */
    bool cached;                    /* the bank fits into the cache */
    int64_t group, pitch;           /* most strips in a group; vectors from point to point */
    bool keeps;                     /* a slice has several groups: the sums of all block pairs are kept */
    int64_t a, b, sums, scratch;    /* floats of scratch memory before these rooms; all */
} geometry;

/* Tiles of a group: rounds of the widest tile of the product; where the bank is read from afar, enough to
 * read it seldom. */
static int64_t group_tiles(const geometry *g)
{
    return !g->cached ? SLICE_TILES : g->out_blocks == 1 ? 32 : 28;
}

static void place_rooms(geometry *g, bool training)
{
    const int64_t block = POINTS * g->pitch * VL;
    g->a = STRIP_ROOM;
    g->b = g->a + block * (training ? larger(g->in_blocks, g->out_blocks) : g->in_blocks);
    g->sums = g->b + block * (training ? larger(g->in_blocks, SPAN) : SPAN);
    g->scratch = g->sums + (!training ? 0 : g->keeps ? g->bank
                            : smaller(SUM_BLOCKS, g->out_blocks) * POINTS * VL * VL);
}

/* Shards are merged as long as a slice does not exceed SLICE_TILES.  So for fewer images there are not more
 * slices, nor is more memory needed. */
static geometry geometry_of(const rn_call *call)
{
    const rn_shape x = call->input[0].shape;
    geometry g = { .images = x.n, .channels = x.c, .in_blocks = x.c / VL,
                   .out_blocks = call->output.shape.c / VL, .columns = axis_of(x.w), .rows = axis_of(x.h),
                   .slice_shards = 1 };
    const int64_t shards = larger(1, call->shards), shard_images = ceil_div(x.n, shards);
    g.pieces = ceil_div(g.columns.tiles, MOST_TILES);
    g.strips = g.rows.tiles * g.pieces;
    const int64_t longest = ceil_div(g.columns.tiles, g.pieces), shard_strips = shard_images * g.strips;
    while (g.slice_shards < shards && 2 * g.slice_shards * shard_strips * longest <= SLICE_TILES)
        g.slice_shards *= 2;
    g.slices = ceil_div(shards, g.slice_shards);
    g.bank = g.in_blocks * g.out_blocks * POINTS * VL * VL;
    g.taps = g.in_blocks * g.out_blocks * TAPS * TAPS * VL * VL;
    g.cached = g.bank * (int64_t)sizeof(float) <= CACHED_BYTES;
    g.group = larger(1, group_tiles(&g) / longest);
    g.pitch = g.group * longest | 1;        /* odd: points fall into different sets of the cache */
    g.keeps = g.slice_shards * shard_strips > g.group;
    place_rooms(&g, call->training);
    return g;
}

static strip strip_at(const geometry *g, int64_t number)
{
    const int64_t piece = number % g->pieces, row = number % g->strips / g->pieces;
    const int64_t first = rn_part_begin(g->columns.tiles, piece, g->pieces);
    const int64_t tiles = rn_part_begin(g->columns.tiles, piece + 1, g->pieces) - first;
    return (strip){ .image = number / g->strips, .top = tile_begin(row, g->rows.wide),
                    .left = tile_begin(first, g->columns.wide),
                    .side = row < g->rows.wide ? SIDE : SHORT_SIDE,
                    .wide = smaller(tiles, larger(0, g->columns.wide - first)), .tiles = tiles };
}

/* ---- Tasks ----------------------------------------------------------------------------------- */

typedef struct {
    rn_call *call;
    geometry g;
    int64_t runs, parts;
    bool shares;            /* the parts of a run read its input together, into call->shared */
} work;

/* Floats of a run's input as points. */
static int64_t shared_points(const geometry *g)
{
    return g->in_blocks * POINTS * g->pitch * VL;
}

/* In inference, more runs read the bank more often; more parts read the input together. */
static work work_of(const rn_device *device, rn_call *call)
{
    work w = { .call = call, .g = geometry_of(call) };
    const int64_t threads = rn_device_threads(device), strips = w.g.images * w.g.strips;
    w.runs = call->training ? w.g.slices : ceil_div(strips, w.g.group);
    if (!call->training && w.g.cached)
        w.runs = smaller(strips, ceil_div(w.runs, threads) * threads);
    w.parts = threads == 1 || w.runs >= 2 * threads ? 1
              : smaller(smaller(w.g.in_blocks, w.g.out_blocks), ceil_div(2 * threads, w.runs));
    w.shares = !call->training && w.parts > 1;
    return w;
}

static size_t shared_bytes(const work *w)
{
    const geometry *g = &w->g;
    const int64_t floats = w->call->training ? g->taps * g->slices
                           : w->shares       ? w->runs * shared_points(g)
                                             : 0;
    return (size_t)floats * sizeof(float);
}

/* The first strip of a run. */
static int64_t run_begin(const work *w, int64_t run)
{
    const geometry *g = &w->g;
    const int64_t shards = w->call->shards;
    if (!w->call->training)
        return rn_part_begin(g->images * g->strips, run, w->runs);
    return rn_part_begin(g->images, smaller(run * g->slice_shards, shards), shards) * g->strips;
}

/* A task: its run and part, its strips and the groups they fall into, the scratch memory of its thread. */
typedef struct {
    const work *w;
    int64_t run, part;
    int64_t first, end, groups;
    float *strip_room, *a, *b, *sums;
} job;

static job job_of(const work *w, int task, int thread)
{
    float *scratch = (float *)(void *)(w->call->scratch + (size_t)thread * w->call->scratch_stride);
    job j = { .w = w, .run = task / w->parts, .part = task % w->parts, .strip_room = scratch,
              .a = scratch + w->g.a, .b = scratch + w->g.b, .sums = scratch + w->g.sums };
    if (w->shares)
        j.a = (float *)w->call->shared + j.run * shared_points(&w->g);
    j.first = run_begin(w, j.run);
    j.end = run_begin(w, j.run + 1);
    j.groups = ceil_div(j.end - j.first, w->g.group);
    return j;
}

typedef struct { int64_t first, end; } range;

static range group_strips(const job *j, int64_t group)
{
    const int64_t strips = j->end - j->first;
    return (range){ j->first + rn_part_begin(strips, group, j->groups),
                    j->first + rn_part_begin(strips, group + 1, j->groups) };
}

/* The blocks of the task's part. */
static range part_blocks(const job *j, int64_t blocks)
{
    return (range){ rn_part_begin(blocks, j->part, j->w->parts),
                    rn_part_begin(blocks, j->part + 1, j->w->parts) };
}

#endif
