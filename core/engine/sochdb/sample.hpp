#pragma once

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"

#include <cstdint>

namespace pitr::sochdb {

// Some bytes at the beginning of a log, or before a place in it, by their digest: what a look at the file
// later on is compared with. One frame alone may come again in another log: a process id does, and the clock
// of a thread begins at 0.
struct Sample {
  std::uint64_t size = 0;
  Digest digest;
  bool operator==(const Sample&) const = default;
};

inline constexpr std::uint64_t kMaxSample = std::uint64_t{64} * 1024;

inline Sample sample_of(ByteView bytes) { return {bytes.size(), digest_of(bytes)}; }

Json to_json(const Sample& sample);
// Throws Errc::corrupt.
Sample sample_from_json(const JsonReader& json);

}  // namespace pitr::sochdb
