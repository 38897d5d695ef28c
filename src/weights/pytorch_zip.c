/*
 * A ZIP archive with one folder: data.pkl, data/0, data/1, ...  A storage's name in the pickle is
 * ("storage", class, key, place, count), and its numbers are the whole of data/KEY.
 */
#include "weights/pytorch.h"
#include "weights/zip.h"

#include <string.h>

bool rn_torch_zip_recognises(const uint8_t *bytes, size_t size)
{
    return size >= 4 && memcmp(bytes, "PK", 2) == 0 && (bytes[2] == 3 || bytes[2] == 5);
}

typedef struct {
    rn_zip zip;
    const char *folder;         /* "archive/", in the archive's directory */
    size_t folder_length;
} archive;

enum { LONGEST_NAME = 1024 };

/* FOLDER/WHAT followed by KEY, or NULL. */
static rn_zip_entry *find_entry(const archive *in, const char *what, const char *key, size_t key_length)
{
    char name[LONGEST_NAME];
    size_t what_length = strlen(what), length = in->folder_length + what_length + key_length;
    if (length > sizeof name)
        return NULL;
    memcpy(name, in->folder, in->folder_length);
    memcpy(name + in->folder_length, what, what_length);
    memcpy(name + in->folder_length + what_length, key, key_length);
    return rn_zip_find(&in->zip, name, length);
}

static rn_status find_storage(const rn_torch_source *source, const rn_py *name, rn_torch_storage *found)
{
    archive *in = source->container;
    rn_torch_name read;
    RN_TRY(rn_torch_read_name(source, name, &read));
    bool is_text = read.key->kind == RN_PY_TEXT && read.key->count < LONGEST_NAME;
    rn_zip_entry *entry = is_text ? find_entry(in, "data/", read.key->as.text, read.key->count) : NULL;
    if (!entry)
        return rn_fail(RN_BAD_FILE, "%s: a storage is missing in the archive", source->path);
    size_t width = read.type == RN_OTHER ? 1 : rn_number_bytes(read.type);
    if (entry->size / width != (uint64_t)read.count || entry->size % width)
        return rn_fail(RN_BAD_FILE, "%s: a storage of %lld numbers has %llu bytes", source->path,
                       (long long)read.count, (unsigned long long)entry->size);
    RN_TRY(rn_zip_read(&in->zip, entry, source->file));
    *found = (rn_torch_storage){ entry->data, (size_t)entry->size, read.type, 0 };
    return RN_OK;
}

static bool ends_with(const rn_zip_entry *entry, const char *end)
{
    size_t length = strlen(end);
    if (entry->name_length < length)
        return false;
    return memcmp(entry->name + entry->name_length - length, end, length) == 0;
}

/* data.pkl in its folder; else any pickle, to say what it wants. */
static rn_zip_entry *find_pickle(const rn_zip *zip)
{
    static const char *const end[] = { "/data.pkl", "data.pkl", ".pkl" };
    for (size_t k = 0; k < sizeof end / sizeof *end; k++)
        for (int i = 0; i < zip->entries; i++)
            if (ends_with(&zip->entry[i], end[k]))
                return &zip->entry[i];
    return NULL;
}

static rn_status check_kind(const archive *in, rn_tensor_file *file, const char *path)
{
    if (find_entry(in, "constants.pkl", "", 0)) {
        rn_fail(RN_BAD_FILE, "%s: TorchScript archive is not supported", path);
        return rn_hint(RN_BAD_FILE, "in Python: torch.save(model.state_dict(), \"weights.pth\")");
    }
    rn_zip_entry *order = find_entry(in, "byteorder", "", 0);
    if (!order)
        return RN_OK;
    RN_TRY(rn_zip_read((rn_zip *)(uintptr_t)&in->zip, order, file));
    if (order->size != 6 || memcmp(order->data, "little", 6) != 0)
        return rn_fail(RN_BAD_FILE, "%s: its numbers have their big end first, which is not supported", path);
    return RN_OK;
}

static rn_status read_pickle(archive *in, rn_zip_entry *entry, rn_tensor_file *file, const char *path)
{
    rn_pickle pickle;
    size_t at = 0;
    RN_TRY(rn_pickle_read(&pickle, entry->data, (size_t)entry->size, &at, path));
    rn_torch_source source = { file, &pickle, path, in, find_storage, NULL };
    rn_status status = rn_torch_collect(&source);
    rn_pickle_close(&pickle);
    return status;
}

static rn_status read_archive(archive *in, rn_tensor_file *file, const char *path)
{
    rn_zip_entry *entry = find_pickle(&in->zip);
    if (!entry)
        return rn_fail(RN_BAD_FILE, "%s: a zip archive without data.pkl, not a model file", path);
    size_t name_length = ends_with(entry, "data.pkl") ? strlen("data.pkl") : entry->name_length;
    in->folder = entry->name;
    in->folder_length = entry->name_length - name_length;
    if (in->folder_length > LONGEST_NAME / 2)
        return rn_fail(RN_BAD_FILE, "%s: the folder in the archive has too long a name", path);
    RN_TRY(check_kind(in, file, path));
    RN_TRY(rn_zip_read(&in->zip, entry, file));
    return read_pickle(in, entry, file, path);
}

rn_status rn_torch_zip_read(rn_tensor_file *file, const char *path)
{
    archive in = { 0 };
    file->format = "PyTorch (zip)";
    RN_TRY(rn_zip_open(&in.zip, file->map.bytes, file->map.size, path));
    rn_status status = read_archive(&in, file, path);
    rn_zip_close(&in.zip);
    if (status == RN_OK)
        file->checksum = "good";
    return status;
}
