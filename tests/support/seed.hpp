#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include <doctest/doctest.h>

namespace pitr::test {

// The seed of a random test: PITRCTL_SEED, or a new one. Printed, so that a failure can be run again.
inline std::uint64_t test_seed() {
  const char* given = std::getenv("PITRCTL_SEED");
  const std::uint64_t seed = given != nullptr ? std::stoull(given) : std::random_device{}();
  MESSAGE("PITRCTL_SEED=" << seed);
  return seed;
}

using Random = std::mt19937_64;

// A number from low to high, both included.
inline std::uint64_t between(Random& random, std::uint64_t low, std::uint64_t high) {
  return std::uniform_int_distribution<std::uint64_t>(low, high)(random);
}

inline bool coin(Random& random) { return between(random, 0, 1) == 1; }

}  // namespace pitr::test
