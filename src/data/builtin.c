/*
 * Pictures that the program draws itself: one shape of ten on a patterned ground, among fragments of the
 * others; turned, stretched, shifted, painted and grained at random.
 *
 * A picture is a pile of layers, a layer being a shape with a place and a paint; the ground is a layer
 * without an outline.  The seed, the stream and the picture's number decide everything, so no picture is
 * kept.
 */
#include "base/memory.h"
#include "base/random.h"
#include "data/kinds.h"
#include "data/shapes.h"

#include <math.h>

/* What makes a picture hard.  Every picture draws its own place between the two rows. */
typedef struct {
    double size;            /* radius of the shape, pixels */
    double shift;           /* of its centre from the middle, to each side */
    double turn;            /* to each side, radians */
    double stretch;         /* the longer side is up to this many times the shorter one */
    double contrast;        /* least distance between the mean colours of shape and ground, of 441 */
    double darker;          /* part of the pictures whose shape may be darker than the ground */
    double pattern;         /* part of the way to another colour that a pattern goes */
    double fragments;       /* pieces of other shapes behind the shape, at most */
    double in_front;        /* and in front of it */
    double same_paint;      /* part of the fragments that have the shape's paint */
    double grain;           /* standard deviation of the noise of a pixel, of 0..255 */
} hardness;

static const hardness easy = {
    .size = 13, .shift = 0, .turn = 0.1, .stretch = 1.1, .contrast = 200, .darker = 0, .pattern = 0.1,
    .fragments = 0, .in_front = 0, .same_paint = 0, .grain = 2,
};
static const hardness hard = {
    .size = 8, .shift = 4, .turn = 1.2, .stretch = 1.3, .contrast = 70, .darker = 0.8, .pattern = 0.5,
    .fragments = 7, .in_front = 1, .same_paint = 0.4, .grain = 20,
};
static const double fragment_low = 3, fragment_high = 7;       /* radius of a fragment, pixels */

enum { SIZE = RN_BUILTIN_SIZE, PIXELS = SIZE * SIZE, TRAINING = 4000, TESTING = 1000, COLOUR_TRIES = 32 };
static const double HALF_TURN = 3.14159265;

typedef float canvas[SIZE][SIZE][3];

/* ---- Paint --------------------------------------------------------------------------------- */

/* Two colours in stripes, or in checks when the second wave is there too. */
typedef struct {
    float colour[2][3];
    float across, down, phase;      /* of the wave, in periods a pixel */
    float sharpness;                /* 1: a smooth change; more: stripes with edges */
    bool checks;
} paint;

static float between(rn_random *random, double low, double high)
{
    return (float)(low + (high - low) * rn_random_uniform(random));
}

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float clamp(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/* A triangular wave of period 1 between 0 and 1, its slopes made steeper. */
static float wave(float at, float sharpness)
{
    float part = at - floorf(at);
    return clamp((fabsf(2 * part - 1) - 0.5f) * sharpness + 0.5f, 0, 1);
}

static float mixture(const paint *p, float x, float y)
{
    float a = wave(p->across * x + p->down * y + p->phase, p->sharpness);
    if (!p->checks)
        return a;
    float b = wave(p->across * y - p->down * x + p->phase, p->sharpness);
    return a + b - 2 * a * b;
}

static void mix_paint(paint *p, const hardness *h, rn_random *random)
{
    double period = rn_random_uniform(random) < 0.5 ? between(random, 24, 64) : between(random, 4, 10);
    double angle = between(random, -HALF_TURN, HALF_TURN);
    p->across = (float)(cos(angle) / period);
    p->down = (float)(sin(angle) / period);
    p->phase = between(random, 0, 1);
    p->sharpness = between(random, 1, 4);
    p->checks = rn_random_uniform(random) < 0.3;
    float strength = between(random, 0, h->pattern);
    for (int c = 0; c < 3; c++) {
        p->colour[0][c] = between(random, 0, 255);
        p->colour[1][c] = p->colour[0][c] + strength * (between(random, 0, 255) - p->colour[0][c]);
    }
}

static float distance(const paint *a, const paint *b)
{
    float sum = 0;
    for (int c = 0; c < 3; c++) {
        float d = (a->colour[0][c] + a->colour[1][c] - b->colour[0][c] - b->colour[1][c]) / 2;
        sum += d * d;
    }
    return sqrtf(sum);
}

static float lightness(const paint *p)
{
    float sum = 0;
    for (int c = 0; c < 3; c++)
        sum += p->colour[0][c] + p->colour[1][c];
    return sum;
}

/* A paint for the ground, and others for the shape until it is seen. */
static void mix_paints(paint *ground, paint *shape, const hardness *h, rn_random *random)
{
    mix_paint(ground, h, random);
    for (int i = 0; i < COLOUR_TRIES; i++) {
        mix_paint(shape, h, random);
        if (distance(shape, ground) >= (float)h->contrast)
            break;
    }
    if (lightness(shape) < lightness(ground) && rn_random_uniform(random) >= h->darker) {
        paint other = *shape;
        *shape = *ground;
        *ground = other;
    }
}

/* ---- Layers -------------------------------------------------------------------------------- */

typedef struct {
    rn_outline *outline;              /* NULL: everywhere */
    const paint *paint;
    float x, y, radius;             /* pixels */
    float cosine, sine, stretch;
    float cut;                      /* the shape ends at this distance from its middle; 9: it is whole */
} layer;

static void place(layer *l, double radius, double shift, double turn, double stretch, rn_random *random)
{
    double angle = between(random, -turn, turn);
    l->radius = (float)radius;
    l->x = between(random, -shift, shift) + (SIZE - 1) / 2.0f;
    l->y = between(random, -shift, shift) + (SIZE - 1) / 2.0f;
    l->cosine = (float)cos(angle);
    l->sine = (float)sin(angle);
    l->stretch = sqrtf(between(random, 1, stretch));
    l->cut = 9;
}

/* How much of the pixel the layer covers, 0..1. */
static float cover(const layer *l, int x, int y)
{
    if (!l->outline)
        return 1;
    float dx = ((float)x - l->x) / l->radius, dy = ((float)y - l->y) / l->radius;
    float u = (l->cosine * dx + l->sine * dy) * l->stretch, v = (l->cosine * dy - l->sine * dx) / l->stretch;
    return clamp(0.5f - larger(l->outline(u, v), u - l->cut) * l->radius, 0, 1);
}

static void lay(canvas to, const layer *l)
{
    float reach = 1.6f * l->radius;
    int left = 0, right = SIZE - 1, top = 0, bottom = SIZE - 1;
    if (l->outline) {
        left = (int)clamp(l->x - reach, 0, SIZE);
        right = (int)clamp(l->x + reach, -1, SIZE - 1);
        top = (int)clamp(l->y - reach, 0, SIZE);
        bottom = (int)clamp(l->y + reach, -1, SIZE - 1);
    }
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++) {
            float part = cover(l, x, y);
            if (part <= 0)
                continue;
            float mixed = mixture(l->paint, (float)x, (float)y);
            for (int c = 0; c < 3; c++) {
                float from = l->paint->colour[0][c], colour = from + mixed * (l->paint->colour[1][c] - from);
                to[y][x][c] += part * (colour - to[y][x][c]);
            }
        }
}

static void lay_fragments(canvas to, double most, const paint *shared, const hardness *h, rn_random *random)
{
    int64_t count = rn_random_below(random, (int64_t)most + 1);
    for (int64_t i = 0; i < count; i++) {
        paint own;
        layer l = { .outline = rn_shapes[rn_random_below(random, RN_SHAPES)].outline };
        mix_paint(&own, h, random);
        l.paint = rn_random_uniform(random) < h->same_paint ? shared : &own;
        place(&l, between(random, fragment_low, fragment_high), SIZE / 2.0, HALF_TURN, hard.stretch, random);
        l.cut = between(random, -0.4, 0.1);
        lay(to, &l);
    }
}

/* The sum of two even distributions; one draw serves two values. */
static void add_grain(const canvas from, uint8_t *to, double deviation, rn_random *random)
{
    float scale = (float)deviation * 2.4494897f / 65536;
    const float *value = &from[0][0][0];
    for (int i = 0; i < 3 * PIXELS; i += 2) {
        uint64_t bits = rn_random_bits(random);
        for (int k = 0; k < 2; k++, bits >>= 32) {
            float noise = (float)(int)((bits & 0xffff) + (bits >> 16 & 0xffff)) - 65535;
            to[i + k] = (uint8_t)clamp(value[i + k] + noise * scale + 0.5f, 0, 255);
        }
    }
}

/* The picture's own place between easy and hard, number by number. */
static hardness draw_hardness(rn_random *random)
{
    hardness h;
    double part = rn_random_uniform(random);
    const double *from = (const double *)&easy, *to = (const double *)&hard;
    for (size_t i = 0; i < sizeof h / sizeof(double); i++)
        ((double *)&h)[i] = from[i] + part * (to[i] - from[i]);
    return h;
}

rn_status rn_builtin_draw(rn_image *image, uint64_t seed, rn_builtin_stream stream, int64_t number)
{
    canvas to = { 0 };
    paint ground, paint_of_shape;
    rn_random random = rn_random_open(seed, (uint64_t)stream, (uint64_t)number);
    RN_TRY(rn_image_new(image, SIZE, SIZE));
    hardness h = draw_hardness(&random);
    layer shape = { .outline = rn_shapes[rn_builtin_label(number)].outline, .paint = &paint_of_shape };
    mix_paints(&ground, &paint_of_shape, &h, &random);
    lay(to, &(layer){ .paint = &ground });
    lay_fragments(to, h.fragments, &paint_of_shape, &h, &random);
    place(&shape, h.size, h.shift, h.turn, h.stretch, &random);
    lay(to, &shape);
    lay_fragments(to, h.in_front, &ground, &h, &random);
    add_grain((const float (*)[SIZE][3])to, image->pixels, h.grain, &random);
    return RN_OK;
}

/* ---- The data set -------------------------------------------------------------------------- */

typedef struct {
    uint64_t seed;
    rn_builtin_stream stream;
} builtin;

int rn_builtin_label(int64_t number)
{
    return (int)(number % RN_SHAPES);
}

static rn_status read_picture(const rn_dataset *set, int64_t index, rn_image *image)
{
    const builtin *b = set->state;
    return rn_builtin_draw(image, b->seed, b->stream, index);
}

static int32_t label_of(const rn_dataset *set, int64_t index)
{
    (void)set;
    return rn_builtin_label(index);
}

static void describe(const rn_dataset *set, int64_t index, char *text, size_t size)
{
    const builtin *b = set->state;
    snprintf(text, size, "built-in %s picture %lld", b->stream == RN_STREAM_TRAIN ? "training" : "test",
             (long long)index);
}

static void close_set(rn_dataset *set)
{
    rn_free(set->state);
}

rn_status rn_builtin_open(rn_dataset *set, const char *where, rn_split split,
                          const rn_dataset_options *options)
{
    (void)where;
    builtin *b;
    RN_TRY(rn_new(&b, 1));
    b->seed = options->seed;
    b->stream = split == RN_SPLIT_TRAIN ? RN_STREAM_TRAIN : RN_STREAM_TEST;
    set->state = b;
    set->close = close_set;
    set->classes = RN_SHAPES;
    set->count = options->limit ? options->limit : split == RN_SPLIT_TRAIN ? TRAINING : TESTING;
    set->height = set->width = SIZE;
    set->read = read_picture;
    set->label = label_of;
    set->describe = describe;
    RN_TRY(rn_new(&set->class_name, set->classes));
    for (int i = 0; i < set->classes; i++)
        RN_TRY(rn_copy_text(&set->class_name[i], rn_shapes[i].name));
    return RN_OK;
}
