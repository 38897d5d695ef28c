/*
 * Event files byte by byte, as TensorBoard's own writer makes them; a run that asks for one has it, and
 * --force removes it, with the snapshots and what `resnet paper` tested.
 */
#include "base/text.h"
#include "train/small_run.h"
#include "train/tensorboard.h"

#define VERSION \
    "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22" "\x09\0\0\0\0\0\0\0\0\x1a\x0d" "brain.Event:2" "\xee\xdf\x28\xa3"
#define LOSS \
    "\x20\0\0\0\0\0\0\0\x29\xed\xa9\x50" "\x09\0\0\0\0\0\0\xf0\x3f\x10\x07\x2a\x13\x0a\x11\x0a\x0a" \
    "loss/train\x15\0\0\0\x3f" "\x99\x3d\x0a\x4f"

static void check_bytes(void)
{
    rn_text begin = { 0 }, loss = { 0 };
    rn_events_begin(&begin, 0, 0);
    CHECK(begin.length > sizeof VERSION - 1 && memcmp(begin.bytes, VERSION, sizeof VERSION - 1) == 0,
          "the first record differs, %zu bytes", begin.length);
    rn_events_add(&loss, 1, 7, "loss/train", 0.5);
    CHECK(loss.length == sizeof LOSS - 1, "%zu bytes, wanted %zu", loss.length, sizeof LOSS - 1);
    for (size_t i = 0; i < loss.length && i < sizeof LOSS - 1; i++)
        CHECK(loss.bytes[i] == LOSS[i], "byte %zu: %02x, wanted %02x", i, (unsigned char)loss.bytes[i],
              (unsigned char)LOSS[i]);
    rn_text_free(&begin);
    rn_text_free(&loss);
}

static int count_files(const char *run)
{
    rn_listing listing;
    int files = 0;
    CHECK_OK(rn_listing_open(&listing, small_path(run)));
    for (int i = 0; i < listing.count; i++)
        files += strncmp(listing.name[i], RN_EVENTS_PREFIX, sizeof RN_EVENTS_PREFIX - 1) == 0;
    rn_listing_close(&listing);
    return files;
}

static void check_run(void)
{
    rn_train_config c = small_config("run");
    rn_train_result result;
    c.iterations = 3;
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(count_files("run") == 0, "%d files, none was asked for", count_files("run"));
    c.tensorboard = c.force = true;
    strcpy(c.snapshots, "1,2");
    for (int time = 0; time < 2; time++) {
        CHECK_OK(rn_train(&c, NULL, &result));
        CHECK(count_files("run") == 1, "%d files", count_files("run"));
        CHECK(rn_file_exists(small_path("run/step-1.safetensors")), "no snapshot of step 1");
    }
    c.snapshots[0] = '\0';
    CHECK_OK(rn_file_replace(small_path("run/tested-dense.npy"), "{}", 2));
    CHECK_OK(rn_train(&c, NULL, &result));
    CHECK(!rn_file_exists(small_path("run/step-1.safetensors")), "a snapshot of the old run");
    CHECK(!rn_file_exists(small_path("run/tested-dense.npy")), "what the old run was tested with");
}

int main(void)
{
    check_bytes();
    small_begin();
    check_run();
    small_end();
    return check_result();
}
