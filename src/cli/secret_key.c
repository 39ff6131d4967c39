#include "cli/secret_key.h"

#include "base/io.h"
#include "cli/passphrase.h"

#include <sys/stat.h>

#define KEY_FILE_MAX ((size_t)64 << 10)

/* A secret that everybody can read is none. */
static enum status
check_mode(const char *file, struct err *err)
{
    struct stat info;
    if (stat(file, &info) == 0 && (info.st_mode & 077) != 0) {
        (void)err_raise(err, STATUS_USAGE, "'%s' is not encrypted, and others may read it (mode %o)", file,
                        (unsigned)info.st_mode & 07777);
        return err_hint(err, "chmod 600 %s", file);
    }
    return STATUS_OK;
}

enum status
secret_key_read(const char *file, struct sign_secret *out, struct err *err)
{
    BUF_SCOPED text = BUF_INIT(KEY_FILE_MAX);
    PASSPHRASE_SCOPED passphrase = {0};
    bool is_encrypted = false;
    TRY(io_read_file(file, &text, err));
    if (sign_secret_is_encrypted(buf_view(&text), &is_encrypted, err) != STATUS_OK) {
        return err_wrap(err, "%s", file);
    }
    TRY(is_encrypted ? passphrase_ask(file, &passphrase, err) : check_mode(file, err));
    enum status status = sign_secret_parse(buf_view(&text), is_encrypted ? passphrase.text : NULL, out, err);
    return status == STATUS_OK ? STATUS_OK : err_wrap(err, "%s", file);
}
