/* rollcall.ini: read or refused with file and line. */
#include "fuzz.h"

#include "cli/config.h"

#include <unistd.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static char path[] = "/tmp/rollcall-fuzz-XXXXXX";
    static bool is_made;
    ARENA_SCOPED arena = {0};
    struct options options = {0};
    struct project project;
    struct err err = {0};
    if (!is_made) {
        int fd = mkstemp(path);
        require(fd >= 0 && close(fd) == 0);
        is_made = true;
    }
    FILE *file = fopen(path, "wb");
    require(file != NULL && fwrite(data, 1, len, file) == len && fclose(file) == 0);
    options.config = path;
    if (project_load(&options, &arena, &project, &err) != STATUS_OK) {
        require(err.status == STATUS_USAGE && err.msg[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < project.n_services; i++) {
        require(project.services[i].name != NULL);
    }
    return 0;
}
