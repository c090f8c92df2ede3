# Programs that tests/hosts/run runs under the agent, built as their authors would; and the readers of
# profiles that it takes from the other tests.

HOSTS_PROGRAMS := $(B)/tests/hosts/cxx
ifneq ($(shell command -v rustc),)
HOSTS_PROGRAMS += $(B)/tests/hosts/rust
endif

$(B)/tests/hosts/cxx: tests/hosts/programs/cxx.cpp
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 -g $(MAP) -Wall -Wextra -o $@ $< -pthread

$(B)/tests/hosts/rust: tests/hosts/programs/rust.rs
	@mkdir -p $(@D)
	rustc --edition 2021 -O -g --remap-path-prefix $(CURDIR)=. -o $@ $<

.PHONY: hosts-programs
hosts-programs: $(HOSTS_PROGRAMS) $(B)/tests/truth/totals
	@$(MAKE) -s -f tests/preload/rules.mk B=$(B) $(B)/tests/preload/check_profile
