#pragma once

#include <cstdint>
#include <string_view>

namespace pitr::cmd {

struct NumberRange {
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;
};

// Reads a decimal number within the range; throws a usage error otherwise.
std::uint64_t read_number(std::string_view text, const NumberRange& range);

}  // namespace pitr::cmd
