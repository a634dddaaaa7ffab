#include "repo/names.hpp"

#include "base/error.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "model/restore_point.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace pitr {

namespace {

constexpr std::string_view kRepository = "pitr.json";
constexpr std::string_view kTimelines = "timelines/";
constexpr std::string_view kSegments = "segments/";
constexpr std::string_view kSnapshots = "snapshots/";
constexpr std::string_view kPacks = "packs/";
constexpr std::string_view kFiles = "files/";
constexpr std::string_view kRestorePoints = "restore-points/";

// Takes names apart from the left. Each step is nothing when what it wants is not there.
class NameReader {
 public:
  explicit NameReader(std::string_view text) : rest_(text) {}

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::optional<std::uint64_t> hex(std::size_t digits) {
    if (rest_.size() < digits) return {};
    std::uint64_t value = 0;
    for (const char c : rest_.substr(0, digits)) {
      const bool decimal = c >= '0' && c <= '9';
      if (!decimal && (c < 'a' || c > 'f')) return {};
      value = value * 16 + static_cast<std::uint64_t>(decimal ? c - '0' : c - 'a' + 10);
    }
    rest_.remove_prefix(digits);
    return value;
  }

  std::optional<TimelineId> timeline() {
    const auto value = hex(8);
    if (!value || *value == 0) return {};
    return TimelineId{static_cast<std::uint32_t>(*value)};
  }

  // "20261123T101112Z-1a2b3c"
  std::optional<std::string> snapshot_id() {
    constexpr std::string_view kPattern = "ddddddddTddddddZ-hhhhhh";
    if (rest_.size() < kPattern.size()) return {};
    for (std::size_t i = 0; i < kPattern.size(); ++i) {
      const char c = rest_[i];
      const bool decimal = c >= '0' && c <= '9';
      const bool fits = kPattern[i] == 'd'   ? decimal
                        : kPattern[i] == 'h' ? decimal || (c >= 'a' && c <= 'f')
                                             : c == kPattern[i];
      if (!fits) return {};
    }
    std::string id(rest_.substr(0, kPattern.size()));
    rest_.remove_prefix(kPattern.size());
    return id;
  }

  std::string_view until(char end) {
    const auto text = rest_.substr(0, rest_.find(end));
    rest_.remove_prefix(text.size());
    return text;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

ObjectName parse_timeline_name(NameReader name) {
  const auto timeline = name.timeline();
  if (!timeline || !name.skip(".json") || !name.at_end()) return UnknownName{};
  return TimelineName{*timeline};
}

ObjectName parse_segment_name(NameReader name) {
  const auto timeline = name.timeline();
  if (!timeline || !name.skip("/")) return UnknownName{};
  const auto first = name.hex(16);
  if (!first) return UnknownName{};
  auto last = first;
  if (name.skip("-")) {
    last = name.hex(16);
    if (!last || *last <= *first) return UnknownName{};
  }
  if (!name.skip(".seg") || !name.at_end()) return UnknownName{};
  return SegmentName{*timeline, {*first}, {*last}};
}

ObjectName parse_snapshot_name(NameReader name) {
  auto id = name.snapshot_id();
  if (!id || !name.skip(".json.zst") || !name.at_end()) return UnknownName{};
  return SnapshotName{std::move(*id)};
}

ObjectName parse_pack_name(NameReader name) {
  auto id = name.snapshot_id();
  if (!id || !name.skip("-")) return UnknownName{};
  const auto number = name.hex(8);
  if (!number || !name.skip(".pack") || !name.at_end()) return UnknownName{};
  return PackName{std::move(*id), static_cast<std::uint32_t>(*number)};
}

ObjectName parse_restore_point_name(NameReader name) {
  const auto timeline = name.timeline();
  if (!timeline || !name.skip("/")) return UnknownName{};
  const auto lsn = name.hex(16);
  if (!lsn || !name.skip("-")) return UnknownName{};
  const auto encoded = name.until('/');
  auto decoded = percent_decode(encoded);
  if (!decoded || decoded->empty() || encoded.size() > kMaxStoredPointName || !is_utf8(*decoded))
    return UnknownName{};
  if (!name.skip("/")) return UnknownName{};
  const auto generation = name.hex(16);
  if (!generation || *generation == 0 || !name.skip(".json") || !name.at_end()) return UnknownName{};
  return RestorePointName{*timeline, {*lsn}, std::move(*decoded), *generation};
}

}  // namespace

std::string timeline_hex(TimelineId timeline) { return fmt::format("{:08x}", timeline.value); }

std::string repository_key() { return std::string(kRepository); }

std::string timelines_prefix() { return std::string(kTimelines); }

std::string timeline_key(TimelineId timeline) {
  return fmt::format("{}{}.json", kTimelines, timeline_hex(timeline));
}

std::string segments_prefix(TimelineId timeline) {
  return fmt::format("{}{}/", kSegments, timeline_hex(timeline));
}

std::string segment_key(TimelineId timeline, SegmentNumber first, SegmentNumber last) {
  const auto folder = segments_prefix(timeline);
  if (first == last) return fmt::format("{}{:016x}.seg", folder, first.value);
  return fmt::format("{}{:016x}-{:016x}.seg", folder, first.value, last.value);
}

std::string snapshot_key(const std::string& id) { return fmt::format("{}{}.json.zst", kSnapshots, id); }

std::string pack_key(const std::string& snapshot_id, std::uint32_t number) {
  return fmt::format("{}{}-{:08x}.pack", kPacks, snapshot_id, number);
}

bool is_file_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  constexpr std::string_view kOther = ".-_";
  const auto fits = [&](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || kOther.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kLongest && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), fits);
}

std::string file_key(std::string_view name) { return fmt::format("{}{}", kFiles, name); }

std::string restore_point_prefix(TimelineId timeline, Lsn lsn, std::string_view name) {
  const auto encoded = percent_encode(name);
  if (encoded.size() > kMaxStoredPointName) {
    throw Error(Errc::usage, fmt::format("the name of a restore point is too long to be stored: '{}'", name));
  }
  return fmt::format("{}{}/{:016x}-{}/", kRestorePoints, timeline_hex(timeline), lsn.value, encoded);
}

std::string restore_point_key(TimelineId timeline, Lsn lsn, std::string_view name, std::uint64_t generation) {
  return fmt::format("{}{:016x}.json", restore_point_prefix(timeline, lsn, name), generation);
}

ObjectName parse_object_name(std::string_view key) {
  NameReader name(key);
  if (key == kRepository) return RepositoryName{};
  if (name.skip(kTimelines)) return parse_timeline_name(name);
  if (name.skip(kSegments)) return parse_segment_name(name);
  if (name.skip(kSnapshots)) return parse_snapshot_name(name);
  if (name.skip(kPacks)) return parse_pack_name(name);
  if (name.skip(kFiles)) {
    const auto file = key.substr(kFiles.size());
    return is_file_name(file) ? ObjectName(FileName{std::string(file)}) : UnknownName{};
  }
  if (name.skip(kRestorePoints)) return parse_restore_point_name(name);
  return UnknownName{};
}

}  // namespace pitr
