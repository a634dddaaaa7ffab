#pragma once

#include "support/catalogue_builder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pitr::test {

// A record as a server wrote it.
struct ServerRecord {
  enum class Kind { other, commit, abort, checkpoint, restore_point };
  Kind kind = Kind::other;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  double time = 0;  // of all but other
  std::uint64_t xid = 0;
  std::string name{};
  [[nodiscard]] bool is_timed() const { return kind == Kind::commit || kind == Kind::abort; }
  bool operator==(const ServerRecord&) const = default;
};

// The log of a server, laid out as PostgreSQL does: segments of one size, numbered by their positions on
// every timeline alike, archived when they are full; a timeline's first is a copy of its parent's up to the
// fork.
class ServerLog {
 public:
  using Kind = ServerRecord::Kind;

  // The root timeline begins at the start of a segment.
  ServerLog(std::uint64_t segment_size, std::uint32_t root, std::uint64_t first_number);

  // Appends a record of so many bytes.
  ServerLog& write(std::uint32_t timeline, std::uint64_t length, ServerRecord record = {});
  // The most usual: a commit of ten bytes.
  ServerLog& commit(std::uint32_t timeline, double time, std::uint64_t xid);
  // Writes records of ten bytes up to a position.
  ServerLog& fill(std::uint32_t timeline, std::uint64_t position);
  ServerLog& fork(std::uint32_t child, std::uint32_t parent, std::uint64_t lsn);

  // A timeline's own records, behind those of its ancestors.
  [[nodiscard]] std::vector<ServerRecord> records(std::uint32_t timeline) const;
  [[nodiscard]] std::uint64_t position(std::uint32_t timeline) const;
  [[nodiscard]] std::uint64_t first_position(std::uint32_t timeline) const {
    return timelines_.at(timeline).begin;
  }
  [[nodiscard]] std::uint64_t segment_size() const { return size_; }
  [[nodiscard]] std::uint64_t first_number(std::uint32_t timeline) const;
  [[nodiscard]] bool is_full(std::uint32_t timeline, std::uint64_t number) const;

  // Every timeline, and all their full segments.
  [[nodiscard]] CatalogueBuilder archive() const;
  // A base backup; its id is "B<consistent>" with a letter for the timeline.
  [[nodiscard]] SnapshotManifest backup(std::uint32_t timeline, std::uint64_t start, std::uint64_t consistent,
                                        std::optional<double> time) const;

 private:
  struct Timeline {
    std::optional<std::uint32_t> parent{};
    std::uint64_t begin = 0;  // the fork
    std::vector<ServerRecord> records{};
  };

  [[nodiscard]] std::uint64_t next_start(std::uint32_t timeline) const;
  void put_segment(CatalogueBuilder& archive, std::uint32_t timeline, std::uint64_t number) const;

  std::uint64_t size_;
  std::map<std::uint32_t, Timeline> timelines_;
};

// What an engine says of such a log.
inline constexpr LogTraits kServerTraits{true, true, true};

}  // namespace pitr::test
