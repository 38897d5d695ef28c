/*
 * A network inside the program, which needs no files: the picture (JPEG, PNG, WebP) comes by standard input.
 *
 *     resnet convert models/cifar10-resnet20.safetensors model.h
 *     cc -I. docs/embedded.c -o embedded $(pkg-config --cflags --libs resnet)
 *     ./embedded < cat.jpg
 */
#include "model.h"

#include <resnet.h>
#include <stdio.h>

int main(void)
{
    static unsigned char picture[1 << 24];
    size_t size = fread(picture, 1, sizeof picture, stdin);
    rn_model *network = NULL;
    rn_guess guess;
    if (rn_model_open_memory(&network, model, model_size, NULL) == RN_OK
        && rn_model_classify_memory(network, picture, size, &guess, 1, NULL) == RN_OK)
        printf("%s %.3f\n", guess.name, guess.probability);
    else
        fprintf(stderr, "%s\n", rn_error_text());
    rn_model_close(network);
}
