# codex-provision. `make help` says what there is; scripts/check does it all.

PREFIX	?= /usr/local
CC	?= cc
VERSION	:= 0.1.0
Q	:= $(if $(V),,@)
B	?= build

# libcurl, libarchive, libmicrohttpd and libqrencode are loaded when needed:
# transfer/library.h says why.
LIBS_PC	:= libssh libcjson libsodium libcrypto
CPPFLAGS += -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(LIBS_PC) libcurl libarchive libmicrohttpd)
LDLIBS	+= $(shell pkg-config --libs $(LIBS_PC)) -lpthread -ldl
CFLAGS	?= -O2 -g
HARDEN	:= -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection=full \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
WARN	:= -Wall -Wextra -Wpedantic -Wformat=2 -Wformat-security -Wconversion \
	-Wsign-conversion -Wshadow -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wimplicit-fallthrough -Wnull-dereference
LINK	:= -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed
# SAN=address,undefined builds everything instrumented, into its own folder.
SAN	?=
ifneq ($(SAN),)
B	:= build/san
HARDEN	:= -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
LINK	:= -fsanitize=$(SAN)
endif
ifdef CI
WARN	+= -Werror
endif
ALLC	= $(CPPFLAGS) -std=gnu11 -fPIE -fvisibility=hidden $(WARN) $(HARDEN) \
	$(CFLAGS) -MMD -MP

# A lower room is compiled without the path to a higher one (make walls).
# (-iquote: our archive.h must not be found as <archive.h>.)
INC_store	:= -iquote store
INC_transfer	:= -iquote store -iquote transfer -iquote $(B)/transfer
INC_cmd		:= -iquote store -iquote transfer -iquote cmd
INC_tests	:= $(INC_transfer) -iquote cmd -iquote tests

srcs	= $(wildcard $(1)/*.c)
objs	= $(patsubst %.c,$(B)/%.o,$(call srcs,$(1)))
TESTS	:= $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))
FAKES	:= $(patsubst %.c,$(B)/%,$(wildcard tests/fake/*.c))
FUZZCC	= clang -g -O1 -fsanitize=address,undefined -MMD -MP $(CPPFLAGS) -std=gnu11
FUZZ	:= $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*.c))

all: $(B)/codex-provision

$(B)/codex-provision: $(call objs,cmd) $(B)/libtransfer.a $(B)/libstore.a
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libstore.a: $(call objs,store)
$(B)/libtransfer.a: $(call objs,transfer)
$(B)/lib%.a:
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(INC_$(firstword $(subst /, ,$*))) $(ALLC) -c -o $@ $<

# The far scripts: one line of C string each, made from the readable file.
$(B)/transfer/%.inc: transfer/%.sh scripts/embed
	@mkdir -p $(@D)
	$(Q)scripts/embed $< > $@.tmp && mv $@.tmp $@
$(B)/transfer/install.o: $(B)/transfer/recipe.inc
$(B)/transfer/survey.o: $(B)/transfer/survey.inc $(B)/transfer/running.inc $(B)/transfer/stays.inc $(B)/transfer/probe.inc
$(B)/transfer/farscript.o: $(B)/transfer/farlogin.inc
$(B)/transfer/farway_docker.o: $(B)/transfer/fardial.inc

# A unit test is named after its room and links nothing above it.
$(B)/tests/unit/store_%: $(B)/tests/unit/store_%.o $(B)/libstore.a
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(B)/tests/unit/transfer_%: $(B)/tests/unit/transfer_%.o $(B)/libtransfer.a \
    $(B)/libstore.a
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(B)/tests/unit/cmd_%: $(B)/tests/unit/cmd_%.o $(call objs,cmd) \
    $(B)/libtransfer.a $(B)/libstore.a
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ \
	    $(filter-out %/cmd/main.o %/cmd/wipe.o,$^) $(LDLIBS) -lcmocka
$(B)/tests/fake/%: $(B)/tests/fake/%.o $(B)/libtransfer.a $(B)/libstore.a
	$(Q)$(CC) $(CFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(FUZZ): $(B)/fuzz/%: tests/fuzz/%.c $(B)/fuzz/librooms.a
	$(Q)$(FUZZCC) -fsanitize=fuzzer $(INC_tests) -o $@ \
	    $(filter %.c %.a,$^) $(LDLIBS)
$(B)/fuzz/librooms.a: $(patsubst %.c,$(B)/fuzz/%.o,$(call srcs,store) \
    $(call srcs,transfer))
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(B)/fuzz/%.o: %.c $(patsubst %.sh,$(B)/%.inc,$(wildcard transfer/*.sh))
	@mkdir -p $(@D)
	$(Q)$(FUZZCC) -fsanitize=fuzzer-no-link $(INC_transfer) -c -o $@ $<

tests-build: $(B)/codex-provision $(TESTS) $(FAKES)
unit: $(TESTS)
	@tests/run unit
check: walls tests-build
	@tests/run
memcheck: tests-build
	@scripts/memcheck
fuzz: $(FUZZ)
	@scripts/fuzz
walls: all
	@scripts/walls
demo bench:
	@scripts/$@

install: all
	install -D -m 755 $(B)/codex-provision \
	    $(DESTDIR)$(PREFIX)/bin/codex-provision
	install -D -m 644 cmd/codex-provision.1 \
	    $(DESTDIR)$(PREFIX)/share/man/man1/codex-provision.1
clean:
	rm -rf build
help:
	@echo "make [all] | check | unit | walls | demo | bench | install | clean"
	@echo "make SAN=address,undefined check   the same, instrumented"
	@echo "make memcheck | fuzz               unit tests in valgrind; fuzz targets"

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d)
.PHONY: all tests-build unit check walls memcheck fuzz demo bench install clean help
.SECONDARY:
