/*
 * Checkpoints.  The input is a checkpoint's header; its numbers are zeros.  A run that accepts it stands
 * at a possible step with finite numbers; one that refuses it is as it was.
 */
#include "fuzz/weights_file.h"
#include "train/checkpoint.h"

#include <string.h>

enum { LARGEST = 1 << 21 };

static rn_trainer trainer;

static void open_trainer(void)
{
    rn_train_config config = { 0 };
    strcpy(config.data, "builtin");
    strcpy(config.model, "resnet8");
    snprintf(config.out, sizeof config.out, "%s", fuzz_path(FUZZ_NAME));
    MUST_OK(rn_train_defaults(&config, "quick"));
    config.threads = 1;
    config.workers = 0;
    config.batch = 8;
    MUST_OK(rn_folder_make(config.out));
    MUST_OK(rn_trainer_open(&trainer, &config));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t file[LARGEST];
    bool found;
    if (!trainer.device)
        open_trainer();
    if (size < 10 || size > LARGEST / 8)
        return 0;
    memcpy(file, data, size);
    size = fuzz_mend_safetensors(file, size, LARGEST);
    fuzz_write(FUZZ_NAME "/last.ckpt", file, size);
    for (int force = 0; force < 2; force++) {
        trainer.config.force = force;
        rn_status status = rn_checkpoint_load(&trainer, &found);
        MUST(found && (status == RN_BAD_ARGUMENT || strstr(rn_error_text(), FUZZ_NAME) || status == RN_OK),
             "status %d: %s", status, rn_error_text());
        MUST(trainer.state.iteration >= 0 && trainer.history.rows >= 0, "%lld steps",
             (long long)trainer.state.iteration);
    }
    return 0;
}
