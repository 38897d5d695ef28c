/* Which class is on this picture?  cc example.c $(pkg-config --cflags --libs resnet); ./a.out MODEL PICTURE */
#include <resnet.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    rn_model *model = NULL;
    rn_guess guess;
    if (argc == 3 && rn_model_open(&model, argv[1], NULL) == RN_OK
        && rn_model_classify(model, argv[2], &guess, 1, NULL) == RN_OK)
        printf("%s %.3f\n", guess.name, guess.probability);
    else
        fprintf(stderr, "%s\n", rn_error_text());
    rn_model_close(model);
}
