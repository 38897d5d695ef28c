/*
 * Pictures by name, as on a command line: files, and folders with all pictures in them and in the folders
 * inside.  A picture from a folder inside a named one has that folder's name as its class.
 */
#ifndef RN_DATA_PICTURES_H
#define RN_DATA_PICTURES_H

#include "data/dataset.h"

enum { RN_NO_CLASS = -1 };      /* the label of a picture without a class */

/* Files are tried whatever their names are; in folders, names with a picture's ending count.  The order is
 * that of the names given, inside folders that of their bytes. */
rn_status rn_pictures_open(rn_dataset **dataset, const char *const *name, int names,
                           const rn_image_options *reading);

const char *rn_pictures_path(const rn_dataset *dataset, int64_t index);

/* Why the first picture that could not be read was refused, RN_OK when all that were tried could. */
rn_status rn_pictures_refused(const rn_dataset *dataset);

#endif
