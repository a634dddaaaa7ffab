#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pitr {

// A position in one database's log; what it counts is the engine's business.
struct Lsn {
  std::uint64_t value = 0;
  auto operator<=>(const Lsn&) const = default;
};

// How an engine's people write positions. decimal: "1234"; hex_pair: "0/16B3740" (PostgreSQL).
enum class LsnNotation { decimal, hex_pair };

std::string format_lsn(Lsn lsn, LsnNotation notation);
// Nothing when the text is not a position.
std::optional<Lsn> try_parse_lsn(std::string_view text, LsnNotation notation);
// Throws a usage error that shows an example.
Lsn parse_lsn(std::string_view text, LsnNotation notation);

struct Xid {
  std::uint64_t value = 0;
  auto operator<=>(const Xid&) const = default;
};

// Throws a usage error on anything but a decimal number.
Xid parse_xid(std::string_view text);

// A branch of history; the first is 1.
struct TimelineId {
  std::uint32_t value = 0;
  auto operator<=>(const TimelineId&) const = default;
};

// People write timelines in decimal; object names hold eight hex digits (see repo/names.hpp).
TimelineId parse_timeline(std::string_view text);

// The place of a segment in its timeline.
struct SegmentNumber {
  std::uint64_t value = 0;
  auto operator<=>(const SegmentNumber&) const = default;
};

}  // namespace pitr
