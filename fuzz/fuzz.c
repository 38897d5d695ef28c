/* What the targets share. */
#include "fuzz/fuzz.h"

#include <string.h>
#include <unistd.h>

void fuzz_check_refusal(rn_status status)
{
    MUST(status == RN_OK || status == RN_BAD_FILE || status == RN_NO_MEMORY, "status %d", status);
    MUST(status != RN_BAD_FILE || strstr(rn_error_text(), FUZZ_NAME), "%s", rn_error_text());
}

uint32_t fuzz_number(fuzz_source *from, uint32_t least, uint32_t most)
{
    uint32_t number = 0;
    for (uint32_t span = most - least; span && from->size; span >>= 8) {
        number = number << 8 | *from->bytes++;
        from->size--;
    }
    return least + number % (most - least + 1);
}

void fuzz_mend_tar(uint8_t *bytes, size_t size)
{
    for (uint8_t *header = bytes; size >= 512; header += 512, size -= 512) {
        unsigned sum = 0;
        if (memcmp(header + 257, "ustar", 5) != 0)
            continue;
        memset(header + 148, ' ', 8);
        for (int i = 0; i < 512; i++)
            sum += header[i];
        snprintf((char *)header + 148, 8, "%06o", sum);
    }
}

static char folder[64];

static void remove_folder(void)
{
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", folder);
}

static void make_folder(void)
{
    const char *memory = "/dev/shm";
    snprintf(folder, sizeof folder, "%s/resnet-fuzz-XXXXXX", access(memory, W_OK) == 0 ? memory : P_tmpdir);
    MUST(mkdtemp(folder), "cannot make %s", folder);
    atexit(remove_folder);
}

const char *fuzz_path(const char *name)
{
    static char path[4][256];
    static int turn;
    if (!folder[0])
        make_folder();
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

const char *fuzz_write(const char *name, const void *bytes, size_t size)
{
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    MUST(file && fwrite(bytes, 1, size, file) == size, "cannot write %s", path);
    fclose(file);
    return path;
}
