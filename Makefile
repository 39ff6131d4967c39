# Rollcall. `make help` lists the targets; `make demo` and `make check` are all a newcomer needs.
#
# PROFILE=release|debug|asan|tsan|fault|fuzz   CC=gcc|clang   V=1 shows commands   T=prefix selects tests
# WERROR= lifts -Werror   BUILD=DIR builds elsewhere   DESTDIR= PREFIX=/usr/local for install

PROFILE ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
VERSION := $(shell cat VERSION)
BUILD   ?= build
PREFIX  ?= /usr/local
WERROR  ?= -Werror
OBJ     := $(BUILD)/$(PROFILE)-$(notdir $(CC))
Q       := $(if $(V),,@)

LIBS_PC := libpq sqlite3 libzstd libxxhash jansson inih libsodium libmd zlib
MYSQL_CFLAGS := $(shell mysql_config --cflags 2>/dev/null)
MYSQL_LIBS   := $(shell mysql_config --libs 2>/dev/null)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align -Wpointer-arith \
        -Wwrite-strings -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wredundant-decls -Wundef -Wvla \
        -Walloca -Wdouble-promotion -Wfloat-equal -Wformat=2 -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum \
        -Wdate-time -Wframe-larger-than=16384 -fno-common
ifneq ($(findstring clang,$(CC)),)
WARN += -Wcomma -Wconditional-uninitialized -Wmissing-variable-declarations -Wassign-enum -Wunreachable-code-aggressive \
        -Wloop-analysis -Wextra-semi-stmt -Wbitwise-instead-of-logical
else
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-signedness -Wformat-overflow=2 \
        -Wformat-truncation=1 -Wjump-misses-init -Wsuggest-attribute=format -Wuse-after-free=3 -Wdangling-pointer=2 -Warith-conversion
endif

HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
FLAGS_release := -O2 -g $(HARDEN)
FLAGS_fault   := -O1 -g -DROLLCALL_FAULT_POINTS $(HARDEN)
FLAGS_debug   := -Og -g3 -DROLLCALL_FAULT_POINTS
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DROLLCALL_FAULT_POINTS
FLAGS_tsan    := -O1 -g -fsanitize=thread -DROLLCALL_FAULT_POINTS
FLAGS_fuzz    := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LD_release := $(LDHARDEN)
LD_fault   := $(LDHARDEN)
LD_asan    := -fsanitize=address,undefined
LD_tsan    := -fsanitize=thread
LD_fuzz    := -fsanitize=address,undefined

CPPFLAGS := -D_POSIX_C_SOURCE=200809L -DROLLCALL_VERSION='"$(VERSION)"' -Isrc -Idrivers -I$(OBJ)/gen
CFLAGS   := -std=c17 $(WARN) $(WERROR) $(FLAGS_$(PROFILE)) -ffile-prefix-map=$(CURDIR)=. -fvisibility=hidden -pthread
SYSCFLAGS := $(shell pkg-config --cflags $(LIBS_PC) 2>/dev/null) $(patsubst -I%,-isystem %,$(MYSQL_CFLAGS))
LDLIBS   := $(shell pkg-config --libs $(LIBS_PC) 2>/dev/null) $(MYSQL_LIBS) -lpg_query -lm -pthread

SRC   := $(wildcard src/*/*.c) $(wildcard drivers/*.c) $(wildcard drivers/*/*.c)
SQL   := $(wildcard drivers/*/sql/*.sql)
MAIN  := src/cli/main.c
CORE  := $(filter-out $(MAIN),$(SRC))
# drivers/postgres/sql/registry.sql is embedded as `postgres_registry_sql`
EMBED := $(patsubst drivers/%.sql,$(OBJ)/gen/%.c,$(subst /sql/,_,$(SQL))) $(OBJ)/gen/report_css.c
OBJS  := $(CORE:%.c=$(OBJ)/%.o) $(EMBED:%.c=%.o)

.DEFAULT_GOAL := all
.SECONDARY:
.PHONY: all help deps FORCE

all: $(BUILD)/rollcall  ## build the program: build/rollcall (PROFILE=release)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z_-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^# \(.*=.*\)$$/  \1/p' Makefile | head -2

deps:  ## install the Debian packages that are missing (apt-get; does nothing when all are there)
	$(Q)src/tools/deps build test

# The last profile built is the one at build/rollcall.
$(BUILD)/rollcall: $(OBJ)/rollcall FORCE
	$(Q)cmp -s $< $@ || cp -f $< $@

$(OBJ)/rollcall: $(OBJ)/$(MAIN:.c=.o) $(OBJ)/librollcall.a
	$(Q)$(CC) $(LD_$(PROFILE)) -o $@ $^ $(LDLIBS)

$(OBJ)/librollcall.a: $(OBJS)
	$(Q)rm -f $@; ar qcs $@ $^

$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SYSCFLAGS) -MMD -MP -c -o $@ $<

$(OBJ)/gen/%.o: $(OBJ)/gen/%.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-overlength-strings -c -o $@ $<

define embed_rule
$(OBJ)/gen/$(subst /sql/,_,$(patsubst drivers/%.sql,%,$(1))).c: $(1) src/tools/embed
	@mkdir -p $$(@D)
	$$(Q)src/tools/embed $(subst /sql/,_,$(patsubst drivers/%.sql,%,$(1)))_sql $(1) > $$@
endef
$(OBJ)/gen/report_css.c: src/report/report.css src/tools/embed
	@mkdir -p $(@D)
	$(Q)src/tools/embed report_css $< > $@
$(foreach sql,$(SQL),$(eval $(call embed_rule,$(sql))))

# -- tests ------------------------------------------------------------------------------------------------------------
# Each folder of C tests becomes one program: build/PROFILE-CC/tests/unit, .../contract.
define test_program
TESTS_$(1) := $$(wildcard tests/$(1)/*.c)
$(OBJ)/tests/$(1)-run: $$(TESTS_$(1):%.c=$(OBJ)/%.o) $(OBJ)/tests/harness.o $(OBJ)/librollcall.a
	$$(Q)$$(CC) $$(LD_$(PROFILE)) -o $$@ $$^ $$(LDLIBS)
endef
$(eval $(call test_program,unit))
$(eval $(call test_program,contract))
$(OBJ)/tests/%.o: CPPFLAGS += -Itests

.PHONY: unit contract contract-mysql cli db property manual check check-all asan tsan test-programs
test-programs: $(OBJ)/tests/unit-run $(OBJ)/tests/contract-run $(OBJ)/rollcall

unit: $(OBJ)/tests/unit-run  ## tests that need no server (T=prefix)
	$(Q)$< $(T)

contract: $(OBJ)/tests/contract-run  ## the driver interface on every engine there is
	$(Q)tests/with-servers $< $(T)

contract-mysql: $(OBJ)/tests/contract-run  ## the same on Oracle's MySQL, fetched on first use
	$(Q)ROLLCALL_SERVERS=mysql tests/with-servers $< $(or $(T),mysql)

cli: $(OBJ)/rollcall  ## the command line: scripts with their expected output (UPDATE=1 rewrites)
	$(Q)PATH=$(abspath $(OBJ)):$$PATH tests/cli/run $(if $(UPDATE),--update) $(T)

db: $(OBJ)/rollcall  ## scenarios on SQLite, PostgreSQL and MariaDB
	$(Q)PATH=$(abspath $(OBJ)):$$PATH tests/with-servers tests/db/run $(T)

property: $(OBJ)/rollcall  ## random migrations and later writes against a plain model (SEEDS=200 each engine, FIRST=1)
	$(Q)PATH=$(abspath $(OBJ)):$$PATH tests/with-servers tests/property/run $(or $(SEEDS),200) $(or $(FIRST),1)

manual: $(OBJ)/rollcall  ## the examples of MANUAL.md and README.md, run (UPDATE=1 rewrites)
	$(Q)PATH=$(abspath $(OBJ)):$$PATH tests/manual/run $(if $(UPDATE),--update) $(T)

check: deps  ## everything a change has to pass, with one closing line
	$(Q)MAKE='$(MAKE)' tests/check

check-all: deps  ## check, then Oracle MySQL, clang, threads, fuzz corpus, all drills
	$(Q)src/tools/deps lint && MAKE='$(MAKE)' tests/check all

asan tsan:  ## unit, contract and cli under address+undefined, or thread sanitizer
	$(Q)$(MAKE) --no-print-directory PROFILE=$@ unit contract cli

# -- static checks ----------------------------------------------------------------------------------------------------
.PHONY: lint layers headers hardening tidy format format-check cppcheck shellcheck sizes banned
C_FILES := $(SRC) $(wildcard src/*/*.h) $(wildcard drivers/*/*.h) $(wildcard tests/*.[ch]) $(wildcard tests/*/*.[ch])
COMPILE  = $(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(SYSCFLAGS)

lint: format-check layers banned sizes headers shellcheck cppcheck tidy  ## every static check
layers:  ## who may include whom
	$(Q)src/tools/layers && echo "layers: $(words $(C_FILES)) files"
banned:  ## functions that must not be called, or not outside src/base
	$(Q)src/tools/banned $(SRC) $(wildcard tests/unit/*.c)
sizes:  ## functions over 60 lines, files over 600
	$(Q)src/tools/sizes $(SRC) $(wildcard src/*/*.h)
headers: $(EMBED)  ## each header compiles alone
	$(Q)src/tools/headers $(COMPILE) -- $(filter %.h,$(C_FILES))
hardening: $(OBJ)/rollcall  ## what the release build promises: PIE, RELRO, BIND_NOW, ...
	$(Q)src/tools/hardening $<
format:  ## clang-format in place
	$(Q)clang-format -i $(C_FILES)
format-check:
	$(Q)clang-format --dry-run -Werror $(C_FILES) && echo "format: $(words $(C_FILES)) files"
shellcheck:  ## all shell scripts
	$(Q)src/tools/scripts | xargs shellcheck -x && echo "shellcheck: $$(src/tools/scripts | wc -l) scripts"
cppcheck:
	$(Q)cppcheck -q -j2 --enable=warning,performance,portability --inline-suppr --std=c11 --error-exitcode=1 \
	    --suppress=missingInclude --suppress=internalAstError --suppress=varFuncNullUB -Isrc -Idrivers $(SRC) && echo "cppcheck: $(words $(SRC)) files"
tidy: $(EMBED)
	$(Q)src/tools/tidy $(CPPFLAGS) $(SYSCFLAGS) -- $(SRC)

# -- fuzzing: each tests/fuzz/NAME.c is a libFuzzer target with a corpus in tests/fuzz/NAME ---------------------------
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
.PHONY: fuzz
fuzz:  ## every fuzz target for SECS=60 seconds (clang)
	$(Q)$(MAKE) --no-print-directory PROFILE=fuzz CC=clang $(FUZZ:%=fuzz-%)
fuzz-%: $(OBJ)/tests/fuzz-%
	$(Q)mkdir -p $(BUILD)/corpus/$* && $< -max_total_time=$(or $(SECS),60) -print_final_stats=1 -dict=tests/fuzz/sql.dict \
	    $(BUILD)/corpus/$* $(wildcard tests/fuzz/$*)
$(OBJ)/tests/fuzz-%: $(OBJ)/tests/fuzz/%.o $(OBJ)/librollcall.a
	$(Q)$(CC) $(LD_$(PROFILE)) -fsanitize=fuzzer -Wl,--wrap=bug_at -o $@ $^ $(LDLIBS)

# -- for people -------------------------------------------------------------------------------------------------------
.PHONY: demo tour bench bench-fk bench-sketch man install deb clean
demo:  ## the bad night, on SQLite: a release spoils data, and every later write is accounted for; under a minute
	$(Q)src/tools/deps build demo
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)PATH=$(abspath $(BUILD)):$$PATH migrations-examples/film

tour:  ## the daily way with migrations, narrated, on SQLite
	$(Q)src/tools/deps build demo
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)PATH=$(abspath $(BUILD)):$$PATH migrations-examples/tour

bench: all $(OBJ)/tests/bench-snapshot  ## against sqlite3, psql, sqitch and dbmate, in one run (ROUNDS=5); snapshots against dump programs
	$(Q)src/tools/deps test bench && PATH=$(abspath $(BUILD)):$$PATH tests/with-servers tests/bench/run
	$(Q)PATH=$(abspath $(BUILD)):$$PATH ROLLCALL_SERVERS=mariadb tests/with-servers tests/bench/mysql
	$(Q)PATH=$(abspath $(BUILD)):$$PATH ROLLCALL_SERVERS=pg FLOOR=$(OBJ)/tests/bench-snapshot tests/with-servers tests/bench/pg
	$(Q)PATH=$(abspath $(BUILD)):$$PATH ROLLCALL_SERVERS=pg tests/with-servers tests/bench/rollback
	$(Q)PATH=$(abspath $(BUILD)):$$PATH tests/with-servers tests/bench/compare

bench-fk: all  ## a foreign key between two engines against reading both columns raw (ROUNDS=5)
	$(Q)PATH=$(abspath $(BUILD)):$$PATH tests/with-servers tests/bench/fk

bench-sketch: $(OBJ)/tests/bench-sketch  ## rows a second into a sketch, and how often it decodes (ROUNDS=2000)
	$(Q)$<
$(OBJ)/tests/bench-%: $(OBJ)/tests/bench/%.o $(OBJ)/librollcall.a
	$(Q)$(CC) $(LD_$(PROFILE)) -o $@ $^ $(LDLIBS)

man: $(BUILD)/rollcall.1  ## the man page, from MANUAL.md
$(BUILD)/rollcall.1: MANUAL.md VERSION src/tools/man
	@mkdir -p $(@D)
	$(Q)src/tools/man $(VERSION) <MANUAL.md >$@

install: all man  ## program, man page and completions (DESTDIR=, PREFIX=/usr/local)
	$(Q)src/tools/install $(BUILD) '$(DESTDIR)$(PREFIX)'

deb: all man  ## a Debian package in build/, the same bytes from the same source
	$(Q)src/tools/deb $(BUILD) $(VERSION)

clean:  ## remove build/
	$(Q)rm -rf $(BUILD)

-include $(OBJS:.o=.d) $(OBJ)/$(MAIN:.c=.d) $(patsubst %.c,$(OBJ)/%.d,$(wildcard tests/*.c tests/*/*.c))
