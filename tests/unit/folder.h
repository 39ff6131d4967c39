/* Small migration directories for tests: written file by file, loaded, and shown as text to compare with. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "script/layout.h"

/* Splits at every semicolon; enough for what the loaders ask. */
extern const struct driver postgres_like, mysql_like, sqlite_like;

/* The file's path in the test's folder, with its folders made. */
const char *in_folder(const char *file);
void put(const char *file, const char *text);
void put_bytes(const char *file, const void *bytes, size_t len);
/* One empty script each. */
void put_all(const char *const *files);
#define PUT(...) put_all((const char *const[]){__VA_ARGS__, NULL})

/* Loads the test's folder (and hashes it), layout by shape unless named. */
struct migrations load_folder(const struct driver *driver, const char *layout);
/* Lists `dir`, which may be several folders joined by commas. */
struct migrations load_dir(const char *dir, const struct driver *driver, const char *layout);

/* "id version up-file down-file ..." a line each; absent parts as "-", "!" behind a part without a
 * transaction, ":LINE" behind one that begins further down. */
const char *set_text(const struct migrations *migrations);
/* "error rule file:line" a line each, without notes. */
const char *findings(const struct migrations *migrations);
/* The message of the first finding of that rule; "" when there is none. */
const char *message_of(const struct migrations *migrations, const char *rule);
/* The text of one part. */
const char *text_of(const struct migrations *migrations, size_t i, enum part_kind kind);

#endif
