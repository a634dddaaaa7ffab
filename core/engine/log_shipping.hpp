#pragma once

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/json.hpp"
#include "engine/live_server.hpp"
#include "model/ids.hpp"
#include "model/segment_manifest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pitr {

// What the name of a log file says.
struct ShippedName {
  enum class Kind {
    segment,  // a piece of the log
    history,  // where a timeline forked off
    other,    // kept as it is: unfinished segments, notes of backups
  };
  Kind kind = Kind::other;
  TimelineId timeline;  // of history: the one that began
  std::string text;
};

// An ancestor of a timeline, and where its log was left for the next one's.
struct Ancestor {
  TimelineId timeline;
  Lsn fork;
  std::string reason;  // for people
};

// A whole segment that was read from a file, every record of it checked.
class ShippedSegment {
 public:
  virtual ~ShippedSegment() = default;
  [[nodiscard]] virtual TimelineId timeline() const = 0;
  [[nodiscard]] virtual SegmentNumber number() const = 0;
  [[nodiscard]] virtual ByteView raw() const = 0;
  // Of the database: stored with the timeline.
  [[nodiscard]] virtual Json identity() const = 0;
  // All of its manifest but repository, archived_at and payload. before: the segment before it, where it is
  // known; it completes the record that goes on from there. Throws Errc::log_conflict when this one does not
  // go on from it.
  [[nodiscard]] virtual SegmentManifest manifest(const SegmentManifest* before) const = 0;
};

// How a database hands over its log file by file, and asks for it back (PostgreSQL's archive_command and
// restore_command).
class LogShipping {
 public:
  virtual ~LogShipping() = default;
  // Nothing when no such database gives that name to a file.
  [[nodiscard]] virtual std::optional<ShippedName> parse_name(std::string_view name) const = 0;
  // Throws Errc::corrupt for anything but a whole and sound segment of that name, and what reading throws.
  [[nodiscard]] virtual std::unique_ptr<ShippedSegment> read_segment(const fs::path& path,
                                                                     const ShippedName& name) const = 0;
  // A history file's ancestors, oldest first. Throws Errc::corrupt, naming `what`.
  [[nodiscard]] virtual std::vector<Ancestor> parse_history(std::string_view text, TimelineId timeline,
                                                            const std::string& what) const = 0;
  [[nodiscard]] virtual std::string history_name(TimelineId timeline) const = 0;
  // Which segment of its timeline a file is, and which one holds a position, in a database of this identity.
  // Throws Errc::corrupt where the identity is none, or does not go with the name.
  [[nodiscard]] virtual SegmentNumber number_of(const ShippedName& segment, const Json& identity) const = 0;
  [[nodiscard]] virtual SegmentNumber number_at(Lsn lsn, const Json& identity) const = 0;
  [[nodiscard]] virtual ShippedName segment_name(TimelineId timeline, SegmentNumber number,
                                                 const Json& identity) const = 0;
  // Why two identities are of different databases; nothing when they are of one.
  [[nodiscard]] virtual std::optional<std::string> difference(const Json& recorded,
                                                              const Json& found) const = 0;
  // A file that is no segment. Throws Errc::corrupt for what such a file cannot hold.
  [[nodiscard]] virtual Bytes read_file(const fs::path& path, const ShippedName& name) const = 0;
  // Of the database that such a file comes from, as far as it, or what lies around it, tells.
  [[nodiscard]] virtual std::optional<Json> identity_of_file(const fs::path& path, const ShippedName& name,
                                                             ByteView raw) const = 0;
  // A session of a running server. source: as an operator names one. Throws Errc::unavailable when it cannot
  // be reached.
  [[nodiscard]] virtual std::unique_ptr<LiveServer> connect(const std::string& source) const = 0;
  // Begins a snapshot of such a server, in a session of its own. fast: at once; otherwise the server spreads
  // the work that comes first, and this waits. Throws a usage error when the server's files are not here.
  [[nodiscard]] virtual std::unique_ptr<ServerBackup> begin_backup(const std::string& source,
                                                                   bool fast) const = 0;
  // Files beside this one that the database will hand over next, history files first, at most `limit`.
  [[nodiscard]] virtual std::vector<ShippedName> waiting_beside(const fs::path& file,
                                                                std::size_t limit) const = 0;
};

}  // namespace pitr
