#include "weights/names.h"
#include "base/check.h"

#include <string.h>

/* Whatever was wrapped around the network, twice if need be; but only where all names have it. */
static const struct { const char *first, *second, *ours; } sample[] = {
    { "conv1.weight", "fc.weight", "conv1.weight" },
    { "module.conv1.weight", "module.fc.weight", "conv1.weight" },
    { "model.conv1.weight", "model.fc.weight", "conv1.weight" },
    { "net.conv1.weight", "net.fc.weight", "conv1.weight" },
    { "state_dict.conv1.weight", "state_dict.fc.weight", "conv1.weight" },
    { "ema.conv1.weight", "ema.fc.weight", "conv1.weight" },
    { "model_ema.module.conv1.weight", "model_ema.module.fc.weight", "conv1.weight" },
    { "_orig_mod.module.conv1.weight", "_orig_mod.module.linear.weight", "conv1.weight" },
    { "module.conv1.weight", "fc.weight", "module.conv1.weight" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof sample / sizeof *sample; i++) {
        static const int64_t size[1] = { 1 };
        rn_tensor_file file = { 0 };
        CHECK_OK(rn_tensor_file_add(&file, sample[i].first, RN_F32, 1, size, NULL));
        CHECK_OK(rn_tensor_file_add(&file, sample[i].second, RN_F32, 1, size, NULL));
        rn_names_translate(&file);
        CHECK(strcmp(file.array[0].name, sample[i].ours) == 0, "%s: %s", sample[i].first, file.array[0].name);
        CHECK(strcmp(file.array[1].name, "fc.weight") == 0, "%s: %s", sample[i].second, file.array[1].name);
        rn_tensor_file_close(&file);
    }
    return check_result();
}
