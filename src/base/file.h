/*
 * Files.  Every file that the program creates is written beside its place, synced, and renamed into it, so a
 * crash, a full disk or a lost power line leaves either the old file or the new one.
 */
#ifndef RN_BASE_FILE_H
#define RN_BASE_FILE_H

#include "base/error.h"

/* A file being written; one thread at a time writes to a path.  Until it is committed, the old file stays.
 * Devices and pipes ("/dev/stdout") are written directly. */
typedef struct rn_output rn_output;
rn_status rn_output_open(rn_output **output, const char *path);
void rn_output_expect(rn_output *output, uint64_t size);        /* optional: for the message of a full disk */
rn_status rn_output_write(rn_output *output, const void *bytes, size_t size);
/* Sync, check, rename into place (the old file becomes `keep_as` when that is not NULL), sync the folder.
 * Frees `output`; when it fails, the half-written file is removed. */
rn_status rn_output_commit(rn_output *output, const char *keep_as);
void rn_output_abandon(rn_output *output);      /* remove the half-written file and free; accepts NULL */

/* The three in one. */
rn_status rn_file_replace(const char *path, const void *bytes, size_t size);

/* Add bytes to a log file that is only ever appended to; all of them or none. */
rn_status rn_file_append(const char *path, const void *bytes, size_t size);

/* A file mapped for reading.  Regular files only (a FIFO must not block); an empty file is RN_BAD_FILE. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
    bool borrowed;              /* somebody else's memory, looked at as if it were a file */
} rn_map;
rn_status rn_map_open(rn_map *map, const char *path);
/* `size` bytes of it from byte `at` on; RN_BAD_FILE where it is shorter. */
rn_status rn_map_open_part(rn_map *map, const char *path, uint64_t at, size_t size);
/* The file `name`, which came from a file and is not trusted, in the folder of `path` or below: no "..", no
 * symbolic or second hard link. */
rn_status rn_map_open_beside(rn_map *map, const char *path, const char *name);
/* Part of a mapped file is not looked at for some time: its memory is given back, and read again then. */
void rn_map_rest(const void *bytes, size_t size);
void rn_map_close(rn_map *map);

bool rn_file_exists(const char *path);
rn_status rn_folder_make(const char *path);                 /* and its parents; fine when it exists */
rn_status rn_folder_remove_stale(const char *path);         /* remove *.tmp.PID files of killed processes */

/* "DIR/NAME"; fails with RN_BAD_ARGUMENT when it does not fit. */
rn_status rn_path_join(char *to, size_t size, const char *folder, const char *name);

/* The names in a folder, sorted by bytes, without "." and ".."; hidden files are left out. */
typedef struct { char **name; int count; } rn_listing;
rn_status rn_listing_open(rn_listing *listing, const char *folder);
rn_status rn_listing_add(rn_listing *listing, const char *name);       /* a copy of it, at the end */
void rn_listing_sort(rn_listing *listing);
void rn_listing_close(rn_listing *listing);

#endif
