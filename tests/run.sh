#!/usr/bin/env bash
# Runs the test suite, from a fresh Debian 12 machine on: installs what is missing, checks the format, builds, tests.
# Other stages, or all of them, by name:   tests/run.sh [format|release|asan|tsan|tidy|fuzz ... | all]
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
fuzz_seconds=${PITRCTL_FUZZ_SECONDS:-10}
passed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs the tests of a preset and adds their number to the sum. Some race real processes: one that failed is run once more,
# and the log shows both runs.
tests() {
  local preset=$1
  shift
  ctest --preset "$preset" -j "$jobs" --output-on-failure --repeat until-pass:2 "$@" | tee "$log"
  passed=$((passed + $(sed -n 's/.* 0 tests failed out of \([0-9]*\)$/\1/p' "$log")))
}

build() {
  local preset=$1
  shift
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$jobs" "${@/#/--target=}" -- --quiet
}

format() {
  git ls-files '*.hpp' '*.cpp' '*.c' | xargs clang-format --dry-run --Werror
  passed=$((passed + 1))
}

# Faults and kills are sampled here, at every fourth byte and call; PITRCTL_SCALE=1 tries every one.
release() {
  build release
  PITRCTL_SCALE=${PITRCTL_SCALE:-0.25} PITRCTL_TARGETS=${PITRCTL_TARGETS:-27} tests release
}

# Addresses and undefined behaviour; what repeats itself repeats less. Built for fuzzing, too, which spares a build.
asan() {
  build asan
  PITRCTL_SCALE=0.05 tests asan
}

# What runs on several threads.
tsan() {
  local folders=(base store repo engine run) targets=()
  for folder in "${folders[@]}"; do targets+=("test_$folder"); done
  build tsan "${targets[@]}"
  tests tsan -R "^($(IFS='|'; echo "${folders[*]}")):"
}

tidy() {
  cmake --preset tidy >/dev/null
  run-clang-tidy -quiet -p build/tidy -j "$jobs" '/(core|cmd)/' >"$log" 2>/dev/null || { cat "$log"; return 1; }
  passed=$((passed + 1))
}

# Every reader of bytes from outside, over its corpus and a little beyond.
fuzz() {
  build asan fuzz_targets
  local target name
  for target in build/asan/tests/fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    mkdir -p "build/asan/corpus/$name"
    "$target" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
      "build/asan/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 || { cat "$log"; return 1; }
    echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    passed=$((passed + 1))
  done
}

.ci/packages test
stages=("$@")
[ $# -gt 0 ] || stages=(format release asan fuzz)
[ "${stages[0]}" != all ] || stages=(format release asan tsan tidy fuzz)
for stage in "${stages[@]}"; do
  echo "== $stage"
  begin=$SECONDS
  "$stage"
  echo "== $stage: $((SECONDS - begin)) s"
done
echo "$passed passed, 0 failed"
