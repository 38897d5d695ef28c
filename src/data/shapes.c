/*
 * The ten shapes of the built-in pictures, each a signed distance from its outline, negative
 * inside.  Half-planes and discs are joined by the smaller and cut by the larger distance; y grows downwards.
 */
#include "data/shapes.h"

#include <math.h>

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float smaller(float a, float b)
{
    return a < b ? a : b;
}

static float disc(float x, float y)
{
    return sqrtf(x * x + y * y) - 0.95f;
}

static float ring(float x, float y)
{
    return fabsf(sqrtf(x * x + y * y) - 0.75f) - 0.24f;
}

static float square(float x, float y)
{
    return larger(fabsf(x), fabsf(y)) - 0.82f;
}

static float triangle(float x, float y)
{
    return larger(y, 0.8660254f * fabsf(x) - 0.5f * y) - 0.58f;
}

static float cross(float x, float y)
{
    return larger(larger(fabsf(x), fabsf(y)) - 1, smaller(fabsf(x), fabsf(y)) - 0.3f);
}

/* Five lines make a star: a point is inside when at most one of them has it on the outer side. */
static float star(float x, float y)
{
    static const float line[5][2] = {
        { 0, 1 }, { 0.9510565f, 0.309017f }, { 0.5877853f, -0.809017f }, { -0.5877853f, -0.809017f },
        { -0.9510565f, 0.309017f },
    };
    float first = -9, second = -9;
    for (int i = 0; i < 5; i++) {
        float beyond = x * line[i][0] + y * line[i][1];
        second = larger(second, smaller(first, beyond));
        first = larger(first, beyond);
    }
    return second - 0.36f;
}

static float crescent(float x, float y)
{
    return larger(sqrtf(x * x + y * y) - 1, 0.8f - sqrtf((x - 0.5f) * (x - 0.5f) + y * y));
}

static float heart(float x, float y)
{
    float side = fabsf(x), down = y + 0.2f;
    float lobe = sqrtf((side - 0.5f) * (side - 0.5f) + (down + 0.3f) * (down + 0.3f)) - 0.55f;
    float tip = larger(0.7071068f * (side + down) - 0.67f, -0.35f - down);
    return smaller(lobe, larger(tip, side - 1));
}

static float arrow(float x, float y)
{
    float side = fabsf(x);
    float shaft = larger(side - 0.22f, fabsf(y - 0.4f) - 0.6f);
    float head = larger(0.7071068f * (side - y - 1), y);
    return smaller(shaft, head);
}

static float hourglass(float x, float y)
{
    return larger(0.8f * (fabsf(x) - 0.8f * fabsf(y)) - 0.06f, fabsf(y) - 0.95f);
}

const rn_shape rn_shapes[RN_SHAPES] = {
    { "disc", disc },   { "ring", ring },           { "square", square },     { "triangle", triangle },
    { "cross", cross }, { "star", star },           { "crescent", crescent }, { "heart", heart },
    { "arrow", arrow }, { "hourglass", hourglass },
};
