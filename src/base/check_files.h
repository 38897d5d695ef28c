/*
 * For tests that write files: a fresh folder.
 *
 *     check_folder_open();
 *     rn_file_replace(check_path("name"), ...);
 *     check_folder_close();                        removes it with all that it holds
 */
#ifndef RN_BASE_CHECK_FILES_H
#define RN_BASE_CHECK_FILES_H

#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static char check_folder[128];

static inline void check_folder_open(void)
{
    snprintf(check_folder, sizeof check_folder, "%s/resnet_test.XXXXXX", P_tmpdir);
    CHECK(mkdtemp(check_folder), "cannot make %s", check_folder);
}

/* The latest four results stay. */
static inline const char *check_path(const char *name)
{
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", check_folder, name);
    return path[turn];
}

/* Write quickly, without the care of base/file.h; a truncated file would be flushed when it is closed. */
static inline const char *check_write(const char *name, const void *bytes, size_t size)
{
    const char *path = check_path(name);
    remove(path);
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes, 1, size, file) == size, "cannot write %s", path);
    if (file)
        fclose(file);
    return path;
}

static inline void check_folder_close(void)
{
    char command[sizeof check_folder + 16];
    snprintf(command, sizeof command, "rm -r '%s'", check_folder);
    CHECK(system(command) == 0, "%s", command);
}

#endif
