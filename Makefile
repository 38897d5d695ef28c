# make            builds the command, build/resnet
# make static     builds build-static/resnet, one small file that needs no libraries
# make demo       shows what the paper is about, in about three minutes
# make test       builds and runs all tests; SAN=address,undefined or SAN=thread with sanitizers, CC=clang with clang
# make fuzz-quick searches with every fuzz target for a minute (RESNET_FUZZ_SECONDS); needs clang
# make install    PREFIX=/usr/local
PREFIX ?= /usr/local
SAN ?=

comma := ,
compiler := $(filter-out cc gcc,$(notdir $(CC)))
BUILD := $(subst $(comma),-,build$(addprefix -,$(compiler))$(addprefix -,$(SAN)))

# Address randomization of recent kernels leaves no room for the shadow memory of the thread sanitizer.
run_tests := $(if $(filter thread,$(SAN)),setarch -R) ctest --test-dir $(BUILD) --output-on-failure

.PHONY: all everything static demo test fuzzers fuzz-quick install clean configured
all: configured
	cmake --build $(BUILD) --target command

demo: all
	scripts/demo.sh $(BUILD)/resnet

everything: configured
	cmake --build $(BUILD)

static:
	@scripts/install_dependencies.sh
	cmake --preset static >/dev/null
	cmake --build --preset static

test: everything
	$(run_tests)

fuzzers: configured
	cmake --build $(BUILD) --target fuzzers

fuzz-quick:
	@scripts/install_dependencies.sh fuzz
	$(MAKE) CC=clang SAN=fuzzer-no-link,address,undefined fuzzers
	scripts/fuzz.sh build-clang-fuzzer-no-link-address-undefined

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD)

configured:
	@scripts/install_dependencies.sh
	@said=$$(cmake -S . -B $(BUILD) -G Ninja -DCMAKE_C_COMPILER=$(CC) -DRN_SAN=$(SAN) 2>&1) || { echo "$$said"; false; }
