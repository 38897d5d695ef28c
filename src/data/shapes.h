/* The ten shapes of the built-in pictures, about as large as the unit circle. */
#ifndef RN_DATA_SHAPES_H
#define RN_DATA_SHAPES_H

/* The signed distance of a point from the outline, negative inside. */
typedef float rn_outline(float x, float y);

typedef struct {
    const char *name;
    rn_outline *outline;
} rn_shape;

enum { RN_SHAPES = 10 };
extern const rn_shape rn_shapes[RN_SHAPES];

#endif
