/*
 * resnet.h - deep residual networks (He, Zhang, Ren, Sun, CVPR 2016) in C.
 *
 *     #include <resnet.h>
 *     #include <stdio.h>
 *
 *     int main(int argc, char **argv)
 *     {
 *         rn_model *model = NULL;
 *         rn_guess guess;
 *         if (argc == 3 && rn_model_open(&model, argv[1], NULL) == RN_OK
 *             && rn_model_classify(model, argv[2], &guess, 1, NULL) == RN_OK)
 *             printf("%s %.3f\n", guess.name, guess.probability);
 *         else
 *             fprintf(stderr, "%s\n", rn_error_text());
 *         rn_model_close(model);
 *     }
 *
 * Every function that can fail returns an rn_status; the sentence for the person waits in
 * rn_error_text().  The library never prints and never exits.  Who opens closes, and `close`
 * and `free` accept NULL.  Strings returned by the library belong to it.
 */
#ifndef RESNET_H
#define RESNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)    /* a shared library shows these names and no others */

/* ---- Outcomes ------------------------------------------------------------------------------ */

/* What happened.  The numbers are the exit codes of the command `resnet`. */
typedef enum {
    RN_OK = 0,
    RN_FAILED = 1,          /* anything that fits none of the others */
    RN_BAD_ARGUMENT = 2,    /* the caller asked for something impossible */
    RN_BAD_FILE = 3,        /* a model, picture, data set or configuration is damaged or of the wrong kind */
    RN_IO = 4,              /* the system refused to open, read, write or connect */
    RN_NO_MEMORY = 5,       /* memory, or a limit that protects it */
    RN_NOT_FINITE = 6,      /* a loss, weight or gradient is no longer a number */
    RN_NO_DEVICE = 7,       /* the device is absent, or this build cannot drive it */
    RN_NO_PEER = 8,         /* another process of the job is gone or silent */
    RN_INTERRUPTED = 130    /* asked to stop; what had to be saved is saved */
} rn_status;

/* The message of the calling thread's latest failure, and what to try ("" when there is nothing to try). */
const char *rn_error_text(void);
const char *rn_error_hint(void);

/* Messages that are no failures (warnings, notes) go here; without a listener they are dropped. */
typedef enum { RN_LOG_WARNING, RN_LOG_NOTE, RN_LOG_DETAIL } rn_log_level;
typedef void rn_log_listener(void *context, rn_log_level level, const char *text);
void rn_log_listen(rn_log_listener *listener, void *context);

const char *rn_version(void);

/* ---- Where to compute ---------------------------------------------------------------------- */

/* Zero or NULL means the default.  Results are the same bits for any number of threads. */
typedef struct {
    const char *device;     /* "cpu" (fast kernels) or "plain" (the reference loops); default "cpu" */
    int threads;            /* default: the processors this process may use */
    const char *type;       /* what convolutions multiply in: "fp32" (default), "bf16" or "int8" (inference);
                             * in "bf16" activations and their gradients are kept so, too, weights never */
    const char *kernels;    /* the file of measured kernels (rn_bench_tune), or "none"; default:
                             * RESNET_KERNELS, else resnet/kernels in XDG_CACHE_HOME or ~/.cache */
    int64_t memory;         /* bytes that the program may take, for the price of speed; default: no limit */
} rn_placement;

/* The instruction set that the device "cpu" uses here for a type ("fp32", "bf16", "int8"; any other counts
 * as "fp32"): "amx" (of bf16 alone), "avx512", "avx2" or "baseline".  RESNET_ISA in the environment forces
 * one. */
const char *rn_cpu_isa(const char *type);

/* Processors that this process may use. */
int rn_processors(void);

/* ---- Networks ------------------------------------------------------------------------------ */

/* Section 3.3.  A: identity with zero channels at the end; A-split: half of them on each side;
 * B: a projection where the dimensions change; C: every shortcut is a projection. */
typedef enum {
    RN_SHORTCUT_DEFAULT,
    RN_SHORTCUT_A,
    RN_SHORTCUT_A_SPLIT,
    RN_SHORTCUT_B,
    RN_SHORTCUT_C
} rn_shortcut;

/* Which convolution of a bottleneck has the stride: the first 1x1 (the paper) or the 3x3 (torchvision). */
typedef enum { RN_STRIDE_DEFAULT, RN_STRIDE_IN_1X1, RN_STRIDE_IN_3X3 } rn_stride_place;

/* A network by name and options.  Zero means the network's own default. */
typedef struct {
    char model[32];             /* "resnet50", "plain34", "vgg16", "resnext50_32x4d": see rn_model_names */
    rn_shortcut shortcut;       /* default: A for CIFAR networks, B for ImageNet networks */
    rn_stride_place stride_in;  /* default: the paper's */
    int classes;                /* default: 10 for CIFAR networks, 1000 for ImageNet networks */
    int height, width;          /* of the input, pixels; default 32 or 224 */
    double dropout;             /* where the network had it (0.5 or 0.2), else before the classifier (none);
                                 * negative: none anywhere */
} rn_architecture;

/* NULL-terminated names of networks, each kind together; other numbers work in many of them: any depth 6n+2
 * for CIFAR ("resnet14"), any width ("wide_resnet50_3"), any groups ("resnext50_16x8d"). */
const char *const *rn_model_names(void);

/* A heading for networks such as this one, "Table 1: networks for ImageNet", or NULL for an unknown name. */
const char *rn_model_kind(const char *name);

/* "A", "A-split", "B", "C" and "1x1", "3x3"; the second pair returns "default" for zero. */
rn_status rn_shortcut_parse(const char *text, rn_shortcut *shortcut);
rn_status rn_stride_place_parse(const char *text, rn_stride_place *place);
const char *rn_shortcut_name(rn_shortcut shortcut);
const char *rn_stride_place_name(rn_stride_place place);

typedef struct {
    const char *name;                       /* torchvision's: "layer1.0.conv1" */
    const char *kind;                       /* the operation: "conv2d", "batchnorm", "add", ... */
    int64_t channels, height, width;        /* of the output for one image */
    int64_t kernel, stride, groups;         /* 0 where the operation has none */
    int64_t parameters, multiply_adds; /* learned numbers; multiply-adds for one image, as the paper counts */
    int64_t bytes;                          /* of the output for one image, float32 */
} rn_layer;

typedef struct {
    rn_architecture architecture;           /* with every default filled in */
    int depth;                              /* layers with weights, as the paper counts */
    int64_t parameters, multiply_adds;
    int64_t inference_bytes;                /* peak memory of classifying `batch` images */
    int64_t training_bytes;                 /* peak memory of training with batches of `batch` images */
    int batch;
    int layers;
    const rn_layer *layer;
} rn_description;

/* Describe a network and what it costs; `batch` images at a time (0: 1 for inference, 128 or 32 for
 * training). */
rn_status rn_describe(const rn_architecture *architecture, const rn_placement *placement, int batch,
                      rn_description **description);
void rn_description_free(rn_description *description);

/* ---- A model that answers ------------------------------------------------------------------- */

/* What a file cannot tell may be said here; NULL, "" and zero mean "as the file says". */
typedef struct {
    rn_placement placement;
    rn_architecture architecture;
    const char *preprocess;     /* "imagenet", "cifar-imagenet-norm", ...; see docs/FORMATS.md */
    const char *class_names;    /* a text file, one name a line */
    const char *views;          /* what answers are averaged over: "1-crop" (default), "10-crop", "dense" */
    const char *scales;         /* sizes that they are averaged over, shorter sides: "224,256,384,480,640" */
    int64_t max_pixels;         /* the largest picture accepted; default 89478485 */
    bool exif_rotate;           /* turn pictures upright by their EXIF orientation */
} rn_model_options;

typedef struct rn_model rn_model;   /* a network, its weights, its preprocessing and its class names */

typedef struct {
    int index;                  /* the class, from 0 */
    const char *name;           /* lives as long as the model */
    float probability;
} rn_guess;

/* The file must not be changed in place while the model is open, as its numbers may stay there; it may be
 * replaced by another of its name. */
rn_status rn_model_open(rn_model **model, const char *file, const rn_model_options *options);

/* The same of a model file's bytes in memory, as a header that `resnet convert` wrote has them; they are not
 * needed afterwards.  No file is touched: docs/embedded.c. */
rn_status rn_model_open_memory(rn_model **model, const void *bytes, size_t size,
                               const rn_model_options *options);
void rn_model_close(rn_model *model);
const rn_architecture *rn_model_architecture(const rn_model *model);

/* The `count` best classes of a picture file, best first; `found` (may be NULL) tells how many there are. */
rn_status rn_model_classify(rn_model *model, const char *picture, rn_guess *guess, int count, int *found);

/* The same for a picture in memory: JPEG, PNG or WebP bytes. */
rn_status rn_model_classify_memory(rn_model *model, const void *bytes, size_t size,
                                   rn_guess *guess, int count, int *found);

typedef struct {
    int64_t images, wrong, wrong5;  /* wrong5: the class is not among the five best */
    double top1_error, top5_error;  /* per cent */
    double loss;                    /* mean cross-entropy */
    double images_per_second;
    int classes;
    const char *const *class_name;
    const int64_t *confusion;       /* classes x classes: [true class][guess] */
    int64_t bad_files;
} rn_evaluation;

/* Answer for every picture of a data set and count.  `data` as for training: "cifar10:DIR", "builtin", a
 * folder. */
rn_status rn_model_evaluate(rn_model *model, const char *data, int batch, rn_evaluation **evaluation);
void rn_evaluation_free(rn_evaluation *evaluation);

/* Who is taken for whom, as a picture or a table by the file's ending (.svg, .csv); a table of all classes:
 * pictures, mistakes, what each is mostly taken for. */
rn_status rn_evaluation_write_confusion(const rn_evaluation *evaluation, const char *file);
rn_status rn_evaluation_write_classes(const rn_evaluation *evaluation, const char *csv);

/*
 * Answers for many pictures: a table with a row of scores for each, readable or not.
 *
 *     rn_model_answer(model, "photos", 0, &answers)        a whole data set, or
 *     rn_answers_open(&answers, &model, 1)                 an empty table, and for each picture
 *     rn_answers_classify(answers, "cat.jpg")
 *     rn_answers_best(answers, row, guess, 5)
 *     rn_answers_write_scores(answers, "scores.npy")
 *     rn_answers_free(answers)
 */
typedef struct rn_answers rn_answers;

/* For every picture of a data set's testing part, in its order; `batch` pictures at a time, 0: as the library
 * likes. */
rn_status rn_model_answer(rn_model *model, const char *data, int batch, rn_answers **answers);

/* An empty table for pictures one by one, answered by the mean of the probabilities of all `model` (Table 5's
 * ensembles), which are borrowed.  Each call adds a row, also when it fails. */
rn_status rn_answers_open(rn_answers **answers, rn_model *const *model, int models);
rn_status rn_answers_classify(rn_answers *answers, const char *picture);
rn_status rn_answers_classify_memory(rn_answers *answers, const char *name, const void *bytes, size_t size);
void rn_answers_free(rn_answers *answers);

/* The `count` best classes of a row, best first; returns how many there are.  Names live as long as the
 * table. */
int rn_answers_best(const rn_answers *answers, int64_t row, rn_guess *guess, int count);

/* An ensemble: the mean of the members' probabilities for the same pictures. */
rn_status rn_answers_average(rn_answers **average, rn_answers *const *member, int members);

/* Count the mistakes; the true class of every picture must be known. */
rn_status rn_answers_count(const rn_answers *answers, rn_evaluation **evaluation);

/* A row a picture: file, true class, five guesses and their probabilities. */
rn_status rn_answers_write_guesses(const rn_answers *answers, const char *csv);

/* Scores before softmax, pictures x classes, float32, for NumPy.  A picture that could not be read has a row
 * of NaN.  They can be read again for the same data, without the model. */
rn_status rn_answers_write_scores(const rn_answers *answers, const char *npy);
rn_status rn_answers_read(rn_answers **answers, const char *npy, const char *data);

typedef struct {
    const char *option;         /* of rn_model_options as the command line has it: "shortcut" */
    const char *values;         /* "A (at the end) or A-split (on both sides)" */
    const char *what;           /* "where the shortcuts' new channels are zero" */
} rn_file_question;

typedef struct {
    const char *name, *type;    /* "F32" */
    int dims;
    const int64_t *size;
} rn_file_tensor;

/* What a weights file is, without loading its values into a network. */
typedef struct {
    const char *network;        /* "resnet20", "resnet20 or plain20" where both fit, or NULL */
    int classes;                /* 0: the file does not tell */
    int questions;              /* what must be said to use it */
    const rn_file_question *question;
    const char *refused;        /* why it cannot be used, or NULL */
    const char *writer;         /* the program that wrote it, as far as the file tells, or NULL */
    const char *format;         /* "safetensors", ... */
    char sha256[65];            /* over names, shapes and values of the network's tensors */
    int64_t parameters;         /* learned numbers */
    int64_t bytes;
    int tensors;
    const rn_file_tensor *tensor;
    const char *checksum;       /* "good", "none" */
    const char *metadata;       /* JSON text of what the file says of itself, "{}" when nothing */
} rn_file_info;

rn_status rn_file_inspect(const char *file, rn_file_info **info);
void rn_file_info_free(rn_file_info *info);

/* Read a model file of any kind that rn_model_open reads and write it in another format.  What the file
 * cannot tell is said in `model` as for rn_model_open. */
typedef struct {
    const char *format;         /* one of rn_file_formats; NULL or "": as the ending of the new file says */
    bool overwrite;             /* replace the new file where it exists */
    bool fold;                  /* batch normalization becomes part of the convolutions */
    rn_model_options model;
} rn_convert_options;

rn_status rn_file_convert(const char *from, const char *to, const rn_convert_options *options);

/* "safetensors", "pytorch", "c", ...: NULL-terminated. */
const char *const *rn_file_formats(void);

/* Zero and NULL mean the default, but `data` must be said. */
typedef struct {
    const char *data;           /* as for training, or a folder of pictures without classes */
    int64_t pictures;           /* looked at, evenly taken from the training part; default 256 */
    bool overwrite;             /* replace the new file where it exists */
    rn_model_options model;     /* what the file cannot tell, and where to compute; its type means nothing */
} rn_quantize_options;

typedef struct {
    int64_t calibrated, tested;     /* pictures looked at; answered in both types */
    bool labelled;                  /* whether the true classes are known */
    double fp32_error, int8_error;  /* top-1, per cent, where they are */
    double agreement;               /* per cent of the tested pictures with the same answer */
    double fp32_ms, int8_ms;        /* for one picture, medians */
} rn_quantization;

/* Prepare a model for the type "int8": pictures go through it in fp32, and the new file (.safetensors)
 * remembers between which numbers the values of each layer lie, so that they can be kept in bytes.  Then both
 * types are tried on the testing part.  Without this "int8" works too, slower: it measures every picture. */
rn_status rn_file_quantize(const char *from, const char *to, const rn_quantize_options *options,
                           rn_quantization *quantization);

/* ---- Looking inside a model ------------------------------------------------------------------ */

/* Layers have the names that `resnet describe MODEL --layers` prints; the beginning of names up to a dot
 * ("layer4", "layer4.1") means the last of them.  NULL: the last layer with height and width. */

/* Why this class?  Grad-CAM (Selvaraju et al. 2017): how much each place of a layer speaks for a class,
 * heat = ReLU(sum_k a_k A_k), where A_k are the layer's channels and a_k is the mean over their pixels of
 * the derivative of the class's score, before softmax, by A_k. */
typedef struct {
    rn_guess guess;             /* the class, and the model's probability of it */
    double score;
    const char *layer;          /* lives as long as the model */
    int height, width;
    const float *heat;          /* height x width, from 0 up; the picture's crop is covered evenly */
} rn_explanation;

/* `class_index` -1: the best guess.  `png` (may be NULL): the picture with the heat over it as colours, from
 * dark blue (nothing) through red to yellow; what the network's crop leaves out is dark. */
rn_status rn_model_explain(rn_model *model, const char *picture, const char *layer, int class_index,
                           const char *png, rn_explanation **explanation);
void rn_explanation_free(rn_explanation *explanation);

/* A class by its name or number; unknown names get a suggestion. */
rn_status rn_model_class(const rn_model *model, const char *text, int *class_index);

/* The values that a picture leaves in a layer: a small picture with its number for each channel, from its
 * least (dark) to its largest value (light). */
rn_status rn_model_draw_maps(rn_model *model, const char *picture, const char *layer, const char *png);

/* The filters of a convolution (NULL: the first): in colours where it reads the picture, else a grey square
 * for each channel that it reads.  Middle grey is zero. */
rn_status rn_model_draw_filters(rn_model *model, const char *layer, const char *png);

/* The values of a layer for many pictures. */
typedef struct {
    const char *layer;          /* NULL: what the classifier reads, after global average pooling */
    bool pool;                  /* the mean of each channel, where the layer has height and width */
    int batch;                  /* pictures at a time; 0: as the library likes */
} rn_features_options;

typedef struct {
    const char *layer;
    int64_t pictures;           /* that could be read */
    int64_t channels, height, width;
    const float *value;         /* pictures x channels x height x width */
    const char *const *file;            /* of each picture */
    const char *const *class_name;      /* the class folder that it lies in, or NULL */
    int64_t bad_files;          /* left out, each told as a warning */
    rn_status first_failure;    /* of the first of these, else RN_OK */
} rn_features;

/* `name`: picture files, and folders with all pictures in them and in the folders inside.  Fails when none
 * can be read.  `options` may be NULL. */
rn_status rn_model_features(rn_model *model, const char *const *name, int names,
                            const rn_features_options *options, rn_features **features);
void rn_features_free(rn_features *features);

/* FILE.npy (float32; pictures x channels, or four dimensions) with the names in FILE.csv, or one FILE.csv of
 * names and numbers. */
rn_status rn_features_write(const rn_features *features, const char *file);

/* ---- Options by name ------------------------------------------------------------------------ */

/* One row of a table of options.  Commands, help, configuration files and run records are made from such
 * tables. */
typedef enum { RN_KIND_SWITCH, RN_KIND_INT, RN_KIND_REAL, RN_KIND_TEXT, RN_KIND_BYTES } rn_kind;

typedef struct {
    const char *name;           /* "weight-decay": the command line's --weight-decay, the key in files */
    char letter;                /* the short form, 0 when there is none */
    rn_kind kind;               /* of the field: bool, int64_t, double, char[RN_TEXT_SIZE], int64_t ("8GB") */
    size_t offset;              /* of the field in the structure that the table describes */
    const char *value;          /* what stands for the value in help: "RATE", "N", "FILE" */
    const char *group;          /* heading in help */
    const char *help;           /* one sentence, with unit and default */
} rn_option;

enum { RN_TEXT_SIZE = 1024 };

/* Set one field from text, checked; unknown names get a suggestion. */
rn_status rn_option_set(const rn_option *table, void *structure, const char *name, const char *text);
/* Write one field as text. */
void rn_option_get(const rn_option *row, const void *structure, char *text, size_t size);
/* The row of that name, or NULL. */
const rn_option *rn_option_find(const rn_option *table, const char *name);
/* The known word that looks most like `word`, or NULL; `words` ends with NULL. */
const char *rn_suggest(const char *word, const char *const *words);

/* ---- Training ------------------------------------------------------------------------------- */

/* A whole training in one structure.  rn_train_defaults fills it from a recipe. */
typedef struct {
    char data[RN_TEXT_SIZE];        /* "builtin", "cifar10:DIR", "cifar10-45k:DIR", "cifar100:DIR", a folder
                                     * of pictures */
    char out[RN_TEXT_SIZE];         /* the run directory */
    char recipe[RN_TEXT_SIZE];      /* "paper-cifar", "paper-imagenet", "quick", "fine-tune",
                                     * "bn-average" */
    char weights[RN_TEXT_SIZE];     /* begin from this model file, whose network, input size and preprocessing
                                     * hold; "": from random weights */
    bool reset_head;                /* ... with a new classifier, for other classes than the file's */
    double head_epochs;             /* first the classifier alone learns, in so many passes over the features
                                     * that the rest of the network makes of the pictures; 0: no such phase */
    double head_lr;                 /* its learning rate there, for features of mean squared length 1 */
    bool freeze;                    /* nothing but this phase: the rest of the network stays as it is */
    bool frozen_bn;                 /* batch normalization keeps the file's statistics */
    char model[RN_TEXT_SIZE];
    char shortcut[RN_TEXT_SIZE], stride_in[RN_TEXT_SIZE];
    int64_t classes, size; /* 0: as the data and the network say; size: input height and width, pixels */
    double dropout;                 /* 0: none; negative: as the network had it */
    int64_t batch;                  /* images a step */
    double lr, momentum, weight_decay;
    bool zero_residual; /* blocks begin as the identity: zeros at the end of each residual branch */
    char schedule[RN_TEXT_SIZE];    /* "step", "plateau", "cosine", "constant" */
    char milestones[RN_TEXT_SIZE];  /* iterations after which the rate is divided by 10: "32000,48000" */
    int64_t patience; /* "plateau": tests without a better error before the rate is divided by 10 */
    int64_t iterations;             /* the length of the training in steps, or ... */
    double epochs;                  /* ... in passes over the training set when iterations is 0 */
    int64_t warmup;                 /* iterations of a linear rise from 0 */
    double warmup_lr;               /* the paper's rule for 110 layers: this rate until ... */
    double warmup_error;            /* ... the training error, per cent, is below this; 0: no such rule */
    char augment[RN_TEXT_SIZE];     /* "cifar", "imagenet", "torchvision", "none" */
    char preprocess[RN_TEXT_SIZE];  /* how pictures become input: a rule's name; "": what fits the data */
    int64_t bn_average;             /* at the end, statistics of batch normalization as true averages over so
                                     * many training pictures; 0: moving averages */
    double validation; /* part of the training pictures kept for validation where the data has no test set */
    int64_t seed;
    int64_t shards, bn_groups; /* logical parts of a batch; parts that share batch-normalization statistics */
    int64_t threads;                /* 0: as many as the machine offers */
    int64_t workers; /* threads that prepare pictures; 0: none of their own; -1: as the machine offers */
    char device[RN_TEXT_SIZE];
    char type[RN_TEXT_SIZE];            /* of rn_placement: "fp32" or "bf16" */
    int64_t memory;                 /* bytes that the training may take, within which it computes values twice
                                     * that it cannot keep, with the same result; 0: no limit */
    int64_t save_every; /* iterations between checkpoints beside those at the end of each epoch; 0: none */
    char snapshots[RN_TEXT_SIZE];   /* steps after which a model file is kept: "1000,16000" */
    int64_t log_every;              /* iterations between lines of metrics.jsonl; 0: about 100 in all */
    bool tensorboard;               /* beside metrics.jsonl an event file with the same numbers */
    int64_t evaluate_every;         /* epochs between tests; 0: only at the end */
    double time_limit;              /* seconds after which to save and stop; 0: none */
    bool resume, force;
    double max_bad;                 /* per cent of unreadable pictures that are skipped before giving up */
    bool strict_data;               /* stop at the first unreadable picture */
} rn_train_config;

/* The table of the structure above, ended by a row without a name. */
const rn_option *rn_train_options(void);

/* Names of the recipes, NULL-terminated, and a sentence for each. */
const char *const *rn_recipe_names(void);
const char *rn_recipe_help(const char *recipe);

/* Fill `config` with the values of a recipe ("" or NULL: what fits `data` and `model`).  Where `resume` is
 * set and the run `out` exists, with what that run recorded, so that only what shall change has to be said
 * again.  Data, out, weights, model, device, resume, force and epochs that are set before the call stay. */
rn_status rn_train_defaults(rn_train_config *config, const char *recipe);

typedef enum {
    RN_TRAIN_STARTED,
    RN_TRAIN_PREPARING,         /* features are computed or the classifier learns from them */
    RN_TRAIN_STEP,
    RN_TRAIN_TESTED,
    RN_TRAIN_SAVED,
    RN_TRAIN_ENDED
} rn_train_moment;

typedef struct {
    rn_train_moment moment;
    int64_t iteration, iterations;
    double epoch, epochs;
    double loss, error; /* of training, per cent: over about the latest 50 steps; of the epoch at a test */
    double test_loss, test_error;   /* of the latest test, per cent; negative before the first */
    double lr, images_per_second, seconds, seconds_left;
    const char *text;       /* one sentence at RN_TRAIN_STARTED, _PREPARING and _ENDED; what was tested, where
                             * it is more than the end of an epoch; else NULL */
} rn_train_event;

typedef struct {
    void (*on_event)(void *context, const rn_train_event *event);   /* may be NULL */
    void *context;
    const volatile int *stop; /* when it becomes non-zero: save and return RN_INTERRUPTED; may be NULL */
} rn_train_watch;

typedef struct {
    int64_t iterations;
    double train_loss, train_error;
    double test_loss, test_error, test_top5_error;  /* last iterate, per cent */
    double best_error;
    double head_error;      /* of the test when the classifier had learned alone; negative: it did not */
    int64_t test_images, test_wrong;
    double seconds, images_per_second;
    char weights[RN_TEXT_SIZE];     /* the last model file */
} rn_train_result;

rn_status rn_train(const rn_train_config *config, const rn_train_watch *watch, rn_train_result *result);

/* ---- Data ------------------------------------------------------------------------------------ */

/* Look at a data set before a training: one line of `report` per finding. */
typedef struct {
    int64_t images, bad, odd, duplicates;
    int classes;
    const char *const *class_name;
    const int64_t *class_count;     /* training pictures of each class */
    int findings;
    const char *const *finding;     /* "train/cat/7.jpg: JPEG data ends early" */
} rn_data_report;

rn_status rn_data_check(const char *data, int threads, rn_data_report **report);
void rn_data_report_free(rn_data_report *report);

/* Download a public data set ("cifar10", "cifar100") into a folder; resumes, checks the SHA-256, unpacks.
 * `url` replaces the official address when it is not NULL. */
rn_status rn_data_get(const char *name, const char *folder, const char *url, const char *sha256);

/* Pack a folder of pictures as tar archives of about `bytes` bytes each, FOLDER/train-00000.tar and so on.
 * The folder of archives is the same data set: its pictures have the same numbers and labels.  It must not
 * exist, or be empty, and appears when all is written. */
rn_status rn_data_shard(const char *data, const char *folder, int64_t bytes);

/* Write pictures of the built-in set as PNG files DIR/CLASS/NUMBER.png. */
rn_status rn_data_draw(const char *folder, int count, int64_t seed);

/* ---- Measuring -------------------------------------------------------------------------------- */

typedef struct {
    const char *layer, *kernel;     /* the node and the kernel that runs it */
    double forward_ms, backward_ms;
    double gflops;                  /* of forward and backward together, counting direct convolution */
    double ceiling_percent;         /* of the speed that the ceilings allow; Winograd may exceed 100 */
    const char *ceiling;            /* the one that counts: "arithmetic", "memory", or "" */
} rn_bench_row;

typedef struct {
    double ms_per_step;             /* median; a step is one batch */
    double best_ms;
    double processor_ms;            /* median of all processors' time together */
    double images_per_second, gflops;
    double ceiling_gflops, ceiling_gigabytes;   /* what the machine does at most, a second; 0: not known */
    int64_t bytes;                  /* memory of weights, values and gradients */
    double repeated_percent;        /* of forward's multiply-adds, done again to stay within the memory */
    int rows;
    const rn_bench_row *row;
} rn_bench_report;

/* `mode` "train" or "infer"; `steps` 0: enough for a steady median. */
rn_status rn_bench(const rn_architecture *architecture, const rn_placement *placement, const char *mode,
                   int batch, int steps, rn_bench_report **report);
void rn_bench_report_free(rn_bench_report *report);

typedef struct {
    char file[RN_TEXT_SIZE];        /* where it is kept */
    int uses, changed;              /* uses of operations measured; that another kernel runs from now on */
} rn_tuning;

/* Time the kernels that can run each layer in turn and keep the fastest for all later runs on this machine.
 * A kernel in use stays unless another is 5 % faster.  RN_BAD_ARGUMENT where `placement` says no file. */
rn_status rn_bench_tune(const rn_architecture *architecture, const rn_placement *placement, const char *mode,
                        int batch, rn_tuning *tuning);

/* ---- Reports ---------------------------------------------------------------------------------- */

/* One HTML page (no network needed) about finished runs: curves, confusion matrix, worst pictures, layer
 * table. */
rn_status rn_report_write(const char *html_file, const char *const *runs, int count);

/* The same about one run, in its own directory: index.html, and beside it confusion_matrix.svg,
 * confusion_matrix.csv and per_class.csv. */
rn_status rn_report_run(const char *run);

/* ---- The paper, reproduced --------------------------------------------------------------------- */

typedef struct {
    const char *name;               /* "table6" */
    const char *title;
    const char *data;               /* what its networks learn: "", "CIFAR-10", "photographs" */
} rn_paper_item;

/* The tables and figures that this program makes, ended by a row without a name. */
const rn_paper_item *rn_paper_items(void);

/* Zero and "" mean the default. */
typedef struct {
    char cifar[RN_TEXT_SIZE];       /* for section 4.2: "cifar10:DIR"; default "builtin" */
    char photos[RN_TEXT_SIZE];      /* for section 4.1, in ImageNet's place: a folder of pictures */
    char runs[RN_TEXT_SIZE];        /* the folder of the run directories; default "runs/paper" */
    char only[RN_TEXT_SIZE];        /* networks, "resnet20,plain20"; default all */
    double scale;                   /* part of the paper's iterations; shortens the schedule; default 1 ... */
    double photo_scale;             /* ... and of section 4.1's, where it is another; default: scale */
    int64_t seeds;                  /* runs of each network, with the seeds 1, 2, ...; default 1 */
    int64_t size;                   /* input of the networks for photographs, pixels; default 224 */
    int64_t jobs;                   /* runs side by side; default: one for every 8 processors, since a run
                                     * sums 8 shards and more than 8 threads help it little */
    int64_t threads;                /* of each run; default: its part of the processors */
    int64_t memory;                 /* bytes that a run may take, as in rn_train_config; 0: no limit */
    char type[RN_TEXT_SIZE];        /* "fp32" or "bf16", as in rn_train_config; default "fp32" */
    bool tensorboard;               /* the runs also write event files */
    bool read_only;                 /* train nothing, show what is finished */
} rn_paper_options;

/* Called by one thread at a time. */
typedef struct {
    void (*on_event)(void *context, const char *run, const rn_train_event *event);      /* may be NULL */
    void *context;
    const volatile int *stop;       /* as in rn_train_watch */
} rn_paper_watch;

typedef struct { const char *name; int decimals; } rn_paper_column;

/* A finished run that a result stands on. */
typedef struct {
    char run[128];                  /* its directory's name: "cifar10-resnet20-x0.125-seed1" */
    char sha256[65];                /* of its network, as in rn_file_info */
    int64_t iterations;
    double test_error, seconds;     /* per cent; of training, tests included */
} rn_paper_evidence;

typedef struct {
    rn_paper_item item;
    int columns, rows;
    const rn_paper_column *column;
    const char *const *row;         /* their names: "ResNet-34 B" */
    const double *value;            /* rows x columns; NaN: nothing to say */
    const char *note;               /* what the numbers stand on */
    const char *figure;             /* one or more <svg> elements, or NULL */
    const char *command;            /* makes it again: "resnet paper table6 --scale 0.125" */
    int evidences;
    const rn_paper_evidence *evidence;
} rn_paper_result;

/* Make a table or figure: its runs go on where they stand, finished ones are read, and the paper's numbers
 * stand beside ours.  A run that diverges is left out, with a warning; one that learned from other data is
 * refused, or left out with `read_only`.  RN_INTERRUPTED when stopped: the runs have saved their state. */
rn_status rn_paper_reproduce(const char *name, const rn_paper_options *options, const rn_paper_watch *watch,
                             rn_paper_result **result);
void rn_paper_result_free(rn_paper_result *result);

/* Whether no row has a number in this column, so that it need not be shown. */
bool rn_paper_column_is_empty(const rn_paper_result *result, int column);

/* Results as one page: HTML (.html) with tables and figures, or Markdown (.md) with the charts as files
 * beside it ("page-figure6-1.svg" for page.md). */
rn_status rn_paper_write(const char *file, rn_paper_result *const *result, int results);
rn_status rn_paper_check_page(const char *file);        /* RN_BAD_ARGUMENT for any other ending */

/* A network to draw: one that can be built, or that of a model file. */
typedef struct {
    const rn_architecture *architecture;
    const rn_model *model;      /* NULL: the architecture */
} rn_network;

/* Networks side by side as SVG, in the manner of figure 3: a box for every operation or, `folded`, for every
 * kernel that runs in inference, with the batch normalization, sums and rectifiers that it does besides. */
rn_status rn_networks_draw(const char *svg_file, const rn_network *network, int count, bool folded);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
