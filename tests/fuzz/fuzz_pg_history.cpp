// A history file: any text may stand there.

#include "base/error.hpp"
#include "engine/postgresql/history.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace pitr;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    constexpr TimelineId kTimeline{7};
    const std::vector<Ancestor> ancestors = postgresql::parse_history(text, kTimeline, "the input");
    for (std::size_t i = 0; i < ancestors.size(); ++i) {
      if (ancestors[i].timeline >= kTimeline) __builtin_trap();
      if (i == 0) continue;
      const Ancestor& before = ancestors[i - 1];
      if (before.timeline >= ancestors[i].timeline || before.fork > ancestors[i].fork) __builtin_trap();
    }
  } catch (const Error& error) {
    if (error.code() != Errc::corrupt) __builtin_trap();
  }
  return 0;
}
