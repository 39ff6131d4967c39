# Rollcall. `make help` lists the targets; `make demo` and `make check` are all a newcomer needs.
#
# PROFILE=debug|release|asan|tsan|fault   CC=gcc|clang   V=1 shows commands   T=prefix selects tests   WERROR= lifts -Werror

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

HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
FLAGS_release := -O2 -g $(HARDEN)
FLAGS_fault   := -O1 -g -DROLLCALL_FAULT_POINTS $(HARDEN)
FLAGS_debug   := -Og -g3 -DROLLCALL_FAULT_POINTS
FLAGS_asan    := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all -DROLLCALL_FAULT_POINTS
FLAGS_tsan    := -O1 -g -fsanitize=thread -DROLLCALL_FAULT_POINTS
LD_release := $(LDHARDEN)
LD_fault   := $(LDHARDEN)
LD_asan    := -fsanitize=address,undefined
LD_tsan    := -fsanitize=thread

CPPFLAGS := -D_POSIX_C_SOURCE=200809L -DROLLCALL_VERSION='"$(VERSION)"' -Isrc -Idrivers -I$(OBJ)/gen
CFLAGS   := -std=c17 $(WARN) $(WERROR) $(FLAGS_$(PROFILE)) -ffile-prefix-map=$(CURDIR)=. -fvisibility=hidden -pthread
SYSCFLAGS := $(shell pkg-config --cflags $(LIBS_PC) 2>/dev/null) $(patsubst -I%,-isystem %,$(MYSQL_CFLAGS))
LDLIBS   := $(shell pkg-config --libs $(LIBS_PC) 2>/dev/null) $(MYSQL_LIBS) -lpg_query -lm -pthread

SRC   := $(wildcard src/*/*.c) $(wildcard drivers/*.c) $(wildcard drivers/*/*.c)
SQL   := $(wildcard drivers/*/sql/*.sql)
MAIN  := src/cli/main.c
CORE  := $(filter-out $(MAIN),$(SRC))
# drivers/postgres/sql/registry.sql is embedded as `postgres_registry_sql`
EMBED := $(patsubst drivers/%.sql,$(OBJ)/gen/%.c,$(subst /sql/,_,$(SQL)))
OBJS  := $(CORE:%.c=$(OBJ)/%.o) $(EMBED:%.c=%.o)

.DEFAULT_GOAL := all
.SECONDARY:
.PHONY: all help

all: $(BUILD)/rollcall  ## build the program (PROFILE=release)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z_-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(BUILD)/rollcall: $(OBJ)/rollcall
	$(Q)cp -f $< $@

$(OBJ)/rollcall: $(OBJ)/$(MAIN:.c=.o) $(OBJ)/librollcall.a
	$(Q)$(CC) $(LD_$(PROFILE)) -o $@ $^ $(LDLIBS)

$(OBJ)/librollcall.a: $(OBJS)
	$(Q)rm -f $@; ar rcs $@ $^

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

.PHONY: unit contract
unit: $(OBJ)/tests/unit-run  ## tests that need no server (T=prefix)
	$(Q)$< $(T)

contract: $(OBJ)/tests/contract-run  ## the driver interface on every engine there is
	$(Q)tests/with-servers $< $(T)

-include $(OBJS:.o=.d) $(OBJ)/$(MAIN:.c=.d)
