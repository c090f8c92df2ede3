/* Programs that show a report: browsers, and viewers of pictures; and the files they are given.
 *
 * One thread; not async-signal-safe. `int` results are 0 or a negative errno, with the reason in
 * `why`. */
#ifndef CPPROF_READER_VIEWER_H
#define CPPROF_READER_VIEWER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A new file `DIRECTORY/PREFIXnnn.SUFFIX`, nnn the first number that is free; DIRECTORY/ is left
 * out if it is "". Its descriptor; its name in `path`. */
int numbered_file(const char *directory, const char *prefix, const char *suffix,
                  char path[PATH_MAX], char *why, size_t why_bytes);

/* Such a file among the temporary ones, which viewer_cleanup removes. */
int viewer_file(const char *suffix, char path[PATH_MAX], char *why, size_t why_bytes);
void viewer_cleanup(void);

/* Starts the first of `viewers` that can be on `path`: command lines, words parted by spaces;
 * $BROWSER is what the environment says, and xdg-open needs a DISPLAY. It gets a second to open the
 * file. Waits for its end if `wait`: -EIO then if it failed. */
int viewer_start(const char *const *viewers, const char *path, bool wait, char *why,
                 size_t why_bytes);

#endif
